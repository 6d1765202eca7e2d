"""The cookie: what it carries, which attributes it has, and which ones count."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie

import pytest
from passport.dev.practice import PRACTICE_KEY, PRACTICE_KEY_2
from passport.tests.server_routes.certificate import make_tls

DAY_SECONDS = 24 * 60 * 60
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
PROXY = {"PASSPORT_TRUSTED_PROXIES": "127.0.0.1"}


def attributes(line: str) -> dict[str, str]:
    """The attributes of a Set-Cookie line in lower case, without name and value."""
    parts = [part.strip().partition("=") for part in line.split(";")[1:]]
    return {name.lower(): value for name, _, value in parts}


def name_and_value(answer) -> tuple[str, str]:
    name, _, value = answer.cookie.partition("=")
    return name, value


@pytest.mark.asvs("3.3.2")
async def test_over_http_it_is_http_only_and_same_site_and_for_the_whole_server(server, browser):
    answer = await browser.log_in(PRACTICE_KEY)

    name, value = name_and_value(answer)
    assert name == f"passport_{server.services.store_id}"
    assert TOKEN.fullmatch(value)
    assert attributes(answer.cookies[0]) == {
        "httponly": "",
        "samesite": "Lax",
        "path": "/",
        "max-age": str(90 * DAY_SECONDS),
    }


@pytest.mark.asvs("3.3.1", "3.3.3")
async def test_over_tls_it_is_secure_and_bound_to_the_host(start_server, tmp_path):
    server = await start_server(tls=make_tls(tmp_path))
    browser = server.browser()

    answer = await browser.log_in(PRACTICE_KEY)

    name, _ = name_and_value(answer)
    assert name == f"__Host-passport_{server.services.store_id}"
    given = attributes(answer.cookies[0])
    assert "secure" in given
    assert "httponly" in given
    assert (given["path"], given["samesite"]) == ("/", "Lax")
    assert "domain" not in given
    assert (await browser.status())["signed_in"] is True


async def test_over_tls_it_is_cleared_under_the_same_conditions(start_server, tmp_path):
    browser = (await start_server(tls=make_tls(tmp_path))).browser()
    await browser.log_in(PRACTICE_KEY)

    given = attributes((await browser.delete("session")).cookies[0])

    assert "secure" in given
    assert (given["path"], given["max-age"]) == ("/", "0")


async def test_behind_a_trusted_proxy_that_ends_tls_it_is_secure(start_server):
    server = await start_server(**PROXY)
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}

    answer = await server.browser().post(
        "session/api-key", {"api_key": PRACTICE_KEY}, headers=headers
    )

    assert answer.status == 201
    assert name_and_value(answer)[0].startswith("__Host-")
    assert "secure" in attributes(answer.cookies[0])


async def test_a_plain_cookie_is_no_session_over_tls(start_server, tmp_path):
    """A page on plain http may plant a cookie without the prefix; it must not count."""
    server = await start_server(tls=make_tls(tmp_path))
    name, value = name_and_value(await server.browser().log_in(PRACTICE_KEY))
    planted = {"Cookie": f"{name.removeprefix('__Host-')}={value}"}

    assert (await server.browser().status(headers=planted))["signed_in"] is False


@pytest.mark.asvs("3.3.4")
async def test_no_body_and_no_other_header_carries_the_token(browser):
    answer = await browser.log_in(PRACTICE_KEY)
    _, value = name_and_value(answer)

    others = [item for name, item in answer.headers.items() if name != "Set-Cookie"]
    assert value not in answer.body.decode() + " ".join(others)
    for path in ("status", "credentials", "node-packs", "checks"):
        later = await browser.get(path)
        assert value not in later.body.decode()
        assert later.cookies == []


@pytest.mark.asvs("7.2.2")
async def test_each_log_in_has_a_token_of_its_own(server, browser):
    """Session fixation: what the browser brought along is never taken over."""
    first = await browser.log_in(PRACTICE_KEY)
    second = await browser.log_in(PRACTICE_KEY)
    assert first.cookie != second.cookie

    name, _ = name_and_value(first)
    chosen = f"{name}={'A' * 43}"
    stranger = server.browser(cookies=False)
    answer = await stranger.post(
        "session/api-key", {"api_key": PRACTICE_KEY}, headers={"Cookie": chosen}
    )
    assert answer.cookie != chosen
    assert (await stranger.status(headers={"Cookie": chosen}))["signed_in"] is False


async def test_the_store_keeps_no_token(server, browser):
    _, value = name_and_value(await browser.log_in(PRACTICE_KEY))

    kept = b"".join(file.read_bytes() for file in server.data_folder.iterdir())
    assert value.encode() not in kept
    assert PRACTICE_KEY.encode() not in kept


@pytest.mark.asvs("3.3.5")
async def test_it_is_small(browser):
    answer = await browser.log_in(PRACTICE_KEY)
    assert len(answer.cookies[0]) < 4096
    assert len(SimpleCookie(answer.cookies[0])) == 1


async def test_other_cookies_around_it_do_not_matter(server, browser):
    cookie = (await browser.log_in(PRACTICE_KEY)).cookie
    stranger = server.browser(cookies=False)

    for line in (f"a=1; {cookie}", f"{cookie}; b=2", f"a=1;{cookie};b=2", f"  {cookie}  "):
        assert (await stranger.status(headers={"Cookie": line}))["signed_in"] is True, line


@pytest.mark.asvs("1.5.3", "7.2.1")
@pytest.mark.parametrize(
    "change",
    [
        lambda name, value: f"{name}=",
        lambda name, value: name,
        lambda name, value: f"{name}={value[:-1]}",
        lambda name, value: f"{name}={value}x",
        lambda name, value: f"{name}={value[:-1]}{'A' if value[-1] != 'A' else 'B'}",
        lambda name, value: f"{name}={value.swapcase()}",
        lambda name, value: f'{name}="{value}"',
        lambda name, value: f"{name}={value}; {name}={value}",
        lambda name, value: f"{name}={value}; {name}={'A' * 43}",
        lambda name, value: f"{name}={'A' * 43}; {name}={value}",
        lambda name, value: f"{name.upper()}={value}",
        lambda name, value: f"x{name}={value}",
        lambda name, value: f"x=1, {name}={value}",
        lambda name, value: f"{name}={value}, x=1",
        lambda name, value: f"passport_00000000={value}",
        lambda name, value: f"passport_={value}",
        lambda name, value: f"__Host-{name}={value}",
        lambda name, value: f"{name}={value}%00",
        lambda name, value: f"{name}={'A' * 4000}",
        lambda name, value: f"{name}=' OR 1=1 --",
        lambda name, value: f"{name}=../../{value}",
    ],
)
async def test_a_forged_or_doubled_cookie_is_nobody(server, browser, change):
    cookie = change(*name_and_value(await browser.log_in(PRACTICE_KEY)))
    stranger = server.browser(cookies=False)

    assert (await stranger.status(headers={"Cookie": cookie}))["signed_in"] is False
    refused = await stranger.get("credentials", headers={"Cookie": cookie})
    assert (refused.status, refused.code) == (401, "not_signed_in")
    assert await stranger.run_uses(Cookie=cookie) is None


async def test_a_cookie_of_one_store_is_nobody_on_another(start_server, tmp_path):
    """Browsers keep cookies per host, not per port: two servers must not mix people up."""
    one = await start_server(data_folder=tmp_path / "one")
    two = await start_server(data_folder=tmp_path / "two")
    browser = one.browser()
    cookie = (await browser.log_in(PRACTICE_KEY)).cookie
    browser.url = two.url

    assert (await browser.status())["signed_in"] is False
    await browser.log_in(PRACTICE_KEY_2)
    browser.url = one.url
    assert (await browser.status())["account"]["display_name"] == "Ada Practice"

    _, _, token = cookie.partition("=")
    renamed = f"passport_{two.services.store_id}={token}"
    assert (await two.browser().status(headers={"Cookie": renamed}))["signed_in"] is False


class TestOnASharedComputer:
    async def test_the_cookie_ends_with_the_browser(self, browser):
        answer = await browser.log_in(PRACTICE_KEY, shared_computer=True)

        given = attributes(answer.cookies[0])
        assert not {"max-age", "expires"} & set(given)
        assert (await browser.status())["session"]["shared_computer"] is True

    async def test_the_session_ends_after_thirty_minutes_without_use(self, server, browser):
        await browser.log_in(PRACTICE_KEY, shared_computer=True)

        server.clock.advance(minutes=29, seconds=59)
        assert (await browser.status())["signed_in"] is True
        server.clock.advance(minutes=30)
        assert (await browser.status())["signed_in"] is False
        assert await browser.run_uses() is None

    async def test_use_keeps_the_session_alive(self, server, browser):
        await browser.log_in(PRACTICE_KEY, shared_computer=True)

        for _ in range(6):
            server.clock.advance(minutes=25)
            assert (await browser.get("/unrelated")).status == 200
        assert (await browser.status())["signed_in"] is True


class TestLifetimes:
    @pytest.mark.asvs("7.3.1")
    async def test_a_session_lasts_thirty_days_without_use(self, server, browser):
        await browser.log_in(PRACTICE_KEY)
        server.clock.advance(days=29, hours=23)
        assert (await browser.status())["signed_in"] is True
        server.clock.advance(days=30)
        assert (await browser.status())["signed_in"] is False

    @pytest.mark.asvs("7.3.2")
    async def test_a_session_lasts_ninety_days_at_most(self, server, browser):
        cookie = (await browser.log_in(PRACTICE_KEY)).cookie
        stranger = server.browser(cookies=False)

        for _ in range(8):
            server.clock.advance(days=11)
            assert (await stranger.status(headers={"Cookie": cookie}))["signed_in"] is True
        server.clock.advance(days=2)
        assert (await stranger.status(headers={"Cookie": cookie}))["signed_in"] is False

    async def test_the_owner_can_set_them(self, start_server):
        server = await start_server(
            PASSPORT_SESSION_IDLE_SECONDS="60", PASSPORT_SESSION_LIFETIME_SECONDS="100"
        )
        browser = server.browser()
        answer = await browser.log_in(PRACTICE_KEY)
        assert attributes(answer.cookies[0])["max-age"] == "100"

        server.clock.advance(seconds=61)
        assert (await browser.status())["signed_in"] is False
