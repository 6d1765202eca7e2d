"""POST account/export: what the server knows of the account, without a secret."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from passport.dev.practice import PRACTICE_KEY
from passport.tests.server_routes.passport_server import OTHER_PASSWORD, PASSWORD
from passport.tests.server_routes.programs import cookie_of, grow_stale, make_key, program_of

CALL = "account/export"
EMAIL = "ada@example.org"
PARTS = {
    "exported_at",
    "account",
    "identities",
    "sessions",
    "api_keys",
    "credentials",
    "node_packs",
    "outputs",
    "events",
}
SECRETIVE = re.compile(r"hash|sha256|cipher|nonce|secret|token|subject|stamp|fingerprint")


@pytest.fixture
async def furnished(ada):
    """Ada, who has one of everything."""
    assert (await ada.put("credentials/comfy", {"secret": PRACTICE_KEY})).status == 200
    await ada.put("node-packs/friend", {"decision": "always"})
    await make_key(ada, "Xylanders script")
    return ada


async def unpack(browser) -> dict[str, str]:
    answer = await browser.post(CALL, {})
    assert answer.status == 200
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def names_in(value) -> set[str]:
    """Every field's name, however deep."""
    if isinstance(value, dict):
        return set(value) | {name for each in value.values() for name in names_in(each)}
    if isinstance(value, list):
        return {name for each in value for name in names_in(each)}
    return set()


async def test_what_is_answered(ada):
    answer = await ada.post(CALL, {})
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="passport-account.zip"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.cookies == []


async def test_what_is_in_it(furnished):
    files = await unpack(furnished)
    assert set(files) == {"account.json", "account.html"}
    content = json.loads(files["account.json"])
    assert set(content) == PARTS
    assert content["account"]["email"] == EMAIL
    assert content["exported_at"] == "2026-11-23T02:00:00Z"
    assert {each["kind"] for each in content["identities"]} == {"password", "comfy-api-key"}
    assert [each["name"] for each in content["api_keys"]] == ["Xylanders script"]
    assert len(content["sessions"]) == 1
    assert len(content["credentials"]) == 1
    assert [each["name"] for each in content["node_packs"]] == ["friend"]
    actions = [event["action"] for event in content["events"]]
    assert {"registered", "api_key_made", "account_exported"} <= set(actions)


async def test_the_page_says_the_same_to_people(furnished):
    page = (await unpack(furnished))["account.html"]
    for text in (EMAIL, "Xylanders script", "friend", "127.0.0.1"):
        assert text in page


async def test_no_secret_and_no_hash_of_one(server, furnished):
    key = (await make_key(furnished, "other"))["key"]
    files = await unpack(furnished)
    token = cookie_of(furnished).partition("=")[2]
    text = "\n".join(files.values())
    for secret in (PRACTICE_KEY[8:30], PASSWORD, key[9:40], token, "argon2", "ciphertext"):
        assert secret not in text
    for table in ("sessions", "api_keys", "passwords", "credentials", "identities"):
        for row in server.kept(table)[table]:
            for value in row:
                if isinstance(value, bytes) and len(value) >= 16:
                    assert value.hex() not in text
    names = names_in(json.loads(files["account.json"]))
    assert [name for name in names if SECRETIVE.search(name)] == []


async def test_nothing_of_others(server, furnished, owner, ben):
    await make_key(ben, "Bens script")
    text = "\n".join((await unpack(furnished)).values())
    for browser in (owner, ben):
        account = await browser.account()
        assert account["id"] not in text
        assert account["email"] not in text
    assert "Bens script" not in text


async def test_what_others_wrote_is_no_page_of_theirs(ada):
    """It is opened from disk, where a script could read other files."""
    attack = "<script>alert(1)</script><img src=x onerror=y>"
    await make_key(ada, attack)
    await ada.get("account", headers={"User-Agent": attack})
    page = (await unpack(ada))["account.html"]
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


async def test_braces_in_a_name_are_braces(ada):
    await make_key(ada, "{parts} {0} {x.y}")
    assert "{parts} {0} {x.y}" in (await unpack(ada))["account.html"]


async def test_it_is_written_down(server, ada):
    await unpack(ada)
    assert server.happened(await ada.account_id())[-1] == "account_exported"


@pytest.mark.asvs("7.5.3")
async def test_it_asks_for_a_fresh_proof(server, ada):
    grow_stale(server)
    for body, code in (
        ({}, "reauthentication_required"),
        ({"password": OTHER_PASSWORD}, "password_wrong"),
    ):
        answer = await ada.post(CALL, body)
        assert (answer.status, answer.code) == (403, code)
    assert "account_exported" not in server.happened()
    assert (await ada.post(CALL, {"password": PASSWORD})).status == 200


async def test_a_program_and_other_sites_get_none(server, ada):
    assert (await (await program_of(server, ada)).post(CALL, {})).code == "session_needed"
    assert (await ada.post(CALL, {}, headers={"Origin": "null"})).code == "foreign_request"
    assert (await ada.get(CALL)).status == 405


async def test_no_password_over_plain_http(ada):
    answer = await ada.post(CALL, {"password": PASSWORD}, headers={"Host": "192.168.1.20"})
    assert (answer.status, answer.code) == (403, "insecure_connection")
