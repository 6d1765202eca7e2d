"""python3 dev try: the host, the fake service and a browser, until a signal ends them."""

import json
import os
import subprocess
import sys
import time
import webbrowser
from argparse import Namespace
from pathlib import Path
from typing import Any

from .child_process import Child, Stopped, stop_all, stop_on_signals
from .environment import Missing, ready_python, say
from .practice import PRACTICE_KEY, PRACTICE_KEY_2, comfyui_demo_prompt, demo_prompt
from .try_hosts import chosen_comfyui, start_comfyui, start_stand_in
from .try_options import parser
from .try_providers import PracticeProviders

DEV = Path(__file__).parent
FAKE = """The service behind it is a fake: these keys work here and nowhere else,
and nothing costs anything.

  address        {url}
  practice key   {practice_key}
  another one    {practice_key_2}  (of another person)
"""
REAL = """The service behind it is the REAL api.comfy.org: real keys, real costs.

  address        {url}
"""
STEPS = """
  1. Open the address. Run the graph: it says that you have to log in.
  2. Settings > Passport: log in with the key.
  3. Run the graph again: the node answers.

Ctrl+C ends it."""


def _start_service(python: Path) -> tuple[Child, dict[str, str]]:
    command = [str(python), str(DEV), "fake-service"]
    service = Child(command, output=subprocess.PIPE)
    line = service.process.stdout.readline() if service.process.stdout else b""
    if not line:
        stop_all([service])
        raise Missing("The fake service did not start; the lines above say why.")
    return service, json.loads(line)


def _start_providers(options: Namespace, children: list[Child]) -> PracticeProviders | None:
    if not options.providers:
        return None
    providers = PracticeProviders()
    providers.start(children)
    return providers


def _facts(url: str, service: dict[str, str], is_stand_in: bool) -> dict[str, Any]:
    """What a script needs; the first four are the promise, the others for tests."""
    return {
        "url": url,
        "practice_key": PRACTICE_KEY if service else None,
        "practice_key_2": PRACTICE_KEY_2 if service else None,
        "demo_prompt": demo_prompt() if is_stand_in else comfyui_demo_prompt(),
        "service_url": service.get("url"),
        "control_url": service.get("control_url"),
        "providers": None,
    }


def _announce(
    facts: dict[str, Any], is_stand_in: bool, as_json: bool, explanation: str = ""
) -> None:
    if as_json:
        print(json.dumps(facts), flush=True)
        return
    where = "a stand-in of ComfyUI, for practice" if is_stand_in else "your ComfyUI"
    service = (FAKE if facts["service_url"] else REAL).format(**facts)
    print(f"\nPassport is running in {where}. {service}{explanation}{STEPS}", flush=True)


def _open_browser(url: str) -> None:
    """Open the browser, where there is a screen to open it on."""
    has_screen = sys.platform in {"win32", "darwin"} or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if has_screen:
        webbrowser.open(url)


def _watch(children: list[Child]) -> int:
    while all(child.exit_code() is None for child in children):
        time.sleep(0.1)
    say("A part of it ended by itself; the lines above say why.")
    return 1


def _run(options: Namespace, children: list[Child]) -> int:
    comfyui = chosen_comfyui(options)
    providers = _start_providers(options, children)
    settings = providers.settings() if providers else {}
    python = ready_python()
    service: dict[str, str] = {}
    if comfyui is None or not options.real_service:
        child, service = _start_service(python)
        children.append(child)
    if comfyui is None:
        host = start_stand_in(options, python, service["url"], settings)
    else:
        host = start_comfyui(options, comfyui, python, service.get("url"), settings)
    if host.child is not None:
        children.append(host.child)
    facts = _facts(host.url, service, comfyui is None)
    if providers is not None:
        providers.register(host.url)
        facts["providers"] = providers.facts()
    explanation = providers.explanation() if providers else ""
    _announce(facts, comfyui is None, options.json, explanation)
    if not options.no_browser:
        _open_browser(host.url)
    return _watch(children)


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
