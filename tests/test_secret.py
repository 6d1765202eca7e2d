"""A secret that does not show itself."""

from __future__ import annotations

import copy
import json
import logging
import pickle

import pytest
from passport.secret import Secret, mask

TEXT = "comfyui-canary-0123456789"


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        "{}".format,
        "{!r}".format,
        lambda secret: f"{secret}",
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031
        lambda secret: repr({"key": [secret]}),
        lambda secret: json.dumps(secret, default=str),
    ],
)
def test_no_way_of_writing_shows_it(show):
    assert "canary" not in show(Secret(TEXT))


@pytest.mark.parametrize(
    "take", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, "{:>40}".format, vars, iter, len]
)
def test_it_cannot_be_taken_out_by_accident(take):
    with pytest.raises(TypeError):
        take(Secret(TEXT))


def test_neither_a_log_nor_an_error_shows_it(caplog):
    try:
        raise ValueError(Secret(TEXT))
    except ValueError:
        logging.getLogger("passport").exception("failed with %s", Secret(TEXT))
    assert "canary" not in caplog.text


def test_it_is_revealed_on_request_alone():
    assert Secret(TEXT).reveal() == TEXT
    assert bool(Secret(TEXT))
    assert not Secret("")


def test_two_secrets_are_not_compared_by_what_they_hold():
    """`==` would tell by its time where they differ; hmac.compare_digest does not."""
    assert Secret(TEXT) != Secret(TEXT)


@pytest.mark.asvs("14.2.6")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("comfyui-" + "a" * 60 + "wxyz", "comfyui-…wxyz"),
        ("sk-" + "a" * 60 + "wxyz", "sk-…wxyz"),
        ("a" * 60 + "wxyz", "…wxyz"),
        ("averylongprefix-" + "a" * 20 + "wxyz", "…wxyz"),
        ("comfyui-abcdefgh", "comfyui-…efgh"),
        ("abcdefghijkl-wxyz", "…wxyz"),
        ("comfyui-short", "…"),
        ("123456789012345", "…"),
        ("", "…"),
    ],
)
def test_what_may_be_shown_of_a_secret(text, shown):
    assert mask(Secret(text)) == shown
    assert len(shown) <= 32
