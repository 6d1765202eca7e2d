"""Everything about accounts, wired once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..clock import Clock
from ..network.host_facts import HostFacts
from ..providers.log_in_provider import LogInProvider
from ..providers.mail import MailServer
from ..secret import Secret
from ..settings import Settings
from ..storage.database import Database
from ..vault.credentials import Credentials
from .admission import Admission
from .api_keys import ApiKeys
from .belongings import Belongings
from .change_feed import ChangeFeed
from .deletion_requests import DeletionRequests
from .departure import Departure
from .email_log_in import EmailLogIn
from .export import Export
from .external_log_in import ExternalLogIn
from .flows import Flows
from .housekeeping import Housekeeping
from .invitations import Invitations
from .leaving import Leaving
from .letter_values import LetterValues
from .linked_email import LinkedEmail
from .linked_key import LinkedKey
from .log_in_notice import LogInNotice
from .merging import Merging
from .new_passwords import NewPasswords
from .outbox import Outbox
from .password_proof import PasswordProof
from .password_strength import PasswordStrength
from .passwords import Passwords
from .people import People
from .principals import Freshness, PrincipalMemory
from .profile import Profile
from .provider_log_in import ProviderLogIn
from .purge import Purge
from .reauthentication import Reauthentication
from .recovery import Recovery
from .registration import Registration
from .reveal import Reveal
from .sessions import Lifetimes, Sessions
from .sign_in import SignIn
from .sign_out import SignOut
from .tickets import Tickets
from .trash import Trash
from .unlinking import HOSTED, Unlinking
from .verification import Verification


@dataclass(frozen=True)
class Accounts:
    """The services of `accounts/`, one for each thing that people do."""

    admission: Admission
    api_keys: ApiKeys
    belongings: Belongings
    change_feed: ChangeFeed
    deletion_requests: DeletionRequests
    departure: Departure
    email_log_in: EmailLogIn
    export: Export
    external_log_in: ExternalLogIn
    flows: Flows
    housekeeping: Housekeeping
    invitations: Invitations
    leaving: Leaving
    linked_email: LinkedEmail
    linked_key: LinkedKey
    new_passwords: NewPasswords
    outbox: Outbox
    password_strength: PasswordStrength
    people: People
    profile: Profile
    provider_log_in: ProviderLogIn
    purge: Purge
    reauthentication: Reauthentication
    recovery: Recovery
    registration: Registration
    reveal: Reveal
    sessions: Sessions
    sign_in: SignIn
    sign_out: SignOut
    tickets: Tickets
    unlinking: Unlinking
    verification: Verification


@dataclass(frozen=True)
class House:
    """Where the services live: what people call the server, where files are, who is around."""

    server_name: str
    trash_folder: Path
    host_facts: Callable[[], HostFacts] = HostFacts
    providers: Mapping[str, LogInProvider] = field(default_factory=dict[str, LogInProvider])
    data_folder: Path | None = None
    """Where copies of the store may lie that get too old."""


def wire_accounts(
    database: Database,
    settings: Settings,
    credentials: Credentials,
    clock: Clock,
    house: House,
    passwords: Passwords | None = None,
) -> Accounts:
    """Wire the services; `passwords` hashes more cheaply in tests.

    Raises SettingsError for mail settings that cannot be used.
    """
    admission = Admission(settings.registration, clock)
    freshness = Freshness()
    memories = [PrincipalMemory(freshness) for _ in range(2)]
    outbox = Outbox(
        database,
        _read_mail_server(settings, clock),
        clock,
        LetterValues(database, settings.public_url, clock),
    )
    notice = LogInNotice(outbox, settings.log_in_notices)
    sessions = Sessions(
        database, _read_lifetimes(settings), clock, memory=memories[0], notice=notice
    )
    passwords = passwords or Passwords()
    strength = PasswordStrength()
    new = NewPasswords(passwords, strength)
    proof = PasswordProof(database, passwords, clock)
    api_keys = ApiKeys(database, outbox, clock, memories[1])

    def forget(*account_ids: str) -> None:
        sessions.forget(*account_ids)
        api_keys.forget(*account_ids)

    days = settings.cancelled_account_days
    leaving = Leaving(database, forget, outbox, clock, days)
    belongings = Belongings(database, house.host_facts, clock, bool(settings.database_url))
    merging = Merging(credentials, forget, clock)
    external = ExternalLogIn(database, admission, sessions, merging, clock)
    flows = Flows(database, clock)
    providers = house.providers
    return Accounts(
        admission=admission,
        api_keys=api_keys,
        belongings=belongings,
        change_feed=ChangeFeed(database, freshness, memories, clock),
        departure=Departure(database, leaving, belongings, Trash(house.trash_folder, days, clock)),
        deletion_requests=DeletionRequests(database, leaving, house.server_name, clock),
        email_log_in=EmailLogIn(database, proof, sessions, clock),
        export=Export(database, clock),
        external_log_in=external,
        flows=flows,
        housekeeping=Housekeeping(
            database, settings.audit_retention_days, clock, house.data_folder
        ),
        invitations=Invitations(database, clock),
        leaving=leaving,
        linked_email=LinkedEmail(database, merging, proof, new, outbox, clock),
        linked_key=LinkedKey(database, credentials, merging, clock),
        new_passwords=new,
        outbox=outbox,
        password_strength=strength,
        people=People(database, forget, admission, clock),
        provider_log_in=ProviderLogIn(database, providers, flows, external, clock),
        profile=Profile(database, proof, new, sessions, outbox, clock),
        purge=Purge(database, leaving, outbox, clock),
        reauthentication=Reauthentication(database, proof, sessions, clock, (*providers, HOSTED)),
        recovery=Recovery(database, new, forget, credentials, outbox, clock),
        registration=Registration(database, new, admission, outbox, sessions, clock),
        reveal=Reveal(database, credentials, clock),
        sessions=sessions,
        sign_in=SignIn(database, credentials, sessions, admission, clock),
        sign_out=SignOut(database, sessions, credentials, clock),
        tickets=Tickets(database, sessions, api_keys, clock),
        unlinking=Unlinking(database, providers.keys(), clock),
        verification=Verification(database, proof, outbox, clock),
    )


def _read_lifetimes(settings: Settings) -> Lifetimes:
    return Lifetimes(
        settings.session_idle_seconds,
        settings.shared_computer_idle_seconds,
        settings.session_lifetime_seconds,
    )


def _read_mail_server(settings: Settings, clock: Clock) -> MailServer:
    return MailServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.smtp_user,
        Secret(settings.smtp_password),
        settings.mail_from,
        clock,
    )
