"""`rag search`, `rag ask` and `rag chat` on a fake engine."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from cli_fakes import FERRY, REFUSAL, FakeEngine, Run

from rag.records import Filters


def test_an_answer_is_its_sentences_with_markers_and_then_its_sources(run: Run) -> None:
    outcome = run("ask", "When did the ferry sink?")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines() == [
        "The ferry sank at dusk. [1]",
        "",
        "[1] Harbour Post · 2026-02-03 · Ferry [bold]lost[/bold]",
        "    “The ferry sank at dusk, the harbour master said.”",
    ]


def test_a_refusal_is_said_plainly_and_cites_nothing(run: Run) -> None:
    outcome = run("ask", "refuse this")
    assert (outcome.code, outcome.out) == (0, REFUSAL + "\n")


def test_a_disagreement_shows_each_claim_with_its_source(run: Run) -> None:
    out = run("ask", "differ").out
    assert "Sources disagree on the hour:" in out
    assert "  - at dawn\n    [1] Harbour Post · 2026-02-03 · Ferry [bold]lost[/bold]: “The ferry sank" in out


def test_json_of_an_answer_is_one_document_whose_spans_hold(run: Run) -> None:
    document = json.loads(run("ask", "When?", "--json").out)
    citation = document["citations"][0]
    assert FERRY.text[citation["start"] : citation["end"]] == citation["quote"]
    assert (document["question"], document["abstained"]) == ("When?", False)


def test_json_of_a_search_has_the_hits(run: Run) -> None:
    document = json.loads(run("search", "ferry", "--json").out)
    assert [hit["article_id"] for hit in document["hits"]] == ["ferry-1a2b"]


def test_the_table_of_a_search_shows_where_each_passage_stands(run: Run) -> None:
    out = run("search", "ferry").out
    assert "ferry-1a2b:22-70" in out
    assert "Ferry [bold]lost[/bold]" in out


def test_a_search_without_hits_says_so_on_stderr(run: Run) -> None:
    outcome = run("search", "refuse")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "no passage found\n")


def test_words_without_quotes_around_them_are_one_question(run: Run, engine: FakeEngine) -> None:
    run("ask", "when", "did it", "sink")
    assert engine.asked[0][0] == "when did it sink"


def test_filters_reach_the_engine(run: Run, engine: FakeEngine) -> None:
    run("search", "ferry", "--outlet", "Harbour Post", "--since", "2026-01-01", "--until", "20260301")
    assert engine.asked[0][2] == Filters(outlet="Harbour Post", since="2026-01-01", until="2026-03-01")


def test_flags_become_settings_of_the_engine(run: Run, opened_with: list[Any]) -> None:
    run("ask", "When?", "-k", "3", "--generator", "local", "--index", "elsewhere")
    settings = opened_with[0]
    assert (settings.k, settings.generator, settings.index) == (3, "local", "elsewhere")


def test_the_engine_is_closed_after_an_error(run: Run, engine: FakeEngine) -> None:
    outcome = run("ask", "fail")
    assert (outcome.code, engine.closed) == (2, True)
    assert outcome.err == "rag: the model 'tiny' stopped: out of memory; use --generator extractive\n"


def chat(monkeypatch: pytest.MonkeyPatch, run: Run, typed: str) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    outcome = run("chat")
    assert outcome.code == 0
    return outcome.out + outcome.err


def test_a_chat_hands_earlier_turns_to_later_questions(
    monkeypatch: pytest.MonkeyPatch, run: Run, engine: FakeEngine
) -> None:
    chat(monkeypatch, run, "first\n\n  second  \n/new\nthird\n")
    assert [(question, turns) for question, turns, _ in engine.asked] == [("first", 0), ("second", 1), ("third", 0)]


def test_a_failed_turn_does_not_end_the_chat(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    shown = chat(monkeypatch, run, "fail\nagain\n")
    assert "rag: the model 'tiny' stopped" in shown
    assert "The ferry sank at dusk. [1]" in shown


def test_quit_leaves_the_chat(monkeypatch: pytest.MonkeyPatch, run: Run, engine: FakeEngine) -> None:
    chat(monkeypatch, run, "/quit\nnever asked\n")
    assert engine.asked == []
