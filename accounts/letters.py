"""The letters that people get: texts of `locales/en/mail.json` with values put in.

What people chose themselves, names and browsers, is shown as it is and never interpreted: it
cannot bring markup, a line of its own, or a placeholder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..clock import to_iso
from ..providers.mail import Letter
from .tokens import LIFETIMES

TEXTS = Path(__file__).parent.parent / "locales" / "en" / "mail.json"
LONGEST_VALUE = 255

# No colours but the button's own: each mail program has its own light and dark.
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
</head>
<body>
<div style="max-width:34em;margin:0 auto;padding:1em;font:16px/1.5 system-ui,sans-serif">
{blocks}
</div>
</body>
</html>
"""
PARAGRAPH = '<p style="margin:0 0 1em">{0}</p>'
BUTTON = (
    '<p style="margin:1.5em 0"><a href="{0}" style="display:inline-block;padding:.6em 1.2em;'
    "border-radius:.4em;background-color:#1d4ed8;color:#ffffff;text-decoration:none;"
    'font-weight:600">{1}</a></p>'
)
CODE = (
    '<p style="margin:0 0 1em;padding:.6em 1em;border:1px solid #888888;border-radius:.4em;'
    'font-family:ui-monospace,monospace;word-break:break-all">{0}</p>'
)
SIGNATURE = '<p style="margin:2em 0 0;font-size:13px;opacity:.75">{0}</p>'


def write_letter(kind: str, recipient: str, values: Mapping[str, Any]) -> Letter:
    """Write a letter of one of the kinds in mail.json.

    Values: `base`, where the server is reached, or None. For kinds with a link: `token`, `link` or
    None, and for `invitation` `valid_for`, a timedelta. For `email_changed`: `new_email`. For
    `password_changed`: `at` (ISO 8601), `address`, `browser`, `platform`, and `how`: `change` or
    `reset`. Raises KeyError for a value that a text cannot do without.
    """
    texts = _load_texts()
    letter = texts["letters"][kind]
    words = _make_words(kind, values)
    has_token = "button" in letter
    token = _one_line(values["token"]) if has_token else ""
    link = _read_link(values.get("link")) if has_token else None
    subject = letter["subject"].format_map(words)
    text = _write_text(texts, letter, words, link, token)
    return Letter(recipient, subject, text, _write_html(texts, letter, words, link, token))


@cache
def _load_texts() -> dict[str, Any]:
    return json.loads(TEXTS.read_text(encoding="utf-8"))


def _make_words(kind: str, values: Mapping[str, Any]) -> dict[str, str]:
    texts = _load_texts()
    words = {"server": _name_server(values.get("base")) or texts["your_server"]}
    words["how"] = texts["how"][values.get("how", "change")]
    words["address"] = _one_line(values.get("address")) or texts["unknown_address"]
    words["browser"] = _name_browser(
        texts, _one_line(values.get("browser")), _one_line(values.get("platform"))
    )
    if "new_email" in values:
        words["new_email"] = _one_line(values["new_email"])
    if "key_name" in values:
        words["key_name"] = _one_line(values["key_name"])
    if "purge_at" in values:
        words["purge_at"] = _one_line(_write_instant(values["purge_at"]))
    if "at" in values:
        words["at"] = _one_line(_write_instant(values["at"]))
    if valid_for := values.get("valid_for", LIFETIMES.get(kind)):
        words["validity"] = _write_duration(texts["durations"], valid_for)
    return words


def _name_server(base: str | None) -> str:
    try:
        return _one_line(urlsplit(base or "").hostname)
    except ValueError:  # the address can come from a setting
        return ""


def _read_link(link: str | None) -> str | None:
    good = link and link.isprintable() and link.startswith(("https://", "http://"))
    return link if good else None


def _name_browser(texts: dict[str, Any], browser: str, platform: str) -> str:
    if browser and platform:
        return texts["browser_on_platform"].format(browser=browser, platform=platform)
    return browser or platform or texts["unknown_browser"]


def _write_instant(text: str) -> str:
    written = to_iso(datetime.fromisoformat(text.replace("Z", "+00:00"))) or ""
    return f"{written[:10]} {written[11:16]} UTC"


def _write_duration(texts: dict[str, str], duration: timedelta) -> str:
    minutes = duration // timedelta(minutes=1)
    if minutes % 60 or not minutes:
        return texts["minutes"].format(number=minutes)
    hours = minutes // 60
    if hours == 1:
        return texts["hour"]
    if hours % 24 or hours == 24:  # noqa: PLR2004  # "24 hours" is plainer than "1 days"
        return texts["hours"].format(number=hours)
    return texts["days"].format(number=hours // 24)


def _write_text(
    texts: dict[str, Any],
    letter: dict[str, Any],
    words: dict[str, str],
    link: str | None,
    token: str,
) -> str:
    blocks = [line.format_map(words) for line in letter["opening"]]
    if link:
        blocks.append(f"{texts['open_link']}\n{link}")
    if token:
        code = texts["code_beside_link" if link else "code_alone"]
        blocks.append(f"{code.format_map(words)}\n\n{token}")
    blocks += [line.format_map(words) for line in letter["closing"]]
    blocks.append(f"-- \n{texts['signature'].format_map(words)}")
    return "\n\n".join(blocks) + "\n"


def _write_html(
    texts: dict[str, Any],
    letter: dict[str, Any],
    words: dict[str, str],
    link: str | None,
    token: str,
) -> str:
    safe = {name: escape(word) for name, word in words.items()}

    def put_in(form: str, line: str) -> str:
        return form.format(escape(line).format_map(safe))

    blocks = [put_in(PARAGRAPH, line) for line in letter["opening"]]
    if link:
        blocks.append(BUTTON.format(escape(link), escape(letter["button"])))
    if token:
        blocks.append(put_in(PARAGRAPH, texts["code_beside_link" if link else "code_alone"]))
        blocks.append(CODE.format(escape(token)))
    blocks += [put_in(PARAGRAPH, line) for line in letter["closing"]]
    blocks.append(put_in(SIGNATURE, texts["signature"]))
    return PAGE.format(blocks="\n".join(blocks))


def _one_line(value: Any) -> str:
    text = "".join(each if each.isprintable() else " " for each in str(value or ""))
    return " ".join(text.split())[:LONGEST_VALUE]
