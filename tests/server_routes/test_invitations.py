"""The owner's invitations."""

from __future__ import annotations

import pytest
from passport.tests.server_routes.fixtures import registered
from passport.tests.server_routes.mail_office import find_link, read_token, text_of

EMAIL = "ada@example.org"


async def test_the_code_and_link_are_shown_once(server, owner):
    answer = await owner.post("invitations", {})

    assert answer.status == 201
    assert set(answer.json) == {"invitation", "code", "link", "mailed"}
    code, invitation = answer.json["code"], answer.json["invitation"]
    assert invitation == {
        "id": invitation["id"],
        "email": None,
        "created_at": "2026-11-23T02:00:00Z",
        "expires_at": "2026-11-30T02:00:00Z",
    }
    assert answer.json["link"] == f"{server.url}/#passport-invite={code}"
    assert answer.json["mailed"] is False
    listed = await owner.get("invitations")
    assert listed.json == {"invitations": [invitation]}
    assert code not in listed.body.decode()
    kept = b"".join(file.read_bytes() for file in server.data_folder.iterdir())
    assert code.encode() not in kept


async def test_a_used_or_expired_one_is_not_listed(start_server):
    server = await start_server(PASSPORT_REGISTRATION="invite")
    owner = await registered(server, "olga@example.org")
    code = (await owner.post("invitations", {})).json["code"]
    await owner.post("invitations", {"days": 1})
    await registered(server, EMAIL, invitation=code)
    assert len((await owner.get("invitations")).json["invitations"]) == 1
    server.clock.advance(days=1)
    assert (await owner.get("invitations")).json == {"invitations": []}


@pytest.mark.parametrize("days", [1, 90])
async def test_it_is_good_for_as_many_days(owner, days):
    invitation = (await owner.post("invitations", {"days": days})).json["invitation"]
    assert invitation["expires_at"][:10] == {1: "2026-11-24", 90: "2027-02-21"}[days]


@pytest.mark.parametrize("days", [0, -1, 91, 10**9, 10**30, True, False, 1.5, 7.0, "7", None, [7]])
async def test_days_that_are_none(server, owner, days):
    before = server.kept()
    answer = await owner.post("invitations", {"days": days})
    assert (answer.status, answer.code) == (422, "invalid_field")
    assert answer.json["error"]["details"] == {"field": "days"}
    assert server.kept() == before


@pytest.mark.parametrize(
    "email",
    ["nobody", "a@b", " ", f"{EMAIL}\r\nBcc: eve@evil.example", f"{EMAIL},eve@evil.example"],
)
async def test_what_is_no_mail_address(server, owner, email):
    before = server.kept()
    answer = await owner.post("invitations", {"email": email})
    assert (answer.status, answer.code) == (422, "email_invalid")
    assert server.kept() == before


async def test_taking_it_back(server, owner):
    made = (await owner.post("invitations", {})).json
    path = f"invitations/{made['invitation']['id']}"

    answer = await owner.delete(path)

    assert (answer.status, answer.body) == (204, b"")
    assert (await owner.get("invitations")).json == {"invitations": []}
    again = await owner.delete(path)
    assert (again.status, again.code) == (404, "invitation_missing")
    assert server.happened()[-2:] == ["invitation_made", "invitation_taken_back"]


@pytest.mark.parametrize("name", ["0" * 32, "x", "..%2f..%2fstatus", "%25", "a" * 3000])
async def test_there_is_none_of_that_name(server, owner, name):
    await owner.post("invitations", {})
    before = server.kept()
    answer = await owner.delete(f"invitations/{name}")
    assert (answer.status, answer.code) == (404, "invitation_missing")
    assert server.kept() == before


async def test_the_code_does_not_name_it(owner):
    code = (await owner.post("invitations", {})).json["code"]
    assert (await owner.delete(f"invitations/{code}")).status == 404


class TestByMail:
    @pytest.fixture
    async def server(self, start_server, mail_office):
        return await start_server(PASSPORT_REGISTRATION="invite", **mail_office.settings)

    async def test_the_link_goes_out_at_once_and_registers(self, server, owner, mail_office):
        await mail_office.deliver(server)

        answer = await owner.post("invitations", {"email": EMAIL, "days": 3})

        assert answer.json["mailed"] is True
        letter = mail_office.inbox.messages[-1]
        assert letter["To"] == EMAIL
        assert find_link(letter) == answer.json["link"]
        assert "3 days" in text_of(letter)
        browser = await registered(server, EMAIL, invitation=read_token(letter))
        assert (await browser.account())["role"] == "user"

    async def test_without_an_address_there_is_nobody_to_write_to(self, server, owner, mail_office):
        await mail_office.deliver(server)
        before = len(mail_office.inbox.messages)
        assert (await owner.post("invitations", {})).json["mailed"] is False
        assert len(mail_office.inbox.messages) == before

    @pytest.mark.asvs("16.5.2")
    async def test_when_the_mail_server_refuses_the_owner_still_has_the_code(
        self, server, owner, mail_office
    ):
        mail_office.inbox.answers["RCPT"] = "550 no such user"
        answer = await owner.post("invitations", {"email": EMAIL})
        assert (answer.status, answer.json["mailed"]) == (201, False)
        await registered(server, EMAIL, invitation=answer.json["code"])
