"""Everything that the server knows of an account, to take along: JSON, and a page to read."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict
from datetime import datetime
from html import escape
from typing import Any

from sqlalchemy import Connection

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock, to_iso
from ..storage.account_rows import AccountRow, find_account, list_identities, lock_account
from ..storage.api_key_rows import list_api_keys
from ..storage.audit_rows import list_events
from ..storage.credential_rows import list_credentials
from ..storage.database import Database
from ..storage.node_pack_rows import list_node_packs
from ..storage.output_rows import list_outputs
from ..storage.session_rows import list_sessions
from .errors import AccountMissingError

MOST_EVENTS = 100_000
JSON_FILE, PAGE_FILE = "account.json", "account.html"
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>Passport account</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ border-top: 1px solid #8886; padding: .3em .6em; text-align: left; vertical-align: top }}
</style>
</head>
<body>
<h1>Passport account</h1>
{parts}
</body>
</html>
"""

# What is secret, or means nothing elsewhere, stays here.
LEFT_OUT = frozenset(
    {"account_id", "ciphertext", "key_version", "network", "subject", "has_password"}
)


class Export:
    """Writes the archive; no secret is in it, and no hash of one."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def write(self, account_id: str, client: Client) -> bytes:
        """Return the ZIP. What changes meanwhile is in it whole or not at all."""
        with self._database.transaction() as connection:
            lock_account(connection, account_id)
            _require(connection, account_id)  # of one that has gone nothing is written down
            audit.record(connection, self._clock(), audit.ACCOUNT_EXPORTED, account_id, client)
        content = self._collect(account_id)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(JSON_FILE, json.dumps(content, ensure_ascii=False, indent=2))
            archive.writestr(PAGE_FILE, _write_page(content))
        return packed.getvalue()

    def _collect(self, account_id: str) -> dict[str, Any]:
        now = self._clock()
        with self._database.reading() as connection:  # one view of the store for all queries
            account = _require(connection, account_id)
            events = list_events(connection, account_id, None, MOST_EVENTS)
            return {
                "exported_at": to_iso(now),
                "account": _plain(account),
                "identities": _list(list_identities(connection, account_id)),
                "sessions": _list(list_sessions(connection, account_id, now)),
                "api_keys": _list(list_api_keys(connection, account_id)),
                "credentials": _list(list_credentials(connection, account_id)),
                "node_packs": _list(list_node_packs(connection, account_id)),
                "outputs": [{"path": path} for path in list_outputs(connection, account_id)],
                "events": [_plain(listed.event) for listed in events],
            }


def _require(connection: Connection, account_id: str) -> AccountRow:
    account = find_account(connection, account_id)
    if account is None:
        raise AccountMissingError("This account is no more.")
    return account


def _list(rows: list[Any]) -> list[dict[str, Any]]:
    return [_plain(row) for row in rows]


def _plain(row: Any) -> dict[str, Any]:
    values = asdict(row)
    return {
        name: to_iso(value) if isinstance(value, datetime) else value
        for name, value in values.items()
        if name not in LEFT_OUT
    }


def _write_page(content: dict[str, Any]) -> str:
    parts: list[str] = []
    for title, value in content.items():
        parts.append(f"<h2>{escape(title.replace('_', ' ').capitalize())}</h2>")
        parts.append(_write_part(value))
    return PAGE.format(parts="\n".join(parts))


def _write_part(value: Any) -> str:
    if not isinstance(value, (dict, list)):
        return f"<p>{escape(str(value))}</p>"
    rows: list[dict[str, Any]] = [value] if isinstance(value, dict) else value  # pyright: ignore[reportUnknownVariableType]
    if not rows:
        return "<p>None.</p>"
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_show(each))}</td>" for each in row.values()) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _show(value: Any) -> str:
    return "" if value is None else str(value)
