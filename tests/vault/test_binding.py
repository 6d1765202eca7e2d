"""Which credential a run gets, and whether it gets one at all."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest
from passport.secret import Secret
from passport.storage import sqlite_engine
from passport.storage.account_rows import add_account, change_account
from passport.storage.credential_rows import ID_TOKEN, put_credential
from passport.tests.backend.comfy_in_memory import KEY, OTHER_KEY, THIRD_KEY
from passport.tests.backend.fixtures import HERE
from passport.vault.binding import Binding, Bound, Preview
from passport.vault.claims import Claim
from passport.vault.credentials import COMFY
from passport.vault.encryption import KeyRing
from passport.vault.errors import (
    CredentialExpiredError,
    CredentialMissingError,
    MasterKeyMissingError,
    NodePackNotAllowedError,
)
from passport.vault.findings import Finding
from passport.vault.machine_credential import MachineCredential
from passport.vault.node_packs import ALWAYS, ONCE

ACCOUNT_KEY, MACHINE_KEY, DEFAULT_KEY = KEY, OTHER_KEY, THIRD_KEY


class World:
    """A house with one person, perhaps with a key, and a machine, perhaps with one."""

    def __init__(self, house, clock):
        self.house, self.clock = house, clock
        self.environment: dict[str, str] = {}
        self.default_account = ""
        self.machine_packs = frozenset()
        self.ada = self.add_account("Ada")

    def add_account(self, name):
        with self.house.database.transaction() as connection:
            return add_account(connection, name, None, self.clock()).id

    def set_state(self, account_id, state):
        with self.house.database.transaction() as connection:
            change_account(connection, account_id, state=state)

    def store(self, account_id, key):
        finding = Finding("accepted", self.clock())
        row = self.house.credentials.seal(account_id, Secret(key), finding)
        with self.house.database.transaction() as connection:
            put_credential(connection, row)

    def give_machine(self, environment_key=False, default_account=False):
        if environment_key:
            self.environment["COMFY_API_KEY"] = MACHINE_KEY
        if default_account:
            self.default_account = self.add_account("Default")
            self.store(self.default_account, DEFAULT_KEY)

    @property
    def binding(self):
        return Binding(
            self.house.credentials,
            self.house.node_packs,
            MachineCredential(self.environment),
            self.default_account,
            self.machine_packs,
            self.clock,
        )

    def run(self, account_id, machine, packs=()):
        """Queue and start a prompt; return the key that it gets."""
        binding = self.binding
        claim = binding.claim(account_id, machine, {pack: {"Node"} for pack in packs})
        bound = binding.resolve(claim, set(packs))
        return bound and bound.secret.reveal()


@pytest.fixture
def world(house, clock):
    return World(house, clock)


@pytest.mark.parametrize(
    ("signed_in", "has_key", "may_use_machine", "environment", "default", "expected"),
    [
        # signed in, with a key: always one's own
        (True, True, True, True, True, ACCOUNT_KEY),
        (True, True, True, True, False, ACCOUNT_KEY),
        (True, True, True, False, True, ACCOUNT_KEY),
        (True, True, True, False, False, ACCOUNT_KEY),
        (True, True, False, True, True, ACCOUNT_KEY),
        (True, True, False, False, False, ACCOUNT_KEY),
        # signed in, without a key: the machine's, where that is for whoever asks
        (True, False, True, True, True, DEFAULT_KEY),
        (True, False, True, True, False, MACHINE_KEY),
        (True, False, True, False, True, DEFAULT_KEY),
        (True, False, False, True, True, None),
        (True, False, False, False, False, None),
        # not signed in
        (False, False, True, True, True, DEFAULT_KEY),
        (False, False, True, True, False, MACHINE_KEY),
        (False, False, True, False, True, DEFAULT_KEY),
    ],
)
def test_precedence(world, signed_in, has_key, may_use_machine, environment, default, expected):
    if has_key:
        world.store(world.ada, ACCOUNT_KEY)
    world.give_machine(environment, default)
    account_id = world.ada if signed_in else None
    assert world.run(account_id, may_use_machine) == expected
    masks = {ACCOUNT_KEY: "…wxyz", MACHINE_KEY: "…1234", DEFAULT_KEY: "…5678"}
    preview = world.binding.preview(account_id, may_use_machine)
    if expected is None:
        assert preview == Preview("none")
    else:
        uses = "account" if expected == ACCOUNT_KEY else "machine"
        assert preview == Preview(uses, f"comfyui-{masks[expected]}")


def test_the_preview_of_nobody_without_a_machine_is_none(world):
    assert world.binding.preview(None, machine=True) == Preview("none")
    assert world.binding.preview(None, machine=False) == Preview("none")
    assert not world.binding.has_machine_default


def test_a_default_account_without_a_key_leaves_the_variable_and_the_preview_knows(world):
    world.default_account = world.ada
    world.environment["COMFY_API_KEY"] = MACHINE_KEY
    assert world.binding.has_machine_default
    assert world.run(None, machine=True) == MACHINE_KEY
    assert world.binding.preview(None, machine=True) == Preview("machine", "comfyui-…1234")


class TestALogInsToken:
    """Where the hosted service makes no key, the log-in's own token is stored, for a while."""

    TOKEN = "header.canary-token.signature"

    @pytest.fixture
    def binding(self, world, house, clock):
        sealed = house.credentials.seal_secret(Secret(self.TOKEN), world.ada, COMFY)
        world.store(world.ada, ACCOUNT_KEY)
        row = replace(
            house.credentials.find(world.ada),
            ciphertext=sealed.ciphertext,
            kind=ID_TOKEN,
            mask="…",
            expires_at=clock() + timedelta(hours=1),
        )
        with house.database.transaction() as connection:
            put_credential(connection, row)
        return world.binding

    def test_it_is_bound_as_what_it_is(self, world, binding):
        bound = binding.resolve(binding.claim(world.ada, False, {}), set())
        assert (bound.kind, bound.secret.reveal()) == (ID_TOKEN, self.TOKEN)
        assert "canary" not in repr(bound)

    @pytest.mark.parametrize("later", [timedelta(hours=1), timedelta(days=9)])
    def test_it_is_not_bound_once_it_has_expired_while_the_run_waited(
        self, world, binding, clock, later
    ):
        claim = binding.claim(world.ada, False, {})
        clock.advance(seconds=later.total_seconds())
        with pytest.raises(CredentialExpiredError, match="Log in at Comfy again"):
            binding.resolve(claim, set())

    async def test_checking_it_asks_nobody(self, world, binding, house, comfy):
        before = list(comfy.asked)
        assert (await house.credentials.check(world.ada, COMFY)).kind == ID_TOKEN
        assert comfy.asked == before


def test_what_is_bound_does_not_show_itself(world):
    world.store(world.ada, ACCOUNT_KEY)
    bound = world.binding.resolve(world.binding.claim(world.ada, False, {}), set())
    assert bound.source == "account"
    assert ACCOUNT_KEY not in repr(bound)
    assert isinstance(bound, Bound)


def test_a_run_gets_the_key_that_is_valid_as_it_starts(world):
    world.store(world.ada, ACCOUNT_KEY)
    claim = world.binding.claim(world.ada, False, {})
    world.store(world.ada, OTHER_KEY)
    assert world.binding.resolve(claim, set()).secret.reveal() == OTHER_KEY


@pytest.mark.parametrize("how", ["forget", "forget_all"])
def test_a_run_whose_key_was_forgotten_meanwhile_says_so(world, clock, how):
    world.store(world.ada, ACCOUNT_KEY)
    claim = world.binding.claim(world.ada, False, {})
    clock.advance(seconds=1)
    if how == "forget":
        world.house.credentials.forget(world.ada, COMFY, HERE)
    else:
        world.house.credentials.forget_all(world.ada, HERE)
    with pytest.raises(CredentialMissingError, match="removed"):
        world.binding.resolve(claim, set())


def test_a_run_queued_after_the_key_was_forgotten_just_has_none(world, clock):
    world.store(world.ada, ACCOUNT_KEY)
    world.house.credentials.forget_all(world.ada, HERE)
    clock.advance(seconds=1)
    assert world.run(world.ada, machine=False) is None


def test_advisory_a_run_of_an_account_never_falls_to_the_machine_once_queued(world, clock):
    world.store(world.ada, ACCOUNT_KEY)
    world.give_machine(environment_key=True)
    claim = world.binding.claim(world.ada, True, {})
    clock.advance(seconds=1)
    world.house.credentials.forget_all(world.ada, HERE)
    with pytest.raises(CredentialMissingError):
        world.binding.resolve(claim, set())


def test_advisory_nor_while_it_was_not_decided_yet(world, clock):
    world.store(world.ada, ACCOUNT_KEY)
    world.give_machine(environment_key=True)
    claim = world.binding.claim(world.ada, True, {})
    clock.advance(seconds=1)
    world.house.credentials.forget_all(world.ada, HERE)
    assert world.binding.decide(claim).account_id == world.ada
    with pytest.raises(CredentialMissingError):
        world.binding.resolve(claim, set())


def test_a_permission_for_once_is_not_used_up_by_a_run_that_is_the_machines(world):
    world.give_machine(environment_key=True)
    world.machine_packs = frozenset({"pack"})
    world.house.node_packs.allow(world.ada, "pack", ONCE, HERE)
    assert world.run(world.ada, True, ["pack"]) == MACHINE_KEY
    world.store(world.ada, ACCOUNT_KEY)
    assert world.run(world.ada, True, ["pack"]) == ACCOUNT_KEY


@pytest.mark.parametrize(
    ("text", "said"), [(None, "taken away"), ("", "taken away"), ("sk-x", "OpenAI")]
)
def test_a_run_whose_machine_key_has_gone_says_why(world, text, said):
    world.give_machine(environment_key=True)
    claim = world.binding.claim(None, True, {})
    world.environment.pop("COMFY_API_KEY")
    if text is not None:
        world.environment["COMFY_API_KEY"] = text
    with pytest.raises(CredentialMissingError, match=said):
        world.binding.resolve(claim, set())


def test_a_run_whose_key_does_not_open_gets_nothing(world):
    world.store(world.ada, ACCOUNT_KEY)
    world.give_machine(environment_key=True)
    world.house.credentials._key_ring = KeyRing((), MasterKeyMissingError("gone"))
    with pytest.raises(MasterKeyMissingError):
        world.run(world.ada, machine=True)


def test_use_is_noted_and_a_store_that_cannot_be_written_stops_no_run(
    world, tmp_path, monkeypatch, clock
):
    world.store(world.ada, ACCOUNT_KEY)
    world.run(world.ada, machine=False)
    assert world.house.credentials.find(world.ada).last_used_at == clock()
    clock.advance(minutes=5)
    world.house.database.engine.dispose()
    monkeypatch.setattr(sqlite_engine, "LOCK_WAIT_SECONDS", 0)
    with world.house.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    holder = sqlite3.connect(tmp_path / "passport.sqlite")
    holder.execute("BEGIN IMMEDIATE")
    assert world.run(world.ada, machine=False) == ACCOUNT_KEY
    holder.close()


def test_a_pack_that_is_not_allowed_gets_no_key_and_is_asked_about(world):
    world.store(world.ada, ACCOUNT_KEY)
    with pytest.raises(NodePackNotAllowedError, match="“evil”") as caught:
        world.run(world.ada, False, ["evil"])
    assert caught.value.details == {"node_pack": "evil"}
    assert "once or always" in caught.value.message
    (question,) = world.house.node_packs.questions(world.ada)
    assert (question.name, question.node_types) == ("evil", ("Node",))


def test_a_pack_gets_nothing_and_is_not_refused_where_there_is_no_key(world):
    assert world.run(world.ada, False, ["evil"]) is None


def test_always_allows_every_run_of_that_account_alone(world):
    ben = world.add_account("Ben")
    for account_id in (world.ada, ben):
        world.store(account_id, ACCOUNT_KEY)
    world.house.node_packs.allow(world.ada, "pack", ALWAYS, HERE)
    for _ in range(2):
        assert world.run(world.ada, False, ["pack"]) == ACCOUNT_KEY
    with pytest.raises(NodePackNotAllowedError):
        world.run(ben, False, ["pack"])
    with pytest.raises(NodePackNotAllowedError, match="“other”"):
        world.run(world.ada, False, ["pack", "other"])


def test_once_allows_the_next_run_alone(world):
    world.store(world.ada, ACCOUNT_KEY)
    world.house.node_packs.allow(world.ada, "pack", ONCE, HERE)
    assert world.run(world.ada, False, []) == ACCOUNT_KEY
    assert world.run(world.ada, False, ["pack"]) == ACCOUNT_KEY
    with pytest.raises(NodePackNotAllowedError):
        world.run(world.ada, False, ["pack"])


def test_once_is_not_used_up_by_a_run_that_is_refused_for_another_pack(world):
    world.store(world.ada, ACCOUNT_KEY)
    for pack in ("one", "two"):
        world.house.node_packs.allow(world.ada, pack, ONCE, HERE)
        if pack == "one":
            with pytest.raises(NodePackNotAllowedError, match="“two”"):
                world.run(world.ada, False, ["one", "two"])
    assert world.run(world.ada, False, ["one", "two"]) == ACCOUNT_KEY


def test_a_decision_taken_back_counts_for_runs_that_wait(world):
    world.store(world.ada, ACCOUNT_KEY)
    world.house.node_packs.allow(world.ada, "pack", ALWAYS, HERE)
    claim = world.binding.claim(world.ada, False, {"pack": {"Node"}})
    world.house.node_packs.take_back(world.ada, "pack", HERE)
    with pytest.raises(NodePackNotAllowedError):
        world.binding.resolve(claim, {"pack"})


@pytest.mark.threat(4)
def test_advisory_a_run_refused_in_the_queue_stays_refused(world):
    """Allowing a pack is for the runs after it: what was queued is not let in by it."""
    world.store(world.ada, ACCOUNT_KEY)
    claim = world.binding.decide(world.binding.claim(world.ada, False, {"pack": {"Node"}}))
    world.house.node_packs.allow(world.ada, "pack", ALWAYS, HERE)
    with pytest.raises(NodePackNotAllowedError):
        world.binding.resolve(claim, set())


def test_advisory_a_pack_that_appears_only_as_the_run_starts_is_refused(world):
    world.store(world.ada, ACCOUNT_KEY)
    claim = world.binding.claim(world.ada, False, {})
    with pytest.raises(NodePackNotAllowedError):
        world.binding.resolve(claim, {"late"})


def test_a_pack_that_appears_only_as_the_run_starts_can_be_allowed_in_the_panel(world):
    world.store(world.ada, ACCOUNT_KEY)
    claim = world.binding.claim(world.ada, False, {})
    with pytest.raises(NodePackNotAllowedError):
        world.binding.resolve(claim, {"late-pack"})
    assert [question.name for question in world.house.node_packs.questions(world.ada)] == [
        "late-pack"
    ]


def test_advisory_a_pack_that_appears_only_as_the_machine_runs_is_refused(world):
    world.give_machine(environment_key=True)
    claim = world.binding.claim(None, True, {})
    with pytest.raises(NodePackNotAllowedError, match="PASSPORT_ALLOWED_NODE_PACKS"):
        world.binding.resolve(claim, {"late"})
    assert world.house.node_packs.questions(world.ada) == []


def test_the_machines_key_goes_to_the_packs_that_the_owner_named(world):
    world.give_machine(environment_key=True)
    world.machine_packs = frozenset({"pack"})
    assert world.run(None, True, ["pack"]) == MACHINE_KEY
    with pytest.raises(NodePackNotAllowedError, match="PASSPORT_ALLOWED_NODE_PACKS"):
        world.run(None, True, ["pack", "other"])


def test_advisory_packs_named_for_the_machine_do_not_get_an_accounts_key(world):
    world.store(world.ada, ACCOUNT_KEY)
    world.machine_packs = frozenset({"pack"})
    with pytest.raises(NodePackNotAllowedError):
        world.run(world.ada, True, ["pack"])


def test_packs_of_the_default_account_may_have_its_key(world):
    world.give_machine(default_account=True)
    world.house.node_packs.allow(world.default_account, "pack", ALWAYS, HERE)
    assert world.run(None, True, ["pack"]) == DEFAULT_KEY


def test_nobody_asks_in_the_name_of_nobody(world):
    world.give_machine(environment_key=True)
    claim = world.binding.decide(world.binding.claim(None, True, {"pack": {"Node"}}))
    assert claim == Claim(world.clock(), machine=True, refused_pack="pack")
    assert world.house.node_packs.questions(world.ada) == []


def test_a_run_of_an_account_that_was_disabled_meanwhile_gets_no_key(world):
    world.store(world.ada, ACCOUNT_KEY)
    binding = world.binding
    claim = binding.claim(world.ada, machine=False, packs={})
    assert binding.resolve(claim, set()).secret.reveal() == ACCOUNT_KEY
    world.set_state(world.ada, "disabled")
    with pytest.raises(CredentialMissingError, match="disabled or cancelled after this run"):
        binding.resolve(claim, set())
    world.set_state(world.ada, "active")
    assert binding.resolve(claim, set()).secret.reveal() == ACCOUNT_KEY


def test_advisory_nor_does_it_fall_to_the_machine(world):
    world.give_machine(environment_key=True)
    world.store(world.ada, ACCOUNT_KEY)
    claim = world.binding.claim(world.ada, machine=True, packs={})
    world.set_state(world.ada, "disabled")
    with pytest.raises(CredentialMissingError):
        world.binding.resolve(claim, set())
