"""Whatever people do is written down, and no secret of theirs stands anywhere in the store."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from passport.accounts.errors import EmailOrPasswordWrongError, PasswordWrongError
from passport.accounts.merging import Asking
from passport.accounts.new_api_key import NewApiKey
from passport.audit import log
from passport.audit.clients import Client
from passport.providers.proved_identity import ProvedIdentity
from passport.storage.account_rows import ACTIVE, DISABLED
from passport.storage.database import DATABASE_FILE
from passport.tests.backend.clock import START
from passport.tests.backend.comfy_in_memory import KEY, OTHER_KEY, THIRD_KEY
from passport.tests.backend.fixtures import FROM_AFAR, HERE, House
from passport.tests.backend.people import (
    ADA,
    BEN,
    EVE,
    account_of,
    events,
    log_in,
    log_in_with_key,
    register,
)
from passport.tests.backend.post_office import read_token
from passport.vault.node_packs import ALWAYS, ONCE

ACTIONS = {value for name, value in vars(log).items() if name.isupper() and isinstance(value, str)}
AT_COMFY = {
    "comfy_key_made",
    "comfy_key_deleted",
    "comfy_password_changed",
    "comfy_session_ended",
}
"""What happens between two services is looked at where there are two: test_comfy_account.py,
test_comfy_passwords.py and test_hosted_session.py."""
COUNTED = {"calls_refused"}
"""Of these a row tells of many: test_refusals.py."""
BASE = "https://comfy.example.org"
PASSWORDS = [
    f"canary {word} in the coal mine"
    for word in ("one", "two", "three", "four", "five", "six", "seven")
]
FAY, GIL = "fay@practice.example", "gil@practice.example"
WRONG = "canary typed by mistake"


class Day:
    """Everything that people can do, done once; `secrets` collects what nobody may read later."""

    def __init__(self, house):
        self.house = house
        self.accounts = house.accounts
        self.secrets = [KEY, OTHER_KEY, THIRD_KEY, WRONG, *PASSWORDS]
        self.secrets.append(self.accounts.admission.set_up_code.text.reveal())

    def note(self, signed_in):
        self.secrets.append(signed_in.token.reveal())
        return signed_in

    async def letter_to(self, recipient):
        letters = [each for each in await self.house.deliver() if each.recipient == recipient]
        token = read_token(letters[-1])
        self.secrets.append(token)
        return token

    async def pass_by(self):
        owner = self.note(await register(self.house, ADA, PASSWORDS[0]))
        self.accounts.verification.confirm(await self.letter_to(ADA), HERE)
        await self.use_the_account(owner)
        await self.move_and_recover(owner)
        ben = await self.invite_ben(owner)
        await self.link(ben)
        await self.be_an_owner(owner, ben)
        await self.come_and_go(owner)

    async def use_the_account(self, owner):
        account_id = owner.account.id
        again = self.note(await log_in(self.house, ADA, PASSWORDS[0]))
        self.accounts.sign_out.revoke(account_id, again.session.id, HERE)
        with pytest.raises(EmailOrPasswordWrongError):
            await log_in(self.house, ADA, WRONG)
        self.accounts.profile.rename(account_id, "Countess", HERE)
        profile = self.accounts.profile
        with pytest.raises(PasswordWrongError):
            await profile.change_password(owner.session, WRONG, PASSWORDS[1], HERE)
        await profile.change_password(owner.session, PASSWORDS[0], PASSWORDS[1], HERE)
        await self.accounts.linked_key.replace(Asking(account_id, HERE), KEY, False)
        self.house.node_packs.allow(account_id, "pack", ALWAYS, HERE)
        self.house.node_packs.allow(account_id, "other", ONCE, HERE)
        self.house.node_packs.take_back(account_id, "pack", HERE)
        self.house.credentials.forget(account_id, "comfy", HERE)
        self.accounts.sign_out.revoke_all(account_id, HERE, owner.session.id)

    async def move_and_recover(self, owner):
        account_id = owner.account.id
        change = self.accounts.verification.change_email
        await change(account_id, EVE, PASSWORDS[1], HERE, BASE)
        self.accounts.verification.confirm(await self.letter_to(EVE), HERE)
        self.accounts.recovery.request(EVE, HERE, BASE)
        await self.accounts.recovery.confirm(await self.letter_to(EVE), PASSWORDS[2], HERE)
        made = self.accounts.recovery.make(account_id, None, HERE)
        self.secrets.append(made.token.reveal())
        self.note(await log_in(self.house, EVE, PASSWORDS[2]))

    async def invite_ben(self, owner):
        invitations = self.accounts.invitations
        for _ in range(2):
            row, code = invitations.make(BEN, 7, owner.account.id, HERE)
            self.secrets.append(code.reveal())
        invitations.take_back(row.id, owner.account.id, HERE)
        keyed = self.note(await log_in_with_key(self.house, OTHER_KEY, FROM_AFAR))
        self.house.sign_out.end(keyed.session, HERE)
        return keyed

    async def link(self, keyed):
        asking = Asking(keyed.account.id, HERE, BASE)
        await self.accounts.linked_email.add(asking, BEN, PASSWORDS[3])
        self.accounts.verification.confirm(await self.letter_to(BEN), HERE)
        third = self.note(await log_in_with_key(self.house, THIRD_KEY, FROM_AFAR))
        linked = await self.accounts.linked_key.replace(asking, THIRD_KEY, link_accounts=True)
        assert linked.account_id != third.account.id

    async def be_an_owner(self, owner, ben):
        people, by = self.accounts.people, owner.account.id
        people.set_state(ben.account.id, DISABLED, by, HERE)
        people.set_state(ben.account.id, ACTIVE, by, HERE)
        people.vouch(ben.account.id, by, HERE)
        people.make_owner(ben.account.id, HERE)
        people.note_test_mail(by, HERE)
        await self.accounts.recovery.set_password(account_of(self.house, ben), PASSWORDS[4], HERE)

    async def come_and_go(self, owner):
        fay = self.note(await register(self.house, FAY, PASSWORDS[5]))
        account_id, accounts = fay.account.id, self.accounts
        row, key = accounts.api_keys.make(account_id, NewApiKey("script"), HERE)
        rotated = accounts.api_keys.rotate(account_id, row.id, timedelta(0), HERE)[1]
        self.secrets += [key.reveal(), rotated.reveal()]
        accounts.api_keys.delete(account_id, [row.id], HERE)
        again = accounts.reauthentication.with_password(fay.session, PASSWORDS[5], HERE)
        self.secrets.append((await again).reveal())
        await accounts.linked_key.replace(Asking(account_id, HERE), OTHER_KEY, False)
        accounts.reveal.show(account_id, "comfy", HERE)
        accounts.export.write(account_id, HERE)
        accounts.people.name_comfy_user(account_id, "fay", owner.account.id, HERE)
        accounts.deletion_requests.ask(FAY, "comfyui-test", "none", HERE)
        (asked,) = accounts.deletion_requests.list()
        accounts.deletion_requests.refuse(asked[0].id, owner.account.id, HERE)
        proved = ProvedIdentity("oidc:studio", "the one")
        await accounts.external_log_in.link(Asking(account_id, HERE), proved)
        accounts.unlinking.remove(Asking(account_id, HERE), "oidc:studio")
        accounts.leaving.cancel(account_id, fay.session.id, HERE)
        accounts.leaving.reactivate(account_id, HERE)
        # What she did goes with her, when she does: somebody else's deletion is written down.
        gone = await register(self.house, GIL, PASSWORDS[6])
        accounts.leaving.delete(gone.account.id, HERE)


@pytest.fixture
async def day(mailing):
    day = Day(mailing)
    await day.pass_by()
    return day


@pytest.mark.asvs("16.3.1")
async def test_every_action_that_has_a_name_is_written_down_by_some_flow(day):
    written = {event.action for event in events(day.house)}
    assert ACTIONS - written == AT_COMFY | COUNTED
    assert written - ACTIONS == set()
    assert len(ACTIONS) >= 27


@pytest.mark.asvs("16.2.1")
async def test_every_event_says_when_from_where_and_of_whom(day):
    for event in events(day.house):
        assert event.at == START
        if event.action == "account_deleted":
            assert (event.account_id, event.address, event.user_agent) == (None, "", "")
            continue
        assert (event.address, event.network) == (HERE.address, HERE.network)
        assert event.user_agent == HERE.user_agent
        nobodys = event.action == "password_reset_requested"
        assert (event.account_id is None) is nobodys, event.action
        assert isinstance(json.loads(event.details), dict)


@pytest.mark.asvs("6.5.2", "16.2.5")
async def test_advisory_no_secret_stands_in_the_store_not_even_in_what_was_deleted(day, tmp_path):
    """The file as it lies on the disk, with its log: what every table has or had."""
    assert len(day.secrets) > 20
    content = b"".join(path.read_bytes() for path in sorted(tmp_path.glob(f"{DATABASE_FILE}*")))
    assert content.count(EVE.encode()), "this search finds what is there"
    for secret in day.secrets:
        assert len(secret) > 12
        for form in forms(secret):
            assert form not in content


def forms(secret):
    return secret.encode(), secret.encode("utf-16-le"), secret.encode().hex().encode()


async def test_nor_in_a_letter_that_waits(database, comfy, clock, post_office, tmp_path):
    house = House(database, comfy, clock, post_office)
    post_office.put_off()
    ada = await register(house, ADA, PASSWORDS[0])
    house.accounts.recovery.request(ADA, HERE, BASE)
    await house.deliver()
    ben = await log_in(house, ADA, PASSWORDS[0])
    await house.accounts.profile.change_password(ben.session, PASSWORDS[0], PASSWORDS[1], HERE)
    content = b"".join(path.read_bytes() for path in sorted(tmp_path.glob(f"{DATABASE_FILE}*")))
    for secret in (PASSWORDS[0], PASSWORDS[1], ada.token.reveal(), ben.token.reveal()):
        assert secret.encode() not in content


async def test_a_password_is_kept_as_argon2id_alone(house, tmp_path):
    await register(house, ADA, PASSWORDS[0])
    content = b"".join(path.read_bytes() for path in sorted(tmp_path.glob(f"{DATABASE_FILE}*")))
    assert b"$argon2id$" in content
    assert PASSWORDS[0].encode() not in content


def test_an_event_is_undone_with_what_it_tells_of(house):
    with pytest.raises(ZeroDivisionError), house.database.transaction() as connection:
        log.record(connection, START, log.RENAMED, None, HERE)
        raise ZeroDivisionError
    assert events(house) == []


def test_details_are_plain_values_and_come_back_as_they_were(open_house):
    house = open_house()
    details = {"text": "Ω \"'\\ ☃", "number": 7, "flag": True, "none": None}
    with house.database.transaction() as connection:
        log.record(connection, START, log.RENAMED, None, Client("", ""), **details)
    (event,) = events(house)
    assert json.loads(event.details) == details
    assert (event.address, event.network) == ("", "")
