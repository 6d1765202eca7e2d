"""What a person calls a browser and its platform, from its User-Agent.

A few words to recognize one's own devices by; nothing is decided by them.
"""

from __future__ import annotations

import re

UNKNOWN = ""

# In this order: each browser also claims to be those below it.
BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Vivaldi", r"Vivaldi/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("ComfyUI Desktop", r"Electron/"),
    ("Chrome", r"Chrome/|CriOS/"),
    ("Safari", r"Safari/"),
    ("curl", r"^curl/"),
    ("Python", r"^python-|^Python-|aiohttp"),
    ("Command line", r"^command line$"),
)
PLATFORMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("ChromeOS", "CrOS"),
    ("Windows", "Windows"),
    ("macOS", "Macintosh|Mac OS X|Darwin"),
    ("Linux", "Linux|X11"),
)


def describe_browser(user_agent: str) -> tuple[str, str]:
    """Return browser and platform, each empty when it is none that people know."""
    return _find(BROWSERS, user_agent), _find(PLATFORMS, user_agent)


def _find(kinds: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for name, sign in kinds if re.search(sign, user_agent)), UNKNOWN)
