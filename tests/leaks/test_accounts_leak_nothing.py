"""Passwords, reset tokens, invitation codes and the set-up code stand nowhere that others read.

Each is a canary that occurs nowhere else; after the flows everything that anybody could read is
searched for it, the store with its write-ahead log included.
"""

import re
import secrets

import pytest
from passport.tests.comfyui.harness.hosts import run_host
from passport.tests.leaks.exits import all_exits, search

CODE = re.compile(r"set-up code  ([0-9A-Z-]{19})")
LISTED = "studio.example"
FAR_AWAY = {"Host": LISTED, "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}


def canary() -> str:
    return f"pw-{secrets.token_hex(24)}"


class Flows:
    """What people do with passwords and codes, and every secret that they used."""

    def __init__(self, new_client) -> None:
        self.new_client = new_client
        self.secrets: list[str] = []
        self.answers: list[bytes] = []

    def secret(self, text: str | None = None) -> str:
        self.secrets.append(text or canary())
        return self.secrets[-1]

    def call(self, client, status, *arguments, **fields):
        """A call whose answer is searched as well, unless it hands out a code on purpose."""
        answer = client.call(*arguments, **fields)
        assert answer.status == status, answer.body
        if status != 201 or arguments[1] == "accounts" or arguments[1] == "session/email":
            self.answers.append(answer.body)
        return answer


@pytest.fixture(scope="module")
def owner(host, service):
    """Whoever logs in first on the machine itself owns the server."""
    with host.client() as client:
        client.log_in(service.new_person("Olga Owner"))
        if client.call("GET", "status").json()["account"]["role"] != "owner":
            client.call("POST", "owner", {})
        yield client


@pytest.fixture
def flows(new_client):
    return Flows(new_client)


def use_passwords(flows, ada, stranger, email) -> None:
    """Ada registers and changes her password; both of them get passwords wrong."""
    call = flows.call
    password, newer = flows.secret(), flows.secret()
    call(ada, 201, "POST", "accounts", {"email": email, "password": password})
    for wrong in (flows.secret(), "x" * 100 + flows.secret()):
        body = {"email": email, "password": wrong}
        call(stranger, 401, "POST", "session/email", body)
        call(ada, 403, "PUT", "account/email", {"email": "a@b.org", "password": wrong})
    weak = flows.secret("hunter2-canary-" + "a" * 130)
    call(stranger, 422, "POST", "accounts", {"email": "b@example.org", "password": weak})
    call(stranger, 422, "POST", "session/email", {"email": email, "password": [password]})
    call(stranger, 422, "POST", "session/email", {"email": email, password: password})
    call(stranger, 200, "POST", "password-strength", {"password": flows.secret(), "email": email})
    change = {"current_password": password, "new_password": newer}
    call(ada, 204, "PUT", "account/password", change)


def use_tokens(flows, owner, ada, stranger, email) -> None:
    """The owner hands out a reset and an invitation; the reset is used, and tried again."""
    call, newest = flows.call, flows.secret()
    account_id = ada.call("GET", "status").json()["account"]["id"]
    made = owner.call("POST", f"accounts/{account_id}/password-reset").json()
    token = flows.secret(made["token"])
    body = {"token": token, "new_password": newest}
    call(stranger, 204, "POST", "password-resets/confirm", body)
    call(stranger, 410, "POST", "password-resets/confirm", body)
    call(stranger, 410, "POST", "email-verifications/confirm", {"token": token})
    made = owner.call("POST", "invitations", {}).json()
    flows.secret(made["code"])
    call(owner, 204, "DELETE", f"invitations/{made['invitation']['id']}")
    call(ada, 201, "POST", "session/email", {"email": email, "password": newest})


@pytest.mark.asvs("14.2.4", "16.2.5")
@pytest.mark.threat(18)
def test_passwords_tokens_and_invitations(host, owner, flows, new_client):
    ada, stranger = new_client(), new_client()
    email = f"{secrets.token_hex(6)}@example.org"
    use_passwords(flows, ada, stranger, email)
    use_tokens(flows, owner, ada, stranger, email)
    flows.secrets += [value for client in (ada, owner) for value in client.cookies.values()]
    ada.run(host.api_nodes("x"))
    for path in ("account", "sessions", "audit"):
        flows.answers.append(ada.call("GET", path).body)
    for path in ("accounts", "audit?everyone=true", "invitations", "mail"):
        flows.answers.append(owner.call("GET", path).body)
    for client in (ada, stranger):
        client.wait_for_silence()

    exits = [*all_exits(host, [ada, stranger], []), *(("answer", each) for each in flows.answers)]

    assert any(name.endswith("-wal") for name, _ in exits)
    for secret in flows.secrets:
        assert search(secret, exits) == [], secret[:6]


def test_a_password_in_the_address_is_not_echoed(host, new_client):
    stranger, password = new_client(), canary()
    answer = stranger.call("POST", f"session/email?password={password}", {})
    assert answer.status == 422
    assert password.encode() not in answer.body


@pytest.fixture(scope="module")
def open_host(kind, service, new_folder):
    """A host that others reach through a proxy, which nobody owns yet."""
    environment = {"PASSPORT_ALLOWED_HOSTS": LISTED, "PASSPORT_TRUSTED_PROXIES": "127.0.0.1"}
    options = {"verbose": "DEBUG", "environment": environment}
    with run_host(kind, new_folder(), service.url, **options) as running:
        yield running


@pytest.fixture(scope="module")
def code(open_host):
    with open_host.client() as client:
        client.call("GET", "status")
        client.wait_for_silence()
    (code,) = CODE.findall(open_host.console.read_text(encoding="utf-8", errors="replace"))
    return code


def test_the_set_up_code_stands_on_the_terminal_alone(open_host, code):
    with open_host.client() as client, open_host.client() as other:
        exits = list(all_exits(open_host, [client, other], []))
    assert {name for name, content in exits if code.encode() in content} == {"console"}
    for name, content in exits:
        assert name == "console" or b"has no owner yet. Whoever" not in content, name


def test_the_set_up_code_makes_one_owner(open_host, code):
    bodies = [
        {"email": f"{name}@example.org", "password": canary(), "set_up_code": code}
        for name in ("olga", "eve")
    ]
    wrong = {**bodies[1], "set_up_code": "2222-2222-2222-2222"}
    with open_host.client() as client:
        refused = client.call("POST", "accounts", wrong, FAR_AWAY)
        assert (refused.status, code.encode() in refused.body) == (403, False)
        roles = []
        for body in bodies:
            answer = client.call("POST", "accounts", body, FAR_AWAY)
            assert answer.status == 201, answer.body
            assert code.encode() not in answer.body
            roles.append(answer.json()["account"]["role"])
    assert roles == ["owner", "user"]
