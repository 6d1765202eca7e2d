"""The OpenAPI description of our routes, made of the routes themselves. Nobody is served it.

Method, path and who may call come from the table, bodies from the dataclasses that handlers read,
queries from what they ask for, answers from docs/http-api.md, errors from the table of statuses.
"""

import dataclasses
import importlib
import inspect
import re
from typing import Any

from .api_answers import Answer, read_answers

KINDS: dict[str, dict[str, Any]] = {
    "str": {"type": "string"},
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "tuple[str, ...]": {"type": "array", "items": {"type": "string"}},
}
BODY = re.compile(r"read_body\(request, (\w+)\)")
TEXT_IN_QUERY = re.compile(r'request\.query\.get\("(\w+)"')
LIST_IN_QUERY = re.compile(r'request\.query\.getall\("(\w+)"')
NUMBER_IN_QUERY = re.compile(r'read_number\(request, "(\w+)"')
PLACE = re.compile(r"\{(\w+)\}")
DOCUMENTED_AS = {"{service}": "comfy"}

ANY_CALL = (403, 422, 503)
"""Another site's page or no header of ours; a NUL in the address; Passport cannot work."""
WITH_AN_ACCOUNT = (401,)
WITH_A_NAME_IN_ITS_PATH = (404,)
WITH_A_BODY = (400, 408, 413, 415)
ASK_COMFY = ("comfy-account", "credits")
WHERE_COMFY_IS_ASKED = (401, 409, 429, 502)
CHANGING = (401, 404, 409, 410, 429, 502, 507)


def describe(package: str) -> dict[str, Any]:
    """Return the description; `package` is by what name Passport can be imported."""
    table = importlib.import_module(f"{package}.server_routes.table")
    mapping = importlib.import_module(f"{package}.server_routes.error_mapping")
    version = importlib.import_module(f"{package}.version").VERSION
    answers = read_answers()
    paths: dict[str, Any] = {}
    for route in table.ROUTES:
        documented = answers[route.method, _path_in_the_document(route.path)]
        operation = _describe_route(package, route, documented)
        paths.setdefault(f"/passport/{route.path}", {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Passport", "version": version},
        "paths": paths,
        "components": {
            "schemas": {"Error": _describe_error(sorted(e.code for e in mapping.STATUS))},
            "securitySchemes": {
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def _path_in_the_document(path: str) -> str:
    for place, name in DOCUMENTED_AS.items():
        path = path.replace(place, name)
    return path


def _describe_route(package: str, route: Any, answer: Answer) -> dict[str, Any]:
    module = importlib.import_module(f"{package}.server_routes.{route.module}")
    handler = getattr(module, route.function)
    source = inspect.getsource(handler)
    body = BODY.search(source)
    operation: dict[str, Any] = {
        "operationId": route.function,
        "summary": (inspect.getdoc(handler) or "").partition(": ")[2].partition("\n")[0],
        "parameters": [*_describe_path(route.path), *_describe_query(source)],
        "responses": _describe_answers(route, answer, body is not None),
        "x-access": _describe_access(route.access),
    }
    if not route.access.public:
        operation["security"] = [{"apiKey": []}]
    if route.method != "GET":
        operation["parameters"].append(_header())
    if body is not None:
        schema = _describe_body(getattr(module, body[1]))
        content = {"application/json": {"schema": schema}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _describe_access(access: Any) -> dict[str, Any]:
    """Return what the route's declaration says that is not the default."""
    return {
        each.name: getattr(access, each.name)
        for each in dataclasses.fields(access)
        if getattr(access, each.name) != each.default
    }


def _describe_path(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in PLACE.findall(path)
    ]


def _describe_query(source: str) -> list[dict[str, Any]]:
    texts = {"type": "array", "items": {"type": "string"}}
    kinds = (
        (TEXT_IN_QUERY, {"type": "string"}),
        (LIST_IN_QUERY, texts),
        (NUMBER_IN_QUERY, {"type": "integer", "minimum": 1}),
    )
    return [
        {"name": name, "in": "query", "schema": schema}
        for form, schema in kinds
        for name in form.findall(source)
    ]


def _header() -> dict[str, Any]:
    return {"name": "X-Passport", "in": "header", "required": True, "schema": {"const": "1"}}


def _describe_body(kind: Any) -> dict[str, Any]:
    fields = dataclasses.fields(kind)
    return {
        "type": "object",
        "properties": {each.name: KINDS[str(each.type)] for each in fields},
        "required": [each.name for each in fields if each.default is dataclasses.MISSING],
        "additionalProperties": False,
    }


def _describe_answers(route: Any, answer: Answer, has_body: bool) -> dict[str, Any]:
    statuses = {*ANY_CALL}
    statuses |= {*WITH_AN_ACCOUNT} if not route.access.public else set()
    statuses |= {*WITH_A_NAME_IN_ITS_PATH} if "{" in route.path else set()
    statuses |= {*WITH_A_BODY} if has_body else set()
    statuses |= {*CHANGING} if route.method != "GET" or route.access.from_elsewhere else set()
    statuses |= {*WHERE_COMFY_IS_ASKED} if route.path.startswith(ASK_COMFY) else set()
    good: dict[str, Any] = {"description": "What was asked for."}
    if answer.content_type is not None:
        good["content"] = {answer.content_type: {"schema": answer.schema}}
    described = {str(each): _refusal(route.access) for each in sorted(statuses)}
    for each in answer.also:
        described[str(each)] = {"description": "Done, and nothing new was made."}
    return {**described, str(answer.status): good}


def _refusal(access: Any) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Error"}
    kinds: dict[str, Any] = {"application/json": {"schema": schema}}
    if access.from_elsewhere:  # a person reads it
        kinds["text/html"] = {"schema": {}}
    return {"description": "The reason, and what to do.", "content": kinds}


def _describe_error(codes: list[str]) -> dict[str, Any]:
    inner = {
        "type": "object",
        "properties": {
            "code": {"enum": sorted(set(codes))},
            "message": {"type": "string", "minLength": 1},
            "details": {"type": "object"},
        },
        "required": ["code", "message", "details"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"error": inner},
        "required": ["error"],
        "additionalProperties": False,
    }
