"""Where the extension runs in a test: the stand-in of `dev/`, or a real ComfyUI."""

import http.client
import os
import secrets
import socket
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from passport.dev.child_process import Child, stop_all
from passport.dev.environment import ROOT
from passport.dev.host.process import HostOptions, HostProcess, PortTaken, link_extension

from .client import Client, node

REAL_PORTS = range(8650, 8700)
REAL_START_SECONDS = 240
TRIES = 5
PACKS = Path(__file__).resolve().parent.parent / "packs"
# What a developer may have set must not reach a test.
NO_SETTINGS = dict.fromkeys(
    (
        "COMFY_API_KEY",
        "COMFY_API_KEY_FILE",
        "PASSPORT_ALLOWED_HOSTS",
        "PASSPORT_ALLOWED_NODE_PACKS",
        "PASSPORT_DATABASE_URL",
        "PASSPORT_DATA_FOLDER",
        "PASSPORT_DEFAULT_ACCOUNT",
        "PASSPORT_DEFAULT_CREDENTIAL_FOR",
        "PASSPORT_MASTER_KEY",
        "PASSPORT_MASTER_KEY_FILE",
        "PASSPORT_TRUSTED_PROXIES",
    ),
    "",
)


@dataclass(frozen=True)
class Options:
    """How to start a host."""

    data_folder: Path
    service_url: str
    verbose: str = "INFO"
    old_leaks: bool = False
    """The stand-in alone: as careless as ComfyUI 0.3.34."""
    extension: Path | None = ROOT
    packs: tuple[Path, ...] = (PACKS,)
    """Folders whose node packs are there too."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


class Host(ABC):
    """A running server, and what a test wants to know of it."""

    port: int

    def __init__(self, options: Options) -> None:
        self.options = options
        self.data_folder = options.data_folder
        self.console = options.data_folder.with_suffix(".log")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @abstractmethod
    def start(self) -> None:
        """Start on a port of its choice and wait until it answers."""

    @abstractmethod
    def stop(self) -> None:
        """End it."""

    @abstractmethod
    def api_nodes(self, text: str) -> dict[str, dict[str, Any]]:
        """One of the host's own API nodes, under the id "1", that asks the service this."""

    @contextmanager
    def client(self) -> Generator[Client, None, None]:
        opened = Client(self.url)
        try:
            yield opened
        finally:
            opened.close()

    @contextmanager
    def busy(self) -> Generator[None, None, None]:
        """A run that holds the queue: what is queued inside this block waits until its end."""
        with self.client() as holder, self.gate(holder) as gate:
            prompt_id = holder.queue({"gate": node("PlainGate", name=gate)})
            holder.wait_for_start(prompt_id, "gate")
            yield

    @contextmanager
    def gate(self, client: Client) -> Generator[str, None, None]:
        """The name of a gate for PlainGate nodes, opened at the block's end."""
        name = secrets.token_hex(8)
        try:
            yield name
        finally:
            client.send("POST", f"/plain_pack/gates/{name}")


class StandIn(Host):
    """The small host of `python3 dev try`."""

    def start(self) -> None:
        options = self.options
        static = self.data_folder.with_name(f"{self.data_folder.name} frontend")
        static.mkdir(parents=True)
        (static / "index.html").write_text("<!doctype html><title>blank</title>")
        self._process = HostProcess(
            HostOptions(
                data_folder=self.data_folder,
                static_folder=static,
                service_url=options.service_url,
                verbose=options.verbose,
                old_leaks=options.old_leaks,
                extension=options.extension,
                custom_nodes=[*options.packs],
                environment={**NO_SETTINGS, **options.environment},
            ),
            log=self.console,
        )
        self._process.start()
        self.port = self._process.port

    def stop(self) -> None:
        self._process.stop()

    def api_nodes(self, text: str) -> dict[str, dict[str, Any]]:
        answer = {"401": "401 unauthorized", "500": "500 server error"}.get(text[:3], "normal")
        return {"1": node("PracticeApiNode", prompt=text, service_answer=answer, seed=0)}


class RealComfyUI(Host):
    """The checkout that COMFYUI_PATH names, run by COMFYUI_PYTHON, with a base folder of ours."""

    def start(self) -> None:
        self._lay_out()
        for _ in range(TRIES):
            self.port = _free_port(REAL_PORTS)
            with suppress(PortTaken):  # a test beside this one was quicker
                return self._start_there()
        raise RuntimeError(f"ComfyUI found no free port in {TRIES} tries.")

    def _lay_out(self) -> None:
        custom_nodes = self.data_folder / "custom_nodes"
        custom_nodes.mkdir(parents=True)
        for pack in sorted(pack for packs in self.options.packs for pack in packs.iterdir()):
            (custom_nodes / pack.name).symlink_to(pack, target_is_directory=True)
        if self.options.extension is not None:
            link_extension(self.options.extension, custom_nodes)

    def _start_there(self) -> None:
        environment = {
            "HF_HUB_OFFLINE": "1",
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PASSPORT_COMFY_API_BASE": self.options.service_url,
            **NO_SETTINGS,
            **self.options.environment,
        }
        with self.console.open("wb") as stream:
            self._child = Child(
                self._command(), output=stream, environment=environment, folder=comfyui_path()
            )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        stop_all([self._child])

    def api_nodes(self, text: str) -> dict[str, dict[str, Any]]:
        seed = secrets.randbelow(2**31)  # else ComfyUI would remember the answer to the same text
        asks = node("OpenAIDalle3", prompt=text, seed=seed)
        return {"1": asks, "2": node("SaveImage", images=["1", 0], filename_prefix="answer")}

    def _command(self) -> list[str]:
        python = os.environ.get("COMFYUI_PYTHON", sys.executable)
        command = [python, "main.py", "--cpu", "--disable-auto-launch"]
        command += ["--port", str(self.port), "--base-directory", str(self.data_folder)]
        command += ["--comfy-api-base", self.options.service_url]
        command += ["--verbose", self.options.verbose]
        known = (comfyui_path() / "comfy" / "cli_args.py").read_text(encoding="utf-8")
        if "--database-url" in known:  # since 0.3.41; without it, a file in the checkout
            command += ["--database-url", f"sqlite:///{self.data_folder / 'comfyui.db'}"]
        return command

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + REAL_START_SECONDS
        while time.monotonic() < deadline:
            if self._child.exit_code() is not None:
                break
            if self._answers():
                return
            time.sleep(0.2)
        tail = self.console.read_text(encoding="utf-8", errors="replace")[-3000:]
        if "address already in use" in tail:
            raise PortTaken(f"Port {self.port} is taken.")
        raise RuntimeError(f"ComfyUI did not start:\n{tail}")

    def _answers(self) -> bool:
        """Whether it is there: it and no other that has taken the port meanwhile."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/plain_pack/process")
            return connection.getresponse().read() == str(self._child.process.pid).encode()
        except OSError:
            return False
        finally:
            connection.close()


def comfyui_path() -> Path:
    return Path(os.environ["COMFYUI_PATH"]).resolve()


@contextmanager
def run_host(
    kind: str, data_folder: Path, service_url: str, **fields: Any
) -> Generator[Host, None, None]:
    """A host of this kind (`stand-in` or `comfyui`), ended after the block."""
    make = {"stand-in": StandIn, "comfyui": RealComfyUI}[kind]
    host = make(Options(data_folder, service_url, **fields))
    host.start()
    try:
        yield host
    finally:
        host.stop()


def _free_port(ports: range) -> int:
    # By chance: a ComfyUI takes its port half a minute after it was chosen here.
    for port in secrets.SystemRandom().sample(ports, len(ports)):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise RuntimeError(f"No port is free from {ports.start} to {ports.stop - 1}.")
