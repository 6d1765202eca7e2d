"""What letters say: every kind whole, in text and in HTML, and nothing in them interpreted."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from passport.accounts.letters import TEXTS, write_letter
from passport.accounts.tokens import LIFETIMES

ADA = "ada@example.org"
TOKEN = "Ab-cd_ef.gh~12"
BASE = "https://comfy.example.org:8443/studio/"
LINK = f"https://comfy.example.org:8443/studio/#passport-reset={TOKEN}"
KINDS = sorted(json.loads(TEXTS.read_text(encoding="utf-8"))["letters"])
WITH_TOKEN = ["invitation", "password_reset", "verify_email", "verify_new_email"]
VALUES = {
    "base": BASE,
    "token": TOKEN,
    "link": LINK,
    "valid_for": timedelta(days=7),
    "at": "2026-11-23T02:00+00:00",
    "address": "192.0.2.7",
    "browser": "Firefox",
    "platform": "Linux",
    "new_email": "countess@example.org",
    "name": "Ada",
    "key_name": "render farm",
    "purge_at": "2026-12-23T02:00:00+00:00",
}
EVIL = "<script>alert(1)</script>\"'&amp;{server}{0.__class__}%s\r\n.\r\nBcc: x@example.org\u2028\0"


def write(kind, **changes):
    return write_letter(kind, ADA, {**VALUES, **changes})


class Page(HTMLParser):
    """What a mail program would show of a page, and its tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.shown = ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.shown += data

    @property
    def links(self) -> list[str]:
        return [attributes["href"] for tag, attributes in self.tags if tag == "a"]


def test_these_are_the_kinds():
    assert KINDS == [
        "account_cancelled",
        "api_key_made",
        "email_changed",
        "invitation",
        "new_log_in",
        "password_changed",
        "password_reset",
        "test",
        "verify_email",
        "verify_new_email",
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_subject_a_text_and_html_that_say_the_same(kind):
    letter = write(kind)
    assert letter.recipient == ADA
    assert letter.subject
    assert len(letter.subject.splitlines()) == 1
    assert "comfy.example.org" in letter.subject + letter.text
    page = Page(letter.html)
    for text in (letter.subject, letter.text, page.shown):
        assert not re.search(r"[{}<>]", text)
    for block in letter.text.split("\n\n"):
        if not block.startswith(("Open this page:", "-- ")):
            assert block.strip() in page.shown


@pytest.mark.parametrize("kind", WITH_TOKEN)
def test_a_token_stands_on_a_line_of_its_own_beside_the_link(kind):
    letter = write(kind)
    lines = letter.text.splitlines()
    assert TOKEN in lines
    assert LINK in lines
    page = Page(letter.html)
    assert page.links == [LINK]
    assert f">{TOKEN}</p>" in letter.html


@pytest.mark.parametrize("kind", WITH_TOKEN)
@pytest.mark.parametrize(
    "link", [None, "", "javascript:alert(1)", "//evil.example", "https://x/\r\nBcc: x", "data:x"]
)
def test_without_a_link_the_token_stands_alone(kind, link):
    letter = write(kind, link=link, base=None)
    assert TOKEN in letter.text.splitlines()
    assert "your ComfyUI server" in letter.text
    assert "Open this page" not in letter.text
    assert "://" not in letter.text + letter.html
    assert "link" not in letter.text
    assert Page(letter.html).links == []


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(WITH_TOKEN)))
def test_a_letter_that_only_tells_has_no_link_and_no_token(kind):
    letter = write(kind)
    assert TOKEN not in letter.text + letter.html
    assert Page(letter.html).links == []


@pytest.mark.asvs("1.2.1", "1.3.7")
@pytest.mark.threat(20)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["address", "browser", "platform", "new_email", "name", "token"])
def test_advisory_what_people_chose_is_never_interpreted(kind, name):
    plain, evil = write(kind), write(kind, **{name: EVIL})
    page = Page(evil.html)
    assert page.tags == Page(plain.html).tags
    assert "<script" not in evil.html
    assert "__class__" not in evil.html.replace("{0.__class__}", "")
    assert len(evil.text.splitlines()) == len(plain.text.splitlines())
    assert evil.subject == plain.subject
    for line in evil.text.splitlines():
        assert line != "."
        assert not line.startswith("Bcc")


@pytest.mark.parametrize("base", ["https://<b>.example", "https://[::1", "https://a\nb.example"])
@pytest.mark.parametrize("kind", KINDS)
def test_advisory_an_odd_address_of_the_server_breaks_nothing(kind, base):
    letter = write(kind, base=base)
    assert len(letter.subject.splitlines()) == 1
    assert "<b>" not in letter.html


def test_a_value_as_long_as_can_be_is_cut():
    assert len(write("password_changed", browser="x" * 10_000).text) < 2000


@pytest.mark.parametrize(
    ("kind", "said"),
    [("password_reset", "1 hour"), ("verify_email", "24 hours"), ("verify_new_email", "24 hours")],
)
def test_a_letter_says_how_long_its_token_is_good(kind, said):
    values = {name: value for name, value in VALUES.items() if name != "valid_for"}
    assert f"within {said}." in write_letter(kind, ADA, values).text
    assert f"within {said}." in write(kind, valid_for=LIFETIMES[kind]).text


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        (timedelta(minutes=30), "30 minutes"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(days=1), "24 hours"),
        (timedelta(days=7), "7 days"),
    ],
)
def test_durations(duration, said):
    assert f"within {said}." in write("invitation", valid_for=duration).text


@pytest.mark.asvs("6.3.7")
@pytest.mark.parametrize(("how", "said"), [("change", "was changed"), ("reset", "set anew")])
def test_a_changed_password_tells_how_when_and_from_where(how, said):
    letter = write("password_changed", how=how)
    assert said in letter.text
    assert "on 2026-11-23 02:00 UTC, from 192.0.2.7, with Firefox on Linux." in letter.text
    assert "If this was not you" in letter.text


def test_what_is_not_known_is_said_to_be_unknown():
    letter = write("password_changed", address="", browser="", platform="", at="2026-11-23T02:00Z")
    assert "from an unknown address, with a browser that Passport does not know" in letter.text
    assert "with Linux." in write("password_changed", browser=None).text


def test_the_old_address_is_told_the_new_one():
    assert "countess@example.org" in write("email_changed").text


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_can_be_read_in_the_dark(kind):
    html = write(kind).html
    assert '<meta name="color-scheme" content="light dark">' in html
    coloured = re.findall(r"(?<![-\w])(?:background-)?color:(#\w+)", html)
    assert set(coloured) <= {"#1d4ed8", "#ffffff"}  # the button alone brings both of its own
    assert "<style" not in html
    assert "src=" not in html


def test_a_letter_that_lacks_a_value_is_not_written():
    with pytest.raises(KeyError):
        write_letter("password_reset", ADA, {})
    with pytest.raises(KeyError):
        write_letter("no_such_kind", ADA, VALUES)
