"""Lets pytest test a package whose root folder may have any name, dots and spaces too."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ALIAS = "passport"

package = types.ModuleType(ALIAS)
package.__path__ = [str(ROOT)]
sys.modules.setdefault(ALIAS, package)


class RootIsNoPackage:
    """Collects the root as a plain folder: its `__init__.py` is ComfyUI's door, not a test's."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collect_directory(self, path: Path, parent: pytest.Collector):
        if path == ROOT:
            return pytest.Dir.from_parent(parent, path=path)
        return None


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(RootIsNoPackage())


@pytest.hookimpl(trylast=True)  # after pytest has grouped the tests by their fixtures
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Playwright keeps an event loop running on this thread from its first test to its last, and
    # asyncio's tests cannot run their own meanwhile: they go first.
    items.sort(key=lambda item: item.path.parent.name == "browser")
