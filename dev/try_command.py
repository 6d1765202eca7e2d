"""python3 dev try: the host, the fake service and a browser, until a signal ends them."""

import json
import subprocess
import sys
import time
import webbrowser
from argparse import Namespace
from pathlib import Path
from typing import Any

from .child_process import Child, Stopped, stop_all, stop_on_signals
from .data_folder import ready_data_folder
from .environment import Missing, ready_python, say
from .frontend_package import ready_frontend
from .host.process import HostOptions, HostProcess, PortTaken, free_port
from .practice import PRACTICE_KEY, PRACTICE_KEY_2, demo_prompt
from .try_options import DEFAULT_PORT, parser

DEV = Path(__file__).parent
PORTS_TRIED = 100
GREETING = """
Passport is running in a stand-in of ComfyUI, for practice. The service behind it is a fake:
these keys work here and nowhere else, and nothing costs anything.

  address        {url}
  practice key   {practice_key}
  another one    {practice_key_2}  (of another person)

  1. Open the address. Run the graph: it says that you have to log in.
  2. Settings > Passport: log in with the practice key.
  3. Run the graph again: the node answers with the name of the key's owner.

Ctrl+C ends it."""


def _start_service(python: Path) -> tuple[Child, dict[str, str]]:
    command = [str(python), str(DEV), "fake-service"]
    service = Child(command, output=subprocess.PIPE)
    line = service.process.stdout.readline() if service.process.stdout else b""
    if not line:
        stop_all([service])
        raise Missing("The fake service did not start; the lines above say why.")
    return service, json.loads(line)


def _ports(asked: int | None) -> list[int]:
    if asked is None:
        return list(range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED))
    return [asked or free_port()]


def _start_host(options: Namespace, python: Path, service_url: str) -> HostProcess:
    frontend = ready_frontend(python, options.frontend)
    data = ready_data_folder(options.data, options.fresh, frontend.version)
    for port in _ports(options.port):
        host = HostProcess(
            HostOptions(
                data_folder=data,
                static_folder=frontend.static_folder,
                service_url=service_url,
                port=port,
                listen=options.listen,
                verbose=options.verbose,
                old_leaks=options.old_leaks,
                custom_nodes=[folder.absolute() for folder in options.custom_nodes],
                python=python,
            )
        )
        try:
            host.start()
        except PortTaken:
            say(f"Port {port} is taken.")
        else:
            return host
    raise Missing("No port is free: choose one with --port N (0: any free one).")


def _announce(options: Namespace, url: str, service: dict[str, str]) -> None:
    facts: dict[str, Any] = {
        "url": url,
        "practice_key": PRACTICE_KEY,
        "practice_key_2": PRACTICE_KEY_2,
        "demo_prompt": demo_prompt(),
        "service_url": service["url"],
        "control_url": service["control_url"],
    }
    if options.json:
        print(json.dumps(facts), flush=True)
    else:
        print(GREETING.format(**facts), flush=True)


def _watch(host: Child, service: Child) -> int:
    while True:
        if host.exit_code() is not None:
            say(f"The host ended with exit code {host.exit_code()}.")
            return 1
        if service.exit_code() is not None:
            say("The fake service ended.")
            return 1
        time.sleep(0.2)


def _run(options: Namespace, children: list[Child]) -> int:
    python = ready_python()
    service, addresses = _start_service(python)
    children.append(service)
    host = _start_host(options, python, addresses["url"])
    if host.child is None:
        return 1
    children.append(host.child)
    _announce(options, host.url, addresses)
    if not options.no_browser:
        webbrowser.open(host.url)
    return _watch(host.child, service)


def main() -> int:
    options = parser().parse_args()
    stop_on_signals()
    children: list[Child] = []
    try:
        return _run(options, children)
    except Missing as missing:
        say(str(missing))
        return 1
    except Stopped:
        return 0
    finally:
        stop_all(children)
        sys.stdout.flush()
