"""The arguments of each command; light, so that --help works with any Python."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from ..version import VERSION
from .errors import WRONG_USE, CommandError
from .store_arguments import add_store_commands

MOST_ROWS = 100_000
DESCRIPTION = """\
Look after the accounts of Passport in this ComfyUI, whether it runs or not. Whoever may write the
data folder may do this; it needs no log-in. What is revoked here ends in the running ComfyUI
within a second."""
EPILOG = """\
The data folder is the one that --data-folder or PASSPORT_DATA_FOLDER names, else user/__passport of
the ComfyUI in whose custom_nodes this stands (with --user-directory or --base-directory: name it).
Settings are read as ComfyUI reads them: from PASSPORT_* here, and passport.toml in that folder.

Exit codes: 0 done, 1 not done and why, 2 called in a wrong way, 130 interrupted."""
IGNORED_VALUE = re.compile(r"ignored explicit argument .*", re.DOTALL)
ACCOUNT_HELP = "mail address that it logs in with, or id"


class Parser(argparse.ArgumentParser):
    """Raises what it cannot read, so that it is told as every other error is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **options,
        )

    def error(self, message: str) -> NoReturn:
        """Raise CommandError with the usage; what was typed for a value is not shown again."""
        message = IGNORED_VALUE.sub("takes no value", message)
        usage = " ".join(self.format_usage().split())
        text = f"{message[:1].upper()}{message[1:]}. {usage[:1].upper()}{usage[1:]}"
        raise CommandError("wrong_use", text, WRONG_USE)


def parse(arguments: Sequence[str], program: str) -> argparse.Namespace:
    """Read the arguments. Raises CommandError; --help and --version exit."""
    common = _make_common(argparse.SUPPRESS)
    parser = Parser(
        prog=program, description=DESCRIPTION, epilog=EPILOG, parents=[_make_common(None)]
    )
    parser.add_argument("--version", action="version", version=f"Passport {VERSION}")
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, title="commands", parser_class=Parser
    )

    def add(name: str, text: str, *parts: Parser) -> Parser:
        whole = f"{text[:1].upper()}{text[1:]}."
        return commands.add_parser(name, help=text, description=whole, parents=[*parts, common])

    account, sure = _make_account(), _make_sure()
    _add_owner_commands(add, account)
    _add_recovery_commands(add, account, sure)
    _add_lists(add, account)
    _add_leaving(add, account, sure)
    add_store_commands(add, _text)
    add("doctor", "check the data folder, the store, its master key, owner, mail and packages")
    options, extra = parser.parse_known_args(arguments)
    if extra:
        # By name, without values: somebody may have put a password there.
        names = ", ".join(each.partition("=")[0] for each in extra if each.startswith("--"))
        parser.error(f"{options.command} does not take {names or 'so many arguments'}")
    return options


def _add_owner_commands(add: Any, account: Parser) -> None:
    create = add("create-owner", "make an account that owns this server; asks for a password")
    create.add_argument("mail", metavar="MAIL", type=_text)
    create.add_argument("--name", type=_text, default="", help="what others read (else: of MAIL)")
    add("make-owner", "make an account that is there an owner of this server", account)


def _add_recovery_commands(add: Any, account: Parser, sure: Parser) -> None:
    reset = add(
        "reset-password", "make a one-time code that sets a new password, or set one here",
        account, sure,
    )  # fmt: skip
    reset.add_argument(
        "--set", action="store_true",
        help="set it here: asked twice, or one line of standard input; all sessions end",
    )  # fmt: skip
    add("disable", "let nobody log in to an account; its sessions end at once", account, sure)
    add("enable", "let an account log in again", account)
    add("revoke-sessions", "log an account out everywhere, at once", account, sure)
    invite = add("invite", "make an invitation; its code is shown this once")
    invite.add_argument("--mail", type=_text, help="good for this mail address alone")
    invite.add_argument("--days", type=_count, help="how long it is good (else 7; 90 at most)")


def _add_lists(add: Any, account: Parser) -> None:
    accounts = add("accounts", "list accounts, the newest first")
    accounts.add_argument("--search", metavar="TEXT", type=_text, default="",
                          help="those whose mail address or name holds it")  # fmt: skip
    sessions = add("sessions", "list where an account is logged in", account)
    activity = add("activity", "list what happened, the newest first")
    activity.add_argument("account", metavar="MAIL|ID", nargs="?", type=_text, help=ACCOUNT_HELP)
    for each in (accounts, activity):
        each.add_argument(
            "--limit", metavar="N", type=_count, default=50, help="how many (else 50)"
        )
    sessions.set_defaults(limit=None)


def _add_leaving(add: Any, account: Parser, sure: Parser) -> None:
    add("delete", "delete an account and everything about it, for good", account, sure)
    add("deletion-requests", "list people who cannot log in and want their account deleted")
    answer = add("answer-deletion", "delete the account of such a request, or keep it", sure)
    answer.add_argument("request", metavar="ID", type=_text, help="of deletion-requests")
    answer.add_argument("--grant", action="store_true", help="delete the account")
    answer.add_argument("--refuse", action="store_true", help="drop the request")


def _make_common(default: str | None) -> Parser:
    # Without defaults (SUPPRESS) behind a command: they would take back what stands before it.
    parts = Parser(add_help=False, argument_default=default)
    parts.add_argument("--json", action="store_true", help="answer in one JSON document")
    parts.add_argument("--data-folder", metavar="PATH", help="where Passport keeps its store")
    return parts


def _make_account() -> Parser:
    parts = Parser(add_help=False)
    parts.add_argument("account", metavar="MAIL|ID", type=_text, help=ACCOUNT_HELP)
    return parts


def _make_sure() -> Parser:
    parts = Parser(add_help=False)
    parts.add_argument("--yes", action="store_true", help="do not ask whether you mean it")
    return parts


def _text(argument: str) -> str:
    try:
        argument.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError("this is not text in UTF-8") from None
    return argument


def _count(argument: str) -> int:
    short = argument.isascii() and argument.isdigit() and len(argument) <= len(str(MOST_ROWS))
    if not short or not 1 <= int(argument) <= MOST_ROWS:
        raise argparse.ArgumentTypeError(f"it must be a whole number from 1 to {MOST_ROWS}")
    return int(argument)
