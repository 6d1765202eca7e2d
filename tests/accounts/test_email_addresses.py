"""Which texts are one mail address, which are another, and which are none."""

from __future__ import annotations

import tracemalloc

import pytest
from passport.accounts.email_addresses import LONGEST, make_email_key, parse_email
from passport.accounts.errors import EmailInvalidError

ADA = "ada@example.org"
RLO, ZERO_WIDTH = "\u202e", "\u200b"
CYRILLIC_A, GREEK_ALPHA = "\u0430", "\u03b1"
LIGATURE_FI, LONG_S, SALLA = "\ufb01", "\u017f", "\ufdfa"


@pytest.mark.parametrize(
    "text",
    [
        ADA,
        "Ada@Example.ORG",
        "ADA@EXAMPLE.ORG",
        " ada@example.org",
        "ada@example.org\r\n",
        "\u00a0ada@example.org\u3000",
        "\uff41\uff44\uff41@example.org",  # full-width
        "ada@\uff45xample.org",
        "ada@example\u3002org",  # an ideographic full stop
    ],
)
def test_one_address_however_it_is_typed(text):
    assert parse_email(text).key == make_email_key(text) == ADA


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("stra\u00dfe@example.org", "strasse@example.org"),  # case folding
        (f"{LIGATURE_FI}ne@example.org", "fine@example.org"),  # NFKC
        (f"{LONG_S}ara@example.org", "sara@example.org"),
        ("A\u030ake@example.org", "\u00e5ke@example.org"),
        ("\u00c5ke@example.org", "\u00e5ke@example.org"),
        ("ada@stra\u00dfe.de", "ada@xn--strae-oqa.de"),  # IDNA 2008 keeps ß apart from ss
        ("ada@STRA\u00dfE.de", "ada@xn--strae-oqa.de"),
        ("ada@xn--strae-oqa.de", "ada@xn--strae-oqa.de"),
        ("ada@XN--STRAE-OQA.de", "ada@xn--strae-oqa.de"),
        ("ada@strasse.de", "ada@strasse.de"),
        ("\u30a2\u30c0@\u4f8b\u3048.jp", "\u30a2\u30c0@xn--r8jz45g.jp"),
        ("ada+comfy@example.org", "ada+comfy@example.org"),
        ("a.da@example.org", "a.da@example.org"),
        ("o'hara@example.org", "o'hara@example.org"),
    ],
)
def test_the_normal_form(text, key):
    assert parse_email(text).key == key


@pytest.mark.parametrize(
    "text",
    [
        f"{CYRILLIC_A}da@example.org",
        f"{GREEK_ALPHA}da@example.org",
        f"ada@ex{CYRILLIC_A}mple.org",
        "ad\u00e1@example.org",
        "a.da@example.org",
        "ada+x@example.org",
        "ada@example.com",
        "ada@www.example.org",
    ],
)
def test_advisory_what_only_looks_alike_is_another_address(text):
    assert parse_email(text).key != ADA


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "ada",
        "@example.org",
        "ada@",
        "ada@example",
        "ada@localhost",
        "ada@@example.org",
        "ada@example.org.",
        "ada@.example.org",
        "a..da@example.org",
        ".ada@example.org",
        "ada@-example.org",
        "ada@ex ample.org",
        "a da@example.org",
        "ada@[127.0.0.1]",
        '"ada lovelace"@example.org',
        "Ada <ada@example.org>",
        "<ada@example.org>",
        "ada@example.org, ben@example.org",
        "ada@example.org;ben@example.org",
        "mailto:ada@example.org?bcc=x",
        f"ada{RLO}@example.org",
        f"ada{ZERO_WIDTH}@example.org",
        "ada\0@example.org",
        "\0",
        "ada@example.org\0",
        "\ud800@example.org",
        "ada@\ud800.org",
        f"ada@{'a' * 64}.org",
        f"{'a' * 243}@example.org",
    ],
)
def test_what_is_no_address(text):
    with pytest.raises(EmailInvalidError, match="not a mail address"):
        parse_email(text)


@pytest.mark.asvs("1.3.11")
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize(
    "form", ["ada@example.org{}Bcc: eve@example.org", "ada{}x@example.org", "a@b.org{}.org"]
)
def test_advisory_no_header_gets_into_a_letter_by_an_address(form, end):
    with pytest.raises(EmailInvalidError):
        parse_email(form.format(end))


def test_what_is_written_to_is_what_was_typed_the_domain_in_lower_case():
    address = parse_email("  Ada.Lovelace@Stra\u00dfe.DE ")
    assert address.shown == "Ada.Lovelace@stra\u00dfe.de"
    assert parse_email(address.shown) == address


@pytest.mark.parametrize(
    "text",
    ["x" * 10**6, "a@" * 500_000, " " * 10**6 + "@", "ada@" + "a." * 500_000 + "org"],
    ids=["letters", "ats", "spaces", "labels"],
)
def test_of_a_megabyte_no_more_is_looked_at_than_an_address_can_have(text, monkeypatch):
    import email_validator

    looked_at = []
    validate = email_validator.validate_email

    def watch(examined, **options):
        looked_at.append(len(examined))
        return validate(examined, **options)

    monkeypatch.setattr(email_validator, "validate_email", watch)
    tracemalloc.start()
    try:
        make_email_key(text)
    finally:
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert looked_at == [min(len(text.strip()), LONGEST + 1)]
    assert used < 4 * len(text)


def test_the_longest_address_and_one_more():
    local, domain = "a" * 64, ".".join(["b" * 60] * 3 + ["organi"])
    assert len(f"{local}@{domain}") <= LONGEST
    assert parse_email(f"{local}@{domain}").key == f"{local}@{domain}"
    with pytest.raises(EmailInvalidError):
        parse_email(f"{local}@{domain}s")


def test_advisory_an_address_that_grows_in_its_normal_form_fits_into_any_store():
    with pytest.raises(EmailInvalidError, match="too long"):
        parse_email(f"{SALLA * 21}@example.org")
    assert parse_email(f"{SALLA}@example.org")


@pytest.mark.parametrize("text", ["", "\0", "ada", "\ud800", "ada\0@example.org", "x" * 10**5])
def test_the_key_of_what_is_no_address_is_nobodys_and_any_store_takes_it(text):
    key = make_email_key(text)
    assert key.isascii()
    assert key.isprintable()
    with pytest.raises(EmailInvalidError):
        parse_email(key)


def test_the_keys_of_different_texts_that_are_no_addresses_differ():
    texts = ["", "a", "A", "\0", "\\x00", "\ud800"]
    assert len({make_email_key(text) for text in texts}) == len(texts)
