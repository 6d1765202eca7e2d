"""Every text that the panel asks for is there, and every text that is there is asked for."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
ENGLISH = ROOT / "locales" / "en"
CODE = "\n".join(path.read_text() for path in sorted((ROOT / "web" / "js").rglob("*js")))
# texts.get('a.b'), texts.find(`a.${b}`); a name chosen beforehand ends in a template.
ASKED = re.compile(r"""texts\.(?:get|find)\(\s*(?:[^'`()]*\? )?['`]([^'`]+)['`]""")


def flatten(tree: dict[str, Any], prefix: str = "") -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            texts |= flatten(value, f"{prefix}{name}.")
        else:
            texts[prefix + name] = value
    return texts


MAIN = json.loads((ENGLISH / "main.json").read_text(encoding="utf-8"))
TEXTS = flatten(MAIN["passport"])


def test_every_text_that_is_named_is_there():
    named = {key for key in ASKED.findall(CODE) if "${" not in key and not key.startswith("/")}
    assert len(named) > 50
    assert named - TEXTS.keys() == set()


def test_every_template_leads_to_a_text():
    templates = {key for key in ASKED.findall(CODE) if "${" in key and not key.startswith("/")}
    assert len(templates) > 10
    for template in templates - {"reasons.${method.reason}"}:
        pattern = re.compile(re.sub(r"\\\$\\\{[^}]*\\\}", ".+", re.escape(template)))
        assert any(pattern.fullmatch(key) for key in TEXTS), template


def test_commands_and_settings_are_named():
    commands = json.loads((ENGLISH / "commands.json").read_text(encoding="utf-8"))
    settings = json.loads((ENGLISH / "settings.json").read_text(encoding="utf-8"))
    assert {"Passport_Account", "Passport_LogOut"} <= commands.keys()
    assert "Passport_Account" in settings


def test_texts_have_no_syntax_of_the_frontends_own():
    """vue-i18n reads | and @ as plurals and links."""
    assert [key for key, text in TEXTS.items() if "|" in text or "@" in text] == []


def test_every_text_is_used():
    templates = [key for key in ASKED.findall(CODE) if "${" in key]
    patterns = [re.compile(re.sub(r"\\\$\\\{[^}]*\\\}", ".+", re.escape(t))) for t in templates]
    # Named by a variable: keys of facts, wordings, findings of the browser's checks.
    words = set(re.findall(r"'([a-z_.]+)'", CODE))
    unused = [
        key
        for key in TEXTS
        if key not in words
        and key.rpartition(".")[2].removesuffix("_remedy") not in words
        and not any(pattern.fullmatch(key) for pattern in patterns)
    ]
    assert unused == []
