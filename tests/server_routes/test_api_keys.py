"""API keys of one's own: made, shown once, used, rotated, deleted; and tickets."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time

import aiohttp
import pytest
from passport.accounts.api_key_form import is_api_key
from passport.dev.practice import PRACTICE_KEY
from passport.tests.server_routes.passport_server import PASSWORD, UNRELATED
from passport.tests.server_routes.programs import (
    Program,
    basic,
    bearer,
    grow_stale,
    is_open,
    make_key,
    pass_a_second,
    program_of,
)
from passport.tests.server_routes.raw_http import ask, send

FIELDS = {
    "id",
    "name",
    "shown",
    "scopes",
    "created_at",
    "expires_at",
    "previous_until",
    "last_used_at",
    "last_used_address",
}
NOBODY = "0" * 32
PROMPT_SECONDS = 1.5
"""A second, and what a busy machine takes."""


@pytest.fixture
async def key(ada) -> str:
    """A key of Ada's that may do all."""
    return (await make_key(ada))["key"]


@pytest.fixture
async def storing(ada):
    """Ada, who stores a Comfy key."""
    assert (await ada.put("credentials/comfy", {"secret": PRACTICE_KEY})).status == 200
    return ada


async def keys_of(browser) -> list[dict]:
    return (await browser.get("api-keys")).json["api_keys"]


async def use(server, key: str):
    """What the account call answers a program with this key."""
    return await Program(server, bearer(key)).get("account")


class TestMaking:
    async def test_it_is_shown_this_once(self, server, ada):
        answer = await ada.post("api-keys", {"name": "  nightly  renders "})

        made = answer.json["api_key"]
        assert answer.status == 201
        assert answer.headers["Cache-Control"] == "no-store"
        assert set(made) == FIELDS | {"key"}
        assert is_api_key(made["key"])
        assert re.fullmatch(r"cpp_[0-9A-Za-z]{49}", made["key"])
        assert made["name"] == "nightly renders"
        assert made["scopes"] == ["run", "read", "manage"]
        assert made["created_at"] == "2026-11-23T02:00:00Z"
        assert made["expires_at"] is None
        assert made["last_used_at"] is None
        assert made["shown"] == f"{made['key'][:8]}…{made['key'][-4:]}"

        listed = await ada.get("api-keys")
        assert listed.json["api_keys"] == [{name: made[name] for name in FIELDS}]
        assert made["key"][9:40] not in listed.body.decode()

    async def test_it_stands_in_no_file_and_in_no_other_answer(self, server, ada, key):
        await use(server, key)
        server.services.database.scrub()
        for path in ("api-keys", "audit", "account", "status", "account/deletion-preview"):
            assert key[8:45] not in (await ada.get(path)).body.decode()
        for file in server.data_folder.rglob("*"):
            if file.is_file():
                assert key[8:45].encode() not in file.read_bytes(), file

    async def test_it_asks_for_a_fresh_proof_and_then_goes_on(self, server, ada):
        grow_stale(server)
        refused = await ada.post("api-keys", {"name": "script"})
        assert (refused.status, refused.code) == (403, "reauthentication_required")
        assert refused.json["error"]["details"] == {"methods": ["password"]}
        assert await keys_of(ada) == []

        assert (await ada.post("session/reauthentication", {"password": PASSWORD})).status == 204

        assert (await ada.post("api-keys", {"name": "script"})).status == 201

    async def test_the_methods_are_those_of_the_account(self, server, storing):
        grow_stale(server)
        refused = await storing.post("api-keys", {"name": "script"})
        assert refused.json["error"]["details"] == {"methods": ["password", "comfy-api-key"]}
        by_key = server.browser()
        await by_key.log_in(PRACTICE_KEY)
        assert (await by_key.post("api-keys", {"name": "script"})).status == 201

    async def test_a_fresh_proof_is_the_sessions_own(self, server, ada):
        """Another browser of the same person does not become fresh with this one."""
        grow_stale(server)
        other = server.browser()
        await other.log_in_by_mail("ada@example.org")
        assert (await other.post("api-keys", {"name": "a"})).status == 201
        assert (await ada.post("api-keys", {"name": "b"})).code == "reauthentication_required"

    async def test_when_it_is_refused_it_is_the_proof_first(self, server, ada):
        """Whoever sits at an open browser learns nothing, not even which names are taken."""
        await make_key(ada, "taken")
        grow_stale(server)
        for body in ({"name": "taken"}, {"name": ""}, {"name": "x", "scopes": ["all"]}):
            assert (await ada.post("api-keys", body)).code == "reauthentication_required"

    @pytest.mark.parametrize("name", ["", " ", "\t\n", "n" * 65, "a\x00b", "a\x1bb", "a\u202eb"])
    async def test_names_that_are_none(self, ada, name):
        answer = await ada.post("api-keys", {"name": name})
        assert (answer.status, answer.code) == (422, "api_key_name_invalid")

    @pytest.mark.parametrize("name", ["n" * 64, "Größe 名前", "<b>", "'; --", "🎨"])
    async def test_names_that_are_fine(self, ada, name):
        assert (await make_key(ada, name))["name"] == name

    async def test_a_name_is_taken_in_ones_own_account_alone(self, ada, ben):
        await make_key(ada, "script")
        answer = await ada.post("api-keys", {"name": "script"})
        assert (answer.status, answer.code) == (409, "api_key_name_taken")
        assert (await make_key(ben, "script"))["name"] == "script"

    @pytest.mark.parametrize(
        "when",
        [
            "2026-11-23T02:00:00Z",
            "2026-11-23T01:59:59Z",
            "2026-11-23T04:00:00+02:00",
            "1970-01-01T00:00:00Z",
            "0001-01-01T00:00:01Z",
        ],
    )
    async def test_a_day_that_is_over(self, ada, when):
        answer = await ada.post("api-keys", {"name": "x", "expires_at": when})
        assert (answer.status, answer.code) == (422, "api_key_expiry_invalid")

    @pytest.mark.parametrize(
        "when",
        [
            "tomorrow",
            "2027-01-31",
            "2027-01-31T00:00:00",
            "2027-13-01T00:00:00Z",
            "10000-01-01T00:00:00Z",
            "9999-12-31T23:59:59-14:00",
            "0001-01-01T00:00:00+14:00",
            "1798675200",
            "x" * 5000,
            " ",
        ],
    )
    async def test_a_time_that_is_none(self, ada, when):
        answer = await ada.post("api-keys", {"name": "x", "expires_at": when})
        assert (answer.status, answer.code) == (422, "invalid_field")
        assert answer.json["error"]["details"] == {"field": "expires_at"}

    async def test_the_last_day_there_is(self, server, ada):
        made = await make_key(ada, expires_at="9999-12-31T23:59:59Z")
        assert made["expires_at"] == "9999-12-31T23:59:59Z"
        assert (await use(server, made["key"])).status == 200

    @pytest.mark.parametrize(
        "scopes", [[], ["all"], ["run", "owner"], ["RUN"], [""], ["run "], ["x" * 5000], ["*"]]
    )
    async def test_scopes_that_do_not_exist(self, ada, scopes):
        answer = await ada.post("api-keys", {"name": "x", "scopes": scopes})
        assert (answer.status, answer.code) == (422, "scope_unknown")

    @pytest.mark.parametrize(
        "scopes", ["run", None, {}, {"run": True}, [["run"]], [None], [1], True, ["run", 1]]
    )
    async def test_scopes_that_are_no_list_of_texts(self, ada, scopes):
        answer = await ada.post("api-keys", {"name": "x", "scopes": scopes})
        assert (answer.status, answer.code) == (422, "invalid_field")

    async def test_scopes_said_twice_or_in_another_order(self, ada):
        made = await make_key(ada, scopes=["read", "run", "read", "run"])
        assert made["scopes"] == ["run", "read"]

    async def test_two_hundred_and_no_more(self, server, ada, monkeypatch):
        monkeypatch.setattr("passport.accounts.api_keys.MOST_KEYS", 3)
        for name in "abc":
            await make_key(ada, name)
        answer = await ada.post("api-keys", {"name": "d"})
        assert (answer.status, answer.code) == (409, "too_many_api_keys")

    async def test_it_is_written_down_without_the_key(self, server, ada):
        made = await make_key(ada)
        (event, *_) = (await ada.get("audit")).json["events"]
        assert event["action"] == "api_key_made"
        assert event["details"] == {"name": "script"}
        assert made["key"][8:30] not in json.dumps(event)


class TestExpiry:
    async def test_it_may_be_said_with_an_offset(self, ada):
        made = await make_key(ada, expires_at="2026-11-23T03:30:00+01:00")
        assert made["expires_at"] == "2026-11-23T02:30:00Z"

    async def test_to_the_second(self, server, ada):
        made = await make_key(ada, expires_at="2026-11-23T02:01:00Z")
        server.clock.advance(seconds=59)
        assert (await use(server, made["key"])).status == 200
        server.clock.advance(seconds=1)  # within what the memory believes
        answer = await use(server, made["key"])
        assert (answer.status, answer.code) == (401, "api_key_not_good")


class TestRotating:
    async def test_without_an_overlap_the_old_one_is_dead_at_once(self, server, ada):
        old = await make_key(ada)
        assert (await use(server, old["key"])).status == 200

        answer = await ada.post(f"api-keys/{old['id']}/rotate", {})

        new = answer.json["api_key"]
        assert answer.status == 201
        assert new["id"] == old["id"]
        assert new["key"] != old["key"]
        assert (await use(server, new["key"])).status == 200
        assert (await use(server, old["key"])).code == "api_key_not_good"
        assert [each["shown"] for each in await keys_of(ada)] == [new["shown"]]

    @pytest.mark.asvs("13.3.4")
    async def test_both_are_good_for_the_overlap(self, server, ada):
        old = await make_key(ada)
        body = {"overlap_seconds": 3600}
        new = (await ada.post(f"api-keys/{old['id']}/rotate", body)).json["api_key"]
        assert new["previous_until"] == "2026-11-23T03:00:00Z"
        for seconds, good in ((0, True), (3599, True), (1, False)):
            server.clock.advance(seconds=seconds)
            assert ((await use(server, old["key"])).status == 200) is good
            assert (await use(server, new["key"])).status == 200

    async def test_rotated_twice_only_the_last_two_can_be_good(self, server, ada):
        first = await make_key(ada)
        path, body = f"api-keys/{first['id']}/rotate", {"overlap_seconds": 3600}
        second = (await ada.post(path, body)).json["api_key"]["key"]
        third = (await ada.post(path, body)).json["api_key"]["key"]
        assert (await use(server, first["key"])).status == 401
        assert (await use(server, second)).status == 200
        assert (await use(server, third)).status == 200

    async def test_what_it_may_do_and_until_when_stays(self, server, ada):
        old = await make_key(ada, scopes=["read"], expires_at="2026-11-24T00:00:00Z")
        new = (await ada.post(f"api-keys/{old['id']}/rotate", {})).json["api_key"]
        for field in ("name", "scopes", "expires_at"):
            assert new[field] == old[field]

    async def test_it_asks_for_a_fresh_proof(self, server, ada):
        made = await make_key(ada)
        grow_stale(server)
        answer = await ada.post(f"api-keys/{made['id']}/rotate", {})
        assert (answer.status, answer.code) == (403, "reauthentication_required")
        assert (await use(server, made["key"])).status == 200

    @pytest.mark.parametrize("seconds", [-1, 10**9 + 1, 10**30])
    async def test_overlaps_that_are_none(self, ada, seconds):
        made = await make_key(ada)
        answer = await ada.post(f"api-keys/{made['id']}/rotate", {"overlap_seconds": seconds})
        assert (answer.status, answer.code) == (422, "invalid_field")

    async def test_an_overlap_that_is_too_long(self, server, ada):
        made = await make_key(ada)
        for seconds in (30 * 86400 + 1, 10**9):
            body = {"overlap_seconds": seconds}
            answer = await ada.post(f"api-keys/{made['id']}/rotate", body)
            assert (answer.status, answer.code) == (422, "api_key_expiry_invalid")
        assert (await use(server, made["key"])).status == 200

    async def test_none_of_another_account_and_none_that_is_not_there(self, server, ada, ben):
        made = await make_key(ben)
        for key_id in (made["id"], NOBODY, "x", "%25", "a" * 3000):
            answer = await ada.post(f"api-keys/{key_id}/rotate", {})
            assert (answer.status, answer.code) == (404, "api_key_missing")
        assert (await use(server, made["key"])).status == 200


class TestDeleting:
    async def test_it_is_good_for_nothing_at_once(self, server, ada):
        made = await make_key(ada)
        assert (await use(server, made["key"])).status == 200

        answer = await ada.delete(f"api-keys/{made['id']}")

        assert (answer.status, answer.body) == (204, b"")
        assert (await use(server, made["key"])).code == "api_key_not_good"
        assert await keys_of(ada) == []
        assert (await ada.delete(f"api-keys/{made['id']}")).code == "api_key_missing"

    async def test_the_one_that_is_good_for_the_overlap_goes_with_it(self, server, ada):
        old = await make_key(ada)
        await ada.post(f"api-keys/{old['id']}/rotate", {"overlap_seconds": 3600})
        assert (await use(server, old["key"])).status == 200
        await ada.delete(f"api-keys/{old['id']}")
        assert (await use(server, old["key"])).status == 401

    async def test_several_at_once(self, server, ada):
        made = [await make_key(ada, name) for name in "abc"]
        path = "&".join(f"id={each['id']}" for each in [*made[:2], made[0]])
        answer = await ada.delete(f"api-keys?{path}&id={NOBODY}")
        assert answer.json == {"deleted": 2}
        assert [each["name"] for each in await keys_of(ada)] == ["c"]
        assert [(await use(server, each["key"])).status for each in made] == [401, 401, 200]

    @pytest.mark.parametrize("query", ["", "?", "?ids=x", "?" + f"id={NOBODY}&" * 201])
    async def test_none_and_too_many(self, ada, query):
        await make_key(ada)
        answer = await ada.delete(f"api-keys{query}")
        assert (answer.status, answer.code) == (422, "invalid_field")
        assert answer.json["error"]["details"] == {"field": "id"}
        assert len(await keys_of(ada)) == 1

    async def test_only_those_of_others(self, server, ada, ben):
        made = await make_key(ben)
        answer = await ada.delete(f"api-keys?id={made['id']}&id={NOBODY}")
        assert (answer.status, answer.code) == (404, "api_key_missing")
        assert (await use(server, made["key"])).status == 200

    async def test_a_key_may_delete_itself(self, server, ada):
        made = await make_key(ada)
        program = Program(server, bearer(made["key"]))
        assert (await program.delete(f"api-keys/{made['id']}")).status == 204
        assert (await program.get("account")).code == "api_key_not_good"

    async def test_a_deleted_name_is_free_again(self, ada):
        made = await make_key(ada, "script")
        await ada.delete(f"api-keys/{made['id']}")
        assert (await make_key(ada, "script"))["id"] != made["id"]


class TestHowItIsSent:
    @pytest.mark.parametrize(
        "headers_of",
        [
            bearer,
            lambda key: {"Authorization": f"bearer {key}"},
            lambda key: {"Authorization": f"BEARER   {key}"},
            lambda key: {"X-API-Key": key},
            lambda key: {"x-api-key": key},
            lambda key: basic("", key),
            lambda key: basic("anybody", key),
            lambda key: basic("Größe 名前", key),
            lambda key: {
                "Authorization": basic("x", key)["Authorization"].replace("Basic", "bAsIc")
            },
            lambda key: {**basic("x", "another program's"), "X-API-Key": key},
            lambda key: {**bearer(key), "X-API-Key": "another program's"},
            lambda key: {**bearer("another program's"), "X-API-Key": key},
        ],
        ids=range(12),
    )
    async def test_in_each_of_these_ways(self, server, key, headers_of):
        answer = await Program(server, headers_of(key)).get("account")
        assert answer.status == 200
        assert answer.json["account"]["email"] == "ada@example.org"

    @pytest.mark.parametrize(
        "make",
        [
            lambda key: f"Bearer {key}x",
            lambda key: f"Bearer {key} x",
            lambda key: f"Bearer {key},{key}",
            lambda key: f"Bearer {key[:-1]}",
            lambda key: f"Bearer {key.swapcase().replace('CPP_', 'cpp_')}",
            lambda key: "Bearer cpp_",
            lambda key: "Bearer cpp_" + "0" * 49,
            lambda key: "Bearer cpp_" + "A" * 900,
            lambda key: "Bearer cpp_\u00e9",
            lambda key: f"Bearer {key[:40]}\u0661{key[41:]}",
            lambda key: basic("x", key + ":")["Authorization"],
            lambda key: basic("x", key + "\u00e9")["Authorization"],
            lambda key: basic("x", "cpp_\0")["Authorization"],
        ],
        ids=range(13),
    )
    async def test_what_begins_like_a_key_of_ours_and_is_none(self, server, key, make):
        """401 everywhere: a script is told, instead of going on as nobody."""
        lines = (f"Authorization: {make(key)}", "X-Passport: 1")
        for path in ("/passport/status", "/unrelated", "/api/unrelated"):
            answer = await send(server.url, ask("GET", path, headers=lines))
            assert answer.status == 401
            assert "api_key_not_good" in answer.body
            assert key[8:30] not in answer.body

    @pytest.mark.parametrize(
        "lines",
        [
            ["Authorization:"],
            ["Authorization: "],
            ["Authorization: Bearer"],
            ["Authorization: Bearer "],
            ["Authorization: Bearer\t{key}"],
            ["Authorization: Bearer{key}"],
            ["Authorization: {key}"],
            ["Authorization: Token {key}"],
            ["Authorization: Digest username={key}"],
            ["Authorization: Bearer CPP_{tail}"],
            ["Authorization: Basic"],
            ["Authorization: Basic ="],
            ["Authorization: Basic ===="],
            ["Authorization: Basic \u00e9\u00e9\u00e9\u00e9"],
            ["Authorization: Basic {key}"],
            ["Authorization: Basic {packed}="],
            ["Authorization: Basic {packed_alone}"],
            ["Authorization: Basic /////w=="],
            ["Authorization: Basic {packed_user}"],
            ["Authorization: Basic {url_safe}"],
            ["Authorization: Negotiate YII="],
            ["Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.x"],
            ["Authorization: Bearer sk-ant-api03-xyz"],
            ["Authorization: Bearer \udcff\udcfe"],
            ["Authorization: Bearer {long}"],
            ["Authorization: Basic {long}"],
            ["X-API-Key:"],
            ["X-API-Key: Bearer {key}"],
            ["X-API-Key: \udcff"],
            ["X-API-Key: {long}"],
            ["X-API-Key: comfyui-{tail}"],
            ["Authorization: Bearer x", "Authorization: Bearer {key}"],
            ["X-API-Key: x", "X-API-Key: {key}"],
            ["X-Api-Token: {key}"],
            ["Proxy-Authorization: Bearer {key}"],
        ],
        ids=lambda lines: repr(lines[-1])[:40],
    )
    async def test_what_is_not_ours_is_left_alone(self, server, key, lines):
        def pack(text: str) -> str:
            return base64.b64encode(text.encode()).decode()

        values = {
            "key": key,
            "tail": key[4:],
            "long": "x" * 6000,
            "packed": pack(f"x:{key}"),
            "packed_alone": pack(key),
            "packed_user": pack(f"{key}:x"),
            "url_safe": pack(f"???>>>:{key}").replace("/", "_").replace("+", "-"),
        }
        sent = (*(line.format(**values) for line in lines), "X-Passport: 1")
        answer = await send(server.url, ask("GET", "/unrelated", headers=sent))
        assert (answer.status, answer.body) == (200, UNRELATED)
        answer = await send(server.url, ask("GET", "/passport/account", headers=sent))
        assert answer.status == 401
        assert "not_signed_in" in answer.body

    async def test_two_lines_of_which_the_first_is_a_key(self, server, key):
        lines = (f"Authorization: Bearer {key}", "Authorization: Bearer x")
        answer = await send(server.url, ask("GET", "/passport/account", headers=lines))
        assert answer.status == 200

    async def test_ten_kilobytes_that_begin_like_a_key(self, server, key):
        for line in (f"X-API-Key: cpp_{'A' * 7000}", f"X-API-Key: {key}{'A' * 7000}"):
            answer = await send(server.url, ask("GET", "/unrelated", headers=(line,)))
            assert answer.status == 401
        line = f"Authorization: Bearer {key}{'A' * 7000}"
        answer = await send(server.url, ask("GET", "/unrelated", headers=(line,)))
        assert answer.status < 500

    @pytest.mark.parametrize(
        "name", ["api_key", "key", "X-API-Key", "token", "access_token", "passport_ticket"]
    )
    async def test_in_an_address_it_is_nobody(self, server, key, name):
        stranger = Program(server, {})
        assert (await stranger.get(f"account?{name}={key}")).code == "not_signed_in"
        answer = await stranger.post(f"/prompt?{name}={key}", {"prompt": {}})
        assert answer.json["runs_with"] is None

    async def test_in_a_cookie_or_a_body_it_is_nobody(self, server, ada, key):
        name = f"passport_{server.services.store_id}"
        stranger = Program(server, {})
        answer = await stranger.get("account", headers={"Cookie": f"{name}={key}"})
        assert answer.code == "not_signed_in"
        answer = await stranger.post("session/api-key", {"api_key": key})
        assert (answer.status, answer.code) == (422, "api_key_malformed")
        assert key[8:] not in answer.body.decode()

    async def test_it_goes_before_a_cookie(self, server, ada, ben):
        made = await make_key(ben)
        answer = await ada.get("account", headers=bearer(made["key"]))
        assert answer.json["account"]["email"] == "ben@example.org"

    async def test_no_cookie_is_given_for_it(self, server, key):
        program = Program(server, bearer(key))
        for method, path in (("GET", "status"), ("GET", "account"), ("POST", "tickets")):
            assert (await program.call(method, path)).cookies == []

    async def test_the_status_says_whose_it_is_and_that_there_is_no_session(self, server, key):
        status = await Program(server, bearer(key)).status()
        assert status["signed_in"] is True
        assert status["account"]["email"] == "ada@example.org"
        assert status["session"] is None

    async def test_over_plain_http_from_elsewhere_it_works(self, start_server):
        """It is the owner's network, and the program's only way."""
        server = await start_server()
        ada = server.browser()
        await ada.register("ada@example.org")
        made = await make_key(ada)
        program = Program(server, {**bearer(made["key"]), "Host": "192.168.1.20:8188"})
        assert (await program.get("account")).status == 200


class TestRunning:
    @pytest.mark.parametrize(
        ("scopes", "runs_with"),
        [(["run"], "account"), (["read"], None), (["manage"], None), (["run", "read"], "account")],
    )
    async def test_a_prompt_runs_with_its_owners_credential(
        self, server, storing, scopes, runs_with
    ):
        program = await program_of(server, storing, *scopes)
        assert await program.run_uses() == runs_with

    @pytest.mark.parametrize("path", ["/prompt", "/api/prompt"])
    @pytest.mark.parametrize(
        "how", [bearer, lambda key: {"X-API-Key": key}, lambda k: basic("", k)]
    )
    async def test_in_each_way_and_at_both_addresses(self, server, storing, key, path, how):
        answer = await Program(server, how(key)).post(path, {"prompt": {}})
        assert answer.json["runs_with"] == "account"
        assert key not in answer.body.decode()

    async def test_a_bad_key_runs_nothing(self, server, storing, key):
        program = Program(server, bearer(key[:-1] + "_"))
        answer = await program.post("/prompt", {"prompt": {}})
        assert (answer.status, answer.code) == (401, "api_key_not_good")

    @pytest.mark.parametrize("text", [b"\xc3\xa9" * 49, b"\xff" * 49, b"x" * 3000])
    @pytest.mark.parametrize(
        "line",
        [
            lambda key: b"Authorization: Bearer " + key,
            lambda key: b"X-API-Key: " + key,
            lambda key: b"Authorization: Basic " + base64.b64encode(b"ada:" + key),
        ],
    )
    async def test_advisory_what_only_begins_like_a_key_is_not_good(self, server, line, text):
        """It was nobody's request, which the machine's default may run."""
        for path in ("/prompt", "/passport/account"):
            request = f"{'POST' if path == '/prompt' else 'GET'} {path} HTTP/1.1\r\nHost: localhost"
            head = [request.encode(), line(b"cpp_" + text), b"Content-Length: 0"]
            answer = await send(server.url, b"\r\n".join([*head, b"Connection: close", b"", b""]))
            assert (answer.status, "api_key_not_good" in answer.body) == (401, True), answer

    async def test_what_another_key_may_is_no_matter(self, server, storing):
        """Cookies and keys in one request do not add up."""
        read = await program_of(server, storing, "read")
        (cookie,) = storing.session.cookie_jar
        assert await read.run_uses(Cookie=f"{cookie.key}={cookie.value}") is None

    @pytest.mark.parametrize(
        "headers",
        [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
    )
    async def test_another_sites_page_gets_nothing_for_it(self, server, storing, key, headers):
        program = Program(server, {**bearer(key), **headers})
        answer = await program.post("/prompt", {"prompt": {}})
        assert (answer.status, answer.json["runs_with"]) == (200, None)
        assert (await program.get("account")).code == "foreign_request"
        assert (await program.get("/unrelated")).body.decode() == UNRELATED


class TestLastUsed:
    async def test_when_and_from_where(self, server, ada):
        made = await make_key(ada)
        server.clock.advance(minutes=3)
        await use(server, made["key"])
        (listed,) = await keys_of(ada)
        assert listed["last_used_at"] == "2026-11-23T02:03:00Z"
        assert listed["last_used_address"] == "127.0.0.1"

    async def test_once_a_minute_is_often_enough(self, server, ada):
        made = await make_key(ada)
        for seconds, noted in ((0, "02:00:00"), (59, "02:00:00"), (1, "02:01:00")):
            server.clock.advance(seconds=seconds)
            await use(server, made["key"])
            (listed,) = await keys_of(ada)
            assert listed["last_used_at"] == f"2026-11-23T{noted}Z"

    async def test_a_key_that_is_not_good_is_not_used(self, server, ada):
        made = await make_key(ada, expires_at="2026-11-23T02:01:00Z")
        server.clock.advance(minutes=1)
        await use(server, made["key"])
        (listed,) = await keys_of(ada)
        assert listed["last_used_at"] is None

    async def test_a_store_that_cannot_be_written_stops_no_program(self, server, key, monkeypatch):
        from passport.accounts import api_keys
        from passport.storage.errors import DatabaseBusyError

        def fail(*_):
            raise DatabaseBusyError("no matter.")

        monkeypatch.setattr(api_keys, "note_key_use", fail)
        assert (await use(server, key)).status == 200


class TestTickets:
    @pytest.fixture
    async def give(self, server, key):
        """`await give()`: a ticket of Ada's program."""
        program = Program(server, bearer(key))

        async def give(browser=program) -> str:
            answer = await browser.post("tickets")
            assert answer.status == 201
            assert answer.json["expires_in"] == 30
            return answer.json["ticket"]

        return give

    async def test_it_opens_one_websocket(self, server, give, ada):
        ticket = await give()
        session = server.browser(cookies=False).session
        url = f"{server.url}/ws?clientId=x&passport_ticket={ticket}"
        async with session.ws_connect(url):
            assert len(server.live_sockets._connections) == 1
        async with session.ws_connect(url):
            assert server.live_sockets._connections == {}, "it was used up, and this is nobody's"

    async def test_it_stands_for_one_request(self, server, give):
        stranger = Program(server, {})
        ticket = await give()
        first = await stranger.get(f"/who?passport_ticket={ticket}")
        second = await stranger.get(f"/who?passport_ticket={ticket}")
        assert (first.json["signed_in"], second.json["signed_in"]) == (True, False)

    async def test_of_two_at_once_one_is_somebody(self, server, give):
        stranger = Program(server, {})
        for _ in range(5):
            ticket = await give()
            path = f"/who?passport_ticket={ticket}"
            answers = await asyncio.gather(*(stranger.get(path) for _ in range(8)))
            assert sum(answer.json["signed_in"] for answer in answers) == 1

    async def test_thirty_seconds(self, server, give):
        stranger = Program(server, {})
        for seconds, signed_in in ((29, True), (30, False)):
            ticket = await give()
            server.clock.advance(seconds=seconds)
            answer = await stranger.get(f"/who?passport_ticket={ticket}")
            assert answer.json["signed_in"] is signed_in

    async def test_images(self, server, give):
        answer = await Program(server, {}).get(f"/unrelated?passport_ticket={await give()}")
        assert (answer.status, answer.body.decode()) == (200, UNRELATED)

    async def test_it_changes_nothing_and_runs_nothing(self, server, give, storing):
        stranger = Program(server, {})
        answer = await stranger.post(f"/prompt?passport_ticket={await give()}", {"prompt": {}})
        assert answer.json["runs_with"] is None
        for method, path in (("PATCH", "account"), ("DELETE", "session"), ("POST", "api-keys")):
            ticket = await give()
            answer = await stranger.call(method, f"{path}?passport_ticket={ticket}", {"name": "x"})
            assert answer.status in (204, 401)
        assert (await storing.status())["signed_in"] is True

    @pytest.mark.parametrize(
        "query",
        [
            "passport_ticket=",
            "passport_ticket",
            "passport_ticket=x",
            "passport_ticket=%00",
            "passport_ticket=%ff%fe",
            "passport_ticket=é",
            "passport_ticket=" + "x" * 4000,
            "passport_ticket=a&passport_ticket=b",
            "xpassport_ticket=x",
            "a=passport_ticket",
            "passport_ticket[]=x",
        ],
    )
    async def test_tickets_that_are_none_are_nobody(self, server, key, query):
        answer = await Program(server, {}).get(f"/unrelated?{query}")
        assert (answer.status, answer.body.decode()) == (200, UNRELATED)

    async def test_another_sites_page_gets_nothing_for_it(self, server, give):
        for headers in ({"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = await Program(server, headers).get(f"/who?passport_ticket={await give()}")
            assert answer.json["signed_in"] is False

    async def test_it_stands_in_no_answer_and_no_log(self, server, give, caplog):
        caplog.set_level("DEBUG")
        ticket = await give()
        answer = await Program(server, {}).get(f"/who?passport_ticket={ticket}")
        assert ticket not in answer.body.decode()
        ours = [record for record in caplog.records if record.name.startswith("passport")]
        assert ticket not in " ".join(record.getMessage() for record in ours)

    async def test_a_key_that_may_not_run_gives_none(self, server, ada):
        for scope in ("read", "manage"):
            answer = await (await program_of(server, ada, scope)).post("tickets")
            assert (answer.status, answer.code) == (403, "scope_missing")
            assert answer.json["error"]["details"] == {"scope": "run"}

    async def test_it_may_no_more_than_whoever_asked_for_it(self, server, ada):
        run = await program_of(server, ada, "run")
        ticket = (await run.post("tickets")).json["ticket"]
        answer = await Program(server, {}).get(f"/who?passport_ticket={ticket}")
        assert answer.json == {"signed_in": True, "scopes": ["run"]}

    async def test_it_is_for_comfyuis_routes_alone(self, server, give):
        answer = await Program(server, {}).get(f"account?passport_ticket={await give()}")
        assert (answer.status, answer.code) == (401, "not_signed_in")

    async def test_once_the_session_has_ended_it_is_nobody(self, server, give, ada):
        """Log out means out."""
        ticket = await give(ada)
        await ada.delete("session")
        answer = await Program(server, {}).get(f"/who?passport_ticket={ticket}")
        assert answer.json["signed_in"] is False

    async def test_once_the_key_is_deleted_it_is_nobody(self, server, ada, give):
        ticket = await give()
        (listed,) = await keys_of(ada)
        await ada.delete(f"api-keys/{listed['id']}")
        answer = await Program(server, {}).get(f"credentials?passport_ticket={ticket}")
        assert answer.code == "not_signed_in"

    async def test_once_the_account_is_cancelled_it_opens_no_socket(self, server, give, ada):
        ticket = await give(ada)
        assert (await ada.post("account/cancel", {})).status == 200
        async with server.browser(cookies=False).session.ws_connect(
            f"{server.url}/ws?passport_ticket={ticket}"
        ):
            assert server.live_sockets._connections == {}


class TestWebsockets:
    @pytest.fixture(autouse=True)
    def look_often(self, monkeypatch):
        monkeypatch.setattr("passport.server_routes.live_sockets.LOOK_EVERY_SECONDS", 0.1)

    @pytest.fixture
    async def open_socket(self, server):
        """`await open_socket(key)`: a program's websocket."""
        opened: list[aiohttp.ClientWebSocketResponse] = []

        async def connect(key: str, path: str = "/ws", **headers: str):
            session = server.browser(cookies=False).session
            sent = {**(bearer(key) if key else {}), **headers}
            opened.append(await session.ws_connect(server.url + path, headers=sent))
            return opened[-1]

        yield connect
        for socket in opened:
            await socket.close()

    async def test_deleting_the_key_closes_them_and_no_others(self, server, ada, ben, open_socket):
        made, other = await make_key(ada, "a"), await make_key(ada, "b")
        bens = await make_key(ben)
        sockets = [await open_socket(each["key"]) for each in (made, made, other, bens)]
        await ada.delete(f"api-keys/{made['id']}")
        assert [await is_open(each) for each in sockets] == [False, False, True, True]

    async def test_the_one_that_a_ticket_opened_too(self, server, ada, open_socket):
        made = await make_key(ada)
        ticket = (await Program(server, bearer(made["key"])).post("tickets")).json["ticket"]
        socket = await open_socket("", f"/ws?passport_ticket={ticket}")
        assert await is_open(socket, 0.3)
        await ada.delete(f"api-keys/{made['id']}")
        assert not await is_open(socket)

    async def test_a_key_that_expires(self, server, ada, open_socket):
        made = await make_key(ada, expires_at="2026-11-23T02:10:00Z")
        socket = await open_socket(made["key"])
        server.clock.advance(minutes=9)
        assert await is_open(socket, 0.3)
        server.clock.advance(minutes=1)
        assert not await is_open(socket)

    async def test_a_rotated_key_whose_overlap_is_over(self, server, ada, open_socket):
        """It was rotated because somebody else has it: what they opened must not go on."""
        made = await make_key(ada)
        socket = await open_socket(made["key"])
        await ada.post(f"api-keys/{made['id']}/rotate", {})
        assert not await is_open(socket)

    async def test_a_disabled_account(self, server, owner, ada, open_socket):
        socket = await open_socket((await make_key(ada))["key"])
        await owner.put(f"accounts/{await ada.account_id()}/state", {"state": "disabled"})
        assert not await is_open(socket)

    async def test_a_bad_key_opens_none(self, server, ada, open_socket):
        key = (await make_key(ada))["key"]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await open_socket(key[:-1] + "_")
        assert refused.value.status == 401

    @pytest.mark.asvs("4.4.2")
    async def test_another_sites_page_opens_nobodys(self, server, ada, open_socket):
        key = (await make_key(ada))["key"]
        await open_socket(key, Origin="https://evil.example")
        assert server.live_sockets._connections == {}


async def test_at_its_own_pace_a_second_at_most(server, ada):
    made = await make_key(ada)
    session = server.browser(cookies=False).session
    async with session.ws_connect(f"{server.url}/ws", headers=bearer(made["key"])) as socket:
        await ada.delete(f"api-keys/{made['id']}")
        began = time.perf_counter()
        assert not await is_open(socket, 5)
        assert time.perf_counter() - began <= PROMPT_SECONDS


class TestWhatElseEndsThem:
    async def test_disabling_the_account_at_once(self, server, owner, ada):
        key = (await make_key(ada))["key"]
        assert (await use(server, key)).status == 200
        await owner.put(f"accounts/{await ada.account_id()}/state", {"state": "disabled"})
        assert (await use(server, key)).code == "api_key_not_good"

    async def test_disabling_within_a_second_wherever_it_was_done(self, server, owner, ada):
        key = (await make_key(ada))["key"]
        assert (await use(server, key)).status == 200
        with server.services.database.transaction() as connection:
            connection.exec_driver_sql("UPDATE accounts SET state = 'disabled'")
        pass_a_second(server)
        assert (await use(server, key)).code == "api_key_not_good"

    async def test_logging_out_and_a_new_password_leave_them(self, server, ada):
        key = (await make_key(ada))["key"]
        change = {"current_password": PASSWORD, "new_password": "violet anvil tundra mosaic"}
        assert (await ada.put("account/password", change)).status == 204
        await ada.delete("sessions?everywhere=true")
        assert (await use(server, key)).status == 200
