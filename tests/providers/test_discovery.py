"""What a provider says of itself, and where its word leads to and where not."""

from __future__ import annotations

import asyncio

import pytest
from passport.providers.discovery import Discovery
from passport.providers.errors import (
    ProviderAnswerInvalidError,
    ServiceAnsweredNonsenseError,
    ServiceUnreachableError,
)
from passport.providers.http_client import HttpClient
from passport.tests.backend.clock import SettableClock

HTML = "<html>Log in to the hotel's network</html>"
NAMES = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
ALL_NAMES = (*NAMES, "device_authorization_endpoint")


@pytest.fixture
def clock():
    return SettableClock()


@pytest.fixture
def discovery(evil_provider, client, clock):
    return Discovery(evil_provider.url, client, clock)


def asked(evil):
    return sum(call.part == "discovery" for call in evil.calls)


def say(evil, **changes):
    evil.set("discovery", evil.discovery(**changes))


async def refuse(discovery):
    with pytest.raises(ProviderAnswerInvalidError) as caught:
        await discovery.read()
    return caught.value.reason


class TestWhatItReads:
    async def test_the_addresses_of_an_honest_provider(self, evil_provider, discovery):
        found = await discovery.read()
        url = evil_provider.url
        assert found.authorization.url == f"{url}/authorize"
        assert found.token.url == f"{url}/token"
        assert found.keys.url == f"{url}/keys"
        assert found.userinfo.url == f"{url}/userinfo"
        assert found.device.url == f"{url}/device"
        assert found.names_itself is True

    @pytest.mark.parametrize("said", [None, False, "true", 1, []])
    async def test_only_a_plain_yes_promises_the_issuer_in_the_callback(
        self, evil_provider, discovery, said
    ):
        say(evil_provider, authorization_response_iss_parameter_supported=said)
        assert (await discovery.read()).names_itself is False

    @pytest.mark.parametrize(
        ("methods", "in_header"),
        [
            (None, True),
            (["client_secret_basic"], True),
            (["client_secret_basic", "client_secret_post"], False),
            (["client_secret_post"], False),
            ("client_secret_post", True),
            ({}, True),
            ([["client_secret_post"]], True),
        ],
    )
    async def test_how_the_client_shows_its_secret(
        self, evil_provider, discovery, methods, in_header
    ):
        say(evil_provider, token_endpoint_auth_methods_supported=methods)
        assert (await discovery.read()).secret_in_header is in_header

    @pytest.mark.parametrize("name", ["userinfo_endpoint", "device_authorization_endpoint"])
    @pytest.mark.parametrize("value", [None, 7, [], {}])
    async def test_what_a_provider_need_not_have(self, evil_provider, discovery, name, value):
        say(evil_provider, **{name: value})
        found = await discovery.read()
        assert (found.userinfo if name == "userinfo_endpoint" else found.device) is None


class TestItsIssuer:
    @pytest.mark.parametrize(
        "issuer", ["https://another.example", "{url}/", "{url}?x", "", None, ["{url}"], True, 7]
    )
    async def test_it_must_be_the_one_that_was_asked_letter_by_letter(
        self, evil_provider, discovery, issuer
    ):
        filled = issuer.replace("{url}", evil_provider.url) if isinstance(issuer, str) else issuer
        say(evil_provider, issuer=filled)
        assert await refuse(discovery) == "issuer"

    @pytest.mark.parametrize(
        "issuer",
        [
            "http://provider.example",
            "http://127.0.0.2:1",
            "http://192.168.1.20",
            "http://localhost.evil.example",
            "ftp://provider.example",
            "provider.example",
            "",
            "https://",
            "http://[::1",
        ],
    )
    async def test_it_is_asked_over_tls_or_on_the_machine_itself_and_not_otherwise(
        self, client, clock, monkeypatch, issuer
    ):
        """Whoever is on the way could name keys of their own."""

        async def ask(*_, **__):
            raise AssertionError("It was asked.")

        monkeypatch.setattr(client, "ask", ask)
        assert await refuse(Discovery(issuer, client, clock)) == "issuer"


INTERNAL = [
    "https://127.0.0.1/x",
    "https://[::1]/x",
    "https://10.0.0.1/x",
    "https://192.168.1.20/x",
    "https://169.254.169.254/latest/meta-data",
    "https://[fd00:ec2::254]/x",
    "https://[::ffff:169.254.169.254]/x",
    "https://[64:ff9b::a9fe:a9fe]/x",
    "https://localhost/x",
    "https://2130706433/x",
    "https://0x7f000001/x",
    "https://127.1/x",
    "https://100.64.0.1/x",
    "https://0.0.0.0/x",
]


class TestWhereItLeads:
    @pytest.mark.parametrize("name", ALL_NAMES)
    @pytest.mark.parametrize(
        "url",
        [
            "http://another.example/x",
            "http://localhost.another.example/x",
            "http://127.0.0.2/x",
            "http://[::1]/x",
            "ftp://127.0.0.1/x",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "//another.example/x",
            "/x",
            "",
            "https:///x",
            "http://127.0.0.1@another.example/x",
        ],
    )
    async def test_no_address_in_clear_and_none_that_is_no_web_address(
        self, evil_provider, discovery, name, url
    ):
        say(evil_provider, **{name: url})
        assert await refuse(discovery) == "malformed"

    @pytest.mark.parametrize("url", ["https://[::1/x", "https://[x]/y"])
    async def test_no_address_that_cannot_be_read(self, evil_provider, discovery, url):
        say(evil_provider, token_endpoint=url)
        with pytest.raises((ServiceAnsweredNonsenseError, ProviderAnswerInvalidError)):
            await discovery.read()

    @pytest.mark.parametrize("name", NAMES[:3])
    async def test_a_provider_without_an_address_that_it_needs(
        self, evil_provider, discovery, name
    ):
        say(evil_provider, **{name: None})
        with pytest.raises(ServiceAnsweredNonsenseError):
            await discovery.read()

    async def test_its_own_host_may_be_private_for_the_owner_has_named_it(
        self, evil_provider, discovery
    ):
        found = await discovery.read()
        ends = (found.authorization, found.token, found.userinfo, found.device)
        assert [end.public_only for end in ends] == [False] * 4

    @pytest.mark.parametrize("url", [*INTERNAL[1:], "https://another.example/x"])
    async def test_another_host_must_be_public(self, evil_provider, discovery, url):
        say(evil_provider, **dict.fromkeys(ALL_NAMES, url))
        found = await discovery.read()
        ends = (found.authorization, found.token, found.userinfo, found.device)
        assert [end.public_only for end in ends] == [True] * 4

    @pytest.mark.parametrize("url", INTERNAL[1:])
    async def test_keys_at_an_internal_address_are_not_fetched(self, evil_provider, discovery, url):
        say(evil_provider, jwks_uri=url)
        with pytest.raises(ServiceUnreachableError) as caught:
            await (await discovery.read()).keys.find("k", "RS256")
        assert caught.value.cause == "not_public"


class TestAnAnswerThatIsNone:
    @pytest.mark.parametrize(
        ("body", "status"), [(HTML, 200), ("", 200), ([], 200), ("null", 200), ({}, 404), ({}, 400)]
    )
    async def test_something_else_answered(self, evil_provider, discovery, body, status):
        evil_provider.set("discovery", body, status=status)
        with pytest.raises(ServiceAnsweredNonsenseError) as caught:
            await discovery.read()
        assert "hotel" not in caught.value.message

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    async def test_a_redirect_to_an_internal_address_is_not_followed(
        self, evil_provider, discovery, status
    ):
        secret = f"{evil_provider.url}/userinfo"
        evil_provider.set("discovery", status=status, headers={"Location": secret})
        with pytest.raises(ServiceUnreachableError) as caught:
            await discovery.read()
        assert caught.value.cause == "redirect"
        assert {call.part for call in evil_provider.calls} == {"discovery"}

    async def test_a_provider_that_is_late_is_given_up(self, evil_provider, clock):
        evil_provider.set("discovery", {}, delay_seconds=30)
        hurried = Discovery(evil_provider.url, HttpClient(timeout_seconds=0.3), clock)
        with pytest.raises(ServiceUnreachableError) as caught:
            await hurried.read()
        assert caught.value.cause == "timeout"


class TestRemembering:
    async def test_it_is_asked_once_an_hour(self, evil_provider, discovery, clock):
        await discovery.read()
        clock.advance(minutes=59)
        await asyncio.gather(*(discovery.read() for _ in range(5)))
        assert asked(evil_provider) == 1
        clock.advance(minutes=1)
        await discovery.read()
        assert asked(evil_provider) == 2

    @pytest.mark.parametrize("lie", [HTML, {"issuer": "https://another.example"}])
    async def test_what_it_said_last_counts_for_a_day_while_it_says_nothing_good(
        self, evil_provider, discovery, clock, lie
    ):
        known = await discovery.read()
        evil_provider.set("discovery", lie)
        clock.advance(hours=23, minutes=59)
        assert await discovery.read() is known
        clock.advance(minutes=1)
        with pytest.raises((ServiceAnsweredNonsenseError, ProviderAnswerInvalidError)):
            await discovery.read()

    async def test_its_keys_are_remembered_as_long_as_their_address_is(
        self, evil_provider, discovery, clock
    ):
        keys = (await discovery.read()).keys
        clock.advance(hours=1)
        assert (await discovery.read()).keys is keys
        say(evil_provider, jwks_uri=f"{evil_provider.url}/other-keys")
        clock.advance(hours=1)
        assert (await discovery.read()).keys is not keys
