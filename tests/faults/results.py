"""What the kills have shown, as a table for people: docs/faults.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from passport.clock import utc_now

DOCUMENT = Path(__file__).parents[2] / "docs" / "faults.md"
COMMAND = "python3 dev test --full tests/faults/test_kill_points.py -q"

HEAD = """# kill -9 at every write point

Written by a run of `{command}` on {day}; do not edit it by hand.

For each flow of the product a process goes through it and is ended by SIGKILL at one point: before
and after each statement that writes, before and after each COMMIT, before each change of a file,
and around each letter that the mail server takes. Then another process opens the store and asks:
is it whole (SQLite's `integrity_check`, references)? Is it, row by row, what the last transaction
left? Is everything there that was acknowledged? Is anything there by half: an account without a
way in, a session of nobody, a letter or a key without its account, an act without its audit event?
At last the person comes back and begins again, which has to end well. *Lost* counts the kills after
which any of this was not so. A short form of the same runs with every `python3 dev test`.

A kill ends the process, not the machine: that what is acknowledged outlives a power cut as well
rests on `synchronous=FULL` and on PostgreSQL's own settings, and is not shown here.

"""


@dataclass
class Results:
    """One line for each flow and kind of store."""

    lines: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def note(self, flow: str, store: str, result: dict[str, Any]) -> None:
        self.lines[flow, store] = result

    def table(self) -> Iterator[str]:
        """Return the table, a line at a time."""
        yield "| flow | store | points | kills | lost |"
        yield "|---|---|---:|---:|---:|"
        sums = {"points": 0, "kills": 0, "lost": 0}
        for (flow, store), result in self.lines.items():
            counts = {**result, "lost": count_lost(result)}
            for name in sums:
                sums[name] += counts[name]
            yield f"| {flow} | {store} | {_join(counts)} |"
        yield f"| **all** | | {_join(sums)} |"

    def write(self) -> None:
        """Write the document anew."""
        head = HEAD.format(command=COMMAND, day=f"{utc_now():%Y-%m-%d}")
        DOCUMENT.write_text(head + "\n".join(self.table()) + "\n", encoding="utf-8")


def count_lost(result: dict[str, Any]) -> int:
    """Return after how many kills something was wrong: a problem begins with where it was."""
    return len({problem.partition("): ")[0] for problem in result["problems"]})


def _join(counts: dict[str, int]) -> str:
    return " | ".join(str(counts[name]) for name in ("points", "kills", "lost"))
