"""Accounts of one's own in ComfyUI: register, log in by mail, run with a stored key, be out."""

import secrets
import time

import pytest
from passport.tests.comfyui.harness.client import node
from passport.tests.comfyui.harness.hosts import run_host
from passport.tests.comfyui.harness.sockets import Socket

PASSWORD = "quilted heron lamp tide"
PROMPT_SECONDS = 2.5
"""A second, and what a busy ComfyUI takes."""


@pytest.fixture
def email():
    return f"{secrets.token_hex(6)}@example.org"


@pytest.fixture(scope="module")
def host(kind, service, new_folder):
    """A host of its own, so that the first who comes here owns it."""
    with run_host(kind, new_folder(), service.url) as running:
        yield running


@pytest.fixture(scope="module")
def owner(host, service):
    """Olga, who was the first to log in on the machine itself."""
    with host.client() as client:
        yield client.log_in(service.new_person("Olga Owner"))


@pytest.fixture
def member(owner, new_client, email):
    """Somebody who registered with mail address and password."""
    client = new_client()
    answer = client.call("POST", "accounts", {"email": email, "password": PASSWORD})
    assert answer.status == 201, answer.body
    return client


def log_in(client, email, password=PASSWORD):
    body = {"email": email, "password": password}
    return client.call("POST", "session/email", body)


def status_of(client):
    return client.call("GET", "status").json()


def store(client, person):
    answer = client.call("PUT", "credentials/comfy", {"secret": person.key})
    assert answer.status == 200, answer.body


def is_cut(client, seconds=PROMPT_SECONDS) -> bool:
    """Whether ComfyUI's socket of this client has ended within so long."""
    return client.socket.ends_within(seconds)


def test_registering_signs_in(member, email):
    status = status_of(member)
    assert status["signed_in"] is True
    assert (status["account"]["email"], status["account"]["role"]) == (email, "user")


def test_the_first_on_the_machine_is_the_owner(owner):
    assert owner.call("GET", "accounts").status == 200


def test_a_run_uses_the_key_that_is_stored_under_the_account(
    host, member, new_client, email, service, ada, text
):
    store(member, ada)
    elsewhere = new_client()
    assert log_in(elsewhere, email).status == 201
    assert elsewhere.run(host.api_nodes(text)).succeeded
    assert service.keys_sent_with(text) == [ada.key]


def test_without_a_stored_key_an_api_node_says_what_comfyui_says(host, member, service, text):
    outcome = member.run(host.api_nodes(text))
    assert outcome.error["exception_message"].startswith("Unauthorized: Please login first")
    assert set(service.keys_sent_with(text)) <= {None}


@pytest.mark.asvs("8.3.3")
def test_one_persons_account_never_runs_with_anothers_key(
    host, owner, member, new_client, service, ada, ben, text
):
    store(member, ada)
    other = new_client()
    body = {"email": f"{secrets.token_hex(6)}@example.org", "password": PASSWORD}
    assert other.call("POST", "accounts", body).status == 201
    store(other, ben)
    with host.busy():
        runs = [
            client.queue(host.api_nodes(f"{text} of {name}"))
            for client, name in ((member, "Ada"), (other, "Ben"))
        ]
    assert [member.wait_for_end(run).succeeded for run in runs] == [True, True]
    assert service.keys_sent_with(f"{text} of Ada") == [ada.key]
    assert service.keys_sent_with(f"{text} of Ben") == [ben.key]


def test_the_nodes_tell_whose_run_it_is(member, ada):
    store(member, ada)
    member.call("PATCH", "account", {"display_name": "Countess"})
    outcome = member.run({"1": node("PassportStatus"), "2": node("PlainShow", text=["1", 1])})
    assert outcome.text("2") == "Countess"


def reconnect(client):
    """Open the client's socket anew, now that it has cookies."""
    client.socket.close()
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    client.socket = Socket(client.url, client.client_id, {"Cookie": cookies})
    return client


class TestTheSocket:
    """ComfyUI's own /ws, under the session that opened it."""

    @pytest.fixture
    def page(self, member):
        """The member's page: its socket carries the session's cookie."""
        return reconnect(member)

    def test_it_is_cut_within_a_second_when_the_session_is_revoked(self, page, new_client, email):
        other = new_client()
        log_in(other, email)
        mine = status_of(page)["session"]["id"]
        began = time.monotonic()
        assert other.call("DELETE", f"sessions/{mine}").status == 204
        assert is_cut(page)
        assert time.monotonic() - began < PROMPT_SECONDS

    def test_it_is_cut_when_the_account_is_disabled(self, owner, page):
        account_id = status_of(page)["account"]["id"]
        path = f"accounts/{account_id}/state"
        assert owner.call("PUT", path, {"state": "disabled"}).status == 200
        assert is_cut(page)

    def test_it_is_cut_at_the_log_out(self, page):
        page.log_out()
        assert is_cut(page)

    def test_sockets_of_others_stay(self, page, new_client, email, stranger, owner):
        other = new_client()
        log_in(other, email)
        reconnect(other)
        assert page.call("DELETE", "sessions").json()["ended"] == 1
        assert is_cut(other)
        assert not is_cut(page, 0.2)
        assert not is_cut(stranger, 0.2)

    def test_the_page_hears_of_its_runs(self, host, page, ada, text):
        store(page, ada)
        outcome = page.run(host.api_nodes(text))
        assert outcome.succeeded
        page.socket.wait_for(lambda message: message["data"].get("prompt_id") == outcome.prompt_id)


def test_a_disabled_accounts_queued_run_fails_and_says_why(
    host, owner, member, stranger, service, ada, text
):
    store(member, ada)
    account_id = status_of(member)["account"]["id"]
    with host.busy():
        prompt_id = member.queue(host.api_nodes(text))
        owner.call("PUT", f"accounts/{account_id}/state", {"state": "disabled"})
    outcome = stranger.wait_for_end(prompt_id)
    assert not outcome.succeeded
    assert "cancelled, disabled or deleted since" in (outcome.error["exception_message"])
    assert service.keys_sent_with(text) == []


def test_a_session_that_was_revoked_queues_without_a_key(
    host, member, new_client, email, service, ada, text
):
    store(member, ada)
    other = new_client()
    log_in(other, email)
    kept = dict(member.cookies)
    other.call("DELETE", "sessions")
    member.cookies = kept
    assert not member.run(host.api_nodes(text)).succeeded
    assert set(service.keys_sent_with(text)) <= {None}


def test_a_new_password_leaves_queued_runs_their_key(host, member, service, ada, text):
    store(member, ada)
    change = {"current_password": PASSWORD, "new_password": "violet anvil tundra mosaic"}
    with host.busy():
        prompt_id = member.queue(host.api_nodes(text))
        assert member.call("PUT", "account/password", change).status == 204
    assert member.wait_for_end(prompt_id).succeeded
    assert service.keys_sent_with(text) == [ada.key]


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_what_comfyui_checks_against_other_sites_lets_our_own_page_through(
    host, owner, new_client, email, prefix
):
    """Newer versions look at Sec-Fetch-Site, older ones at Origin and Host."""
    client = new_client()
    ours = {
        "Origin": host.url,
        "Sec-Fetch-Site": "same-origin",
        "Sec-Fetch-Mode": "cors",
        "X-Passport": "1",
        "Content-Type": "application/json",
    }
    body = f'{{"email": "{email}", "password": "{PASSWORD}"}}'.encode()
    assert client.send("POST", f"{prefix}/passport/accounts", body, ours).status == 201
    name = b'{"display_name": "Ada"}'
    assert client.send("PATCH", f"{prefix}/passport/account", name, ours).status == 200
    assert client.send("DELETE", f"{prefix}/passport/sessions", None, ours).status == 200
    assert client.send("GET", f"{prefix}/passport/account", None, ours).status == 200
    theirs = {**ours, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert client.send("PATCH", f"{prefix}/passport/account", name, theirs).status == 403


def test_a_link_of_a_mail_opens_comfyuis_page(host, stranger):
    """From a mail program: a navigation of no site. The token stands in the fragment, unsent."""
    headers = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Accept": "text/html"}
    assert stranger.get("/", headers).status == 200
