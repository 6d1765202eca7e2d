"""GET checks: the Doctor over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from passport.clock import to_iso
from passport.dev.practice import PRACTICE_KEY
from passport.tests.providers.authority import Authority

LOCAL_ROWS = {
    "loopback",
    "host_allowlist",
    "listen",
    "reverse_proxy",
    "comfyui_version",
    "frontend_version",
    "binding",
    "copies",
    "proxy_variables",
    "data_folder",
    "database",
    "master_key",
    "owner",
    "credential",
}
NOT_SET_UP = {"mail"}
REMOTE_ROWS = {"reach:comfy_api", "reach:platform", "clock"}


async def ask(browser, query="", **more):
    answer = await browser.get(f"checks{query}", **more)
    assert answer.status == 200
    assert set(answer.json) == {"checks", "most_important"}
    for row in answer.json["checks"]:
        assert set(row) == {"id", "state", "cause", "remedy", "details"}
        assert row["state"] in {"ok", "warn", "fail", "skipped"}
        assert row["cause"].endswith(".")
        assert row["remedy"] or row["state"] in {"ok", "skipped"}
    return {row["id"]: row for row in answer.json["checks"]}, answer.json["most_important"]


async def test_all_rows_are_there_and_all_is_well(browser):
    rows, most_important = await ask(browser)

    assert set(rows) == LOCAL_ROWS | NOT_SET_UP | REMOTE_ROWS
    assert {rows[name]["state"] for name in LOCAL_ROWS} == {"ok"}
    assert {rows[name]["state"] for name in NOT_SET_UP | REMOTE_ROWS} == {"skipped"}
    assert most_important is None


async def test_without_remote_nobody_far_away_is_asked(browser, api):
    await ask(browser)
    await ask(browser, "?remote=0")
    assert api.calls == []


@pytest.mark.parametrize(("mode", "state"), [("up", "ok"), ("down", "fail"), ("proxy_407", "fail")])
async def test_with_remote_the_services_are_probed(browser, api, monkeypatch, mode, state):
    monkeypatch.setattr("passport.network.remote_services.PLATFORM", api.url)
    await browser.status()
    await api.set_mode(mode)

    rows, most_important = await ask(browser, "?remote=1")

    assert rows["reach:comfy_api"]["state"] == state
    details = rows["reach:comfy_api"]["details"]
    assert set(details) == {"host", "milliseconds", "status", "step", "origins"}
    assert details["origins"] == [api.url]
    assert (most_important == "reach:comfy_api") is (state == "fail")


async def test_each_service_that_is_set_up_has_a_row(start_server, api, monkeypatch):
    monkeypatch.setattr("passport.network.remote_services.PLATFORM", api.url)
    browser = (
        await start_server(
            PASSPORT_GOOGLE_CLIENT_ID="x",
            PASSPORT_GOOGLE_ISSUER=f"{api.url}/google",
            PASSPORT_GITHUB_CLIENT_ID="x",
            PASSPORT_GITHUB_BASE=f"{api.url}/github",
            PASSPORT_GITHUB_API_BASE="http://127.0.0.1:1",
            PASSPORT_OIDC_STUDIO_ISSUER=f"{api.url}/realms/studio",
            PASSPORT_OIDC_STUDIO_CLIENT_ID="x",
            PASSPORT_FIREBASE_WEB_KEY="x",
            PASSPORT_FIREBASE_AUTH_BASE=api.url,
            PASSPORT_FIREBASE_TOKEN_BASE=api.url,
        )
    ).browser()
    more = {"reach:google", "reach:github", "reach:oidc:studio", "reach:firebase"}

    rows, _ = await ask(browser)
    assert {name for name in rows if name.startswith("reach:")} == more | (REMOTE_ROWS - {"clock"})
    assert {rows[name]["state"] for name in more} == {"skipped"}
    assert rows["reach:github"]["details"]["origins"] == [api.url, "http://127.0.0.1:1"]

    rows, most_important = await ask(browser, "?remote=1")
    assert {rows[name]["state"] for name in more - {"reach:github"}} == {"ok"}
    assert rows["reach:github"]["state"] == "fail"
    assert rows["reach:github"]["details"]["step"] == "connect"
    assert most_important == "reach:github"


async def test_a_service_that_is_left_alone_says_so(server, browser, api, monkeypatch):
    monkeypatch.setattr("passport.network.remote_services.PLATFORM", api.url)
    await browser.status()
    services = server.services
    monkeypatch.setattr(services.comfy_api, "base", "http://127.0.0.1:1")
    for _ in range(3):
        services.http_client._circuits.find("http://127.0.0.1:1").note("connect")

    rows, _ = await ask(browser, "?remote=1")
    row = rows["reach:comfy_api"]
    until = row["details"]["given_up_until"]
    assert until == to_iso(server.clock() + timedelta(seconds=30))
    assert until in row["cause"]
    assert "given_up_until" not in rows["reach:platform"]["details"]


async def test_a_bundle_of_certificates_has_a_row(start_server, tmp_path):
    file = tmp_path / "company.pem"
    pem = Authority("Corporate").certificate.public_bytes(serialization.Encoding.PEM)
    file.write_bytes(pem)
    browser = (await start_server(PASSPORT_CA_BUNDLE=str(file))).browser()

    rows, _ = await ask(browser)
    assert rows["ca_bundle"]["details"]["certificates"] == 1
    assert str(tmp_path) not in str(rows["ca_bundle"])


async def test_a_bundle_that_cannot_be_used_is_told_at_the_start(start_server, tmp_path):
    file = tmp_path / "missing.pem"
    browser = (await start_server(PASSPORT_CA_BUNDLE=str(file))).browser()

    answer = await browser.get("status")
    assert (answer.status, answer.code) == (503, "settings_invalid")
    assert "ca_bundle" in answer.json["error"]["message"]


async def test_plain_http_from_elsewhere_is_the_most_important(browser):
    rows, most_important = await ask(browser, headers={"Host": "192.168.1.20"})

    assert most_important == "loopback"
    assert rows["loopback"]["state"] == "warn"
    assert rows["loopback"]["details"]["host"] == "192.168.1.20"


async def test_an_unlisted_name_is_named_with_its_remedy(browser):
    rows, _ = await ask(browser, headers={"Host": "studio.example:8188"})

    row = rows["host_allowlist"]
    assert row["state"] == "warn"
    assert row["remedy"] == "Start ComfyUI with PASSPORT_ALLOWED_HOSTS=studio.example"


async def test_an_unknown_proxy_is_named(browser):
    rows, _ = await ask(browser, headers={"X-Forwarded-For": "203.0.113.9"})

    assert rows["reverse_proxy"]["state"] == "warn"
    assert rows["reverse_proxy"]["details"] == {"proxy": "127.0.0.1"}


async def test_a_proxy_password_is_not_shown(browser, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://user:CANARY@proxy.example:3128")

    rows, _ = await ask(browser)

    assert rows["proxy_variables"]["details"] == {"HTTPS_PROXY": "http://***@proxy.example:3128"}


async def test_the_credential_row_follows_the_key(browser, api):
    await api.set_mode("down")
    await browser.log_in(PRACTICE_KEY)
    rows, most_important = await ask(browser)
    assert (rows["credential"]["state"], most_important) == ("warn", "credential")

    await api.set_mode("up")
    await browser.post("credentials/comfy/check")
    rows, _ = await ask(browser)
    assert rows["credential"]["state"] == "ok"

    api.revoke(PRACTICE_KEY)
    await browser.post("credentials/comfy/check")
    rows, most_important = await ask(browser)
    assert (rows["credential"]["state"], most_important) == ("fail", "credential")


async def test_no_row_shows_the_key(browser):
    await browser.log_in(PRACTICE_KEY)
    answer = await browser.get("checks")
    assert PRACTICE_KEY[8:-4] not in answer.body.decode()


async def test_a_data_folder_that_others_can_read_is_warned_of(server, browser):
    await browser.status()
    server.data_folder.chmod(0o755)

    rows, most_important = await ask(browser)

    assert rows["data_folder"]["state"] == "warn"
    assert rows["data_folder"]["remedy"] == f"chmod 700 {server.data_folder}"
    assert most_important == "data_folder"


async def test_a_machine_key_that_cannot_be_one_has_a_row_of_its_own(start_server):
    browser = (await start_server(COMFY_API_KEY="sk-ant-not-ours")).browser()

    rows, most_important = await ask(browser)

    assert most_important == "machine_credential"
    assert rows["machine_credential"]["state"] == "fail"
    assert "sk-ant-not-ours" not in str(rows)
