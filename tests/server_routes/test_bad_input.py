"""What bad input gets: the envelope, the right status, and never an echo of what was sent."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import re
import resource
import time
import tracemalloc
from pathlib import Path

import pytest
from passport.dev.practice import PRACTICE_KEY
from passport.tests.server_routes.every_route import CALLS, NAMES, fill

CANARY = "comfyui-" + "CANARY" * 10 + "zzzz"
LOG_IN = "session/api-key"
GIVEAWAYS = ("Traceback", "site-packages", ".py", "SELECT ", "INSERT ", "sqlite", "/tmp/")  # noqa: S108
BODY_CALLS = [call for call in CALLS if call[2] is not None]
WITH_NEEDS = [call for call in BODY_CALLS if call[2]]
FLAGS = {"shared_computer", "accept_insecure", "link_accounts", "outputs", "user_folder"}
NUMBERS = {"days", "overlap_seconds"}
LISTS = {"scopes"}
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "http-api.md"


def assert_refused(answer, status: int, code: str) -> None:
    assert (answer.status, answer.code) == (status, code)
    text = answer.body.decode()
    for giveaway in (*GIVEAWAYS, CANARY, CANARY[8:40]):
        assert giveaway not in text
    assert answer.cookies == []


def as_json(text: object) -> dict:
    return {"data": text, "headers": {"Content-Type": "application/json"}}


@pytest.fixture
async def signed_in(browser):
    await browser.log_in(PRACTICE_KEY)
    return browser


NO_JSON = [
    "",
    " ",
    "{",
    f'{{"api_key": "{CANARY}"',
    f"{{'api_key': '{CANARY}'}}",
    "{} {}",
    "\x00",
    "{\n//comment\n}",
    b"\xff\xfe\xfa",
    b'{"api_key": "\xff"}',
    '{"a": "\n"}',
    "[" * 50_000,
    '{"a":' * 10_000,
    '{"n": ' + "9" * 5000 + "}",
    '{"api_key": 1, "api_key": 2}',
    '{"x": {"y": 1, "y": 2}}',
]


NO_OBJECTS = [None, [], "", CANARY, 0, 1.5, True, [{}]]


NO_TEXTS = [None, 0, 1.5, True, [], {}, [CANARY], {"a": CANARY}, float("nan")]
NO_FLAGS = ["true", "", 0, 1, None, [], {}]
NO_LISTS = [None, 0, 1.5, True, "", CANARY, {}, {"a": CANARY}, [None], [1], ["run", []]]
NO_NUMBERS = ["7", "", 1.5, 7.0, True, False, None, [], {}, float("nan"), float("inf")]


def wrong_values(field: str) -> list:
    """Values of every kind that this field does not take."""
    if field in FLAGS:
        return NO_FLAGS
    if field in LISTS:
        return NO_LISTS
    return NO_NUMBERS if field in NUMBERS else NO_TEXTS


UNKNOWN_FIELDS = [
    "__proto__",
    "constructor",
    "account_id",
    "email",
    "self",
    "",
    " ",
    "\u0000",
    CANARY,
]


FORM_TYPES = [
    None,
    "",
    "text/plain",
    "text/plain; application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json-patch+json",
    "text/json",
    "*/*",
    "nonsense",
]


def documented_fields(method: str, path: str) -> list[str]:
    """What the document says that this call takes."""
    row = re.compile(r"^\| `(\w+) (\S+)` (`\{.+?\}`) \|", re.MULTILINE)
    for found_method, found_path, bodies in row.findall(DOCUMENT.read_text(encoding="utf-8")):
        if (found_method, fill(found_path)) == (method, path.replace("friend", fill("{name}"))):
            fields = ",".join(re.findall(r"`\{(.+?)\}`", bodies))  # one, or one of two
            return [re.split(r"[?:]", field)[0].strip() for field in fields.split(",")]
    raise AssertionError(f"{method} {path} is not documented with its fields")


@pytest.mark.parametrize(("method", "path", "body"), BODY_CALLS)
class TestBodies:
    @pytest.mark.asvs("1.5.3", "15.3.7")
    async def test_what_is_no_json(self, signed_in, method, path, body):
        for text in NO_JSON:
            assert_refused(await signed_in.call(method, path, **as_json(text)), 400, "invalid_json")

    @pytest.mark.asvs("15.3.5")
    async def test_json_that_is_no_object(self, signed_in, method, path, body):
        for document in NO_OBJECTS:
            answer = await signed_in.call(method, path, **as_json(json.dumps(document)))
            assert_refused(answer, 422, "invalid_field")

    @pytest.mark.asvs("2.2.1", "15.3.3")
    async def test_a_field_that_nobody_knows(self, signed_in, method, path, body):
        known = documented_fields(method, path)
        for name in set(UNKNOWN_FIELDS) - set(known):
            answer = await signed_in.call(method, path, {**body, name: "y"})
            assert_refused(answer, 422, "invalid_field")
            assert answer.json["error"]["details"] == {"known": known}

    @pytest.mark.asvs("2.2.1", "15.3.5")
    async def test_a_field_of_the_wrong_type(self, signed_in, method, path, body):
        for field in documented_fields(method, path):
            for value in wrong_values(field):
                answer = await signed_in.call(method, path, {**body, field: value})
                assert_refused(answer, 422, "invalid_field")
                assert answer.json["error"]["details"] == {"field": field}

    async def test_half_a_character(self, signed_in, method, path, body):
        """JSON can spell what no file and no store can keep."""
        for field in set(documented_fields(method, path)) - FLAGS - NUMBERS:
            for half in ("\ud800", "ada\udfff@example.org", "\udc80" * 12):
                answer = await signed_in.call(method, path, {**body, field: half})
                assert_refused(answer, 422, "invalid_field")
                assert answer.json["error"]["details"] == {"field": field}

    @pytest.mark.asvs("3.5.2")
    async def test_a_type_that_a_form_could_send(self, signed_in, method, path, body):
        for content_type in FORM_TYPES:
            answer = await signed_in.call(
                method,
                path,
                data=json.dumps(body).encode(),
                headers={"Content-Type": content_type or "application/octet-stream"},
            )
            assert_refused(answer, 415, "body_not_json")

    async def test_a_charset_beside_the_type_is_fine(self, signed_in, method, path, body):
        answer = await signed_in.call(
            method,
            path,
            data=json.dumps({**body, "unknown": 1}),
            headers={"Content-Type": "application/json; charset=utf-8"},
        )
        assert_refused(answer, 422, "invalid_field")

    async def test_without_our_header(self, signed_in, method, path, body):
        for value in (None, "", "0", "true", "1, 1"):
            answer = await signed_in.call(method, path, body, headers={"X-Passport": value})
            assert_refused(answer, 403, "missing_passport_header")


@pytest.mark.parametrize(("method", "path", "body"), BODY_CALLS[::5])
class TestLargeBodies:
    async def test_a_body_of_ten_megabytes_is_refused_early(self, signed_in, method, path, body):
        text = json.dumps({**body, "more": CANARY + "x" * 10_000_000})
        await signed_in.status()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        answer = await signed_in.call(method, path, **as_json(io.BytesIO(text.encode())))

        assert_refused(answer, 413, "body_too_large")
        assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < 1

    async def test_a_small_body_that_unpacks_to_a_large_one(self, signed_in, method, path, body):
        packed = gzip.compress(json.dumps({**body, "more": "x" * 10_000_000}).encode())
        answer = await signed_in.call(
            method,
            path,
            data=packed,
            headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
        )
        assert_refused(answer, 413, "body_too_large")


@pytest.mark.parametrize(("method", "path", "body"), WITH_NEEDS)
async def test_a_field_that_is_missing(signed_in, method, path, body):
    for field in body:
        less = {name: value for name, value in body.items() if name != field}
        answer = await signed_in.call(method, path, less)
        assert_refused(answer, 422, "invalid_field")
        assert answer.json["error"]["details"] == {"field": field}


def _with_nul(path: str, name: str) -> str:
    return "/".join(f"{part}%00" if part == name else part for part in path.split("/"))


async def test_a_nul_in_the_address_names_nothing(signed_in):
    """PostgreSQL cannot even be asked for such a name."""
    for method, path, body in CALLS:
        spellings = [
            f"{path}?a=%00",
            *(_with_nul(path, name) for name in NAMES.values() if name in path.split("/")),
        ]
        for spelling in spellings:
            assert_refused(await signed_in.call(method, spelling, body), 422, "invalid_field")


async def test_a_body_that_is_not_packed_as_it_says(server):
    for encoding in ("gzip", "deflate"):
        answer = await server.browser().post(
            LOG_IN,
            data=json.dumps({"api_key": CANARY}).encode(),
            headers={"Content-Type": "application/json", "Content-Encoding": encoding},
        )
        assert_refused(answer, 400, "invalid_json")


async def test_a_body_without_a_stated_length_is_bounded_too(browser):
    sent = 0

    async def endless():
        nonlocal sent
        for _ in range(200):
            sent += 50_000
            yield b"x" * 50_000

    try:
        answer = await browser.post(LOG_IN, **as_json(endless()))
        assert_refused(answer, 413, "body_too_large")
    except ConnectionError:  # the server has hung up on us, which is as well
        pass
    assert (await browser.get("status")).status == 200


@pytest.mark.asvs("15.2.2")
async def test_ten_large_bodies_at_once_are_not_kept_in_memory(browser):
    await browser.status()
    chunk = b"x" * 64 * 1024

    async def ten_megabytes():
        for _ in range(160):
            yield chunk

    tracemalloc.start()
    try:
        answers = await asyncio.gather(
            *(browser.post(LOG_IN, **as_json(ten_megabytes())) for _ in range(10)),
            return_exceptions=True,
        )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert all(isinstance(a, OSError) or a.status == 413 for a in answers)
    assert peak < 20_000_000  # of 100 MB that were sent


class TestKeysThatCannotBeOne:
    @pytest.mark.asvs("2.2.2")
    @pytest.mark.parametrize(
        ("key", "reason"),
        [
            ("", "empty"),
            (" \t\r\n", "empty"),
            ("CANARY", "prefix"),
            ("COMFYUI-" + "A" * 64, "prefix"),
            ("comfyui_" + "A" * 64, "prefix"),
            ("sk-ant-api03-CANARYCANARY", "other_service"),
            ("sk-proj-CANARYCANARY", "other_service"),
            ("hf_CANARYCANARY", "other_service"),
            ("r8_CANARYCANARY", "other_service"),
            ("ghp_CANARYCANARY", "other_service"),
            ("AIzaCANARYCANARY", "other_service"),
            ("comfyui-" + "CANARY" * 5, "length"),
            ("comfyui-" + "CANARY" * 20, "length"),
            (PRACTICE_KEY[:40] + " " + PRACTICE_KEY[41:], "characters"),
            (PRACTICE_KEY[:40] + "\n" + PRACTICE_KEY[41:], "characters"),
            (PRACTICE_KEY[:40] + "\r\n" + PRACTICE_KEY[42:], "characters"),
            (PRACTICE_KEY[:40] + "\x00" + PRACTICE_KEY[41:], "characters"),
            (PRACTICE_KEY[:40] + "\x1b" + PRACTICE_KEY[41:], "characters"),
            (PRACTICE_KEY[:40] + "\u200b" + PRACTICE_KEY[41:], "characters"),
            (PRACTICE_KEY[:40] + "ё" + PRACTICE_KEY[41:], "characters"),
            ("comfyui-" + "x" * 60_000, "length"),
        ],
        ids=range(21),
    )
    async def test_they_are_told_what_is_wrong_and_nobody_is_asked(self, browser, api, key, reason):
        answer = await browser.log_in(key)

        assert_refused(answer, 422, "api_key_malformed")
        assert answer.json["error"]["details"]["reason"] == reason
        assert "CANARY" not in answer.body.decode()
        assert PRACTICE_KEY[8:30] not in answer.body.decode()
        assert api.calls == []

    @pytest.mark.asvs("14.2.1")
    @pytest.mark.threat(18)
    async def test_a_key_in_the_url_is_not_looked_at(self, browser, api):
        answer = await browser.post(f"{LOG_IN}?api_key={PRACTICE_KEY}", {})
        assert_refused(answer, 422, "invalid_field")
        assert api.calls == []


@pytest.mark.asvs("14.2.1")
async def test_a_token_in_the_query_is_nobody(server, browser):
    name, _, token = (await browser.log_in(PRACTICE_KEY)).cookie.partition("=")
    stranger = server.browser()

    for query in (f"token={token}", f"{name}={token}", f"session={token}", f"access_token={token}"):
        assert (await stranger.get(f"credentials?{query}")).code == "not_signed_in"
    for header in ("Authorization", "X-API-Key", "X-Passport-Token"):
        for value in (token, f"Bearer {token}", "Bearer", "Basic", f"Basic {token}", PRACTICE_KEY):
            answer = await stranger.get("credentials", headers={header: value})
            assert answer.code == "not_signed_in"


async def test_a_long_query_is_harmless(browser):
    answer = await browser.get("status?" + "&".join(f"a{n}={n}" for n in range(900)))
    assert answer.status == 200


@pytest.mark.asvs("13.4.2", "16.3.4", "16.5.1")
async def test_a_fault_of_ours_is_told_in_the_envelope_and_nothing_more(
    server, browser, monkeypatch, caplog
):
    await browser.status()

    def fail(*_):
        raise RuntimeError(f"{CANARY} of /home/somebody")

    monkeypatch.setattr(server.services.accounts.sign_in, "with_api_key", fail)
    answer = await browser.log_in(PRACTICE_KEY)

    assert_refused(answer, 503, "passport_unavailable")
    assert PRACTICE_KEY not in caplog.text
    assert (await browser.get("/unrelated")).status == 200


async def test_the_log_of_a_refused_log_in_holds_no_key(browser, api, caplog):
    caplog.set_level("DEBUG")
    for mode in ("up", "nonsense", "down", "server_error"):
        await api.set_mode(mode)
        await browser.log_in(CANARY)
        await browser.log_in(CANARY + "x")
    assert "CANARY" not in caplog.text


async def test_long_keys_are_looked_at_in_no_time(browser):
    began = time.perf_counter()
    for text in ("comfyui-" + "a" * 60_000 + "!", " " * 60_000, "-" * 60_000):
        await browser.log_in(text)
    assert time.perf_counter() - began < 2
