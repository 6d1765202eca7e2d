"""Starting the host as a process: for `try`, and for tests.

In a test, with the environment's own Python:

    with HostProcess(HostOptions(data_folder, frontend.static_folder, service_url=api.url)) as host:
        ...                              # host.url, host.log_text()
"""

import json
import os
import secrets
import socket
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..child_process import Child, stop_all
from ..environment import ROOT, Missing

if TYPE_CHECKING:
    from typing_extensions import Self

MAIN = Path(__file__).parent / "comfy_stand_in" / "main.py"
OWN_PACKS = Path(__file__).parent / "packs"
EXTENSION_NAME = "ComfyUI-Passport"
START_SECONDS = 60
TRIES = 5
PORT_TAKEN_EXIT_CODE = 98


class PortTaken(Exception):  # noqa: N818
    """Something else listens on the wanted port."""


@dataclass(frozen=True)
class HostOptions:
    """How to start the host. `extension` None leaves Passport out."""

    data_folder: Path
    static_folder: Path
    service_url: str = "http://127.0.0.1:9"
    port: int = 0
    listen: str = "127.0.0.1"
    verbose: str = "INFO"
    old_leaks: bool = False
    extension: Path | None = ROOT
    custom_nodes: Sequence[Path] = ()
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    python: Path = Path(sys.executable)


def link_extension(extension: Path, custom_nodes: Path) -> Path:
    """Put the extension into a custom_nodes folder, as a link to its checkout."""
    custom_nodes.mkdir(parents=True, exist_ok=True)
    link = custom_nodes / EXTENSION_NAME
    if link.is_symlink():
        link.unlink()
    if link.exists():
        return link
    try:
        link.symlink_to(extension.resolve(), target_is_directory=True)
    except OSError:
        if sys.platform != "win32":
            raise
        import _winapi

        _winapi.CreateJunction(str(extension.resolve()), str(link))
    return link


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _command(options: HostOptions, port: int) -> list[str]:
    data = options.data_folder
    command = [str(options.python), str(MAIN), "--stand-in-ends-with-parent"]
    command += ["--listen", options.listen, "--port", str(port), "--verbose", options.verbose]
    command += ["--front-end-root", str(options.static_folder)]
    command += ["--comfy-api-base", options.service_url]
    command += ["--user-directory", str(data / "user"), "--temp-directory", str(data)]
    command += ["--input-directory", str(data / "input")]
    command += ["--output-directory", str(data / "output")]
    for folder in (data / "custom_nodes", OWN_PACKS, *options.custom_nodes):
        command += ["--stand-in-custom-nodes", str(folder)]
    command += ["--stand-in-old-leaks"] if options.old_leaks else []
    return [*command, *options.arguments]


def local_address(listen: str) -> str:
    """Where the machine itself reaches a server that listens there."""
    first = listen.partition(",")[0]
    if first in ("0.0.0.0", ""):  # noqa: S104  (compared, not bound)
        return "127.0.0.1"
    if first == "::":
        return "[::1]"
    return f"[{first}]" if ":" in first else first


class HostProcess:
    """The running host. Its console goes to `log`, or to this process's standard error."""

    def __init__(self, options: HostOptions, log: Path | None = None) -> None:
        self.options = options
        self.log = log
        self.port = options.port
        self.child: Child | None = None
        # Tells our host from another one that holds the port.
        self._run = secrets.token_hex(8)

    def __enter__(self) -> "Self":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://{local_address(self.options.listen)}:{self.port}"

    def start(self) -> None:
        """Start and wait until the server answers. PortTaken, or Missing when it does not come.

        Without a wanted port on any that is free, and on another when somebody was quicker.
        """
        data = self.options.data_folder
        (data / "custom_nodes").mkdir(parents=True, exist_ok=True)
        if self.options.extension is not None:
            link_extension(self.options.extension, data / "custom_nodes")
        for tries_left in reversed(range(1 if self.options.port else TRIES)):
            self.port = self.port or free_port()  # a second start is on the port of the first
            try:
                self._start_there()
                break
            except PortTaken:
                if not tries_left:
                    raise
                self.port = 0

    def _start_there(self) -> None:
        environment = {
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PASSPORT_COMFY_API_BASE": self.options.service_url,
            "STAND_IN_RUN": self._run,
            **self.options.environment,
        }
        stream = self.log.open("ab") if self.log else os.fdopen(os.dup(2), "wb")
        with stream:
            self.child = Child(
                _command(self.options, self.port),
                output=stream,
                environment=environment,
                folder=self.options.data_folder,
            )
        try:
            self._wait_until_it_answers(self.child)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        if self.child is not None:
            stop_all([self.child])

    def log_text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log else ""

    def _wait_until_it_answers(self, child: Child) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            code = child.exit_code()
            if code == PORT_TAKEN_EXIT_CODE:
                raise PortTaken(f"Port {self.port} is taken.")
            if code is not None:
                raise Missing(f"The host ended at once with exit code {code}; its log says why.")
            if self._is_there():
                return
            time.sleep(0.05)
        raise Missing(f"The host did not answer within {START_SECONDS} seconds.")

    def _is_there(self) -> bool:
        try:
            found = self.get_json("/system_stats", seconds=1)
            return found["system"]["stand_in_run"] == self._run
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def get_json(self, path: str, seconds: float = 10) -> Any:
        return get_json(self.url + path, seconds)

    def post_json(self, path: str, body: Any) -> Any:
        data = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        return _exchange(urllib.request.Request(self.url + path, data, headers))  # noqa: S310

    def run_prompt(self, prompt: dict[str, Any], seconds: float = 20, **fields: Any) -> Any:
        """Queue a prompt and give its history entry once it has ended."""
        prompt_id = self.post_json("/prompt", {"prompt": prompt, **fields})["prompt_id"]
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            history = self.get_json(f"/history/{prompt_id}")
            if history:
                return history[prompt_id]
            time.sleep(0.02)
        raise TimeoutError(f"prompt {prompt_id} did not end within {seconds} seconds")


def get_json(url: str, seconds: float = 10) -> Any:
    return _exchange(urllib.request.Request(url), seconds)  # noqa: S310


def _exchange(request: urllib.request.Request, seconds: float = 10) -> Any:
    # No proxy: the host is on this machine.
    # The scheme is always http: the address is made here.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=seconds) as response:
        return json.loads(response.read())
