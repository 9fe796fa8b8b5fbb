"""A real Ray of two nodes, one of which is killed in the middle: the same index and the same answers as without it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Command, Run
from two_nodes import TwoNodes

from rag.chunking import encoder_input
from rag.stores import open_store

pytestmark = pytest.mark.ray
DISTURBED = str(Path(__file__).with_name("disturbed.py"))
TIMED = ("elapsed_ms", "timings_ms")
CLOCKED = ("seconds", "latency_ms", "run")


def passages(index: Path) -> dict[tuple[int, str, int, int, str], bytes]:
    """Return every passage of an index, its id and place with it, and the bytes of its vector."""
    store, found = open_store(str(index), read_only=True), {}
    for stored in store.articles():
        for passage in store.passages_of(stored.article.article_id):
            text = encoder_input(stored.article.metadata, passage)
            place = (passage.passage_id, passage.article_id, passage.start, passage.end, passage.text)
            found[place] = store.cached_vectors([text])[text].tobytes()
    store.close()
    return found


def rows(run: Path) -> list[dict[str, Any]]:
    """Return the answers of a run without what depends on the clock."""
    lines = [json.loads(line) for line in (run / "answers.jsonl").read_text(encoding="utf-8").splitlines()]
    return [{name: value for name, value in line.items() if name not in TIMED} for line in lines]


def without_times(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: without_times(below) for name, below in value.items() if name not in CLOCKED}


def untimed(run: Run) -> dict[str, Any]:
    """Return what a command printed without what depends on the clock."""
    printed: dict[str, Any] = without_times(json.loads(run.stdout))
    return printed


def test_an_index_made_on_two_nodes_is_the_one_made_here(
    command: Command, undisturbed: dict[str, Any], folder: Path
) -> None:
    here = command("index", "news.jsonl", "--index", "here", "--json")
    assert {**undisturbed, "seconds": 0} == {**json.loads(here.stdout), "seconds": 0}
    one, other = passages(folder / "here"), passages(folder / "whole")
    assert list(one) == list(other)
    assert len(one) > 120
    for mine, theirs in zip(one.values(), other.values(), strict=True):
        assert np.frombuffer(mine, dtype="<f4") == pytest.approx(np.frombuffer(theirs, dtype="<f4"), abs=1e-5)


def test_articles_that_have_not_changed_are_not_encoded_again(
    command: Command, undisturbed: dict[str, Any], nodes: TwoNodes
) -> None:
    again = untimed(command("index", "news.jsonl", "--index", "whole", "--on", nodes.address, "--json"))
    assert (again["added"], again["unchanged"]) == (0, undisturbed["added"])
    assert again["failed"] == undisturbed["failed"]


def test_a_node_killed_while_indexing_leaves_no_trace_in_the_index(
    command: Command, undisturbed: dict[str, Any], nodes: TwoNodes, folder: Path
) -> None:
    words = ("index", "news.jsonl", "--index", "struck", "--on", nodes.address, "--json")
    try:
        run = command(str(nodes.other), *words, program=(DISTURBED,))
    finally:
        nodes.start_other()
    assert re.search(r"killed a node and its [3-9] processes", run.stderr), run.stderr
    assert untimed(run) == without_times(undisturbed)
    assert passages(folder / "struck") == passages(folder / "whole")


def test_a_node_killed_while_evaluating_leaves_no_trace_in_the_answers(
    command: Command, undisturbed: dict[str, Any], nodes: TwoNodes, folder: Path
) -> None:
    words = ("evaluate", "questions.jsonl", "--index", "whole", "--json")
    here = command(*words, "--out", "run-here")
    assert here.returncode == 0, here.stderr
    try:
        struck = command(str(nodes.other), *words, "--out", "run", "--on", nodes.address, program=(DISTURBED,))
    finally:
        nodes.start_other()
    assert re.search(r"killed a node and its [3-9] processes after 6", struck.stderr), struck.stderr
    assert untimed(struck) == untimed(here)
    assert rows(folder / "run") == rows(folder / "run-here")
    for name in ("run.trec", "questions.jsonl"):
        assert (folder / "run" / name).read_bytes() == (folder / "run-here" / name).read_bytes()


def test_a_run_that_was_cut_off_is_continued_on_the_cluster(
    command: Command, undisturbed: dict[str, Any], nodes: TwoNodes, folder: Path
) -> None:
    words = ("evaluate", "questions.jsonl", "--index", "whole", "--limit", "12", "--out", "cut")
    assert command(*words).returncode == 0
    whole, answers = rows(folder / "cut"), folder / "cut" / "answers.jsonl"
    answers.write_text("".join(answers.read_text(encoding="utf-8").splitlines(keepends=True)[:5]) + '{"id": "q0')
    resumed = command(*words, "--resume", "--on", nodes.client_address, "--workers", "1")
    assert resumed.returncode == 0, resumed.stderr
    assert rows(folder / "cut") == whole
