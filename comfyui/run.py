"""One running job and its right to a credential."""

from __future__ import annotations

import logging
from contextlib import ExitStack, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

from ..composition import Composition
from ..errors import PassportError
from ..secret import Secret, mask
from ..vault.claims import Claim
from ..vault.errors import NodePackNotAllowedError
from .extra_data import API_KEY, AUTH_TOKEN
from .live_secrets import LiveSecrets
from .node_packs import find_pack

if TYPE_CHECKING:
    from ..vault.binding import Bound


logger = logging.getLogger("passport")

ID_TOKEN = "id-token"  # noqa: S105  # as in storage.credential_rows, not imported before needed


class RunRefused(Exception):  # noqa: N818  # people read the names of its kinds in ComfyUI
    """The run fails instead of going on without a credential. The message is for the person."""

    # ComfyUI shows `__module__` with the name, and ours is the path of this installation.
    __module__ = "passport"


class PassportNodePackNotAllowed(RunRefused):
    """A node pack asks for the credential, and the account has not allowed it."""

    __module__ = "passport"

    def __init__(self, message: str, node_pack: str) -> None:
        super().__init__(message)
        self.node_pack = node_pack


class PassportCredentialUnavailable(RunRefused):
    """The credential was removed since the run was queued, or cannot be opened."""

    __module__ = "passport"


def name_for(bound: Bound) -> str:
    """Return the name in extra_data under which nodes look for a credential of this kind."""
    return AUTH_TOKEN if bound.kind == ID_TOKEN else API_KEY


class Run:
    """Opens the credential once, when a node wants it, and keeps it redacted until the end."""

    def __init__(self, composition: Composition, claim: Claim, live: LiveSecrets) -> None:
        self.claim = claim
        self._composition = composition
        self._live = live
        self._held = ExitStack()
        self._bound: Bound | None = None
        self._cleared: set[str] | None = None

    def __enter__(self) -> None:
        self._held.enter_context(self._live.hold(self.claim.brought.values(), self.claim.holder))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._held.close()
        self._bound = None

    def require_active_account(self) -> None:
        """Raise RunRefused when the account was cancelled, disabled or deleted since."""
        account_id, services = self.claim.account_id, self._composition.services
        if account_id is None or services is None:
            return
        try:
            usable = services.credentials.is_usable_by(account_id)
        except Exception as error:  # noqa: BLE001  # then nothing is opened either
            logger.warning("Not known whether an account is active: %s", type(error).__name__)
            return
        if not usable:
            raise PassportCredentialUnavailable(
                "The account that queued this run was cancelled, disabled or deleted since. "
                "Reactivate it in Passport, or ask this server's owner."
            )

    def open(self, packs: set[str]) -> None:
        """Open the credential for these packs, if there is one to have. Raises RunRefused."""
        if self._cleared is not None and packs <= self._cleared:
            return
        try:
            binding = self._composition.get().binding
            self.claim = binding.decide(self.claim)
            bound = binding.resolve(self.claim, packs)
        except NodePackNotAllowedError as error:
            pack = error.details["node_pack"]
            raise PassportNodePackNotAllowed(error.message, pack) from None
        except PassportError as error:
            raise PassportCredentialUnavailable(error.message) from None
        except Exception as error:  # what is left unsaid here would end ComfyUI's worker thread
            logger.exception("Passport failed to open the credential of a run")
            raise PassportCredentialUnavailable(
                "Something went wrong in Passport, so this run gets no API key. The log of "
                "ComfyUI tells more."
            ) from error
        if bound is not None:
            self._held.enter_context(self._live.hold([bound.secret], self.claim.holder))
        self._bound = bound
        self._cleared = (self._cleared or set()) | packs

    def secrets_for(self, node_class: type) -> dict[str, Secret]:
        """Return what the node may find in extra_data. Raises RunRefused."""
        if self.claim.brought:
            return dict(self.claim.brought)
        pack = find_pack(node_class)
        self.open({pack} if pack else set())
        return {name_for(self._bound): self._bound.secret} if self._bound else {}

    def describe(self) -> RunDescription:
        """Tell who runs and with what; opens nothing."""
        if self.claim.brought:
            first = next(iter(self.claim.brought.values()))
            return RunDescription(False, "", f"request {mask(first)}")
        services = self._composition.get()
        account_id = self.claim.account_id
        preview = services.binding.preview(account_id, self.claim.machine)
        account = services.accounts.sign_in.find_account_by_id(account_id) if account_id else None
        name = account.display_name if account else ""
        words = [preview.uses, preview.mask]
        return RunDescription(account is not None, name, " ".join(filter(None, words)))


@dataclass(frozen=True)
class RunDescription:
    """Who runs and with which credential, in words that are no secret."""

    signed_in: bool = False
    account: str = ""
    credential: str = "none"


current_run: ContextVar[Run | None] = ContextVar("passport_run", default=None)


def describe_current_run() -> RunDescription:
    """Tell who runs the prompt that this thread is working on, and with what."""
    run = current_run.get()
    with suppress(PassportError):
        return run.describe() if run else RunDescription()
    return RunDescription()
