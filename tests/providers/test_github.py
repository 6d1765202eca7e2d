"""Log-in by GitHub: at a real server with its ways, and at one that answers what a test wants."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from passport.dev.peers.github_like import (
    CLIENT,
    CLIENT_SECRET,
    CLIENT_WITHOUT_DEVICE_FLOW,
    github_id,
)
from passport.dev.practice import ADA
from passport.providers.errors import (
    LogInDeniedError,
    ProviderAnswerInvalidError,
    ProviderClientRefusedError,
    ServiceAnsweredNonsenseError,
    ServiceUnreachableError,
)
from passport.providers.github import GitHub
from passport.providers.log_in_provider import RedirectFlow
from passport.providers.oauth import OAuthClient, Pending
from passport.providers.proved_identity import ProvedIdentity
from passport.secret import Secret

BACK = "http://127.0.0.1:8188/passport/oauth/github/callback"
FLOW = RedirectFlow(BACK, "the-state", "v" * 64, "no-nonce-there")


def github_at(url, client, client_id=CLIENT, secret=CLIENT_SECRET):
    return GitHub(f"{url}/", f"{url}/", OAuthClient(client_id, Secret(secret)), client)


@pytest.fixture
def github(github_like, client):
    github_like.set_redirect_uris(BACK)
    return github_at(github_like.url, client)


async def approve(peer, github, flow=FLOW):
    url = await github.make_authorization_url(flow)
    back = urlsplit(await asyncio.to_thread(peer.approve, url, ADA))
    return {name: values[0] for name, values in parse_qs(back.query).items()}


class TestAtAServerWithItsWays:
    async def test_a_code_tells_who_it_is_by_number(self, github_like, github):
        back = await approve(github_like, github)
        assert back["state"] == FLOW.state
        proved = await github.redeem(FLOW, back["code"], None)
        login = ADA.email.partition("@")[0]
        assert proved == ProvedIdentity("github", str(github_id(ADA)), login, ADA.email, ADA.name)

    async def test_a_code_is_good_once(self, github_like, github):
        back = await approve(github_like, github)
        await github.redeem(FLOW, back["code"], None)
        with pytest.raises(ProviderAnswerInvalidError) as caught:
            await github.redeem(FLOW, back["code"], None)
        assert caught.value.reason == "code"

    async def test_a_code_of_another_flow_is_refused(self, github_like, github):
        back = await approve(github_like, github)
        with pytest.raises(ProviderAnswerInvalidError):
            await github.redeem(replace(FLOW, verifier="w" * 64), back["code"], None)

    async def test_an_unverified_address_is_not_taken(self, github_like, github):
        github_like.set_persons([replace(ADA, email_verified=False)])
        back = await approve(github_like, github)
        assert (await github.redeem(FLOW, back["code"], None)).email is None

    @pytest.mark.parametrize(
        ("client_id", "secret"), [(CLIENT, "wrong"), ("unknown", CLIENT_SECRET), ("unknown", "")]
    )
    async def test_the_owner_is_told_of_a_wrong_client(
        self, github_like, client, client_id, secret
    ):
        with pytest.raises(ProviderClientRefusedError):
            await github_at(github_like.url, client, client_id, secret).try_client()

    async def test_and_of_a_right_one(self, github):
        await github.try_client()

    async def test_and_of_an_app_without_device_flow(self, github_like, client):
        github = github_at(github_like.url, client, CLIENT_WITHOUT_DEVICE_FLOW)
        with pytest.raises(ProviderClientRefusedError):
            await github.begin_device_flow()

    async def test_without_a_secret_there_is_the_device_flow_alone(self, github_like, client):
        github = github_at(github_like.url, client, CLIENT, "")
        assert (github.redirects, github.has_device_flow) == (False, True)
        begun = await github.begin_device_flow()
        polled = await github.poll_device_flow(begun.device_code, begun.interval)
        assert polled == Pending(begun.interval)
        await asyncio.to_thread(github_like.approve_device, begun.user_code, ADA)
        proved = await github.poll_device_flow(begun.device_code, begun.interval)
        assert proved.subject == str(github_id(ADA))

    async def test_a_device_code_is_denied(self, github_like, github):
        begun = await github.begin_device_flow()
        await asyncio.to_thread(github_like.deny_device, begun.user_code)
        with pytest.raises(LogInDeniedError):
            await github.poll_device_flow(begun.device_code, begun.interval)


class Liar:
    """A FAKE of GitHub: `answers` by path are body and status."""

    def __init__(self):
        self.asked = []
        self.answers = {
            "/login/oauth/access_token": ({"access_token": "canary-token"}, 200),
            "/user": ({"id": 7, "login": "ada", "name": "Ada"}, 200),
            "/user/emails": (
                [{"email": "ada@example.org", "primary": True, "verified": True}],
                200,
            ),
        }

    async def answer(self, request):
        self.asked.append(request.path)
        body, status, *headers = self.answers[request.path]
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(
            text=text, status=status, content_type="application/json", headers=dict(*headers)
        )


@pytest.fixture
def liar():
    return Liar()


@pytest.fixture
async def lied_to(liar, serve, client):
    return github_at(await serve(liar.answer), client)


class TestAtOneThatLies:
    async def test_it_is_honest_at_first(self, lied_to):
        proved = await lied_to.redeem(FLOW, "code", None)
        assert proved == ProvedIdentity("github", "7", "ada", "ada@example.org", "Ada")

    @pytest.mark.parametrize(
        "issuer", ["https://accounts.google.com", "", "{base}.evil.example", "{base}/login"]
    )
    async def test_another_providers_answer_is_refused(self, liar, lied_to, issuer):
        with pytest.raises(ProviderAnswerInvalidError) as caught:
            await lied_to.redeem(FLOW, "code", issuer.format(base=lied_to._base))
        assert caught.value.reason == "issuer"
        assert liar.asked == []

    @pytest.mark.parametrize("end", ["", "/", "/login/oauth"])
    async def test_its_own_name_is_not(self, lied_to, end):
        assert (await lied_to.redeem(FLOW, "code", lied_to._base + end)).subject == "7"

    @pytest.mark.parametrize(
        "number", [None, 0, -1, True, "7", 7.0, [7], {"id": 7}, 10**300, 2**63, ""]
    )
    async def test_a_person_without_a_number_is_nobody(self, liar, lied_to, number):
        """Names can be given up and taken by somebody else; numbers cannot."""
        liar.answers["/user"] = ({"id": number, "login": "ada"}, 200)
        with pytest.raises(ServiceAnsweredNonsenseError):
            await lied_to.redeem(FLOW, "code", None)

    @pytest.mark.parametrize("token", [None, "", 7, [], {}, True])
    async def test_no_token_is_no_log_in(self, liar, lied_to, token):
        liar.answers["/login/oauth/access_token"] = ({"access_token": token}, 200)
        with pytest.raises(ProviderAnswerInvalidError) as caught:
            await lied_to.redeem(FLOW, "code", None)
        assert caught.value.reason == "malformed"
        assert liar.asked == ["/login/oauth/access_token"]

    async def test_an_error_with_a_token_is_an_error(self, liar, lied_to):
        liar.answers["/login/oauth/access_token"] = (
            {"error": "bad_verification_code", "access_token": "canary-token"},
            200,
        )
        with pytest.raises(ProviderAnswerInvalidError):
            await lied_to.redeem(FLOW, "code", None)
        assert liar.asked == ["/login/oauth/access_token"]

    @pytest.mark.parametrize(
        ("body", "status"),
        [("<html>", 200), ([], 200), ({"id": 7}, 404), ({"id": 7}, 401), ("<html>", 404)],
    )
    async def test_no_person_is_no_log_in(self, liar, lied_to, body, status):
        liar.answers["/user"] = (body, status)
        with pytest.raises(ServiceAnsweredNonsenseError) as caught:
            await lied_to.redeem(FLOW, "code", None)
        assert "canary" not in caught.value.message

    @pytest.mark.parametrize("path", ["/login/oauth/access_token", "/user", "/user/emails"])
    async def test_a_redirect_is_not_followed(self, liar, lied_to, path):
        liar.answers["/stolen"] = ({}, 200)
        liar.answers[path] = ("", 302, {"Location": "/stolen"})
        with pytest.raises(ServiceUnreachableError) as caught:
            await lied_to.redeem(FLOW, "code", None)
        assert caught.value.cause == "redirect"
        assert "/stolen" not in liar.asked

    @pytest.mark.parametrize(
        "emails",
        [
            [],
            {},
            None,
            "ada@example.org",
            [None, 7, "x"],
            [{"email": "ada@example.org", "primary": True, "verified": False}],
            [{"email": "ada@example.org", "primary": True, "verified": 1}],
            [{"email": "ada@example.org", "primary": True, "verified": "true"}],
            [{"email": "ada@example.org", "primary": False, "verified": True}],
            [{"email": "ada@example.org", "verified": True}],
            [{"email": ["ada@example.org"], "primary": True, "verified": True}],
            [{"primary": True, "verified": True}],
        ],
    )
    async def test_only_the_first_verified_address_is_taken(self, liar, lied_to, emails):
        liar.answers["/user/emails"] = (emails, 200)
        assert (await lied_to.redeem(FLOW, "code", None)).email is None

    @pytest.mark.parametrize("status", [403, 404])
    async def test_addresses_that_it_does_not_show_are_none(self, liar, lied_to, status):
        liar.answers["/user/emails"] = ({"message": "no"}, status)
        assert (await lied_to.redeem(FLOW, "code", None)).email is None

    async def test_the_address_on_the_profile_is_not_taken(self, liar, lied_to):
        liar.answers["/user"] = ({"id": 7, "login": "a", "email": "victim@example.org"}, 200)
        liar.answers["/user/emails"] = ([], 200)
        proved = await lied_to.redeem(FLOW, "code", None)
        assert proved == ProvedIdentity("github", "7", "a", None, "a")

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("A\r\nda", "Ada"),
            ("\u202eAda", "Ada"),
            ("x" * 10_000, "x" * 80),
            (7, "ada"),
            ("", "ada"),
        ],
    )
    async def test_names_as_they_can_be_shown(self, liar, lied_to, text, shown):
        liar.answers["/user"] = ({"id": 7, "login": "ada", "name": text}, 200)
        assert (await lied_to.redeem(FLOW, "code", None)).name == shown
