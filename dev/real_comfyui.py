"""A real ComfyUI instead of the stand-in, with Passport, a data folder of its own and the fake."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .child_process import Child, stop_all
from .environment import ROOT, Missing, runtime_requirements, say
from .host.process import get_json, link_extension, local_address

START_SECONDS = 300
VIRTUAL_ENVIRONMENTS = ("venv", ".venv", "../venv", "../.venv", "../python_embeded")
LIST_MISSING = """
import sys
from importlib.metadata import PackageNotFoundError, version
for name in sys.argv[1:]:
    try:
        version(name)
    except PackageNotFoundError:
        print(name)
"""


def surrounding_comfyui() -> Path | None:
    """The ComfyUI in whose custom_nodes this checkout stands."""
    folder = ROOT.parent.parent
    stands_in_one = ROOT.parent.name == "custom_nodes" and (folder / "folder_paths.py").is_file()
    return folder if stands_in_one else None


def python_of_comfyui(comfyui: Path) -> Path:
    """The Python that this ComfyUI was installed with, as far as its folders tell."""
    names = ("Scripts/python.exe", "python.exe") if os.name == "nt" else ("bin/python",)
    candidates = [comfyui / folder / name for folder in VIRTUAL_ENVIRONMENTS for name in names]
    return next((path for path in candidates if path.is_file()), Path(sys.executable))


def _require_packages(python: Path) -> None:
    """Missing, when the person still has to install Passport's requirements there."""
    plain = [line for line in runtime_requirements() if ";" not in line]
    names = [re.split(r"[<>=!~\[ ]", line)[0] for line in plain]
    asked = subprocess.run(
        [str(python), "-c", LIST_MISSING, *names], check=False, capture_output=True, text=True
    )
    lacking = asked.stdout.split()
    if lacking or asked.returncode:
        raise Missing(
            f"ComfyUI's Python lacks {', '.join(lacking) or 'a working importlib'}: run "
            f"{python} -m pip install -r {ROOT / 'requirements.txt'} (or name another by --python)."
        )


def _is_in(custom_nodes: Path) -> bool:
    own = ROOT.resolve()
    entries = custom_nodes.iterdir() if custom_nodes.is_dir() else ()
    return any(entry.resolve() == own for entry in entries)


@dataclass
class RealComfyUI:
    """One run of a ComfyUI; `service_url` None leaves it with the real service."""

    folder: Path
    python: Path
    data_folder: Path
    service_url: str | None
    listen: str
    port: int
    verbose: str
    static_folder: Path | None
    arguments: list[str]
    custom_nodes: list[Path]
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    child: Child | None = None

    @property
    def url(self) -> str:
        return f"http://{local_address(self.listen)}:{self.port}"

    def start(self) -> None:
        if not (self.folder / "main.py").is_file():
            raise Missing(f"There is no ComfyUI in {self.folder}: main.py is missing.")
        _require_packages(self.python)
        say(f"Starting the ComfyUI in {self.folder} with {self.python}")
        with os.fdopen(os.dup(2), "wb") as stream:
            self.child = Child(
                self._command(), output=stream, environment=self._environment(), folder=self.folder
            )
        try:
            self._wait_until_it_answers(self.child)
        except BaseException:
            stop_all([self.child])
            raise

    def _environment(self) -> dict[str, str]:
        base = {"PASSPORT_COMFY_API_BASE": self.service_url} if self.service_url else {}
        return {"PYTHONUNBUFFERED": "1", **base, **self.settings}

    def _command(self) -> list[str]:
        data = self.data_folder
        command = [str(self.python), "main.py", "--disable-auto-launch"]
        command += ["--listen", self.listen, "--port", str(self.port), "--verbose", self.verbose]
        command += ["--user-directory", str(data / "user"), "--temp-directory", str(data)]
        for name in ("input", "output"):
            (data / name).mkdir(exist_ok=True)
            command += [f"--{name}-directory", str(data / name)]
        if self.service_url:
            command += ["--comfy-api-base", self.service_url]
        if self.static_folder:
            command += ["--front-end-root", str(self.static_folder)]
        folders = list(self.custom_nodes)
        if not _is_in(self.folder / "custom_nodes"):
            folders.append(self.data_folder / "custom_nodes")
            link_extension(ROOT, folders[-1])
        if folders:
            command += ["--extra-model-paths-config", str(self._extra_paths(folders))]
        return [*command, *self.arguments]

    def _extra_paths(self, folders: list[Path]) -> Path:
        """A file that makes ComfyUI look for node packs in these folders, too."""
        file = self.data_folder / "extra_model_paths.yaml"
        paths = {"passport": {"custom_nodes": "\n".join(map(str, folders))}}
        # JSON is YAML: no library is needed to write it.
        file.write_text(json.dumps(paths), encoding="utf-8")
        return file

    def _wait_until_it_answers(self, child: Child) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if child.exit_code() is not None:
                raise Missing(
                    f"ComfyUI ended with exit code {child.exit_code()}; see its log above."
                )
            if self._is_there():
                return
            time.sleep(0.2)
        raise Missing(f"ComfyUI did not answer within {START_SECONDS} seconds.")

    def _is_there(self) -> bool:
        try:
            found: Any = get_json(f"{self.url}/system_stats", seconds=2)
            return str(self.data_folder / "user") in found["system"].get("argv", [])
        except (OSError, ValueError, KeyError, TypeError):
            return False
