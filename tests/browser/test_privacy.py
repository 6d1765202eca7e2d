"""What leaves the page and what stays in the browser."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from passport.dev.practice import PRACTICE_KEY
from passport.tests.browser.answers import CHECKS, signed_in
from passport.tests.browser.panel import Panel
from playwright.sync_api import expect

PANEL_FOLDER = Path(__file__).parents[2] / "web" / "js"
# What every page loads before the first click, and everything, each file gzipped by itself.
# Every page tells of a cancelled account, too, and can take a file from the server.
EVERY_PAGE_LIMIT_BYTES = 12 * 1024 + 256
# Nearly all of it loads with the dialog or with one of its tabs: log-in by way of other services,
# API keys, the look at the stored key, leaving, the account at Comfy.
SIZE_LIMIT_BYTES = 136 * 1024
STATIC_IMPORT = re.compile(r"^import .*?from '(\./[^']+)'$", re.MULTILINE | re.DOTALL)

STORAGE = """async () => {
  const databases = await indexedDB.databases()
  const dump = { local: { ...localStorage }, session: { ...sessionStorage }, databases: [] }
  for (const { name } of databases) {
    const database = await new Promise((resolve, reject) => {
      const request = indexedDB.open(name)
      request.onsuccess = () => resolve(request.result)
      request.onerror = reject
    })
    for (const store of database.objectStoreNames) {
      const all = await new Promise((resolve) => {
        const request = database.transaction(store).objectStore(store).getAll()
        request.onsuccess = () => resolve(request.result)
      })
      dump.databases.push([name, store, JSON.stringify(all)])
    }
    database.close()
  }
  dump.caches = await caches.keys()
  dump.settings = await (await fetch('/api/settings')).json()
  return dump
}"""

# Its news, its error reports, its measurements; the panel's own probe asks for "/" alone.
ASKED_BY_THE_FRONTEND = (
    "https://api.comfy.org/releases",
    "https://o4507954455314432.ingest.us.sentry.io/",
)

NAMES = [
    "<img src=x onerror=window.hurt=1>",
    "<script>window.hurt=1</script>",
    '"><svg onload=window.hurt=1>',
    "{{constructor.constructor('window.hurt=1')()}}",
    "javascript:window.hurt=1",
    "\u202egnp.exe\u202c",
    "a" * 300,
    "👩‍🚀 Ada",
]


@pytest.mark.browser
def test_nothing_secret_stays_in_the_browser(panel: Panel):
    panel.open().log_in(PRACTICE_KEY)
    panel.close()
    kept = json.dumps(panel.page.evaluate(STORAGE))
    assert PRACTICE_KEY not in kept
    assert PRACTICE_KEY not in panel.page.content()
    cookies = panel.page.context.cookies()
    assert cookies
    assert all(cookie["httpOnly"] and cookie["sameSite"] == "Lax" for cookie in cookies)
    assert panel.page.evaluate("document.cookie") == ""


@pytest.mark.browser
def test_no_request_leaves_for_a_third_party(panel: Panel):
    """The frontend asks for things of its own: what counts is whom the panel asks besides."""
    panel.open().log_in(PRACTICE_KEY)
    panel.button("Check again").first.click()
    panel.log_out()
    panel.page.wait_for_timeout(500)
    ours = (panel.page.url, "data:", "blob:")
    foreign = [request.url for request in panel.requests if not request.url.startswith(ours)]
    assert [url for url in foreign if not url.startswith(ASKED_BY_THE_FRONTEND)] == []


@pytest.mark.browser
@pytest.mark.parametrize("name", NAMES)
def test_a_name_never_becomes_markup(look: Panel, name: str):
    account = {"id": "x", "display_name": name, "email": name}
    pack = {"name": name, "asked_at": "2026-11-23T02:00:00Z", "node_types": [name]}
    check = {"id": name, "state": "fail", "cause": name, "remedy": name, "details": {}}
    holder = {"name": name, "email": name}
    look.answers |= {
        "status": signed_in(account=account, holder=holder, mask=name),
        "node-packs": (200, {"node_packs": [], "asked": [pack]}),
        "checks": (200, {"checks": [check], "most_important": name}),
    }
    look.open()
    expect(look.dialog.get_by_role("heading", level=2)).to_have_text(name)
    expect(look.dialog.locator(".headline-text")).to_have_text(name)
    assert look.page.evaluate("window.hurt") is None
    assert not look.overflows()


@pytest.mark.browser
def test_the_report_holds_no_secret_and_no_whole_mail_address(look: Panel):
    secret = "Bearer abcdefgh " + PRACTICE_KEY
    row = {"id": "x", "state": "warn", "cause": secret, "remedy": "ada@practice.example"}
    checks = [*CHECKS[1]["checks"], {**row, "details": {}}]
    look.answers |= {
        "status": signed_in(),
        "checks": (200, {"checks": checks, "most_important": "x"}),
    }
    look.open()
    look.dialog.locator(".headline").click()
    look.button("Copy report").click()
    report = look.dialog.get_by_label("Report for support").input_value()
    assert "a…@practice.example" in report
    assert PRACTICE_KEY not in report
    assert "abcdefgh" not in report
    assert "ada@" not in report
    assert "passport: 0.1.0" in report


def gzipped_size(files: Iterable[Path]) -> int:
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in files)


def with_static_imports(entry: Path) -> set[Path]:
    """The module and all that the browser fetches before it runs."""
    found, waiting = {entry}, [entry]
    while waiting:
        module = waiting.pop()
        imported = {module.parent / name for name in STATIC_IMPORT.findall(module.read_text())}
        waiting += imported - found
        found |= imported
    return found


def test_every_page_pays_for_little_more_than_12_kib_gzipped():
    files = with_static_imports(PANEL_FOLDER / "passport.js")
    assert PANEL_FOLDER / "server_call.mjs" in files
    assert PANEL_FOLDER / "dialog" / "dialog_element.mjs" not in files
    assert gzipped_size({*files, PANEL_FOLDER / "passport.css"}) <= EVERY_PAGE_LIMIT_BYTES


def test_the_whole_panel_is_at_most_136_kib_gzipped():
    files = [path for path in PANEL_FOLDER.rglob("*") if path.is_file()]
    assert gzipped_size(files) <= SIZE_LIMIT_BYTES


def test_one_entry_alone_is_imported_by_the_frontend():
    assert [path.name for path in PANEL_FOLDER.rglob("*.js")] == ["passport.js"]
