"""Calls made up from the description of our API, the ones that fit it and the ones that do not.

Whatever is sent: no fault of the server's, and no answer that the description does not know.
"""

from __future__ import annotations

import copy
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import jsonschema_rs
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis.strategies import sampled_from
from passport.dev.api_answers import read_answers, read_shape
from passport.dev.api_description import describe
from passport.dev.fakes.comfy_api import FakeComfyApi
from passport.dev.peer_fixtures import running_github_like, running_openid_provider  # noqa: F401
from passport.dev.peers.github_like import CLIENT
from passport.dev.peers.openid_provider import CLIENT_SECRET, DEVICE_CLIENT
from passport.dev.practice import PRACTICE_KEY, PRACTICE_KEY_2
from passport.server_routes.table import ROUTES
from passport.tests.length import FULL
from passport.tests.security.server_thread import ServerThread
from passport.tests.security.standing import Standing
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

DESCRIPTION = describe("passport")
OUR_HEADER = "X-Passport"


def without_who_asks(description: dict) -> dict:
    """The same calls; our header and who asks are the caller's to say."""
    copied = copy.deepcopy(description)
    for operations in copied["paths"].values():
        for operation in operations.values():
            operation.pop("security", None)
            kept = [each for each in operation["parameters"] if each["name"] != OUR_HEADER]
            operation["parameters"] = kept
    return copied


SCHEMA = schemathesis.openapi.from_dict(without_who_asks(DESCRIPTION))
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}
WITH_A_BODY = [label for label, operation in OPERATIONS.items() if operation.body]
ELSEWHERE = [
    label
    for label in OPERATIONS
    if re.search("oauth|device|providers|credits|comfy-account", label)
]
ROLES = ("nobody", "user", "owner")
EXAMPLES = 40 if FULL else 3
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
A_WHILE = timedelta(hours=2)
"""Between calls, so that what is sent is looked at and not only counted."""

thorough = settings(
    max_examples=EXAMPLES,
    database=None,
    deadline=None,
    derandomize=not FULL,
    # To shrink takes minutes, which a short run has not.
    phases=[Phase.generate, Phase.shrink] if FULL else [Phase.generate],
    suppress_health_check=list(HealthCheck),
    verbosity=Verbosity.normal,
)


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, migrated_store: Path
) -> Iterator[ServerThread]:
    folder = tmp_path_factory.mktemp("described")
    shutil.copy(migrated_store, folder)
    with ServerThread(folder) as running:
        yield running


@pytest.fixture(scope="module")
def people(running: ServerThread) -> dict[str, Standing]:
    """A user and an owner; the other owner lets the last one go."""
    Standing(running.server, "owner").cookie()
    return {role: Standing(running.server, role) for role in ROLES[1:]}


class Caller:
    """Sends what was made up, as nobody and as everybody."""

    def __init__(self, running: ServerThread, people: dict[str, Standing]) -> None:
        self.running = running
        self.people = people

    def send(self, case: schemathesis.Case, *checks) -> None:
        for role in ROLES:
            self.running.server.clock.now += A_WHILE
            headers = {OUR_HEADER: "1"}
            if role in self.people:
                headers["Cookie"] = self.people[role].cookie()
            response = case.call(base_url=self.running.server.url, headers=headers)
            case.validate_response(response, checks=[*CHECKS, *checks])


@pytest.fixture
def caller(running: ServerThread, people: dict[str, Standing], comfyui_modules) -> Caller:
    return Caller(running, people)


@pytest.mark.asvs("15.3.1", "8.2.3")
@pytest.mark.parametrize("label", OPERATIONS)
def test_what_fits_gets_an_answer_that_is_described(caller, label):
    @thorough
    @given(case=OPERATIONS[label].as_strategy(generation_mode=GenerationMode.POSITIVE))
    def call(case) -> None:
        caller.send(case)

    call()


@pytest.fixture(scope="module")
def caller_with_providers(
    tmp_path_factory: pytest.TempPathFactory,
    migrated_store: Path,
    running_openid_provider,  # noqa: F811
    running_github_like,  # noqa: F811
) -> Iterator[Caller]:
    """On a server with two providers and log-in at Comfy; each person has a key of Comfy's."""

    def set_up(api: FakeComfyApi) -> dict[str, str]:
        return {
            "PASSPORT_OIDC_STUDIO_ISSUER": running_openid_provider.url,
            "PASSPORT_OIDC_STUDIO_CLIENT_ID": DEVICE_CLIENT,
            "PASSPORT_OIDC_STUDIO_CLIENT_SECRET": CLIENT_SECRET,
            "PASSPORT_OIDC_STUDIO_DEVICE": "true",
            "PASSPORT_GITHUB_CLIENT_ID": CLIENT,
            "PASSPORT_GITHUB_CLIENT_SECRET": CLIENT_SECRET,
            "PASSPORT_GITHUB_BASE": running_github_like.url,
            "PASSPORT_GITHUB_API_BASE": running_github_like.url,
            "PASSPORT_COMFY_CLOUD_BASE": api.cloud_url,
            "PASSPORT_COMFY_LOGIN_CODE": "true",
            "PASSPORT_FIREBASE_KEYS_URL": api.keys_url,
        }

    folder = tmp_path_factory.mktemp("with_providers")
    shutil.copy(migrated_store, folder)
    with ServerThread(folder, set_up) as running:
        Standing(running.server, "owner").cookie()
        people = {role: Standing(running.server, role) for role in ROLES[1:]}
        peers = {"oidc:studio": running_openid_provider, "github": running_github_like}
        for kind, peer in peers.items():
            peer.set_redirect_uris(f"{running.server.url}/passport/oauth/{kind}/callback")
        for standing, key in zip(people.values(), (PRACTICE_KEY, PRACTICE_KEY_2), strict=True):
            headers = {OUR_HEADER: "1", "Cookie": standing.cookie()}
            url = f"{running.server.url}/passport/credentials/comfy"
            assert requests.put(url, json={"secret": key}, headers=headers, timeout=10).ok
        yield Caller(running, people)


@pytest.mark.asvs("15.3.1", "8.2.3")
@pytest.mark.parametrize("label", ELSEWHERE)
def test_nor_where_other_services_are_asked(caller_with_providers, comfyui_modules, label):
    @thorough
    @given(
        case=OPERATIONS[label].as_strategy(generation_mode=GenerationMode.POSITIVE),
        provider=sampled_from(("oidc:studio", "github")),
    )
    def call(case, provider) -> None:
        if "provider" in case.path_parameters:
            case.path_parameters["provider"] = provider
        caller_with_providers.send(case)

    call()


@pytest.mark.asvs("2.2.1", "15.3.5")
@pytest.mark.parametrize("label", WITH_A_BODY)
def test_what_does_not_fit_is_refused(caller, label):
    @thorough
    @given(case=OPERATIONS[label].as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def call(case) -> None:
        caller.send(case, negative_data_rejection)

    call()


@pytest.mark.asvs("15.3.1", "14.2.6")
async def test_what_is_listed_of_each_thing_is_what_is_described(server, owner, ada):
    """With something in every list: made-up calls leave most of them empty."""
    browser = server.browser()
    assert (await browser.log_in(PRACTICE_KEY)).status == 201
    await browser.post("api-keys", {"name": "script"})
    await browser.put("node-packs/friend", {"decision": "always"})
    await owner.post("invitations", {})
    asked = {"email": "ada@example.org", "server_name": "x", "last_four": "x"}
    await browser.post("deletion-requests", asked)
    filled = 0
    for route in ROUTES:
        if route.method != "GET" or "{" in route.path:
            continue
        answer = await (owner if route.access.owner else browser).get(route.path)
        if answer.status == 200:
            operation = DESCRIPTION["paths"][f"/passport/{route.path}"]["get"]
            content = operation["responses"]["200"]["content"]["application/json"]
            jsonschema_rs.validator_for(content["schema"]).validate(answer.json)
            filled += any(isinstance(each, list) and each for each in answer.json.values())
    assert filled >= 8


def test_every_route_is_described_and_nothing_else():
    described = {
        (method.upper(), path.removeprefix("/passport/"))
        for path, operations in DESCRIPTION["paths"].items()
        for method in operations
    }
    assert described == {route[:2] for route in ROUTES}
    assert len(OPERATIONS) == len(ROUTES)


@pytest.mark.asvs("13.4.5")
async def test_nobody_is_served_the_description(server, owner):
    for path in ("openapi", "openapi.json", "openapi.yaml", "docs", "swagger", "metrics", "debug"):
        for prefix in ("/passport/", "/api/passport/", "/"):
            assert (await owner.get(prefix + path)).status == 404
    assert not any(re.search("openapi|swagger|metrics", route.path) for route in ROUTES)


def test_an_answer_is_read_as_it_is_written():
    assert read_answers()["GET", "node-packs"].schema["required"] == ["node_packs", "asked"]
    assert read_answers()["DELETE", "session"].status == 204
    shape = read_shape("{a, b: [{c: x | y, d}], e: {f}}")
    assert shape["required"] == ["a", "b", "e"]
    assert shape["properties"]["b"]["items"]["required"] == ["c", "d"]
    assert shape["properties"]["e"]["additionalProperties"] is False
