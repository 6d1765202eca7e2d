"""What a text must look like to be a Comfy API key, and what is said of one that does not."""

from __future__ import annotations

import pytest
from passport.tests.backend.comfy_in_memory import KEY
from passport.vault.api_key_shape import LENGTH, PREFIX, parse_api_key
from passport.vault.errors import ApiKeyMalformedError

BODY = "x" * (LENGTH - len(PREFIX))


@pytest.mark.parametrize(
    "text",
    [KEY, f"  {KEY}\n", f"\t{KEY}\r\n", f"\u00a0{KEY}\u2003", PREFIX + "aA0._~+/=-" + BODY[10:]],
)
def test_a_whole_key_is_taken_without_the_blanks_of_pasting(text):
    assert parse_api_key(text).reveal() == text.strip()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("comfyui", "prefix"),
        (KEY.removeprefix("comfyui-"), "prefix"),
        (KEY.upper(), "prefix"),
        (f"Bearer {KEY}", "prefix"),
        ("‐".join(KEY.split("-")), "prefix"),
        ("sk-ant-api03-abc", "other_service"),
        ("sk-proj-abc", "other_service"),
        ("hf_abc", "other_service"),
        ("r8_abc", "other_service"),
        ("ghp_abc", "other_service"),
        ("github_pat_abc", "other_service"),
        ("AIzaSyabc", "other_service"),
        (PREFIX, "length"),
        (KEY[:-1], "length"),
        (KEY + "x", "length"),
        (KEY * 2, "length"),
        (f"{PREFIX}{'x' * 10_000_000}", "length"),
        (KEY[:-1] + " x"[0] + "x", "characters"),
        (KEY[:20] + "\n" + KEY[21:], "characters"),
        (KEY[:20] + "\0" + KEY[21:], "characters"),
        (KEY[:20] + "\r\nX-Injected: 1", "characters"),
        (KEY[:20] + "é" + KEY[21:], "characters"),
        (KEY[:20] + "\u200b" + KEY[21:], "characters"),
        (KEY[:20] + "\ud800" + KEY[21:], "characters"),
        (KEY[:20] + "\u0660" + KEY[21:], "characters"),
    ],
    ids=range(27),
)
def test_what_is_wrong_with_a_text_is_said_and_the_text_is_not(text, reason):
    with pytest.raises(ApiKeyMalformedError) as caught:
        parse_api_key(text)
    error = caught.value
    assert error.details == {
        "reason": reason,
        "length": len(text.strip()),
        "expected_length": LENGTH,
    }
    told = f"{error!r} {error.details}"
    assert not text.strip() or text.strip() in (PREFIX, "comfyui") or text.strip() not in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (KEY[:-3], "3 too short"),
        (KEY + "ab", "2 too long"),
        ("sk-ant-x", "Anthropic"),
        ("sk-x", "OpenAI"),
    ],
)
def test_the_message_helps(text, said):
    with pytest.raises(ApiKeyMalformedError, match=said):
        parse_api_key(text)
