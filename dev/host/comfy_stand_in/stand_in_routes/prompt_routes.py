"""Queueing a prompt, and stopping it."""

import json
import logging
import time
import uuid
from typing import Any

from aiohttp import web

import execution
import nodes
from comfy.cli_args import args
from comfy_execution.input_values import problem
from comfy_execution.jobs import validate_job_id

SENSITIVE_KEYS = ("auth_token_comfy_org", "api_key_comfy_org")


def _refused(error: dict[str, Any], node_errors: dict[str, Any] | None = None) -> web.Response:
    return web.json_response({"error": error, "node_errors": node_errors or {}}, status=400)


def _prompt_id(wanted: Any) -> str:
    """The client's id when it gave one; a UUID by rule since ComfyUI 0.25.0."""
    if wanted is None:
        return str(uuid.uuid4())
    return str(wanted) if args.stand_in_old_leaks else validate_job_id(wanted)


def _queue_item(head: tuple[Any, ...], extra_data: dict[str, Any], outputs: list[str]) -> Any:
    """Six elements since 0.3.68, the keys in the last; before that they stayed in extra_data."""
    if args.stand_in_old_leaks:
        return (*head, extra_data, outputs)
    sensitive = {key: extra_data.pop(key) for key in SENSITIVE_KEYS if key in extra_data}
    extra_data["create_time"] = time.time_ns() // 1_000_000
    return (*head, extra_data, outputs, sensitive)


def _number(server: Any, asked: dict[str, Any]) -> float:
    if "number" in asked:
        return float(asked["number"])
    number = -server.number if asked.get("front") else server.number
    server.number += 1
    return number


async def _queue(server: Any, asked: dict[str, Any]) -> web.Response:
    number = _number(server, asked)
    if "prompt" not in asked:
        return _refused(problem("no_prompt", "No prompt provided", "No prompt provided"))
    try:
        prompt_id = _prompt_id(asked.get("prompt_id"))
    except ValueError:
        message = "prompt_id must be a valid UUID"
        return _refused(problem("invalid_prompt_id", message, "Leave it out to be given one."))
    prompt = asked["prompt"]
    only = asked.get("partial_execution_targets")
    valid, error, outputs, node_errors = await execution.validate_prompt(prompt_id, prompt, only)
    extra_data = asked.get("extra_data", {})
    if "client_id" in asked:
        extra_data["client_id"] = asked["client_id"]
    if not valid:
        logging.warning("invalid prompt: %s", error)
        return _refused(error or {}, node_errors)
    server.prompt_queue.put(_queue_item((number, prompt_id, prompt), extra_data, outputs))
    answer = {"prompt_id": prompt_id, "number": number, "node_errors": node_errors}
    return web.json_response(answer)


def add_prompt_routes(server: Any, routes: web.RouteTableDef) -> None:
    @routes.get("/prompt")
    async def get_prompt(_: web.Request) -> web.Response:
        return web.json_response(server.get_queue_info())

    @routes.post("/prompt")
    async def post_prompt(request: web.Request) -> web.Response:
        logging.info("got prompt")
        # `request.json()` does not look at the content type: text/plain is taken, as in ComfyUI.
        return await _queue(server, server.trigger_on_prompt(await request.json()))

    @routes.post("/interrupt")
    async def post_interrupt(request: web.Request) -> web.Response:
        try:
            prompt_id = (await request.json()).get("prompt_id")
        except json.JSONDecodeError:
            prompt_id = None
        if prompt_id:
            server.prompt_queue.interrupt_if_running(prompt_id)
        else:
            nodes.interrupt_processing()
        return web.Response()

    @routes.post("/free")
    async def post_free(request: web.Request) -> web.Response:
        for name, value in (await request.json()).items():
            server.prompt_queue.set_flag(name, value)
        return web.Response()
