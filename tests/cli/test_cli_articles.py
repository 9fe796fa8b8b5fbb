"""`rag articles`, `rag show` and `rag remove` on a fake engine."""

from __future__ import annotations

import json

from cli_fakes import FERRY, FERRY_BEFORE, MILL, FakeEngine, Run


def test_the_list_has_each_article_with_its_id_and_passages(run: Run) -> None:
    lines = run("articles").out.splitlines()
    assert len(lines) == 3
    assert lines[1].split()[0] == "ferry-1a2b"
    assert json.loads(run("articles", "--json").out)["articles"][1]["passages"] == 2


def test_the_list_says_which_articles_are_copies(run: Run) -> None:
    lines = run("articles").out.splitlines()
    assert "1 more" in lines[1]
    assert "of ferry-1a2b" in lines[2]
    rows = json.loads(run("articles", "--json").out)["articles"]
    assert [(row["group"], row["version"]) for row in rows] == [
        ("ferry-1a2b", FERRY.content_hash[:16]),
        ("ferry-1a2b", MILL.content_hash[:16]),
    ]


def test_show_names_the_earlier_versions_and_prints_the_one_asked_for(run: Run) -> None:
    before = FERRY_BEFORE.content_hash[:16]
    assert f"1 earlier version: {before} (until 2026-02-04T10:00)" in run("show", "ferry-1a2b").err
    assert run("show", "ferry-1a2b", "--version", before).out == FERRY_BEFORE.text
    document = json.loads(run("show", "ferry-1a2b", "--json").out)
    assert document["version"] == FERRY.content_hash[:16]
    assert document["earlier_versions"] == [{"version": before, "replaced": "2026-02-04T10:00:00+00:00"}]


def test_show_of_an_unknown_version_is_one_line(run: Run) -> None:
    outcome = run("show", "ferry-1a2b", "--version", "beef")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "rag: 'ferry-1a2b' has no version 'beef'; `rag show ferry-1a2b` names those it has\n"


def test_show_prints_the_stored_text_to_the_letter_and_the_rest_on_stderr(run: Run) -> None:
    outcome = run("show", "ferry-1a2b")
    assert outcome.out == FERRY.text
    assert outcome.err.splitlines()[0] == "ferry-1a2b · Harbour Post · 2026-02-03 · Ferry [bold]lost[/bold]"


def test_json_of_an_article_has_its_text_and_metadata(run: Run) -> None:
    document = json.loads(run("show", "ferry-1a2b", "--json").out)
    assert (document["text"], document["outlet"]) == (FERRY.text, "Harbour Post")


def test_show_of_an_unknown_id_is_one_line(run: Run) -> None:
    outcome = run("show", "nope")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "rag: no article is stored as 'nope'; `rag articles` lists the ids\n"


def test_remove_takes_each_article_once(run: Run, engine: FakeEngine) -> None:
    outcome = run("remove", "ferry-1a2b", "mill-3c4d", "ferry-1a2b")
    assert (outcome.code, outcome.out, engine.stored) == (0, "removed 2 articles\n", {})


def test_remove_with_an_unknown_id_removes_the_others_and_exits_with_1(run: Run, engine: FakeEngine) -> None:
    outcome = run("remove", "nope", "ferry-1a2b", "--json")
    assert outcome.code == 1
    assert json.loads(outcome.out) == {"removed": ["ferry-1a2b"], "unknown": ["nope"]}
    assert outcome.err == "nope: no such article\n"
    assert list(engine.stored) == [MILL.article_id]


def test_remove_of_unknown_ids_only_exits_with_2(run: Run, engine: FakeEngine) -> None:
    outcome = run("remove", "nope", "neither")
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert len(engine.stored) == 2
