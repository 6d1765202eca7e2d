"""The documents and the code say the same."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from passport.accounts.principals import CACHED, TRUSTED_FOR
from passport.composition import RETRY_AFTER
from passport.errors import PassportError
from passport.network.remote_services import PLATFORM
from passport.providers.comfy_api import DEFAULT_BASE
from passport.providers.http_client import TIMEOUT_SECONDS
from passport.server_routes.error_mapping import STATUS
from passport.server_routes.request_body import LONGEST_BODY_BYTES
from passport.server_routes.table import ROUTES
from passport.settings import DAY_SECONDS, SECRET_FIELDS, Settings
from passport.vault.claims import MOST_WAITING

ROOT = Path(__file__).resolve().parents[2]
FOLDERS_WITH_PYTHON = ("accounts", "audit", "backups", "command_line", "comfyui", "network",
                       "nodes", "providers", "server_routes", "storage", "vault")  # fmt: skip


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("field", dataclasses.fields(Settings), ids=lambda field: field.name)
def test_every_setting_is_documented_with_its_default(field: dataclasses.Field[object]) -> None:
    row = re.search(
        rf"^\| `PASSPORT_{field.name.upper()}` \| (.+?) \|", read("docs/settings.md"), re.MULTILINE
    )
    assert row, f"docs/settings.md has no row for {field.name}"
    if isinstance(field.default, int) and not isinstance(field.default, bool):
        assert row.group(1) == str(field.default)


def test_no_setting_is_documented_that_does_not_exist() -> None:
    documented = set(re.findall(r"^\| `PASSPORT_(\w+)`", read("docs/settings.md"), re.MULTILINE))
    names = {field.name.upper() for field in dataclasses.fields(Settings)}
    assert documented - names == {"DATA_FOLDER"}  # read before there are settings


def test_secrets_from_files_are_documented() -> None:
    for name in SECRET_FIELDS:
        assert f"PASSPORT_{name.upper()}_FILE" in read("docs/settings.md")


def test_the_http_document_lists_exactly_the_routes() -> None:
    documented = set(
        re.findall(
            r"^\| `(GET|POST|PUT|PATCH|DELETE) ([^`\s]+)`", read("docs/http-api.md"), re.MULTILINE
        )
    )
    routes = {(route.method, route.path.replace("{service}", "comfy")) for route in ROUTES}
    assert documented == routes


def test_the_http_document_gives_each_code_its_status() -> None:
    rows = re.findall(r"^\| ([\d, ]+) \| (.+) \|$", read("docs/http-api.md"), re.MULTILINE)
    documented = {
        code: {int(status) for status in statuses.split(",")}
        for statuses, codes in rows
        for code in re.findall(r"`([a-z_]+)`", re.sub(r"\([^)]*\)", "", codes))
    }
    actual: dict[str, set[int]] = {}
    for kind, status in STATUS.items():
        actual.setdefault(kind.code, set()).add(status)
    for code, statuses in documented.items():
        assert actual.get(code, set()) & statuses, f"{code} is not answered with {statuses}"


def test_every_error_has_a_code_of_its_own_or_shares_one_on_purpose() -> None:
    codes: dict[str, list[type[PassportError]]] = {}
    for kind in STATUS:
        codes.setdefault(kind.code, []).append(kind)
    shared = {code for code, kinds in codes.items() if len(kinds) > 1}
    assert shared == {"data_folder_not_writable"}  # before and after the store is open


def test_the_limits_in_the_threat_model_are_those_of_the_code() -> None:
    text = read("docs/threat-model.md")
    settings = Settings()
    for sentence in (
        f"after {settings.session_idle_seconds // DAY_SECONDS} days unused",
        f"{settings.session_lifetime_seconds // DAY_SECONDS} days at all",
        f"{settings.shared_computer_idle_seconds // 60} minutes unused",
        f"Bodies up to {LONGEST_BODY_BYTES // 1024} KiB",
        f"{MOST_WAITING:,} runs may wait",
        f"{CACHED:,} sessions are cached",
        f"{TIMEOUT_SECONDS} s at most",
    ):
        assert sentence in " ".join(text.split())


def test_the_times_in_the_decisions_are_those_of_the_code() -> None:
    text = " ".join(read("docs/decisions.md").split())
    assert f"believed for {TRUSTED_FOR.seconds} second," in text
    assert f"tried again after {RETRY_AFTER.seconds} seconds" in text


def test_the_threat_model_names_every_host_that_we_call() -> None:
    text = read("docs/threat-model.md")
    assert DEFAULT_BASE in text
    assert PLATFORM in text


def test_the_threat_model_names_every_cipher_and_hash_that_we_use() -> None:
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in FOLDERS_WITH_PYTHON
        for path in (ROOT / folder).rglob("*.py")
    )
    assert set(re.findall(r"hashlib\.(\w+)", sources)) == {"sha256"}
    assert set(re.findall(r"from cryptography\.hazmat\S* import (\w+)", sources)) == {"AESGCM"}
    assert "AES-256-GCM" in read("docs/threat-model.md")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", *(
    f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))
)])  # fmt: skip
def test_every_link_to_a_file_of_ours_leads_somewhere(name: str) -> None:
    folder = (ROOT / name).parent
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", read(name)):
        assert (folder / target).exists(), f"{name} links to {target}"
