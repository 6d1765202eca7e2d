"""Passport installed more than once, as two downloads bring about: one copy runs, as if alone."""

import shutil

import pytest
from passport.dev.environment import ROOT
from passport.tests.comfyui.harness.hosts import PACKS, run_host

LEFT_OUT = ("tests", "docs", "dev", "benchmarks", "node_modules", ".*", "__pycache__")
LINE = "Passport is installed twice. The copy in "


@pytest.fixture
def further_copies(tmp_path):
    """A folder with a link to the checkout, and with a copy of it under another name."""
    folder = tmp_path / "further copies"
    folder.mkdir()
    (folder / "A Passport.v1").symlink_to(ROOT, target_is_directory=True)
    copy = folder / "ComfyUI-Passport-main"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    return folder


def test_advisory_runs_keep_their_key_and_the_doctor_says_so(
    kind, service, new_folder, further_copies, ada, text
):
    packs = (PACKS, further_copies)
    with run_host(kind, new_folder(), service.url, packs=packs) as host, host.client() as browser:
        outcome = browser.log_in(ada).run(host.api_nodes(text))
        assert outcome.succeeded, outcome.error
        assert service.keys_sent_with(text) == [ada.key]

        console = host.console.read_text(encoding="utf-8", errors="replace")
        assert console.count(LINE) == 2, "one line each"
        failed = [line for line in console.splitlines() if "Cannot import" in line]
        assert not [line for line in failed if "Passport" in line]
        rows = {row["id"]: row for row in browser.call("GET", "checks").json()["checks"]}
        assert rows["copies"]["state"] == "warn"
        assert len(rows["copies"]["details"]["refused"]) == 2
        scripts = [path for path in browser.get("/extensions").json() if "passport.js" in path]
        assert len(scripts) == 1
