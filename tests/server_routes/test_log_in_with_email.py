"""POST session/email: mail address and password."""

from __future__ import annotations

import pytest
from passport.dev.practice import PRACTICE_KEY
from passport.tests.server_routes.passport_server import OTHER_PASSWORD, PASSWORD

EMAIL = "ada@example.org"


@pytest.fixture
def hashing(server, monkeypatch):
    """`hashing()`: how often a password has been hashed or compared since."""
    passwords = server.services.accounts.email_log_in._proof._passwords
    counted = []
    work = passwords._work

    async def count(*arguments):
        counted.append(1)
        return await work(*arguments)

    monkeypatch.setattr(passwords, "_work", count)
    return lambda: len(counted)


async def test_it_logs_in(server, ada):
    browser = server.browser()

    answer = await browser.log_in_by_mail(EMAIL)

    assert answer.status == 201
    assert answer.json == {"account": await ada.account(), "credential": None}
    assert await browser.account() == await ada.account()
    assert server.happened(await ada.account_id())[-1] == "signed_in"


async def test_the_key_that_the_account_stores_comes_along(server, ada):
    await ada.put("credentials/comfy", {"secret": PRACTICE_KEY})
    browser = server.browser()

    answer = await browser.log_in_by_mail(EMAIL)

    assert answer.json["credential"]["mask"] == f"comfyui-…{PRACTICE_KEY[-4:]}"
    assert await browser.run_uses() == "account"


@pytest.mark.parametrize("spelling", ["ADA@EXAMPLE.ORG", f" {EMAIL}\n", "\uff41da@example.org"])
async def test_the_address_may_be_spelled_otherwise(server, ada, spelling):
    assert (await server.browser().log_in_by_mail(spelling)).status == 201


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, OTHER_PASSWORD),
        (EMAIL, PASSWORD.upper()),
        (EMAIL, f" {PASSWORD}"),
        (EMAIL, f"{PASSWORD}\x00"),
        (EMAIL, ""),
        (EMAIL, "x" * 129),
        (EMAIL, "x" * 60_000),
        ("eve@example.org", PASSWORD),
        ("no address", PASSWORD),
        ("", ""),
        ("ada@example.org\x00", PASSWORD),
        ("ada%@example.org", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
    ],
    ids=range(13),
)
async def test_a_wrong_pair_tells_nobody_which_half_was_wrong(server, ada, email, password):
    browser = server.browser()
    before = server.kept()

    answer = await browser.log_in_by_mail(email, password)

    assert (answer.status, answer.code) == (401, "email_or_password_wrong")
    assert answer.json["error"]["details"] == {}
    assert answer.cookies == []
    assert server.kept() == before
    assert (await browser.status())["signed_in"] is False


async def test_a_failure_leaves_the_session_as_it_was(ada):
    await ada.log_in_by_mail(EMAIL, OTHER_PASSWORD)
    assert (await ada.account())["email"] == EMAIL


async def test_a_failure_is_written_down_for_the_person(server, ada):
    await server.browser().log_in_by_mail(EMAIL, OTHER_PASSWORD)
    assert server.happened(await ada.account_id())[-1] == "sign_in_failed"


@pytest.mark.parametrize("length", [129, 1000, 60_000])
async def test_a_password_that_is_too_long_is_not_hashed(server, ada, hashing, length):
    assert (await server.browser().log_in_by_mail(EMAIL, "x" * length)).status == 401
    assert (await server.browser().register("new@example.org", "x" * length)).status == 422
    change = {"current_password": PASSWORD, "new_password": "x" * length}
    wrong = {"current_password": "x" * length, "new_password": PASSWORD}
    assert hashing() == 0
    assert (await ada.put("account/password", change)).status == 422
    assert (await ada.put("account/password", wrong)).status == 403
    assert hashing() == 1  # the right one, which was to be changed


async def test_a_password_of_a_megabyte_is_not_even_read(server, ada, hashing):
    answer = await server.browser().log_in_by_mail(EMAIL, "x" * 1_000_000)
    assert (answer.status, answer.code) == (413, "body_too_large")
    assert hashing() == 0


@pytest.mark.asvs("6.2.8")
@pytest.mark.parametrize(
    "password",
    [
        "p" + "é" * 5 + " größe 名前 🔑🔑",
        "\u202e right to left it is",
        "blanks at both ends  ",
        "\ttabs\tand\nlines\r\nare fine",
        "combining e\u0301 and plain \u00e9",
        "nul \x00 in the midst of it",
        "Quilted heron lamp " + "z" * 95 + " violet anvil",
    ],
    ids=range(7),
)
async def test_a_password_is_taken_as_it_was_typed(server, browser, password):
    assert (await browser.register(EMAIL, password)).status == 201
    assert (await server.browser().log_in_by_mail(EMAIL, password)).status == 201
    assert (await server.browser().log_in_by_mail(EMAIL, password.strip() + "x")).status == 401
    assert (await server.browser().log_in_by_mail(EMAIL, password[:-1])).status == 401


class TestADisabledAccount:
    @pytest.fixture(autouse=True)
    async def disabled(self, owner, ada):
        path = f"accounts/{await ada.account_id()}/state"
        assert (await owner.put(path, {"state": "disabled"})).status == 200

    async def test_whoever_knows_the_password_is_told(self, server):
        answer = await server.browser().log_in_by_mail(EMAIL)
        assert (answer.status, answer.code) == (403, "account_disabled")
        assert answer.cookies == []

    async def test_whoever_does_not_is_not(self, server):
        answer = await server.browser().log_in_by_mail(EMAIL, OTHER_PASSWORD)
        assert (answer.status, answer.code) == (401, "email_or_password_wrong")

    async def test_enabled_again_it_logs_in(self, server, owner):
        (row,) = (await owner.get("accounts?search=ada")).json["accounts"]
        await owner.put(f"accounts/{row['id']}/state", {"state": "active"})
        assert (await server.browser().log_in_by_mail(EMAIL)).status == 201


class TestTheCookie:
    async def test_each_log_in_has_a_token_of_its_own(self, server, ada):
        """Session fixation: what the browser brought along is never taken over."""
        browser = server.browser()
        first = await browser.log_in_by_mail(EMAIL)
        second = await browser.log_in_by_mail(EMAIL)

        assert first.cookie != second.cookie
        thief = server.browser(cookies=False)
        assert not (await thief.status(headers={"Cookie": first.cookie}))["signed_in"]
        assert (await thief.status(headers={"Cookie": second.cookie}))["signed_in"]

    @pytest.mark.asvs("7.2.4")
    async def test_a_chosen_token_never_becomes_a_session(self, server, ada):
        name = f"passport_{server.services.store_id}"
        chosen = {"Cookie": f"{name}={'A' * 43}"}
        victim = server.browser(cookies=False)
        body = {"email": EMAIL, "password": PASSWORD}
        answer = await victim.post("session/email", body, headers=chosen)
        assert answer.status == 201
        assert chosen["Cookie"] != answer.cookie
        assert not (await victim.status(headers=chosen))["signed_in"]

    async def test_its_attributes(self, server, ada):
        (line,) = (await server.browser().log_in_by_mail(EMAIL)).cookies
        attributes = {part.strip().lower() for part in line.split(";")[1:]}
        assert attributes == {"httponly", "samesite=lax", "path=/", f"max-age={90 * 86400}"}

    async def test_on_a_shared_computer_it_ends_with_the_browser(self, server, ada):
        browser = server.browser()
        (line,) = (await browser.log_in_by_mail(EMAIL, shared_computer=True)).cookies
        assert "max-age" not in line.lower()
        assert "expires" not in line.lower()
        server.clock.advance(minutes=31)
        assert (await browser.status())["signed_in"] is False
        assert (await ada.status())["signed_in"] is True

    async def test_no_body_and_no_other_header_carries_the_token(self, server, ada):
        answer = await server.browser().log_in_by_mail(EMAIL)
        token = answer.cookie.partition("=")[2]
        others = [text for name, text in answer.headers.items() if name != "Set-Cookie"]
        assert token not in answer.body.decode() + " ".join(others)
        assert PASSWORD not in answer.body.decode()
