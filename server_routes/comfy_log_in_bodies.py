"""What the calls that log in by the hosted Comfy account are sent."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..accounts.provider_flow import LOG_IN


@dataclass(frozen=True)
class Arrival:
    """What all ways in have in common."""

    shared_computer: bool = False
    invitation: str = field(default="", repr=False)
    set_up_code: str = field(default="", repr=False)
    link_accounts: bool = False
    """When the log-in belongs to another account here, make the two one."""


@dataclass(frozen=True)
class Token:
    """A log-in at the service, as ComfyUI's own dialog has made it."""

    id_token: str = field(repr=False)
    shared_computer: bool = False
    invitation: str = field(default="", repr=False)
    set_up_code: str = field(default="", repr=False)
    accept_insecure: bool = False
    link_accounts: bool = False
    purpose: str = LOG_IN


@dataclass(frozen=True)
class NewHostedAccount:
    """A hosted account that is to be made."""

    email: str
    password: str = field(repr=False)
    shared_computer: bool = False
    invitation: str = field(default="", repr=False)
    set_up_code: str = field(default="", repr=False)
    link_accounts: bool = False


@dataclass(frozen=True)
class MailAndPassword(NewHostedAccount):
    """One that is there; `purpose` is `log_in` or `reauthenticate`."""

    purpose: str = LOG_IN


@dataclass(frozen=True)
class CodeStart:
    """A log-in by code."""

    shared_computer: bool = False
    invitation: str = field(default="", repr=False)
    set_up_code: str = field(default="", repr=False)
    accept_insecure: bool = False
    link_accounts: bool = False


@dataclass(frozen=True)
class CodePoll:
    """Which log-in is asked about."""

    flow: str
