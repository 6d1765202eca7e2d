"""What a person's browser does at a peer: follow redirects, keep cookies, send forms."""

import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from html.parser import HTMLParser
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlencode, urljoin

REDIRECTS = {301, 302, 303, 307, 308}
MOST_REDIRECTS = 10


class PeerRefused(Exception):  # noqa: N818
    """The peer shows an error page instead of going on; the message is its text."""


@dataclass(frozen=True)
class Page:
    """Where the browser stands: on a page of the peer, or about to leave it (`html` is empty)."""

    url: str
    html: str = ""

    def form(self) -> "Form":
        reader = _FormReader()
        reader.feed(self.html)
        if reader.found is None:
            raise PeerRefused(f"There is no form on the page: {self.html[:300]}")
        return reader.found


@dataclass
class Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict[str, str])


class _FormReader(HTMLParser):
    found: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found = Form(given["action"])
        elif tag == "input" and self.found is not None and given.get("type") == "hidden":
            self.found.fields[given["name"]] = given.get("value", "")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class ScriptedBrowser:
    """One browser, new and without cookies, that stays at one origin."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        cookies = CookieJar(DefaultCookiePolicy(rfc2965=False))
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(cookies),
            _NoRedirects(),
        )

    def visit(self, url: str, fields: Mapping[str, str] | None = None) -> Page:
        """Open a page, or send a form to it, and stop at the first address elsewhere."""
        for _ in range(MOST_REDIRECTS):
            if not url.startswith(f"{self._origin}/"):
                return Page(url)
            data = None if fields is None else urlencode(fields).encode()
            status, headers, html = self._open(url, data)
            if status not in REDIRECTS:
                return Page(url, html)
            url, fields = urljoin(url, headers["Location"]), None
        raise PeerRefused(f"More than {MOST_REDIRECTS} redirects; the last one to {url}")

    def send(self, page: Page, **fields: str) -> Page:
        """Send the page's form, with these fields besides the hidden ones."""
        form = page.form()
        return self.visit(urljoin(page.url, form.action), {**form.fields, **fields})

    def _open(self, url: str, data: bytes | None) -> tuple[int, Message, str]:
        headers = {"Accept": "text/html"}
        request = urllib.request.Request(url, data, headers)  # noqa: S310
        try:
            with self._opener.open(request, timeout=10) as response:
                return response.status, response.headers, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                if error.code in REDIRECTS:
                    return error.code, error.headers, ""
                raise PeerRefused(f"{error.code} {error.read().decode()}") from None
