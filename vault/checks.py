"""The Doctor's rows on the store, the master key and the stored credential."""

from __future__ import annotations

from pathlib import Path

from ..clock import to_iso
from ..data_folder import is_private
from ..errors import PassportError
from ..network.checks import FAIL, OK, WARN, Check
from ..providers.comfy_errors import REMEDIES
from ..storage.credential_rows import ENDED, ID_TOKEN, CredentialRow
from .credentials import Credentials
from .machine_credential import MachineCredential

STATES = {
    "accepted": (OK, "Comfy accepts the stored API key.", None),
    "not_checked": (
        WARN,
        "The API key is stored, and Comfy could not be asked about it yet.",
        "Passport asks again by itself; “Check again” asks now.",
    ),
    "refused": (
        FAIL,
        "Comfy does not know the stored API key any more.",
        "Make a new key at https://platform.comfy.org and replace it here.",
    ),
    "not_permitted": (
        FAIL,
        "The plan of this Comfy account does not allow API keys.",
        "Change the plan at https://www.comfy.org, or use the key of another account.",
    ),
}

TOKEN_GOOD = (
    WARN,
    "Runs have your log-in at Comfy itself, for an hour at most: Comfy made no API key.",
    "Hand the log-in over again before a long queue, or store an API key.",
)
TOKEN_EXPIRED = (
    FAIL,
    "The log-in at Comfy that runs were to have has expired.",
    "Log in at Comfy again, or store an API key.",
)


def check_data_folder(folder: Path, name_it: bool) -> Check:
    """Can nobody else on this machine read the store?

    Where it lies is told only to somebody who may know: `name_it`.
    """
    details = {"folder": str(folder)} if name_it else {}
    try:
        private = is_private(folder)
    except OSError as error:
        return Check(
            "data_folder",
            FAIL,
            f"The data folder cannot be read: {error.strerror}.",
            "Give the user that runs ComfyUI the right to read and write it.",
            details,
        )
    if private:
        return Check("data_folder", OK, "The data folder is its owner's alone.", None, details)
    return Check(
        "data_folder",
        WARN,
        "Other users of this machine can read the data folder.",
        f"chmod 700 {folder if name_it else 'FOLDER'}",
        details,
    )


def check_database(credentials: Credentials) -> Check:
    """Does the store answer?"""
    try:
        credentials.list("")
    except PassportError as error:
        return Check("database", FAIL, error.message, "See the cause.", {"code": error.code})
    return Check("database", OK, "The store answers.", None)


def check_master_key(credentials: Credentials) -> Check:
    """Can stored secrets be sealed and opened?"""
    problem = credentials.key_problem
    if problem is None:
        return Check("master_key", OK, "The master key is there.", None)
    return Check(
        "master_key",
        FAIL,
        problem.message,
        "Put the master key back and restart.",
        {"code": problem.code},
    )


def check_credential(
    row: CredentialRow | None, credentials: Credentials, machine_mask: str | None
) -> Check:
    """Is there a key for this person, and does the service take it?

    `machine_mask` is what may be shown of the machine's default to those who may run with it.
    """
    if row is None:
        cause = (
            "This machine has a default API key; your account has none."
            if machine_mask
            else "No API key is stored for you yet."
        )
        return Check("credential", OK, cause, None, {"machine": machine_mask})
    details = {"mask": row.mask, "state": row.state, "cause": row.cause}
    if not credentials.is_readable(row):
        return Check(
            "credential",
            FAIL,
            "The stored API key was sealed with a master key that is not here.",
            "Put the master key back, or enter the API key again.",
            details,
        )
    state, cause, remedy = STATES[row.state]
    if row.kind == ID_TOKEN:
        details["expires_at"] = to_iso(row.expires_at)
        state, cause, remedy = TOKEN_EXPIRED if credentials.is_expired(row) else TOKEN_GOOD
    return Check("credential", state, cause, remedy, details)


def check_comfy_session(row: CredentialRow | None) -> Check | None:
    """Is the log-in at Comfy that is kept for this person still good? None without one.

    When it ended stays known, so nobody has to be asked.
    """
    if row is None:
        return None
    if row.state != ENDED:
        return Check("comfy_session", OK, "This server keeps your log-in at Comfy.", None)
    return Check(
        "comfy_session",
        WARN,
        "Your log-in at Comfy has ended. A stored API key is not affected.",
        REMEDIES[str(row.cause)],
        {"cause": row.cause},
    )


def check_machine_credential(machine: MachineCredential) -> Check | None:
    """Can the configured default be used? None when there is nothing to say."""
    problem = machine.explain_problem()
    if problem is None:
        return None
    return Check(
        "machine_credential",
        FAIL,
        f"COMFY_API_KEY cannot be used. {problem}",
        "Set COMFY_API_KEY, or the file that COMFY_API_KEY_FILE names, to a whole key.",
    )
