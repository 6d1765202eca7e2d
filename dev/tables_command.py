"""python3 dev tables: write the pages of docs/ that are made of the security tests."""

from .environment import say
from .requirements_tables import PAGES, ROOT


def main() -> int:
    for path, write in PAGES.items():
        path.write_text(write(), encoding="utf-8")
        say(f"Wrote {path.relative_to(ROOT)}")
    return 0
