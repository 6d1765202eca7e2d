"""Makes the checkout importable as `passport`, whatever its folder is called: import it first."""

from __future__ import annotations

import sys
import types
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

package = types.ModuleType("passport")
package.__path__ = [str(ROOT)]
sys.modules.setdefault("passport", package)
