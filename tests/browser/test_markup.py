"""Whatever people and other programs call themselves, the panel shows it as text."""

from __future__ import annotations

from typing import Any

import pytest
from passport.tests.browser.answers import (
    CHECKS,
    NODE_PACKS,
    OWNER,
    SECTIONS,
    Answer,
    failure,
    signed_in,
    signed_out,
)
from passport.tests.browser.panel import Panel
from passport.tests.browser.test_api_keys import KEYS
from passport.tests.browser.vectors import VECTORS
from playwright.sync_api import expect

# How text is put in does not depend on the frontend round it: one is enough.
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("host", ["newest"], indirect=True)]

TABS = ["Account", "Security", "Sessions", "API keys", "Activity", "Server", "Doctor"]
WAITING = {
    "id": "r1",
    "account": OWNER,
    "proved": False,
    "created_at": "2026-11-23T02:00:00Z",
    "address": "192.0.2.7",
    "browser": "Firefox",
    "platform": "Windows",
}
# What the panel knows all values of, or takes for an instant; all other texts are anybody's.
KNOWN = {"state", "role", "action", "kind", "decision", "security", "version", "mode", "method"}
KNOWN |= {"scopes", "identities", "uses", "source", "service", "profile"}
ONE_OF_EACH = "\n".join(VECTORS)
"""For what there is one of: every vector in it."""

STRANGE = """script, iframe, object, embed, img, image, video, audio, marquee, base, math, animate,
  template, [srcdoc], [formaction], link[rel=import]"""
FIND_MARKUP = """(strange) => {
  const found = []
  const runs = (name, value) => /^on/i.test(name)
    || (/href|src|action/.test(name) && /^\\s*(javascript|data):/i.test(value))
  const look = (root) => {
    for (const each of root.querySelectorAll(strange)) found.push(each.outerHTML)
    for (const each of root.querySelectorAll('*')) {
      for (const { name, value } of each.attributes) {
        if (runs(name, value)) found.push(`${each.tagName} ${name}=${value}`)
      }
      if (each.shadowRoot) look(each.shadowRoot)
    }
  }
  const places = 'passport-dialog, passport-summary, .passport-top-bar'
  for (const root of document.querySelectorAll(places)) look(root.shadowRoot ?? root)
  return found
}"""


def poison(value: Any, vector: str) -> Any:
    """The same answer with the vector in every text that is somebody's; lists get all vectors."""
    if isinstance(value, dict):
        return {
            name: inner if is_fixed(name) else poison(inner, vector)
            for name, inner in value.items()
        }
    if not isinstance(value, list):
        return vector if isinstance(value, str) else value
    if not value or not isinstance(value[0], dict):
        return [poison(each, vector) for each in value]
    rows = [poison(value[n % len(value)], each) for n, each in enumerate(VECTORS)]
    return [{**row, "id": number_of(row, n)} for n, row in enumerate(rows)]


def is_fixed(name: str) -> bool:
    return name in KNOWN or name in ("id", "at") or name.endswith("_at")


def number_of(row: dict[str, Any], number: int) -> Any:
    """Its name in the list: of its kind, and another one for each row."""
    return f"{row['id']}-{number}" if isinstance(row.get("id"), str) else number


def poisoned(answer: Answer) -> Answer:
    status, body = answer
    return status, poison(body, ONE_OF_EACH)


def assert_only_text(look: Panel) -> None:
    assert look.page.evaluate("window.hurt") is None
    assert look.page.evaluate(FIND_MARKUP, STRANGE) == []


@pytest.mark.asvs("1.2.1", "3.2.2")
@pytest.mark.threat(20)
def test_every_field_of_every_section_is_text(look: Panel):
    status, body = poisoned(signed_in(account=OWNER))
    body["methods"] = signed_in()[1]["methods"]
    body["run"] = {"uses": "account", "mask": ONE_OF_EACH}
    look.answers |= {path: poisoned(answer) for path, answer in SECTIONS.items()}
    look.answers |= {
        "status": (status, body),
        "checks": poisoned(CHECKS),
        "node-packs": poisoned(NODE_PACKS),
        "api-keys": poisoned(KEYS),
        "deletion-requests": poisoned((200, {"deletion_requests": [WAITING]})),
    }
    look.open()
    for name in TABS:
        look.choose(name)
        expect(look.dialog.get_by_role("tabpanel")).to_contain_text("window.hurt=1")
        assert_only_text(look)
    look.close()
    assert_only_text(look)


@pytest.mark.asvs("1.2.1")
@pytest.mark.threat(20)
def test_what_the_server_says_of_a_failure_is_text(look: Panel):
    message = f"{ONE_OF_EACH}."
    warned, body = signed_out()
    warnings = [{"code": f"w{n}", "message": vector} for n, vector in enumerate(VECTORS)]
    look.answers |= {
        "status": (warned, {**body, "warnings": warnings, "server_name": ONE_OF_EACH}),
        "session/api-key": failure(422, ONE_OF_EACH, message),
    }
    look.open()
    look.choose_key_form()
    look.key.fill("comfyui-" + "a" * 64)
    look.button("Log in").click()
    expect(look.dialog).to_contain_text("<script>window.hurt=1</script>")
    assert_only_text(look)


def test_the_search_for_markup_finds_some(look: Panel):
    look.open()
    look.page.evaluate(
        """vector => {
          const { shadowRoot } = document.querySelector('passport-dialog')
          const place = document.createElement('p')
          place.innerHTML = vector
          shadowRoot.append(place)
        }""",
        VECTORS[8],
    )
    assert look.page.evaluate(FIND_MARKUP, STRANGE) != []
    look.page.wait_for_function("window.hurt === 1")
    look.page.evaluate("delete window.hurt")
