"""Any name that people have, and nothing in it that cannot be seen."""

from __future__ import annotations

import pytest
from passport.accounts.display_names import LONGEST, parse_display_name
from passport.accounts.errors import DisplayNameInvalidError

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    "name",
    [
        "Ada Lovelace",
        "Ærøskøbing",
        "Żółć",
        "Ада",
        "Ἀδά",
        "艾達",
        "エイダ",
        "에이다",
        "عائدة",
        "עדה",
        "एडा",
        "เอดา",
        "می\u200cخواهم",  # a joiner that the script needs
        f"Ada {FAMILY}",
        "\U0001f3f3\ufe0f\u200d\U0001f308",
        "𝓐𝓭𝓪",
        "O'Hara-Smith, Jr.",
        "x",
        "0",
        "<script>alert(1)</script>",  # text, and shown as such
        "{0.__class__} %s ${x} ; DROP TABLE accounts",
        "x" * LONGEST,
        "\U0001f600" * LONGEST,
    ],
)
def test_a_name_is_kept_as_it_is(name):
    assert parse_display_name(name) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  Ada  Lovelace ", "Ada Lovelace"),
        ("Ada\tLovelace", "Ada Lovelace"),
        ("Ada\r\nLovelace", "Ada Lovelace"),
        ("Ada\u2028Lovelace", "Ada Lovelace"),
        ("Ada\u00a0\u3000Lovelace", "Ada Lovelace"),
        ("A\u030ake", "\u00c5ke"),
        (" " * 1000 + "Ada", "Ada"),
    ],
)
def test_it_is_composed_and_has_one_space_at_a_time(text, name):
    assert parse_display_name(text) == name
    assert parse_display_name(name) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\t",
        "\u200d",
        " \u200c\u200d ",
        "x" * (LONGEST + 1),
        "x" * 10**6,
        "Ada\0",
        "\x1b[31mAda",
        "\u202eadA",  # turns the direction of what follows
        "Ada\u202d",
        "\u2066Ada\u2069",
        "Ada\u200e",
        "A\u200bda",
        "\ufeffAda",
        "Ada\u00ad",
        "A\ud800",
        "\ue000",
        "\U000e0041",
        "\uffff",
    ],
)
def test_an_empty_or_long_name_and_what_cannot_be_seen_are_refused(text):
    with pytest.raises(DisplayNameInvalidError):
        parse_display_name(text)


def test_the_longest_is_counted_after_the_spaces():
    assert len(parse_display_name("  " + "x" * LONGEST + "  ")) == LONGEST
