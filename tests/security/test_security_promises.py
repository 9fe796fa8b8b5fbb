"""The documents of security keep to the code: each promise names a test that exists, no floor is undercut."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = (ROOT / "SECURITY.md", ROOT / "docs" / "reliability.md")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
FLOORS = re.compile(r"^\| `([A-Za-z0-9-]+)` \| ([\d.]+) \|", re.MULTILINE)
UNSAFE_FORMATS = (".pkl", ".pickle", ".pt", ".pth", ".joblib", ".npy", ".bin")


def release(version: str) -> tuple[int, ...]:
    """Return the numbers of a version: `2.13.0+cpu` is (2, 13, 0)."""
    return tuple(int(number) for number in re.findall(r"\d+", version.partition("+")[0]))


@cache
def functions(file: Path) -> frozenset[str]:
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_test_a_promise_names_exists(document: Path) -> None:
    named = NAMED.findall(document.read_text(encoding="utf-8"))
    assert named
    missing = [f"{file}::{test}" for file, test in named if test not in functions(ROOT / file)]
    assert missing == []


def test_every_promise_names_a_test() -> None:
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    promises = re.findall(r"^\d+\. .*(?:\n {2,}.*)*", text, re.MULTILINE)
    assert len(promises) >= 20
    assert [promise for promise in promises if not NAMED.search(promise)] == []


def test_what_is_installed_is_not_below_the_floors_of_known_advisories() -> None:
    floors = FLOORS.findall((ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    assert {"gradio", "faiss-cpu", "transformers", "torch", "lxml", "mammoth"} <= {name for name, _ in floors}
    below = [(name, version(name)) for name, floor in floors if release(version(name)) < release(floor)]
    assert below == []


def test_what_is_pinned_is_not_below_the_floors_either() -> None:
    pins = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line)
    floors = FLOORS.findall((ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    below = [(name, pins[name]) for name, floor in floors if name in pins and release(pins[name]) < release(floor)]
    assert below == []


def test_nothing_that_can_run_code_when_loaded_is_shipped() -> None:
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    assert not [pattern for patterns in named.values() for pattern in patterns if pattern.endswith(UNSAFE_FORMATS)]
    assert not [path for path in (ROOT / "rag").rglob("*") if path.suffix in UNSAFE_FORMATS]


def test_no_prompt_holds_a_secret() -> None:
    text = (ROOT / "rag" / "prompts.py").read_text(encoding="utf-8")
    assert not re.search(r"environ|api_key|password|token\b", text)
