"""Giving a running prompt its credential: the order of precedence, decided as it starts."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from ..clock import Clock
from ..errors import PassportError
from ..secret import Secret, mask
from ..storage.credential_rows import API_KEY, CredentialRow
from .claims import Claim
from .credentials import Credentials
from .errors import CredentialExpiredError, CredentialMissingError, NodePackNotAllowedError
from .machine_credential import MachineCredential
from .node_packs import NodePacks


@dataclass(frozen=True)
class Bound:
    """A credential on its way into a run."""

    secret: Secret
    source: str
    """`account` or `machine`."""
    kind: str = API_KEY
    """`api-key`, or `id-token`: nodes are handed the two under different names."""


@dataclass(frozen=True)
class Preview:
    """What a run would use, in words that are no secret."""

    uses: str
    """`account`, `machine` or `none`."""
    mask: str | None = None


class Binding:
    """Resolves claims against what is stored at this moment."""

    def __init__(
        self,
        credentials: Credentials,
        node_packs: NodePacks,
        machine: MachineCredential,
        default_account: str,
        machine_node_packs: AbstractSet[str],
        clock: Clock,
    ) -> None:
        self._credentials = credentials
        self._node_packs = node_packs
        self._machine = machine
        self._default_account = default_account
        self._machine_node_packs = machine_node_packs
        self._clock = clock

    @property
    def has_machine_default(self) -> bool:
        """Whether an owner gave this machine a credential of its own."""
        return self._machine.configured or bool(self._default_account)

    def claim(
        self, account_id: str | None, machine: bool, packs: Mapping[str, AbstractSet[str]]
    ) -> Claim:
        """Note what a prompt may ask for as it is posted. Never asks the store.

        `packs` are the node packs in it that want the credential, each with its node types,
        ComfyUI's own left out.
        """
        claim = Claim(self._clock(), account_id=account_id, machine=machine, packs=packs)
        if account_id and packs:
            once = self._node_packs.take_once(account_id, packs.keys())
            claim = replace(claim, allowed_once=once)
        return claim

    def decide(self, claim: Claim) -> Claim:
        """Decide whose credential it is to be, and whether the packs may have it, by what is
        stored now; once. Raises StorageError.
        """
        if claim.decided:
            return claim
        if claim.account_id and claim.machine:
            claim = self._choose(claim, claim.account_id)
        packs, claim = claim.packs, replace(claim, packs={})
        refused = sorted(pack for pack in packs if not self._may_have(claim, pack))
        if not refused:
            return claim
        if claim.account_id:
            self._node_packs.give_back(claim.account_id, claim.allowed_once)
            for pack in refused:
                self._node_packs.ask(claim.account_id, pack, packs[pack])
        return replace(claim, refused_pack=refused[0], allowed_once=frozenset())

    def _choose(self, claim: Claim, account_id: str) -> Claim:
        """Have it be the account's, or the machine's where the account had none to begin with."""
        found = self._credentials.find(account_id) is not None
        if found or self._credentials.was_forgotten_since(account_id, claim.queued_at):
            return replace(claim, machine=False)
        self._node_packs.give_back(account_id, claim.allowed_once)
        return replace(claim, account_id=None, allowed_once=frozenset())

    def resolve(self, claim: Claim, packs: AbstractSet[str]) -> Bound | None:
        """Return the credential for a run in which these packs ask for it; None when its account
        had none to begin with.

        Raises NodePackNotAllowedError, CredentialMissingError, CredentialExpiredError,
        CredentialUnreadableError or MasterKeyMissingError; the run then gets nothing.
        """
        claim = self.decide(claim)
        if claim.account_id:
            bound = self._open_of_account(claim.account_id, claim.queued_at)
        else:
            bound = self._open_of_machine()
        if bound is None:
            return None
        if claim.refused_pack:
            raise _not_allowed(claim.refused_pack, claim)
        for pack in sorted(packs):
            if not self._may_have(claim, pack):
                # Allowed no longer, or a node of it that another node has brought in.
                if claim.account_id:
                    self._node_packs.ask(claim.account_id, pack, ())
                raise _not_allowed(pack, claim)
        return bound

    def preview(self, account_id: str | None, machine: bool) -> Preview:
        """Tell what a run would use now."""
        row = self._credentials.find(account_id) if account_id else None
        if row is not None:
            return Preview("account", row.mask)
        if machine and (found := self.find_machine_mask()):
            return Preview("machine", found)
        return Preview("none")

    def find_machine_mask(self) -> str | None:
        """Return what may be shown of the machine's default, or None without one."""
        row = self._find_default_row()
        if row is not None:
            return row.mask
        secret = self._machine.read()
        return mask(secret) if secret else None

    def _may_have(self, claim: Claim, pack: str) -> bool:
        owner = claim.account_id or self._default_account
        if pack in claim.allowed_once or (claim.machine and pack in self._machine_node_packs):
            return True
        return bool(owner) and pack in self._node_packs.allowed(owner)

    def _open_of_account(self, account_id: str, queued_at: datetime) -> Bound | None:
        row = self._credentials.find(account_id)
        if row is not None and not self._credentials.is_usable_by(account_id):
            raise CredentialMissingError(
                "This account was disabled or cancelled after this run was queued. Reactivate it "
                "in Passport, or ask this server's owner."
            )
        if row is not None:
            return self._open(row, "account")
        if self._credentials.was_forgotten_since(account_id, queued_at):
            raise CredentialMissingError(
                "The Comfy API key was removed from this server after this run was queued. "
                "Enter a key in Passport, and run again."
            )
        return None

    def _open_of_machine(self) -> Bound:
        row = self._find_default_row()
        if row is not None:
            return self._open(row, "machine")
        secret = self._machine.read()
        if secret is None:
            problem = self._machine.explain_problem() or "It was taken away."
            raise CredentialMissingError(
                f"The default Comfy API key of this machine cannot be used. {problem}"
            )
        return Bound(secret, "machine")

    def _find_default_row(self) -> CredentialRow | None:
        account_id = self._default_account
        if not account_id or not self._credentials.is_usable_by(account_id):
            return None
        return self._credentials.find(account_id)

    def _open(self, row: CredentialRow, source: str) -> Bound:
        if self._credentials.is_expired(row):
            raise CredentialExpiredError(
                "The log-in at Comfy that this run was to use has expired. Log in at Comfy again "
                "in Passport, or store an API key, and run again."
            )
        secret = self._credentials.open(row)
        self._note_use(row)
        return Bound(secret, source, row.kind)

    def _note_use(self, row: CredentialRow) -> None:
        # A store that can be read and not written must not stop a run that has its credential.
        with suppress(PassportError):
            self._credentials.note_use(row)


def _not_allowed(pack: str, claim: Claim) -> NodePackNotAllowedError:
    remedy = (
        "Allow it in Passport, once or always, and run again."
        if claim.account_id
        else "Name it in PASSPORT_ALLOWED_NODE_PACKS if you trust it."
    )
    return NodePackNotAllowedError(
        f"The node pack “{pack}” asks for your Comfy API key, and you have not allowed it to "
        f"have it. {remedy}",
        node_pack=pack,
    )
