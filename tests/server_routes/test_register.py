"""POST accounts: who may make an account here, and what it starts with."""

from __future__ import annotations

import pytest
from passport.tests.server_routes.passport_server import PASSWORD
from passport.tests.server_routes.places import FAR_AWAY, PROXIED

EMAIL = "ada@example.org"


@pytest.fixture
async def server(start_server):
    server = await start_server(**PROXIED)
    await server.browser().status()
    return server


@pytest.fixture
async def far(server):
    """A browser elsewhere that may use passwords."""
    return server.browser(place=FAR_AWAY)


def set_up_code(server) -> str:
    return server.services.accounts.admission.set_up_code.text.reveal()


async def assert_refused(server, browser, status: int, code: str, **fields):
    """The call is refused, nothing is stored, and nobody is signed in."""
    await browser.status()
    before = server.kept()
    answer = await browser.register(**{"email": EMAIL, **fields})
    assert (answer.status, answer.code) == (status, code)
    assert answer.cookies == []
    assert server.kept() == before
    return answer.json["error"]


async def test_it_makes_an_account_and_logs_it_in(server, browser):
    answer = await browser.register(EMAIL, display_name="Ada Lovelace")

    assert answer.status == 201
    account = answer.json["account"]
    assert account == {
        "id": account["id"],
        "display_name": "Ada Lovelace",
        "email": EMAIL,
        "email_verified": False,
        "pending_email": None,
        "role": "owner",
        "state": "active",
        "purge_at": None,
        "has_password": True,
    }
    assert await browser.account() == account
    assert server.happened(account["id"]) == ["registered"]


async def test_only_the_first_one_owns_the_server(owner, ada, ben):
    roles = [(await browser.account())["role"] for browser in (owner, ada, ben)]
    assert roles == ["owner", "user", "user"]


async def test_without_a_name_the_mail_address_gives_one(browser):
    account = (await browser.register("ada.lovelace@example.org")).json["account"]
    assert account["display_name"] == "ada.lovelace"


async def test_the_account_logs_in_with_its_password_later(server, browser):
    registered = await browser.register(EMAIL)
    answer = await server.browser().log_in_by_mail(EMAIL)
    assert answer.json["account"] == registered.json["account"]


async def test_the_session_that_the_browser_had_ends(server, owner):
    former = next(iter(owner.session.cookie_jar))
    await owner.register(EMAIL)
    replay = {"Cookie": f"{former.key}={former.value}"}
    assert (await server.browser(cookies=False).status(headers=replay))["signed_in"] is False


async def test_on_a_shared_computer_the_session_is_short(browser):
    answer = await browser.register(EMAIL, shared_computer=True)
    assert "Max-Age" not in answer.cookies[0]
    assert (await browser.status())["session"]["shared_computer"] is True


async def test_a_mail_address_is_kept_as_it_was_written(browser):
    answer = await browser.register("  Ada.Lovelace@EXAMPLE.org ")
    assert answer.json["account"]["email"] == "Ada.Lovelace@example.org"


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        "email",
        [
            "",
            " ",
            "ada",
            "ada@",
            "@example.org",
            "ada@example",
            "ada@@example.org",
            "ada@exa mple.org",
            "ada@example.org, eve@evil.example",
            "ada@example.org; eve@evil.example",
            "ada@example.org\nBcc: eve@evil.example",
            "ada@example.org\r\n\r\nHello",
            "Ada <ada@example.org>",
            "ada@example.org\x00",
            "ada\x1b@example.org",
            "ada\u202e@example.org",
            "ada@exam\u200bple.org",
            "ada..lovelace@example.org",
            "a@" + "b" * 250 + ".org",
            "a@" * 20_000,
        ],
        ids=range(20),
    )
    async def test_what_is_no_mail_address(self, server, browser, email):
        error = await assert_refused(server, browser, 422, "email_invalid", email=email)
        assert "eve@" not in error["message"]

    @pytest.mark.parametrize(
        "name", ["\u200b", "a\x00b", "a\x1b[2Jb", "a\u202eb", "\u2066a", "a" * 81, "\ufeff", "\x07"]
    )
    async def test_a_name_that_cannot_be_seen_or_never_ends(self, server, browser, name):
        await assert_refused(server, browser, 422, "display_name_invalid", display_name=name)

    @pytest.mark.parametrize(
        ("password", "problem"),
        [
            ("", "too_short"),
            ("elevenchars", "too_short"),
            ("x" * 129, "too_long"),
            ("quilted heron " * 10, "too_long"),
            ("password1234", "too_common"),
            ("aaaaaaaaaaaaaaaa", "too_common"),
            ("qwertyuiop123456", "too_common"),
            (f"my {EMAIL} is it", "contains_email"),
            (f"my {EMAIL.upper()} is it", "contains_email"),
        ],
    )
    async def test_a_password_that_cannot_be_one(self, server, browser, password, problem):
        error = await assert_refused(
            server, browser, 422, "password_unacceptable", password=password
        )
        assert error["details"] == {"problem": problem}

    @pytest.mark.parametrize(
        "spelling",
        [EMAIL, "ADA@example.org", "Ada@EXAMPLE.ORG", f" {EMAIL} ", "\uff21da@example.org"],
    )
    async def test_an_address_that_somebody_has_however_it_is_spelled(self, server, ada, spelling):
        await assert_refused(server, server.browser(), 409, "email_taken", email=spelling)
        assert (await ada.status())["signed_in"] is True


class TestWithoutAnOwner:
    """From elsewhere, the first account needs the code from the server's terminal."""

    async def test_the_status_says_what_it_needs(self, far):
        assert (await far.status())["registration"] == {
            "mode": "open",
            "enabled": True,
            "reason": None,
            "needs": "set_up_code",
        }

    @pytest.mark.asvs("6.3.2")
    @pytest.mark.threat(16)
    async def test_no_code(self, server, far):
        await assert_refused(server, far, 403, "set_up_code_needed")

    @pytest.mark.parametrize("code", ["x", "2222-2222-2222-2222", "-", " ", "é"])
    async def test_a_wrong_code(self, server, far, code):
        await assert_refused(server, far, 403, "set_up_code_wrong", set_up_code=code)

    @pytest.mark.parametrize("spell", [str, str.lower, lambda code: f" {code.replace('-', ' ')} "])
    async def test_the_code_however_it_is_typed(self, server, far, spell):
        answer = await far.register(EMAIL, set_up_code=spell(set_up_code(server)))
        assert answer.json["account"]["role"] == "owner"

    async def test_afterwards_nobody_needs_it_and_it_makes_no_second_owner(self, server, far):
        code = set_up_code(server)
        await far.register(EMAIL, set_up_code=code)
        answer = await far.register("eve@example.org", set_up_code=code)
        assert answer.json["account"]["role"] == "user"

    async def test_the_eleventh_guess_has_to_wait(self, server, far):
        for _ in range(10):
            assert (await far.register(EMAIL, set_up_code="x")).code == "set_up_code_wrong"
        answer = await far.register(EMAIL, set_up_code=set_up_code(server))
        assert (answer.status, answer.code) == (429, "too_many_tries")

    async def test_each_start_has_a_code_of_its_own(self, server, start_server):
        again = await start_server(**PROXIED)
        await again.browser().status()
        assert set_up_code(again) != set_up_code(server)


class TestByInvitation:
    @pytest.fixture
    async def server(self, start_server):
        return await start_server(PASSPORT_REGISTRATION="invite")

    async def invite(self, owner, **fields) -> str:
        return (await owner.post("invitations", fields)).json["code"]

    async def test_the_status_says_so(self, server, owner):
        registration = (await server.browser().status())["registration"]
        assert registration == {
            "mode": "invite",
            "enabled": True,
            "reason": None,
            "needs": "invitation",
        }

    async def test_the_owner_needs_none(self, owner):
        assert (await owner.account())["role"] == "owner"

    async def test_without_one(self, server, owner):
        await assert_refused(server, server.browser(), 403, "invitation_needed")

    @pytest.mark.parametrize("code", ["x", "é", "\x00", "' OR 1=1 --", "x" * 5000])
    async def test_with_a_made_up_one(self, server, owner, code):
        await assert_refused(server, server.browser(), 403, "invitation_invalid", invitation=code)

    async def test_with_one_once(self, server, owner):
        code = await self.invite(owner)
        assert (await server.browser().register(EMAIL, invitation=f" {code}\n")).status == 201
        await assert_refused(
            server,
            server.browser(),
            403,
            "invitation_invalid",
            email="eve@example.org",
            invitation=code,
        )

    async def test_a_refused_registration_does_not_use_it_up(self, server, owner):
        code = await self.invite(owner)
        weak = await server.browser().register(EMAIL, "password1234", invitation=code)
        assert weak.code == "password_unacceptable"
        assert (await server.browser().register(EMAIL, invitation=code)).status == 201

    async def test_until_it_expires(self, server, owner):
        code = await self.invite(owner, days=1)
        server.clock.advance(days=1)
        await assert_refused(server, server.browser(), 403, "invitation_invalid", invitation=code)

    async def test_with_one_that_was_taken_back(self, server, owner):
        made = (await owner.post("invitations", {})).json
        await owner.delete(f"invitations/{made['invitation']['id']}")
        await assert_refused(
            server, server.browser(), 403, "invitation_invalid", invitation=made["code"]
        )

    async def test_one_for_an_address_is_for_that_address_alone(self, server, owner):
        code = await self.invite(owner, email=EMAIL)
        await assert_refused(
            server,
            server.browser(),
            403,
            "invitation_invalid",
            email="eve@example.org",
            invitation=code,
        )
        answer = await server.browser().register("ADA@example.org", invitation=code)
        assert answer.status == 201


class TestClosed:
    @pytest.fixture
    async def server(self, start_server):
        return await start_server(PASSPORT_REGISTRATION="closed")

    async def test_the_status_says_so(self, server, owner):
        registration = (await server.browser().status())["registration"]
        assert (registration["enabled"], registration["reason"]) == (False, "registration_closed")

    async def test_nobody_registers(self, server, owner):
        code = (await owner.post("invitations", {})).json["code"]
        await assert_refused(server, server.browser(), 403, "registration_closed")
        await assert_refused(server, server.browser(), 403, "registration_closed", invitation=code)

    async def test_whoever_is_there_still_logs_in(self, server, owner):
        assert (await server.browser().log_in_by_mail("olga@example.org", PASSWORD)).status == 201
