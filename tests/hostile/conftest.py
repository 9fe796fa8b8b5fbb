"""The hostile suites: the quick part runs by default, `pytest -m slow tests/hostile` runs the whole."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
