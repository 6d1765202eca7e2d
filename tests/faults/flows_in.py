"""Flows of getting in, and of what lets somebody in."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from passport.accounts.errors import (
    EmailTakenError,
    PasswordExistsError,
    SessionMissingError,
)
from passport.accounts.external_errors import FlowInvalidError
from passport.accounts.hosted_session import COMFY_SESSION, HostedSessions
from passport.accounts.new_api_key import NewApiKey
from passport.providers.comfy_tokens import ComfyUser
from passport.providers.firebase import FirebaseTokens
from passport.secret import Secret
from passport.storage.migration import migrate
from passport.tests.backend.comfy_in_memory import KEY
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

from .facts import Teller
from .flow import (
    BASE,
    GOOGLE,
    Given,
    again_in,
    asking,
    flow,
    one,
    one_with_a_key,
)


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
    house.clock.advance(hours=3)  # whoever was killed had a turn, which has ended since
    before = await sessions.get_token(given["id"])
    house.clock.advance(hours=1)
    assert (await sessions.get_token(given["id"])).reveal() != before.reveal()
