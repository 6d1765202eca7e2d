"""From the arguments to the exit code."""

from __future__ import annotations

import importlib
import os
import shlex
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from ..errors import DependencyMissingError, PassportError
from .arguments import parse
from .errors import FAILED, INTERRUPTED, CommandError
from .output import Answer, Output, flush_quietly
from .place import find_place

# Imported once they are called: the Python that runs this may lack what they need.
COMMANDS = {
    "create-owner": ("owner_commands", "create_owner"),
    "make-owner": ("owner_commands", "make_owner"),
    "accounts": ("account_commands", "list_accounts"),
    "disable": ("account_commands", "disable"),
    "enable": ("account_commands", "enable"),
    "sessions": ("account_commands", "list_sessions"),
    "revoke-sessions": ("account_commands", "revoke_sessions"),
    "activity": ("account_commands", "list_activity"),
    "delete": ("leaving_commands", "delete"),
    "deletion-requests": ("leaving_commands", "list_requests"),
    "answer-deletion": ("leaving_commands", "answer_request"),
    "reset-password": ("code_commands", "reset_password"),
    "invite": ("code_commands", "invite"),
    "rotate-master-key": ("key_commands", "rotate_master_key"),
    "backup": ("backup_commands", "backup"),
    "restore": ("backup_commands", "restore"),
    "move": ("move_command", "move"),
}
MAKE_STORE = ("create-owner", "restore")


def run(arguments: Sequence[str], folder: str) -> int:
    """Do what the arguments say and tell it; return the exit code.

    `folder` is that of Passport, as it was called: not resolved.
    """
    output = Output(as_json="--json" in arguments)
    try:
        code = _run(arguments, Path(folder), output)
    except KeyboardInterrupt:
        sys.stderr.write("\n")  # after the ^C
        code = INTERRUPTED
    finally:
        flush_quietly()
    return code


def _run(arguments: Sequence[str], extension: Path, output: Output) -> int:
    try:
        answer = _perform(parse(arguments, _name_program(extension)), extension, output)
    except CommandError as error:
        output.fail(error.code, error.message, error.details)
        return error.exit_code
    except PassportError as error:
        output.fail(error.code, error.message, error.details)
        return FAILED
    return output.show(answer)


def _perform(options: Namespace, extension: Path, output: Output) -> Answer:
    try:
        if options.command == "doctor":
            from .doctor import examine

            return examine(options, extension)
        if options.command == "restore":
            from .backup_commands import examine_backup

            options.contents = examine_backup(options)  # before there is a store to put it in
        return _work(options, extension, output)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith(__name__.partition(".")[0]):
            raise
        raise DependencyMissingError(
            f"The Python package “{error.name}” is not there for {sys.executable}. Run this with "
            "the Python of ComfyUI; if it is that one, run `pip install -r requirements.txt` with "
            "it, in the folder of Passport.",
            package=error.name,
        ) from error


def _work(options: Namespace, extension: Path, output: Output) -> Answer:
    place = find_place(options.data_folder, os.environ, extension)
    from .call import Call
    from .opening import open_services

    module, function = COMMANDS[options.command]
    command = getattr(importlib.import_module(f".{module}", __package__), function)
    makes_store = options.command in MAKE_STORE
    with open_services(os.environ, place, makes_store, output.note) as services:
        return command(Call(services, options, output))


def _name_program(extension: Path) -> str:
    return f"python3 {shlex.quote(f'{extension.parent.name}/{extension.name}')}"
