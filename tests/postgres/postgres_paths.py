"""Lets the tests of the local store and of the engine be imported from here, with their assertions explained."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

_TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(_TESTS), str(_TESTS / "stores"), str(_TESTS / "evidence"), str(_TESTS / "web")]
pytest.register_assert_rewrite(
    *("test_local_store", "test_groups", "test_versions", "test_retrieval", "test_engine", "test_indexing")
)
