"""Where a link in a mail leads is never decided by whoever asks for the mail.

A Host header is what its sender says it is: with it, a stranger would have Ada's reset link lead
to a page of theirs (OWASP Forgot Password). It counts on the machine itself, and for names that
the owner has listed.
"""

from __future__ import annotations

import pytest
from passport.tests.server_routes.certificate import make_tls
from passport.tests.server_routes.fixtures import registered
from passport.tests.server_routes.mail_office import find_link, read_token, text_of
from passport.tests.server_routes.passport_server import OTHER_PASSWORD, PASSWORD
from passport.tests.server_routes.places import (
    ADDRESS,
    FAR_AWAY,
    LISTED,
    PERSON,
    PROXIED,
    forwarded,
)

EMAIL = "ada@example.org"
PUBLIC = "https://comfy.example.org"


class Everywhere:
    """Has each kind of link made by requests of one place."""

    def __init__(self, server, mail_office, headers) -> None:
        self.server, self.mail_office, self.headers = server, mail_office, headers

    async def bases(self) -> dict[str, str | None]:
        """Where each kind of link leads, its token left out."""
        server, deliver = self.server, self.mail_office.deliver
        here, far = server.browser(), server.browser(place=self.headers)
        await here.register("olga@example.org")
        await deliver(server)
        found = {}

        answer = await far.register(EMAIL)
        assert answer.status == 201, answer.body
        found["verify"] = await self._letter()
        server.clock.advance(minutes=2)
        await far.post("email-verifications")
        found["verify again"] = await self._letter()
        await far.put("account/email", {"email": "new@example.org", "password": PASSWORD})
        found["verify new"] = await self._letter()
        await far.post("password-resets", {"email": EMAIL})
        found["reset"] = await self._letter()
        owner = server.browser(place=self.headers)
        await owner.log_in_by_mail("olga@example.org")
        account = (await owner.get("accounts?search=ada")).json["accounts"][0]["id"]
        made = (await owner.post(f"accounts/{account}/password-reset")).json
        found["reset by the owner"] = base_of(made["link"])
        invited = (await owner.post("invitations", {"email": "ben@example.org"})).json
        found["invite"] = base_of(invited["link"])
        assert base_of(find_link(self.mail_office.inbox.messages[-1])) == found["invite"]
        return found

    async def _letter(self):
        (letter,) = await self.mail_office.deliver(self.server)
        assert read_token(letter)
        assert "evil" not in str(letter)
        return base_of(find_link(letter))


def base_of(link: str | None) -> str | None:
    return link and link.partition("/#")[0]


async def bases(start_server, mail_office, headers, tls=None, **settings):
    server = await start_server(tls=tls, **settings, **mail_office.settings)
    return set((await Everywhere(server, mail_office, headers).bases()).values())


async def test_on_the_machine_itself_they_lead_back_to_it(start_server, mail_office):
    headers = {"Host": "localhost:8188"}
    assert await bases(start_server, mail_office, headers) == {"http://localhost:8188"}


async def test_under_a_listed_name_they_lead_to_it(start_server, mail_office):
    found = await bases(start_server, mail_office, FAR_AWAY, **PROXIED)
    assert found == {f"https://{LISTED}"}


async def test_under_an_address_there_is_a_code_and_no_link(start_server, mail_office, tmp_path):
    headers = {"Host": f"{ADDRESS}:8188"}
    assert await bases(start_server, mail_office, headers, make_tls(tmp_path)) == {None}


@pytest.mark.parametrize(
    ("headers", "settings"),
    [
        ({"Host": "localhost:8188"}, {}),
        ({}, {}),
        (FAR_AWAY, PROXIED),
        (forwarded(ADDRESS, "https"), PROXIED),
    ],
    ids=range(4),
)
@pytest.mark.parametrize("public", [PUBLIC, f"{PUBLIC}/"])
async def test_the_public_address_that_the_owner_has_set_wins(
    start_server, mail_office, headers, settings, public
):
    found = await bases(start_server, mail_office, headers, PASSPORT_PUBLIC_URL=public, **settings)
    assert found == {PUBLIC}


HOSTS = [
    "evil.example",
    "evil.example:8188",
    "studio.example.evil.example",
    "evil-studio.example",
    "studio.example@evil.example",
    "evil.example/studio.example",
    "evil.example#studio.example",
    "studio.example, evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "[evil.example]",
    "203.0.113.66",
    "[2001:db8::66]:8188",
]


@pytest.mark.asvs("1.2.2")
@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "X-Forwarded-Host through"])
@pytest.mark.parametrize("host", HOSTS)
async def test_no_name_that_a_stranger_sends_stands_in_adas_mail(
    start_server, mail_office, header, host
):
    """Straight to the server, or through a proxy that passes on what the client has sent."""
    server = await start_server(**PROXIED, **mail_office.settings)
    await registered(server, "olga@example.org")
    await registered(server, EMAIL)
    await mail_office.deliver(server)
    headers = {
        "Host": {"Host": host},
        "X-Forwarded-Host": {"X-Forwarded-Host": host},
        "X-Forwarded-Host through": forwarded(LISTED, "https", **{"X-Forwarded-Host": host}),
    }[header]

    answer = await server.browser().post("password-resets", {"email": EMAIL}, headers=headers)

    assert answer.status in (202, 400, 403)
    for letter in await mail_office.deliver(server):
        assert find_link(letter) is None or find_link(letter).startswith(f"https://{LISTED}/#")
        assert "evil" not in str(letter)
        assert "203.0.113.66" not in text_of(letter)
        assert "2001:db8" not in text_of(letter)


@pytest.mark.asvs("1.2.2")
async def test_other_headers_that_name_a_host_are_not_looked_at(start_server, mail_office):
    server = await start_server(**PROXIED, **mail_office.settings)
    await registered(server, "olga@example.org")
    await registered(server, EMAIL)
    await mail_office.deliver(server)
    for name in ("Forwarded", "X-Host", "X-Original-Host", "X-Forwarded-Server", "X-Rewrite-URL"):
        value = "host=evil.example" if name == "Forwarded" else "evil.example"
        headers = {**FAR_AWAY, name: value}
        await server.browser().post("password-resets", {"email": EMAIL}, headers=headers)
        letters = await mail_office.deliver(server)
        assert [find_link(letter).partition("/#")[0] for letter in letters] in (
            [f"https://{LISTED}"],
            [],  # the fourth in an hour
        )


async def test_a_stranger_who_asks_first_does_not_decide_for_ada(start_server, mail_office):
    """Two requests for one address: each letter has the place of its own request or none."""
    server = await start_server(**PROXIED, **mail_office.settings)
    await registered(server, "olga@example.org")
    await registered(server, EMAIL)
    await mail_office.deliver(server)
    by_address = forwarded(ADDRESS, "https")
    await server.browser().post("password-resets", {"email": EMAIL}, headers=by_address)
    await server.browser().post("password-resets", {"email": EMAIL}, headers=FAR_AWAY)
    links = [find_link(letter) for letter in await mail_office.deliver(server)]
    assert sorted(base_of(link) or "" for link in links) == ["", f"https://{LISTED}"]


INJECTIONS = [
    "\nBcc: eve@evil.example",
    "\r\nBcc: eve@evil.example",
    "\r\n\r\nHello there ",
    "%0d%0aBcc: eve@evil.example",
    "\u2028Bcc: eve@evil.example",
    "\x00",
    ", eve@evil.example",
    "; eve@evil.example",
    " <eve@evil.example>",
    "\x0bBcc: eve@evil.example",
    "\u0085Bcc: eve@evil.example",
]


class TestHeadersOfAMail:
    """What people call themselves and their addresses brings no header and no recipient."""

    @pytest.fixture
    async def server(self, mailing):
        return mailing

    @pytest.mark.asvs("1.3.11")
    @pytest.mark.parametrize("injection", INJECTIONS, ids=range(len(INJECTIONS)))
    async def test_addresses(self, server, owner, mail_office, injection):
        await mail_office.deliver(server)
        stranger = server.browser()
        for email in (EMAIL + injection, injection + EMAIL, f"ada{injection}@example.org"):
            for answer in (
                await stranger.register(email),
                await stranger.post("password-resets", {"email": email}),
                await owner.post("invitations", {"email": email}),
                await owner.put("account/email", {"email": email, "password": PASSWORD}),
            ):
                assert answer.status == 422 or email.strip() == EMAIL, (email, answer.body)
        await mail_office.deliver(server)
        inbox = mail_office.inbox
        assert len(inbox.recipients) == len(inbox.messages)
        assert not [each for each in inbox.recipients if "evil" in each]
        assert not [letter for letter in inbox.messages if letter["Bcc"] or letter["Cc"]]

    @pytest.mark.parametrize(
        "name",
        [
            "Ada <eve@evil.example>",
            'Ada", "Eve" <eve@evil.example>, "',
            "=?utf-8?q?Ada=0D=0ABcc:_eve@evil.example?=",
            "<b>Ada</b><script>alert(1)</script>",
            "{token} {link} %s",
        ],
        ids=range(5),
    )
    async def test_names_and_browsers(self, server, owner, mail_office, name):
        browser = server.browser(place={"User-Agent": f"Firefox/1 {name}"})
        await browser.register(EMAIL, display_name=name)
        change = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
        await browser.put("account/password", change)
        await owner.post("mail/test")
        letters = await mail_office.deliver(server)
        assert letters
        for letter in mail_office.inbox.messages:
            assert set(letter.keys()) == {
                "From",
                "To",
                "Subject",
                "Date",
                "Message-ID",
                "Auto-Submitted",
                "MIME-Version",
                "Content-Type",
            }
            assert letter["To"] in (EMAIL, "olga@example.org")
            assert "<script>" not in letter.get_body(("html",)).get_content()
        assert len(mail_office.inbox.recipients) == len(mail_office.inbox.messages)


async def test_the_letter_of_a_changed_password_tells_the_address_of_the_person_alone(
    start_server, mail_office
):
    """Behind a configured proxy that of the person; from others what TCP says."""
    server = await start_server(**PROXIED, **mail_office.settings)
    await registered(server, "olga@example.org")
    browser = server.browser(place=FAR_AWAY)
    await browser.register(EMAIL)
    await mail_office.deliver(server)
    change = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    spoofed = {**FAR_AWAY, "X-Forwarded-For": f"198.51.100.66, {PERSON}"}
    assert (await browser.put("account/password", change, headers=spoofed)).status == 204
    (letter,) = await mail_office.deliver(server)
    assert PERSON in text_of(letter)
    assert "198.51.100.66" not in text_of(letter)
