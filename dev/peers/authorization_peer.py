"""A peer where persons log in and let an application know who they are."""

from collections.abc import Iterable
from typing import Any

from ..child_process import Child
from ..practice import ADA, BEN, FAY, Person
from .peer_process import PeerProcess
from .scripted_browser import Page, PeerRefused, ScriptedBrowser

CLIENT_SECRET = "practice-client-secret-of-no-worth"  # noqa: S105  (known to the peer alone)


class AuthorizationPeer(PeerProcess):
    """What the OpenID provider and the GitHub-like server have in common.

    Persons are `practice.Person`s; `email_verified` of each counts. A person may be given to
    `approve` only when the peer knows it: ADA, BEN and FAY, or those of `set_persons`.
    """

    needs = "oidc-provider"
    device_path = "/device"

    def start(self) -> Child:
        child = super().start()
        self.set_persons([ADA, BEN, FAY])
        return child

    def reset(self) -> None:
        super().reset()
        self.set_persons([ADA, BEN, FAY])

    def set_persons(self, persons: Iterable[Person]) -> None:
        """Know just these persons from now on; the first one is chosen beforehand on the page."""
        self.control(persons=[self.describe(person) for person in persons])

    def describe(self, person: Person) -> dict[str, Any]:
        """The person as the peer's control wants it."""
        raise NotImplementedError

    def set_redirect_uris(self, *redirect_uris: str) -> None:
        """Register these, exactly, for all clients that have the code grant."""
        self.control(redirect_uris=list(redirect_uris))

    def set_device_flow(
        self, interval_seconds: int = 1, lifetime_seconds: int = 600, enforce: bool = False
    ) -> None:
        """What the device endpoint announces; `enforce`: a poll before its time gets slow_down."""
        self.control(
            interval_seconds=interval_seconds,
            device_code_seconds=lifetime_seconds,
            enforce_interval=enforce,
        )

    def slow_down(self, times: int = 1) -> None:
        """Answer the next polls of a pending code with slow_down."""
        self.control(slow_down_times=times)

    def expire_device_codes(self) -> None:
        self.control(expire="DeviceCode")

    def expire_codes(self) -> None:
        self.control(expire="AuthorizationCode")

    def expire_access_tokens(self) -> None:
        self.control(expire="AccessToken")

    def approve(self, authorization_url: str, person: Person) -> str:
        """Log in as the person and approve; the address the browser is sent back to."""
        return self._decide(authorization_url, person=person.id, choice="approve")

    def deny(self, authorization_url: str) -> str:
        """Say no; the address the browser is sent back to, with `error=access_denied`."""
        return self._decide(authorization_url, choice="deny")

    def _decide(self, authorization_url: str, **fields: str) -> str:
        browser = ScriptedBrowser(self.url)
        page = browser.visit(authorization_url)
        return page.url if not page.html else browser.send(page, **fields).url

    def approve_device(self, user_code: str, person: Person) -> None:
        """Enter the code at the peer, log in as the person, and approve."""
        browser, page = self._enter(user_code)
        asked = browser.send(page)
        done = browser.send(asked, person=person.id, choice="approve")
        if "Done" not in done.html:
            raise PeerRefused(done.html)

    def deny_device(self, user_code: str) -> None:
        """Enter the code at the peer and say no."""
        browser, page = self._enter(user_code)
        browser.send(page, abort="yes")

    def _enter(self, user_code: str) -> tuple[ScriptedBrowser, Page]:
        browser = ScriptedBrowser(self.url)
        page = browser.send(browser.visit(self.url + self.device_path), user_code=user_code)
        if "Is this the code?" not in page.html:
            raise PeerRefused(page.html)
        return browser, page
