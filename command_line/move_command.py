"""move: the whole store into another database."""

from __future__ import annotations

from ..backups.move import Move, Moved
from ..clock import utc_now
from ..storage.database import DATABASE_FILE
from ..storage.database_url import read_url
from .call import Call
from .errors import WRONG_USE, CommandError
from .output import Answer
from .questions import confirm, read_one_line
from .table import Table

FROM_INPUT = "-"


def move(call: Call) -> Answer:
    """Carry the store there and tell which setting to change."""
    options = call.options
    url = read_one_line().strip() if options.to == FROM_INPUT else options.to.strip()
    if not url:
        raise CommandError("wrong_use", "There was no address to move to.", WRONG_USE)
    if options.replace:
        confirm("Put the store that is here in place of its earlier state there?", options.yes)
    moved = Move(call.services.database, utc_now).move(url, options.replace)
    tables = {name: vars(summary) for name, summary in moved.tables.items()}
    document = {
        "url": moved.url,
        "was_there": moved.was_there,
        "former": str(moved.former) if moved.former else None,
        "tables": tables,
    }
    rows = [(name, str(each.rows), each.sha256_sum[:16]) for name, each in moved.tables.items()]
    table = Table(("TABLE", "ROWS", "SUM"), rows, "")
    return Answer({"moved": document}, _tell(moved, url, call), table)


def _tell(moved: Moved, url: str, call: Call) -> str:
    default = call.services.data_folder / DATABASE_FILE
    text = (
        f"The same is at {moved.url} already: every table holds the same rows."
        if moved.was_there
        else f"The store is at {moved.url} now: every table was compared."
    )
    text += (
        " Take PASSPORT_DATABASE_URL out of the settings"
        if read_url(url).database == str(default)
        else " Set PASSPORT_DATABASE_URL to that address, with its password,"
    )
    text += (
        " and start ComfyUI. The master key is not in a database: it stays where it is. What was "
        "here is left as it is; delete it once all is well."
    )
    if moved.former:
        text += f" What was there before is kept for 30 days in {moved.former}."
    return text
