"""What people do, each as a flow that somebody can be killed in.

`prepare` brings a store to where the flow begins and returns what the flow has to know; `act` is
the flow, and tells what was acknowledged; `again` is what a person does who was cut off and comes
back: it has to end well, wherever the flow was cut off.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from passport.accounts.access_errors import ApiKeyNameTakenError
from passport.accounts.admission import Application
from passport.accounts.errors import (
    AccountMissingError,
    EmailTakenError,
    InvitationMissingError,
    PasswordExistsError,
    PasswordWrongError,
    SessionMissingError,
    TokenInvalidError,
)
from passport.accounts.external_errors import FlowInvalidError
from passport.accounts.hosted_session import COMFY_SESSION, HostedSessions
from passport.accounts.merging import Asking
from passport.accounts.new_api_key import NewApiKey
from passport.providers.comfy_tokens import ComfyUser
from passport.providers.firebase import FirebaseTokens
from passport.providers.proved_identity import ProvedIdentity
from passport.secret import Secret
from passport.storage.migration import migrate
from passport.storage.session_rows import SessionRow
from passport.tests.backend.comfy_in_memory import KEY, OTHER_KEY
from passport.tests.backend.fixtures import HERE, ON_THE_MACHINE, House
from passport.tests.backend.people import (
    ADA,
    BEN,
    EVE,
    OTHER_PASSWORD,
    PASSWORD,
    log_in,
    log_in_with_key,
    register,
)
from passport.tests.backend.post_office import CODE, read_token
from passport.vault.node_packs import ALWAYS

from .facts import Teller

BASE = "https://comfy.example.org"
GOOGLE = ProvedIdentity("google", "google-eve", "eve@example.org", None, "Eve")
PACK = "some-pack"
OUTPUTS = ["one.png", "two.png"]
Given = dict[str, Any]


@dataclass(frozen=True)
class Flow:
    """A flow under its name."""

    name: str
    prepare: Callable[[House], Awaitable[Given]]
    act: Callable[[House, Given, Teller], Awaitable[None]]
    again: Callable[[House, Given], Awaitable[None]]


FLOWS: dict[str, Flow] = {}
DEAF = Teller(lambda *_: None)


def flow(name: str, prepare: Any = None, but: tuple[type[Exception], ...] = ()) -> Any:
    """Name the function `act`. `again` is the same once more: after a flow that was whole, only
    though not acknowledged, it may be refused with `but`.
    """

    def keep(act: Any) -> Any:
        async def again(house: House, given: Given) -> None:
            with suppress(*but):
                await act(house, given, DEAF)

        FLOWS[name] = Flow(name, prepare or nobody, act, again)
        return act

    return keep


def again_in(name: str) -> Any:
    """Let the function be what a person does who comes back to this flow."""

    def keep(again: Any) -> Any:
        old = FLOWS[name]
        FLOWS[name] = Flow(name, old.prepare, old.act, again)
        return again

    return keep


async def nobody(house: House) -> Given:
    return {}


async def one(house: House) -> Given:
    """Somebody who is registered, whose address waits for its proof, with two sessions."""
    here = await register(house)
    there = await log_in(house)
    return {
        "id": here.account.id,
        "token": here.token.reveal(),
        "session": here.session.id,
        "other": there.session.id,
        "other_token": there.token.reveal(),
    }


async def one_with_a_letter(house: House) -> Given:
    given = await one(house)
    (letter,) = await house.deliver()
    return {**given, "code": read_token(letter)}


async def one_among_others(house: House) -> Given:
    """The same, on a server that Ben owns."""
    await register(house, BEN)
    return await one(house)


async def one_with_a_key(house: House) -> Given:
    signed_in = await log_in_with_key(house)
    return {"id": signed_in.account.id, "token": signed_in.token.reveal()}


def asking(given: Given) -> Asking:
    return Asking(given["id"], HERE, BASE)


def session_of(house: House, given: Given) -> SessionRow:
    return next(row for row in house.sign_out.list(given["id"]) if row.id == given["session"])


@flow("first start")
async def first_start(house: House, given: Given, tell: Teller) -> None:
    migrate(house.database)
    tell.sure("rows", "accounts", 0)


@flow("register")
async def register_flow(house: House, given: Given, tell: Teller) -> None:
    signed_in = await register(house, base=BASE)
    account_id = signed_in.account.id
    tell.sure("session", signed_in.token.reveal(), account_id)
    tell.sure("log-in", [ADA, PASSWORD])
    tell.sure("noted", ["registered", account_id], 1)
    tell.sure("letter", ["verify_email", ADA])


@again_in("register")
async def register_again(house: House, given: Given) -> None:
    with suppress(EmailTakenError):
        await register(house)
    await log_in(house)


@flow("log in by mail", one)
async def log_in_by_mail(house: House, given: Given, tell: Teller) -> None:
    signed_in = await log_in(house)
    tell.sure("session", signed_in.token.reveal(), given["id"])
    tell.sure("noted", ["signed_in", given["id"]], 2)


@flow("log in by key, the first time")
async def log_in_by_key(house: House, given: Given, tell: Teller) -> None:
    signed_in = await log_in_with_key(house)
    account_id = signed_in.account.id
    tell.sure("session", signed_in.token.reveal(), account_id)
    tell.sure("credential", [account_id], KEY)
    tell.sure("noted", ["registered", account_id], 1)


@flow("log in by key", one_with_a_key)
async def log_in_by_key_once_more(house: House, given: Given, tell: Teller) -> None:
    signed_in = await log_in_with_key(house)
    tell.sure("session", signed_in.token.reveal(), given["id"])
    tell.sure("credential", [given["id"]], KEY)


@flow("log in by provider, the first time")
async def log_in_by_provider(house: House, given: Given, tell: Teller) -> None:
    external = house.accounts.external_log_in
    signed_in = await external.log_in(GOOGLE, ON_THE_MACHINE, False, HERE)
    account_id = signed_in.account.id
    tell.sure("session", signed_in.token.reveal(), account_id)
    tell.sure("identities", account_id, ["google"])
    tell.sure("noted", ["registered", account_id], 1)
    again = await external.log_in(GOOGLE, ON_THE_MACHINE, False, HERE)
    tell.sure("session", again.token.reveal(), account_id)
    tell.sure("noted", ["signed_in", account_id], 2)


@flow("link and unlink", one)
async def link_and_unlink(house: House, given: Given, tell: Teller) -> None:
    account_id = given["id"]
    await house.accounts.external_log_in.link(asking(given), GOOGLE)
    tell.sure("identities", account_id, ["google", "password"])
    tell.changing("identities", account_id)
    house.accounts.unlinking.remove(asking(given), "google")
    tell.sure("identities", account_id, ["password"])
    tell.sure("noted", ["identity_unlinked", account_id], 1)


async def two(house: House) -> Given:
    other = await register(house, BEN)
    key, _ = house.accounts.api_keys.make(other.account.id, NewApiKey("script"), HERE)
    given = await one_with_a_key(house)
    return {**given, "theirs": other.token.reveal(), "key": key.id}


@flow("merge", two, but=(PasswordExistsError,))
async def merge(house: House, given: Given, tell: Teller) -> None:
    await house.accounts.linked_email.add(asking(given), BEN, PASSWORD)
    tell.sure("identities", given["id"], ["comfy-api-key", "password"])
    tell.sure("session", given["theirs"], given["id"])
    tell.sure("session", given["token"], given["id"])
    tell.sure("credential", [given["id"]], KEY)
    tell.sure("noted", ["accounts_linked", given["id"]], 1)
    tell.sure("rows", "accounts", 1)


@flow("add a password", one_with_a_key, but=(PasswordExistsError,))
async def add_password(house: House, given: Given, tell: Teller) -> None:
    await house.accounts.linked_email.add(asking(given), EVE, OTHER_PASSWORD)
    tell.sure("log-in", [EVE, OTHER_PASSWORD])
    tell.sure("letter", ["verify_email", EVE])


@flow("change password", one, but=(PasswordWrongError,))
async def change_password(house: House, given: Given, tell: Teller) -> None:
    session = session_of(house, given)
    await house.accounts.profile.change_password(session, PASSWORD, OTHER_PASSWORD, HERE)
    tell.sure("log-in", [ADA, OTHER_PASSWORD])
    tell.sure("session", given["token"], given["id"])
    tell.sure("session", given["other_token"], None)
    tell.sure("noted", ["password_changed", given["id"]], 1)
    tell.sure("letter", ["password_changed", ADA])


async def one_who_forgot(house: House) -> Given:
    given = await one(house)
    made = house.accounts.recovery.make(given["id"], None, HERE)
    return {**given, "reset": made.token.reveal()}


@flow("reset password", one_who_forgot)
async def reset(house: House, given: Given, tell: Teller) -> None:
    await house.accounts.recovery.confirm(given["reset"], OTHER_PASSWORD, HERE)
    tell.sure("log-in", [ADA, OTHER_PASSWORD])
    tell.sure("session", given["token"], None)
    tell.sure("noted", ["password_reset", given["id"]], 1)


@again_in("reset password")
async def reset_again(house: House, given: Given) -> None:
    with suppress(TokenInvalidError):
        await reset(house, given, DEAF)
    await log_in(house, password=OTHER_PASSWORD)


@flow("ask for a reset", one_with_a_letter)
async def ask_for_reset(house: House, given: Given, tell: Teller) -> None:
    house.accounts.recovery.request(ADA, HERE, BASE)
    tell.sure("letter", ["password_reset", ADA])
    await house.deliver()
    tell.sure("rows", "outbox", 0)


@flow("verify an address", one_with_a_letter, but=(TokenInvalidError,))
async def verify(house: House, given: Given, tell: Teller) -> None:
    house.accounts.verification.confirm(given["code"], HERE)
    tell.sure("verified", given["id"])
    tell.sure("noted", ["email_verified", given["id"]], 1)


@flow("change the address", one_with_a_letter, but=(PasswordWrongError,))
async def change_address(house: House, given: Given, tell: Teller) -> None:
    await house.accounts.verification.change_email(given["id"], EVE, PASSWORD, HERE, BASE)
    tell.sure("letter", ["verify_new_email", EVE])
    tell.sure("log-in", [ADA, PASSWORD])
    letters = [letter for letter in await house.deliver() if CODE.search(letter.text)]
    tell.changing("log-in", [ADA, PASSWORD])
    house.accounts.verification.confirm(read_token(letters[-1]), HERE)
    tell.sure("log-in", [EVE, PASSWORD])
    tell.sure("log-in", [ADA, PASSWORD], value=False)


@flow("revoke sessions", one)
async def revoke(house: House, given: Given, tell: Teller) -> None:
    tell.sure("session", given["token"], given["id"])
    with suppress(SessionMissingError):
        house.sign_out.revoke(given["id"], given["other"], HERE)
    tell.sure("session", given["other_token"], None)
    tell.sure("noted", ["session_revoked", given["id"]], 1)
    tell.changing("session", given["token"])
    house.sign_out.revoke_all(given["id"], HERE)
    tell.sure("session", given["token"], None)
    tell.sure("noted", ["sessions_revoked", given["id"]], 1)


@flow("make, rotate and delete a key", one)
async def keys(house: House, given: Given, tell: Teller) -> None:
    service, account_id = house.accounts.api_keys, given["id"]
    row, key = service.make(account_id, NewApiKey("script"), HERE)
    tell.sure("key", key.reveal(), account_id)
    tell.sure("letter", ["api_key_made", ADA])
    _, next_key = service.rotate(account_id, row.id, timedelta(hours=1), HERE)
    tell.sure("key", next_key.reveal(), account_id)
    tell.changing("key", key.reveal())
    tell.changing("key", next_key.reveal())
    service.delete(account_id, [row.id], HERE)
    tell.sure("key", key.reveal(), None)
    tell.sure("key", next_key.reveal(), None)
    tell.sure("noted", ["api_key_deleted", account_id], 1)


@again_in("make, rotate and delete a key")
async def keys_again(house: House, given: Given) -> None:
    with suppress(ApiKeyNameTakenError):
        return await keys(house, given, DEAF)
    listed = house.accounts.api_keys.list(given["id"])
    house.accounts.api_keys.delete(given["id"], [row.id for row in listed], HERE)
    return await keys(house, given, DEAF)


@flow("replace and forget a credential", one_with_a_key)
async def credential(house: House, given: Given, tell: Teller) -> None:
    account_id = given["id"]
    await house.accounts.linked_key.replace(asking(given), OTHER_KEY, False)
    tell.sure("credential", [account_id], OTHER_KEY)
    tell.sure("noted", ["credential_stored", account_id], 1)
    tell.changing("credential", [account_id])
    house.credentials.forget(account_id, "comfy", HERE)
    tell.sure("credential", [account_id], None)
    tell.sure("noted", ["credential_removed", account_id], 1)


@flow("allow and forbid a pack", one)
async def packs(house: House, given: Given, tell: Teller) -> None:
    house.node_packs.allow(given["id"], PACK, ALWAYS, HERE)
    tell.sure("packs", given["id"], [PACK])
    tell.changing("packs", given["id"])
    house.node_packs.take_back(given["id"], PACK, HERE)
    tell.sure("packs", given["id"], [])
    tell.sure("noted", ["node_pack_taken_back", given["id"]], 1)


@flow("invite, take back, accept", one, but=(EmailTakenError,))
async def invitations(house: House, given: Given, tell: Teller) -> None:
    service = house.accounts.invitations
    for row in service.list():
        with suppress(InvitationMissingError):
            service.take_back(row.id, given["id"], HERE)
    row, _ = service.make(None, 7, given["id"], HERE)
    _, code = service.make(BEN, 7, given["id"], HERE)
    tell.sure("invitations", None, 2)
    tell.changing("invitations", None)
    service.take_back(row.id, given["id"], HERE)
    tell.sure("invitations", None, 1)
    tell.changing("invitations", None)
    application = Application(invitation=code.reveal())
    signed_in = await register(house, BEN, application=application)
    tell.sure("invitations", None, 0)
    tell.sure("session", signed_in.token.reveal(), signed_in.account.id)


@flow("cancel", one)
async def cancel(house: House, given: Given, tell: Teller) -> None:
    house.accounts.leaving.cancel(given["id"], given["session"], HERE)
    tell.sure("state", given["id"], "cancelled")
    tell.sure("session", given["other_token"], None)
    tell.sure("letter", ["account_cancelled", ADA])


async def one_who_left(house: House) -> Given:
    given = await one_among_others(house)
    await house.deliver()
    house.accounts.leaving.cancel(given["id"], given["session"], HERE)
    return given


@flow("reactivate", one_who_left)
async def reactivate(house: House, given: Given, tell: Teller) -> None:
    house.accounts.leaving.reactivate(given["id"], HERE)
    tell.sure("state", given["id"], "active")
    tell.sure("noted", ["account_reactivated", given["id"]], 1)


@flow("purge", one_who_left)
async def purge(house: House, given: Given, tell: Teller) -> None:
    clock = house.clock
    clock.advance(days=28)
    house.accounts.purge.run()
    tell.sure("letter", ["account_cancelled", ADA])
    tell.changing("letter", ["account_cancelled", ADA])
    clock.advance(days=3)
    house.accounts.purge.run()
    tell.sure("state", given["id"], None)
    tell.sure("rows", "accounts", 1)


async def one_with_outputs(house: House) -> Given:
    given = await one_among_others(house)
    for name in OUTPUTS:
        (house.output_folder / name).write_text(name)
    house.accounts.belongings.note_outputs(given["id"], OUTPUTS)
    return given


@flow("delete", one_with_outputs, but=(AccountMissingError,))
async def delete(house: House, given: Given, tell: Teller) -> None:
    house.accounts.departure.delete(given["id"], ["outputs"], HERE)
    tell.sure("state", given["id"], None)
    tell.sure("rows", "outputs", 0)
    house.accounts.departure.tidy()


@flow("export", one_among_others)
async def export(house: House, given: Given, tell: Teller) -> None:
    assert house.accounts.export.write(given["id"], HERE)
    tell.sure("noted", ["account_exported", given["id"]], 1)


async def letters_that_wait(house: House) -> Given:
    for email in (ADA, BEN, EVE):
        await register(house, email)
        house.clock.advance(seconds=1)  # which of them goes first does not depend on chance
    return {}


@flow("send the outbox", letters_that_wait)
async def send(house: House, given: Given, tell: Teller) -> None:
    for email in (ADA, BEN, EVE):
        tell.sure("letter", ["verify_email", email])
    house.clock.advance(minutes=3)  # what a process that was killed had claimed is free again
    await house.deliver()
    tell.sure("rows", "outbox", 0)


async def what_expires(house: House) -> Given:
    given = await one_with_a_letter(house)
    house.accounts.invitations.make(None, 1, None, HERE)
    pending = house.accounts.flows.plan(timedelta(minutes=10))
    house.accounts.flows.begin(pending, {"a": "b"})
    return given


@flow("housekeeping", what_expires)
async def housekeeping(house: House, given: Given, tell: Teller) -> None:
    house.clock.advance(days=30)
    house.accounts.housekeeping.tidy()
    for table in ("sessions", "one_time_tokens", "invitations", "pending_log_ins", "throttles"):
        tell.sure("rows", table, 0)
    tell.sure("noted", ["registered", given["id"]], 1)


@flow("a log-in elsewhere", one)
async def pending(house: House, given: Given, tell: Teller) -> None:
    flows = house.accounts.flows
    flows.count("203.0.113.0/24")
    begun, details = flows.plan(timedelta(minutes=10)), {"state": "x"}
    subject = [begun.id, begun.secret.reveal()]
    flows.begin(begun, details)
    tell.sure("pending", subject, details)
    assert flows.may_poll(begun.id, timedelta(seconds=5))
    tell.changing("pending", subject)
    slower = {"state": "y"}
    flows.slow_down(begun.id, begun.secret, slower, timedelta(seconds=10))
    tell.sure("pending", subject, slower)
    tell.changing("pending", subject)
    assert flows.take(begun.id, begun.secret) == slower
    tell.sure("pending", subject, FlowInvalidError.code)


class NextTokens:
    """A FAKE of Firebase: whichever refresh token is shown, the next one is given for it."""

    configured = True

    async def refresh(self, refresh_token: Secret) -> FirebaseTokens:
        number = int(refresh_token.reveal().rpartition("-")[2]) + 1
        return FirebaseTokens(Secret(f"id-{number}"), Secret(f"refresh-{number}"), 3600)


async def one_at_comfy(house: House) -> Given:
    given, now = await one(house), house.clock()
    user = ComfyUser("uid-ada", ADA, True, "Ada", now + timedelta(hours=1), now)
    tokens = FirebaseTokens(Secret("id-0"), Secret("refresh-0"), 3600)
    sessions = HostedSessions(house.database, house.credentials, NextTokens(), house.clock)
    with house.database.transaction() as connection:
        sessions.keep_in(connection, given["id"], user, tokens)
    return given


@flow("refresh the log-in at Comfy", one_at_comfy)
async def refresh_hosted(house: House, given: Given, tell: Teller) -> None:
    sessions = HostedSessions(house.database, house.credentials, NextTokens(), house.clock)
    subject = [given["id"], COMFY_SESSION]
    for number in (1, 2):
        tell.changing("credential", subject)
        house.clock.advance(hours=1)
        await sessions.get_token(given["id"])
        tell.sure("credential", subject, f"refresh-{number}")


@again_in("refresh the log-in at Comfy")
async def refresh_again(house: House, given: Given) -> None:
    sessions = HostedSessions(house.database, house.credentials, NextTokens(), house.clock)
    house.clock.advance(hours=1)
    before = await sessions.get_token(given["id"])
    house.clock.advance(hours=1)
    assert (await sessions.get_token(given["id"])).reveal() != before.reveal()
