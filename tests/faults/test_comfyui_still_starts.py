"""End to end, in the stand-in host: whatever is wrong with Passport, ComfyUI starts and runs."""

from __future__ import annotations

import json
import shutil
import urllib.error
from pathlib import Path

import pytest
from passport.dev.fixtures import (  # noqa: F401
    blank_frontend,
    comfy_api,
    start_host,
)
from passport.dev.practice import PRACTICE_KEY, demo_prompt

ROOT = Path(__file__).parents[2]
PARTS = (
    "accounts",
    "audit",
    "backups",
    "comfyui",
    "locales",
    "network",
    "nodes",
    "providers",
    "server_routes",
    "storage",
    "vault",
)


def copy_extension(folder: Path) -> Path:
    """A copy of the extension that a test may damage."""
    extension = folder / "copy of passport"
    extension.mkdir()
    for part in PARTS:
        shutil.copytree(ROOT / part, extension / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ROOT.glob("*.py"):
        shutil.copy(file, extension)
    (extension / "web" / "js").mkdir(parents=True)
    return extension


def refusal_of_status(host) -> tuple[int, bytes]:
    with pytest.raises(urllib.error.HTTPError) as refused:
        host.get_json("/passport/status")
    with refused.value as answer:
        return answer.code, answer.read()


def run_with_own_key(host) -> dict:
    return host.run_prompt(demo_prompt(), extra_data={"api_key_comfy_org": PRACTICE_KEY})


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("__init__.py", "raise RuntimeError('broken')"),
        ("__init__.py", "this is no Python"),
        ("comfyui/install.py", "import no_such_package"),
        ("comfyui/execution_binding.py", ""),
    ],
)
def test_when_the_import_fails(start_host, tmp_path, file, text):  # noqa: F811
    extension = copy_extension(tmp_path)
    (extension / file).write_text(text)

    host = start_host(extension=extension)

    assert host.get_json("/queue") == {"queue_running": [], "queue_pending": []}
    assert host.get_json("/object_info/PracticeApiNode")
    assert run_with_own_key(host)["status"]["status_str"] == "success"
    status, _ = refusal_of_status(host)
    assert status == 404


def test_when_the_data_folder_cannot_be_used(start_host, tmp_path):  # noqa: F811
    folder = tmp_path / "taken"
    folder.write_text("a file stands here")

    host = start_host(environment={"PASSPORT_DATA_FOLDER": str(folder)})

    status, body = refusal_of_status(host)
    assert (status, json.loads(body)["error"]["code"]) == (503, "data_folder_not_writable")
    assert run_with_own_key(host)["status"]["status_str"] == "success"
    assert PRACTICE_KEY not in host.log_text()
    assert "Passport cannot start" in host.log_text()


def test_when_a_heavy_package_is_missing(start_host, tmp_path):  # noqa: F811
    """The folder stands before the installed packages: cryptography cannot be imported."""
    shadows = tmp_path / "shadows"
    shadows.mkdir()
    (shadows / "cryptography.py").write_text("raise ImportError('hidden', name='cryptography')")

    host = start_host(environment={"PYTHONPATH": str(shadows)})

    status, body = refusal_of_status(host)
    error = json.loads(body)["error"]
    assert (status, error["code"]) == (503, "dependency_missing")
    assert error["details"] == {"package": "cryptography"}
    assert run_with_own_key(host)["status"]["status_str"] == "success"
