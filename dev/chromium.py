"""A Chromium for the browser tests: the one that is there, or one that can be installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .environment import Missing, say

VARIABLE = "PASSPORT_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
USUAL_PLACES = (
    "/usr/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
)
ASK_PLAYWRIGHT = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""
WHAT_TO_DO = (
    "No Chromium for the browser tests, and none could be installed: install Chromium or Chrome, "
    f"or set {VARIABLE} to its program file."
)


def installed_chromium() -> Path | None:
    """The browser that the person named, or the first that is found."""
    named = os.environ.get(VARIABLE)
    if named:
        if not Path(named).is_file():
            raise Missing(f"{VARIABLE} names no file: {named}")
        return Path(named)
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found:
        return Path(found)
    return next((Path(place) for place in USUAL_PLACES if Path(place).is_file()), None)


def _install_by_apt() -> Path | None:
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not is_root or shutil.which("apt-get") is None:
        return None
    say("Installing Chromium with apt-get")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    update = ["apt-get", "-qq", "update"]
    install = ["apt-get", "-qq", "install", "--yes", "--no-install-recommends", "chromium"]
    for command in (update, install):
        subprocess.run(
            command, check=False, env=environment, stdout=subprocess.DEVNULL, stderr=sys.stderr
        )
    return installed_chromium()


def _install_by_playwright(python: Path) -> Path | None:
    say("Installing Chromium with Playwright")
    subprocess.run(
        [str(python), "-m", "playwright", "install", "chromium"],
        check=False,
        stdout=sys.stderr,
    )
    asked = subprocess.run(
        [str(python), "-c", ASK_PLAYWRIGHT], check=False, capture_output=True, text=True
    )
    program = Path(asked.stdout.strip() or "nothing")
    return program if program.is_file() else None


def ready_chromium(python: Path) -> Path:
    """Program file of a Chromium, installed if need be."""
    found = installed_chromium() or _install_by_apt() or _install_by_playwright(python)
    if found is None:
        raise Missing(WHAT_TO_DO)
    return found
