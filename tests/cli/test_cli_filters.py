"""Filters by outlet, author and language on the command line."""

from __future__ import annotations

import pytest
from cli_fakes import FakeEngine, Run

from rag.records import Filters


@pytest.mark.parametrize("command", ["search", "ask"])
def test_every_filter_reaches_the_engine(run: Run, engine: FakeEngine, command: str) -> None:
    run(
        command, "ferry", "--outlet", "Harbour Post", "--author", "A. Reed", "--language", "EN", "--since", "2026-01-01"
    )
    assert engine.asked[-1][2] == Filters(
        outlet="Harbour Post", author="A. Reed", language="en", since="2026-01-01", until=None
    )


@pytest.mark.parametrize("code", ["english", "e", "12", ""])
def test_what_is_no_language_code_is_refused_by_name(run: Run, code: str) -> None:
    outcome = run("search", "ferry", "--language", code)
    assert outcome.code == 2
    assert f"'{code}' is not a language code" in outcome.err


def test_a_blank_outlet_is_refused(run: Run) -> None:
    outcome = run("ask", "ferry", "--outlet", " ")
    assert (outcome.code, "--outlet is blank" in outcome.err) == (2, True)


def test_an_outlet_that_is_unknown_is_answered_with_the_nearest(run: Run) -> None:
    err = run("search", "refuse", "--outlet", "The Harbor Post").err
    assert "no article has the outlet 'The Harbor Post'; nearest: Harbour Post" in err


def test_a_known_outlet_gets_no_hint(run: Run) -> None:
    assert run("search", "refuse", "--outlet", "harbour post").err == "no passage found\n"


def test_an_author_like_no_other_is_pointed_to_the_list(run: Run) -> None:
    assert "`rag articles` lists them" in run("search", "refuse", "--author", "Zzyzx").err
