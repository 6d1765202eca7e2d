"""POST account/cancel: nothing runs and nothing changes any more, until it is undone or deleted."""

from __future__ import annotations

import asyncio
import io
import zipfile

import aiohttp
import pytest
from passport.dev.practice import PRACTICE_KEY, PRACTICE_KEY_2
from passport.tests.server_routes.passport_server import OTHER_PASSWORD, PASSWORD
from passport.tests.server_routes.programs import (
    Program,
    bearer,
    cookie_of,
    grow_stale,
    is_open,
    make_key,
)
from passport.vault.errors import CredentialMissingError

EMAIL = "ada@example.org"


@pytest.fixture(autouse=True)
def look_often(monkeypatch):
    monkeypatch.setattr("passport.server_routes.live_sockets.LOOK_EVERY_SECONDS", 0.1)


@pytest.fixture
async def phone(server, ada):
    """Ada's other browser."""
    browser = server.browser()
    await browser.log_in_by_mail(EMAIL)
    return browser


@pytest.fixture
async def program(server, ada):
    """A program of Ada's, whose key may do all."""
    return Program(server, bearer((await make_key(ada))["key"]))


@pytest.fixture
async def cancelled(ada, phone, program):
    """Ada, who stores a key and has cancelled her account."""
    assert (await ada.put("credentials/comfy", {"secret": PRACTICE_KEY})).status == 200
    assert (await ada.post("account/cancel", {})).status == 200
    return ada


def is_refused(answer) -> bool:
    return (answer.status, answer.code) == (403, "account_cancelled")


async def test_what_is_answered_and_written_down(server, ada):
    answer = await ada.post("account/cancel", {})
    account = answer.json["account"]
    assert answer.status == 200
    assert account["state"] == "cancelled"
    assert account["purge_at"] is not None
    assert account == await ada.account()
    assert server.happened(account["id"])[-1] == "account_cancelled"


@pytest.mark.asvs("7.5.3")
async def test_it_asks_for_a_fresh_proof(server, ada):
    grow_stale(server)
    for body, code in (
        ({}, "reauthentication_required"),
        ({"password": OTHER_PASSWORD}, "password_wrong"),
    ):
        answer = await ada.post("account/cancel", body)
        assert (answer.status, answer.code) == (403, code)
        assert (await ada.account())["state"] == "active"
    assert (await ada.post("account/cancel", {"password": PASSWORD})).status == 200


async def test_it_is_ones_own_alone(server, ada, ben):
    await ada.post("account/cancel", {})
    assert (await ben.account())["state"] == "active"


async def test_all_other_browsers_are_out_and_this_one_stays(cancelled, phone):
    assert (await cancelled.status())["signed_in"] is True
    assert (await phone.status())["signed_in"] is False


class TestWhatItNoLongerDoes:
    @pytest.mark.parametrize("path", ["/prompt", "/api/prompt"])
    async def test_run(self, cancelled, program, path):
        for caller in (cancelled, program):
            assert is_refused(await caller.post(path, {"prompt": {}}))

    async def test_run_what_brings_its_own_key(self, cancelled):
        body = {"prompt": {}, "extra_data": {"api_key_comfy_org": PRACTICE_KEY_2}}
        assert is_refused(await cancelled.post("/prompt", body))

    async def test_run_with_the_machines_default(self, start_server):
        server = await start_server(COMFY_API_KEY=PRACTICE_KEY_2)
        await server.browser().register("olga@example.org")
        ada = server.browser()
        await ada.register(EMAIL)
        assert await ada.run_uses() == "machine"
        await ada.post("account/cancel", {})
        assert is_refused(await ada.post("/prompt", {"prompt": {}}))

    @pytest.mark.parametrize("path", ["/upload/image", "/api/upload/image", "/userdata/a.json"])
    async def test_upload(self, cancelled, program, path):
        for caller in (cancelled, program):
            form = aiohttp.FormData({"image": io.BytesIO(b"x" * 100)})
            assert is_refused(await caller.post(path, data=form))

    async def test_open_a_socket(self, server, cancelled, program):
        for headers in ({"Cookie": cookie_of(cancelled)}, program.headers):
            session = server.browser(cookies=False).session
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(f"{server.url}/ws", headers=headers)
            assert refused.value.status == 403

    @pytest.mark.parametrize("whose", ["its browser's", "its program's"])
    async def test_keep_a_socket_open(self, server, ada, ben, program, whose):
        if whose == "its browser's":
            url, session, headers = f"{server.url}/ws", ada.session, {}
        else:
            url, session, headers = f"{server.url}/ws", program.session, program.headers
        async with (
            session.ws_connect(url, headers=headers) as socket,
            ben.session.ws_connect(url) as other,
        ):
            assert await is_open(socket, 0.3)
            await ada.post("account/cancel", {})
            assert await is_open(socket, 1) is False
            assert await is_open(other, 0.3) is True

    async def test_have_its_credential_bound(self, server, ada):
        """Not even for a run that was queued just before."""
        await ada.put("credentials/comfy", {"secret": PRACTICE_KEY})
        binding = server.services.binding
        claim = binding.claim(await ada.account_id(), False, set())
        assert binding.resolve(claim, set()).secret.reveal() == PRACTICE_KEY
        await ada.post("account/cancel", {})
        with pytest.raises(CredentialMissingError, match="cancelled"):
            binding.resolve(claim, set())

    async def test_change_or_make_anything(self, server, cancelled):
        before = server.kept()
        for method, path, body in (
            ("PATCH", "account", {"display_name": "Eve"}),
            ("PUT", "account/password", {"current_password": PASSWORD, "new_password": "x"}),
            ("POST", "api-keys", {"name": "x"}),
            ("PUT", "credentials/comfy", {"secret": PRACTICE_KEY_2}),
            ("DELETE", "credentials/comfy", None),
            ("POST", "credentials/comfy/check", None),
            ("POST", "credentials/comfy/reveal", {"password": PASSWORD}),
            ("PUT", "node-packs/friend", {"decision": "always"}),
            ("POST", "tickets", None),
            ("POST", "account/cancel", {}),
        ):
            assert is_refused(await cancelled.call(method, path, body)), path
        assert server.kept() == before

    async def test_let_its_programs_read(self, program, cancelled):
        for path in ("account", "credentials", "audit", "api-keys", "sessions"):
            assert is_refused(await program.get(path)), path

    async def test_use_a_ticket(self, server, ada):
        ticket = (await ada.post("tickets")).json["ticket"]
        await ada.post("account/cancel", {})
        answer = await Program(server, {}).get(f"account?passport_ticket={ticket}")
        assert answer.status in (401, 403)


class TestWhatItStillDoes:
    async def test_read(self, cancelled):
        for path in (
            "account",
            "account/deletion-preview",
            "api-keys",
            "audit",
            "credentials",
            "node-packs",
            "sessions",
            "status",
        ):
            answer = await cancelled.get(path)
            assert answer.status == 200, path
            assert PRACTICE_KEY[8:60] not in answer.body.decode()

    async def test_see_pages_and_images(self, cancelled):
        assert (await cancelled.get("/unrelated")).status == 200

    async def test_know_when_it_is_deleted(self, cancelled):
        preview = (await cancelled.get("account/deletion-preview")).json
        assert preview["purge_at"] == (await cancelled.account())["purge_at"]
        assert preview["purge_at"][:10] == "2026-12-23"
        assert preview["cancelled_account_days"] == 30

    async def test_export(self, cancelled):
        answer = await cancelled.post("account/export", {})
        assert answer.status == 200
        assert zipfile.ZipFile(io.BytesIO(answer.body)).testzip() is None

    async def test_log_out_and_in_again(self, server, cancelled):
        assert (await cancelled.delete("session")).status == 204
        answer = await server.browser().log_in_by_mail(EMAIL)
        assert answer.status == 201
        assert answer.json["account"]["state"] == "cancelled"

    async def test_log_in_by_its_key_still_cancelled(self, server, cancelled):
        browser = server.browser()
        assert (await browser.log_in(PRACTICE_KEY)).json["account"]["state"] == "cancelled"
        assert is_refused(await browser.post("/prompt", {"prompt": {}}))

    async def test_end_its_other_sessions(self, server, cancelled):
        other = server.browser()
        await other.log_in_by_mail(EMAIL)
        assert (await cancelled.delete("sessions")).json == {"ended": 1}
        assert (await other.status())["signed_in"] is False

    async def test_delete_itself_for_good(self, server, cancelled):
        answer = await cancelled.post("account/delete", {"confirmation": "DELETE"})
        assert answer.status == 200
        assert (await server.browser().log_in_by_mail(EMAIL)).code == "email_or_password_wrong"


class TestReactivating:
    async def test_all_is_as_it_was(self, server, cancelled, program, phone):
        answer = await cancelled.post("account/reactivate")
        account = answer.json["account"]
        assert (answer.status, account["state"], account["purge_at"]) == (200, "active", None)
        for caller in (cancelled, program):
            assert await caller.run_uses() == "account"
        assert (await cancelled.post("/upload/image", data=b"x")).status == 200
        assert (await phone.status())["signed_in"] is False, "what ended stays ended"
        assert server.happened(account["id"])[-1] == "account_reactivated"

    async def test_it_is_not_deleted_when_the_day_comes(self, server, cancelled):
        await cancelled.post("account/reactivate")
        server.clock.advance(days=31)
        await asyncio.to_thread(server.services.accounts.purge.run)
        assert (await server.browser().log_in_by_mail(EMAIL)).status == 201

    async def test_otherwise_it_is(self, server, cancelled):
        server.clock.advance(days=31)
        await asyncio.to_thread(server.services.accounts.purge.run)
        assert (await server.browser().log_in_by_mail(EMAIL)).status == 401
        assert (await cancelled.status())["signed_in"] is False

    async def test_an_active_account_stays_active(self, server, ada):
        before = server.kept()
        assert (await ada.post("account/reactivate")).json["account"]["state"] == "active"
        assert server.kept() == before

    async def test_no_program_and_nobody_else_reactivates_it(self, server, cancelled, program, ben):
        assert is_refused(await program.post("account/reactivate"))
        assert (await ben.post("account/reactivate")).status == 200
        assert (await server.browser().post("account/reactivate")).code == "not_signed_in"
        assert (await cancelled.account())["state"] == "cancelled"

    async def test_no_other_site_does(self, cancelled):
        for headers in ({"Origin": "null"}, {"X-Passport": None}):
            answer = await cancelled.post("account/reactivate", headers=headers)
            assert answer.status == 403
        assert (await cancelled.account())["state"] == "cancelled"


class TestOwners:
    async def test_the_last_one_cannot_cancel_while_others_are_there(self, server, owner, ada):
        before = server.kept()
        answer = await owner.post("account/cancel", {})
        assert (answer.status, answer.code) == (409, "last_owner")
        assert server.kept() == before

    async def test_alone_on_the_server_one_can(self, owner):
        assert (await owner.post("account/cancel", {})).json["account"]["state"] == "cancelled"
        assert is_refused(await owner.get("accounts"))
        assert is_refused(await owner.get("audit?everyone=true"))

    async def test_a_cancelled_account_can_be_disabled_and_is_then_out(
        self, server, owner, cancelled
    ):
        path = f"accounts/{await cancelled.account_id()}/state"
        assert (await owner.put(path, {"state": "disabled"})).status == 200
        assert (await cancelled.status())["signed_in"] is False
