"""What people call the browser that they sit at."""

from __future__ import annotations

import pytest
from passport.audit.browsers import describe_browser

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
LINUX = "Mozilla/5.0 (X11; Linux x86_64)"
CHROMEBOOK = "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0)"
ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X)"
IPAD = "Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X)"
BLINK = "AppleWebKit/537.36 (KHTML, like Gecko) {}Chrome/129.0.0.0 {}Safari/537.36{}"
WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko) {} Mobile/15E148 Safari/604.1"


def blink(before="", between="", after=""):
    return BLINK.format(before, between, after)


@pytest.mark.parametrize(
    ("user_agent", "browser", "platform"),
    [
        (f"{WINDOWS} {blink(after=' Edg/129.0.0.0')}", "Edge", "Windows"),
        (f"{WINDOWS} {blink(after=' Edge/18.19041')}", "Edge", "Windows"),
        (f"{ANDROID} {blink(between='Mobile ', after=' EdgA/129.0.0.0')}", "Edge", "Android"),
        (f"{IPHONE} {WEBKIT.format('Version/17.0 EdgiOS/129.0')}", "Edge", "iPhone"),
        (f"{WINDOWS} {blink(after=' OPR/114.0.0.0')}", "Opera", "Windows"),
        ("Opera/9.80 (X11; Linux) Presto/2.12.388 Version/12.16", "Opera", "Linux"),
        (f"{ANDROID} {blink('SamsungBrowser/26.0 ', 'Mobile ')}", "Samsung Internet", "Android"),
        (f"{LINUX} {blink(after=' Vivaldi/6.8.3381.57')}", "Vivaldi", "Linux"),
        ("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:130.0) Firefox/130.0", "Firefox", "Linux"),
        ("Mozilla/5.0 (Android 14; Mobile; rv:130.0) Firefox/130.0", "Firefox", "Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15) Firefox/130.0", "Firefox", "macOS"),
        (f"{IPHONE} {WEBKIT.format('FxiOS/130.0')}", "Firefox", "iPhone"),
        (f"{MAC} {blink('ComfyUI/0.4.20 ', 'Electron/31.3.1 ')}", "ComfyUI Desktop", "macOS"),
        (f"{WINDOWS} {blink('ComfyUI/0.4.20 ', 'Electron/31 ')}", "ComfyUI Desktop", "Windows"),
        (f"{WINDOWS} {blink()}", "Chrome", "Windows"),
        (f"{ANDROID} {blink(between='Mobile ')}", "Chrome", "Android"),
        (f"{CHROMEBOOK} {blink()}", "Chrome", "ChromeOS"),
        (f"{IPHONE} {WEBKIT.format('CriOS/129.0.6668.46')}", "Chrome", "iPhone"),
        (f"{MAC} AppleWebKit/605.1.15 Version/17.6 Safari/605.1.15", "Safari", "macOS"),
        (f"{IPHONE} {WEBKIT.format('Version/17.6')}", "Safari", "iPhone"),
        (f"{IPAD} {WEBKIT.format('Version/17.6')}", "Safari", "iPad"),
        ("curl/8.9.1", "curl", ""),
        ("python-requests/2.32.3", "Python", ""),
        ("Python-urllib/3.11", "Python", ""),
        ("Python/3.11 aiohttp/3.10.5", "Python", ""),
        ("command line", "Command line", ""),
        ("", "", ""),
        ("something else", "", ""),
        ("not curl/8", "", ""),
    ],
)
def test_a_browser_and_its_platform(user_agent, browser, platform):
    assert describe_browser(user_agent) == (browser, platform)


def test_a_hostile_user_agent_shows_none_of_its_own_words():
    user_agent = "<script>alert(1)</script> Firefox/130.0 (Windows) \u202e"
    assert describe_browser(user_agent) == ("Firefox", "Windows")
