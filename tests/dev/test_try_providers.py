"""`python3 dev try --providers`: log-in by other services, with practice servers behind it."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from http.cookiejar import CookieJar, DefaultCookiePolicy

import pytest
from passport.dev.environment import ROOT, Missing
from passport.dev.peers.github_like import GitHubLike
from passport.dev.peers.openid_provider import OpenIdProvider
from passport.dev.practice import ADA, BEN
from passport.tests.dev.running_try import Try, is_listening

KINDS = ["google", "github", "oidc:practice"]
PATIENCE_SECONDS = 30


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    try:
        OpenIdProvider().command()
    except Missing as missing:
        pytest.skip(f"NOT TESTED with practice providers: {missing}")
    data = tmp_path_factory.mktemp("try") / "data"
    running = Try("--providers", "--port", "0", "--data", str(data))
    yield running
    running.close()


@pytest.fixture
def browser(running):
    return Browser(running.facts["url"])


class Browser:
    """Somebody's browser at the host: keeps cookies."""

    def __init__(self, url):
        self.url = url
        cookies = CookieJar(DefaultCookiePolicy(rfc2965=False))
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(cookies)
        )

    def call(self, path, body=None):
        headers = {"X-Passport": "1", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/passport/{path}", data, headers)  # noqa: S310
        with self._opener.open(request) as response:
            return json.loads(response.read())

    def open(self, address):
        with self._opener.open(address) as response:
            return response.read().decode()


def peer_of(running, kind):
    """The person's part at the server that stands behind a provider."""
    is_github = kind == "github"
    peer = GitHubLike() if is_github else OpenIdProvider()
    peer.url = running.facts["providers"]["github_url" if is_github else "openid_url"]
    return peer


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_each_of_them_logs_in_by_redirect(running, kind, name):
    browser = Browser(running.facts["url"].replace("127.0.0.1", name))
    url = browser.call(f"oauth/{kind}/start", {})["authorization_url"]
    peer = peer_of(running, kind)
    assert url.startswith(peer.url)
    assert "You are logged in" in browser.open(peer.approve(url, BEN))
    assert browser.call("account")["account"]["display_name"] == BEN.name


@pytest.mark.parametrize("kind", KINDS)
def test_each_of_them_gives_a_code(running, browser, kind):
    begun = browser.call(f"device/{kind}", {})
    assert begun["verification_uri"].startswith(peer_of(running, kind).url)


def test_a_code_logs_in_once_it_was_entered(running, browser):
    begun = browser.call("device/google", {})
    peer_of(running, "google").approve_device(begun["user_code"], ADA)
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while browser.call("device/google/poll", {"flow": begun["flow"]})["state"] != "done":
        assert time.monotonic() < give_up_at
        time.sleep(0.2)
    assert browser.call("account")["account"]["display_name"] == ADA.name


def test_all_three_are_offered(browser):
    methods = {method["id"]: method for method in browser.call("status")["methods"]}
    assert all(methods[kind]["ways"] == ["redirect", "device"] for kind in KINDS)
    assert methods["oidc:practice"]["label"] == "Practice Studio"


@pytest.mark.usefixtures("running")
def test_a_person_is_told_that_they_are_not_the_real_ones(tmp_path):
    command = [sys.executable, str(ROOT / "dev"), "try", "--no-browser", "--providers"]
    command += ["--port", "0", "--data", str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        said = "".join(iter(lambda: process.stdout.readline().decode(), "Ctrl+C ends it.\n"))
        process.terminate()
    assert "None of these is Google or GitHub" in said
    assert "an OpenID provider at http://127.0.0.1:" in said


@pytest.mark.usefixtures("running")
def test_they_end_with_it(tmp_path):
    other = Try("--providers", "--port", "0", "--data", str(tmp_path / "data"))
    urls = [other.facts["url"], *other.facts["providers"].values()]
    assert all(map(is_listening, urls))
    assert other.end()[1] == 0
    other.close()
    assert not any(map(is_listening, urls))


def test_without_node_one_line_says_so(tmp_path):
    environment = {**os.environ, "PATH": str(tmp_path)}
    lacking = Try("--providers", "--data", str(tmp_path / "data"), environment=environment)
    _, errors = lacking.process.communicate(timeout=30)
    assert lacking.facts is None
    assert lacking.process.returncode == 1
    assert errors.decode().count("\n") == 1
    assert "Node.js is not here" in errors.decode()


def test_without_the_option_there_are_none(tmp_path):
    plain = Try("--port", "0", "--data", str(tmp_path / "data"))
    methods = Browser(plain.facts["url"]).call("status")["methods"]
    plain.close()
    assert plain.facts["providers"] is None
    assert {m["reason"] for m in methods if m["id"] in ("google", "github")} == {"not_set_up"}
