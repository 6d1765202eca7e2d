"""POST account/delete: at once, for good, and nothing is left; the answer is a receipt."""

from __future__ import annotations

import asyncio
import re

import pytest
from passport.dev.practice import PRACTICE_KEY
from passport.network.host_facts import HostFacts
from passport.storage.tables import accounts as table
from passport.tests.server_routes.passport_server import OTHER_PASSWORD, PASSWORD
from passport.tests.server_routes.programs import (
    Program,
    bearer,
    cookie_of,
    grow_stale,
    make_key,
    program_of,
)

EMAIL = "ada@example.org"
DELETION = {"confirmation": "DELETE"}
CALL = "account/delete"
UNIQUE = "Wilhelmina Xylander"


@pytest.fixture
async def phone(server, ada):
    """Ada's other browser."""
    browser = server.browser()
    await browser.log_in_by_mail(EMAIL)
    return browser


@pytest.fixture
async def furnished(ada):
    """Ada, who has one of everything."""
    assert (await ada.put("credentials/comfy", {"secret": PRACTICE_KEY})).status == 200
    await ada.put("node-packs/friend", {"decision": "always"})
    await ada.call("PATCH", "account", {"display_name": UNIQUE})
    return ada


class TestWhatItAsks:
    @pytest.mark.parametrize(
        "word", ["", "delete", "Delete", "DELETE ", " DELETE", "DELETE!", "LÖSCHEN", "x" * 5000]
    )
    async def test_another_word(self, server, ada, word):
        before = server.kept()
        answer = await ada.post(CALL, {"confirmation": word, "password": PASSWORD})
        assert (answer.status, answer.code, answer.cookies) == (422, "confirmation_wrong", [])
        assert server.kept() == before

    async def test_a_wrong_password(self, server, ada):
        before = server.kept()
        answer = await ada.post(CALL, {**DELETION, "password": OTHER_PASSWORD})
        assert (answer.status, answer.code, answer.cookies) == (403, "password_wrong", [])
        assert server.kept() == before

    async def test_a_fresh_proof(self, server, ada):
        grow_stale(server)
        await ada.status()
        before = server.kept()
        answer = await ada.post(CALL, DELETION)
        assert (answer.status, answer.code) == (403, "reauthentication_required")
        assert answer.json["error"]["details"] == {"methods": ["password"]}
        assert server.kept() == before
        assert (await ada.post(CALL, {**DELETION, "password": PASSWORD})).status == 200

    async def test_after_a_fresh_proof_it_goes_on(self, server, ada):
        grow_stale(server)
        await ada.post("session/reauthentication", {"password": PASSWORD})
        assert (await ada.post(CALL, DELETION)).status == 200

    async def test_by_api_key_too(self, server, owner):
        browser = server.browser()
        await browser.log_in(PRACTICE_KEY)
        grow_stale(server)
        assert (await browser.post(CALL, DELETION)).code == "reauthentication_required"
        await browser.post("session/reauthentication", {"api_key": PRACTICE_KEY})
        assert (await browser.post(CALL, DELETION)).status == 200

    async def test_a_person(self, server, ada):
        program = await program_of(server, ada)
        answer = await program.post(CALL, {**DELETION, "password": PASSWORD})
        assert (answer.status, answer.code) == (403, "session_needed")

    async def test_no_password_over_plain_http(self, ada):
        body = {**DELETION, "password": PASSWORD}
        answer = await ada.post(CALL, body, headers={"Host": "192.168.1.20"})
        assert (answer.status, answer.code) == (403, "insecure_connection")
        assert (await ada.status())["signed_in"] is True

    async def test_no_other_sites_page(self, server, ada):
        before = server.kept()
        for headers in ({"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"X-Passport": None}):
            assert (await ada.post(CALL, DELETION, headers=headers)).status == 403
        assert server.kept() == before


class TestWhatIsAnswered:
    async def test_a_receipt(self, server, furnished, phone):
        await make_key(furnished)
        preview = (await furnished.get("account/deletion-preview")).json
        answer = await furnished.post(CALL, DELETION)
        receipt = answer.json["receipt"]

        assert answer.status == 200
        assert set(receipt) == {"number", "deleted_at", "counts", "moved", "left"}
        assert re.fullmatch(r"[0-9A-F]{4}(-[0-9A-F]{4}){2}", receipt["number"])
        assert receipt["deleted_at"] == "2026-11-23T02:00:00Z"
        assert receipt["counts"] == preview["counts"]
        counts = receipt["counts"]
        assert (counts["sessions"], counts["api_keys"], counts["credentials"]) == (2, 1, 1)
        assert (counts["identities"], counts["node_packs"]) == (2, 1)
        assert (receipt["moved"], receipt["left"]) == (0, [])

    async def test_the_cookie_is_taken_back(self, server, ada):
        answer = await ada.post(CALL, DELETION)
        (line,) = answer.cookies
        assert line.startswith(f"passport_{server.services.store_id}=")
        assert "Max-Age=0" in line
        assert answer.headers["Clear-Site-Data"] == '"cache"'
        assert not cookie_of(ada)

    async def test_what_the_owner_can_see_of_it(self, owner, furnished):
        number = (await furnished.post(CALL, DELETION)).json["receipt"]["number"]
        (event, *more) = (await owner.get("audit?everyone=true")).json["events"]
        assert event["action"] == "account_deleted"
        assert event["details"] == {"receipt": number}
        assert (event["account"], event["address"]) == (None, "")
        assert UNIQUE not in str(more)


class TestWhatIsLeft:
    @pytest.mark.asvs("7.4.2")
    async def test_everybody_else_of_the_account_is_out(self, server, furnished, phone):
        key = (await make_key(furnished))["key"]
        cookies = [cookie_of(browser) for browser in (furnished, phone)]
        await furnished.post(CALL, DELETION)

        thief = server.browser(cookies=False)
        for cookie in cookies:
            headers = {"Cookie": cookie}
            assert (await thief.status(headers=headers))["signed_in"] is False
            assert (await thief.get("account", headers=headers)).code == "not_signed_in"
            assert await thief.run_uses(Cookie=cookie) is None
        answer = await Program(server, bearer(key)).get("/unrelated")
        assert (answer.status, answer.code) == (401, "api_key_not_good")

    async def test_sockets_are_closed(self, server, ada, phone, ben):
        async with (
            phone.session.ws_connect(f"{server.url}/ws") as socket,
            ben.session.ws_connect(f"{server.url}/ws") as other,
        ):
            await ada.post(CALL, DELETION)
            await asyncio.wait_for(socket.receive(), 1.5)
            assert socket.closed
            assert not other.closed

    async def test_nothing_in_any_file(self, server, owner, furnished, ben):
        made = await make_key(furnished, "Xylanders Skript")
        account_id = await furnished.account_id()
        token = cookie_of(furnished).partition("=")[2]
        with server.services.database.reading() as connection:
            hashed = connection.exec_driver_sql(
                "SELECT password_hash FROM passwords WHERE account_id = ?", (account_id,)
            ).scalar_one()
            sealed = connection.exec_driver_sql("SELECT ciphertext FROM credentials").scalar_one()
            key_hash = connection.exec_driver_sql("SELECT key_sha256 FROM api_keys").scalar_one()
        server.services.database.scrub()
        traces = [
            *(account_id.encode(), EMAIL.encode(), UNIQUE.encode(), b"Xylanders Skript"),
            *(hashed.encode(), bytes(sealed), bytes(key_hash), made["id"].encode()),
        ]
        assert [trace for trace in traces if trace not in bytes_of(server)] == []

        await furnished.post(CALL, DELETION)

        left = bytes_of(server)
        assert [trace for trace in traces if trace in left] == []
        assert token.encode() not in left
        assert b"ben@example.org" in left

    async def test_nothing_in_any_table(self, server, owner, furnished):
        account_id = await furnished.account_id()
        await furnished.post(CALL, DELETION)
        kept = repr(server.kept()) + repr(server.kept("audit_events", "throttles"))
        for trace in (account_id, EMAIL, UNIQUE):
            assert trace not in kept

    async def test_others_are_as_they_were(self, server, owner, ben, furnished):
        tables = ("accounts", "passwords", "identities", "sessions")
        ids = [await browser.account_id() for browser in (owner, ben)]

        def of_others():
            kept = server.kept(*tables)
            return {name: [row for row in kept[name] if set(ids) & set(row)] for name in tables}

        before = of_others()
        await furnished.post(CALL, DELETION)
        assert of_others() == before
        assert all(before.values())

    async def test_the_address_registers_again_as_a_stranger(self, server, furnished):
        former = await furnished.account_id()
        await furnished.post(CALL, DELETION)
        assert (await server.browser().log_in_by_mail(EMAIL)).code == "email_or_password_wrong"
        browser = server.browser()
        assert (await browser.register(EMAIL, OTHER_PASSWORD)).status == 201
        account = await browser.account()
        assert account["id"] != former
        assert account["display_name"] != UNIQUE
        assert (await browser.get("credentials")).json["credentials"] == []
        assert (await browser.get("api-keys")).json["api_keys"] == []

    async def test_its_comfy_key_makes_a_new_account(self, server, furnished):
        former = await furnished.account_id()
        await furnished.post(CALL, DELETION)
        answer = await server.browser().log_in(PRACTICE_KEY)
        assert answer.status == 201
        assert answer.json["account"]["id"] != former


class TestTwice:
    async def test_at_once_one_of_them_deletes(self, server, furnished, phone):
        answers = await asyncio.gather(
            *(browser.post(CALL, DELETION) for browser in (furnished, phone, furnished, phone))
        )
        assert [answer.status for answer in answers].count(200) == 1
        assert all(answer.status in (200, 401, 404) for answer in answers)

    async def test_while_it_is_being_used(self, server, furnished, phone):
        program = await program_of(server, furnished)

        async def use():
            for _ in range(10):
                for caller in (phone, program):
                    answer = await caller.get("account")
                    assert answer.status in (200, 401, 404)

        users = [asyncio.create_task(use()) for _ in range(3)]
        assert (await furnished.post(CALL, DELETION)).status == 200
        assert (await phone.get("account")).status == 401
        assert (await program.get("account")).status == 401
        await asyncio.gather(*users)


class TestOwners:
    async def test_the_last_one_stays_while_others_are_there(self, server, owner, ada):
        before = server.kept()
        answer = await owner.post(CALL, DELETION)
        assert (answer.status, answer.code, answer.cookies) == (409, "last_owner", [])
        assert server.kept() == before
        assert (await owner.get("account/deletion-preview")).json["is_last_owner"] is True

    async def test_with_another_owner_one_goes(self, server, owner, ada):
        with server.services.database.transaction() as connection:
            connection.execute(table.update().values(role="owner"))
        assert (await owner.get("account/deletion-preview")).json["is_last_owner"] is False
        assert (await owner.post(CALL, DELETION)).status == 200
        assert (await ada.status())["has_owner"] is True

    async def test_a_disabled_owner_is_no_other_owner(self, server, owner, ada):
        account_id = await ada.account_id()
        with server.services.database.transaction() as connection:
            mine = table.update().where(table.c.id == account_id)
            connection.execute(mine.values(role="owner", state="disabled"))
        assert (await owner.post(CALL, DELETION)).code == "last_owner"

    async def test_when_the_only_account_goes_the_server_is_as_new(self, server, owner):
        assert (await owner.post(CALL, DELETION)).status == 200
        status = await server.browser().status()
        assert (status["signed_in"], status["has_owner"]) == (False, False)
        assert status["registration"]["needs"] is None, "this is the machine itself"
        far = await server.browser().status(headers={"Host": "192.168.1.20"})
        assert far["registration"]["needs"] == "set_up_code"
        kept = {name: rows for name, rows in server.kept().items() if rows}
        assert set(kept) <= {"instance", "alembic_version", "change_counter", "change_log"}
        answer = await server.browser().register("zoe@example.org")
        assert answer.json["account"]["role"] == "owner"


class TestBelongings:
    @pytest.fixture
    def outputs(self, server, tmp_path, monkeypatch):
        """ComfyUI's output folder, with a file of Ada's runs and one of nobody's."""
        folder = tmp_path / "output"
        (folder / "sub").mkdir(parents=True)
        for name in ("sub/ada.png", "other.png"):
            (folder / name).write_bytes(b"picture")
        facts = HostFacts(output_folder=str(folder))
        return folder, facts

    @pytest.fixture
    async def painter(self, server, ada, outputs, monkeypatch):
        belongings = server.services.accounts.belongings
        monkeypatch.setattr(belongings, "_host_facts", lambda: outputs[1])
        account_id = await ada.account_id()
        await asyncio.to_thread(belongings.note_outputs, account_id, ["sub/ada.png"])
        return ada

    async def test_the_preview_names_them(self, painter):
        preview = (await painter.get("account/deletion-preview")).json
        assert preview["belongings"] == [
            {"kind": "outputs", "name": "sub/ada.png", "size_bytes": 7}
        ]

    async def test_they_stay_without_a_word(self, painter, outputs):
        receipt = (await painter.post(CALL, DELETION)).json["receipt"]
        assert receipt["moved"] == 0
        assert (outputs[0] / "sub/ada.png").exists()

    async def test_they_are_moved_to_the_trash_when_asked_for(self, server, painter, outputs):
        receipt = (await painter.post(CALL, {**DELETION, "outputs": True})).json["receipt"]
        assert (receipt["moved"], receipt["left"]) == (1, [])
        assert not (outputs[0] / "sub/ada.png").exists()
        assert (outputs[0] / "other.png").exists()
        (moved,) = (server.data_folder / "trash").rglob("ada.png")
        assert moved.read_bytes() == b"picture"

    async def test_they_stay_when_the_account_stays(self, painter, outputs):
        body = {"confirmation": "no", "outputs": True, "password": PASSWORD}
        assert (await painter.post(CALL, body)).status == 422
        assert (outputs[0] / "sub/ada.png").exists()

    @pytest.mark.parametrize("value", ["true", 1, None, []])
    async def test_what_is_no_yes_or_no(self, ada, value):
        for field in ("outputs", "user_folder"):
            answer = await ada.post(CALL, {**DELETION, field: value})
            assert (answer.status, answer.code) == (422, "invalid_field")


def bytes_of(server) -> bytes:
    """All that lies in the data folder."""
    files = (file for file in server.data_folder.rglob("*") if file.is_file())
    return b"\n".join(file.read_bytes() for file in files)
