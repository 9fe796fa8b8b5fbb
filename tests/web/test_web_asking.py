"""Asking: input is checked, events are shown as they come, a stop is felt, errors are told."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from web_fakes import ARTICLES, COST, HARBOUR, NOWHERE, REPRINT, FakeEngine

from rag.errors import IndexStateError, InputError
from rag.records import Filters
from rag.web.asking import answer_exchange, filters_of, generator_of, k_of, question_of
from rag.web.conversation import Conversation, Exchange, new_exchange
from rag.web.door import ChatEngine, Door


def opened(engine: FakeEngine) -> Door:
    door = Door(lambda report: engine)
    door.start()
    assert door.wait(5)
    return door


def shown(
    door: Door, question: str, stop: threading.Event | None = None, each: Callable[[Exchange], None] = lambda e: None
) -> list[Exchange]:
    async def collect() -> list[Exchange]:
        begun = new_exchange(question, generator="extractive", filters=Filters(), articles=0, status="")
        seen = []
        async for exchange in answer_exchange(door, Conversation("c1"), begun, stop or threading.Event()):
            seen.append(exchange)
            each(exchange)
        return seen

    return asyncio.run(collect())


@pytest.mark.parametrize("value", [7, None, {"a": 1}, ["x"], True, "", "   \n", "x" * 2001])
def test_what_is_no_question_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="question"):
        question_of(value)


def test_a_question_of_2000_characters_is_read() -> None:
    assert len(question_of("x" * 2000)) == 2000


@pytest.mark.parametrize(
    "filters",
    [
        (7, "", ""),
        ("x" * 201, "", ""),
        ("", "soon", ""),
        ("", "", 7),
        ("", "2026-02-30", ""),
        ("", "", "", ["x"]),
        ("", "", "", "", {"a": 1}),
    ],
)
def test_filters_that_cannot_be_are_refused(filters: tuple[object, object, object]) -> None:
    with pytest.raises(InputError):
        filters_of(*filters)


def test_dates_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(InputError, match="is after until"):
        filters_of("", "2026-02-02", "2026-02-01")


def test_author_and_language_are_filters_too() -> None:
    assert filters_of("", "", "", "Mara Lind", "en") == Filters(author="Mara Lind", language="en")


def test_the_corpus_tells_its_names_and_which_articles_are_copies() -> None:
    corpus = opened(FakeEngine([*ARTICLES, REPRINT])).corpus
    assert (corpus.total, corpus.authors, corpus.languages) == (3, ("Mara Lind",), ("en",))
    assert set(corpus.copies) == {"harbour", "reprint"}


def test_what_became_of_a_source_is_known_once_the_engine_is() -> None:
    engine = FakeEngine()
    door = opened(engine)
    (told,) = shown(door, COST)[-1:]
    conversation = Conversation("c1", (told,))
    engine.stored["harbour"] = replace(HARBOUR, text="Another text.")
    del engine.stored["inquiry"]
    states = {key: state for (key, _), state in door.standing(conversation).states.items()}
    assert states == {"harbour": "changed", "inquiry": "removed"}
    assert Door(lambda report: engine).standing(conversation).states == {}


def test_empty_filters_let_everything_pass() -> None:
    assert filters_of("", None, "") == Filters()


@pytest.mark.parametrize("value", [-1, 101, 1.5, "3", True])
def test_k_is_a_whole_number_in_range(value: object) -> None:
    with pytest.raises(InputError, match="from 1 to 100"):
        k_of(value)


def test_only_generators_on_offer_are_taken() -> None:
    with pytest.raises(InputError, match="choose one of extractive"):
        generator_of("openai", {"extractive": "Quotes only"})


def test_an_answer_grows_sentence_by_sentence_and_ends_whole() -> None:
    seen = shown(opened(FakeEngine()), COST)
    assert seen[0].status == "Searching 2 articles…"
    assert [len(e.shown_sentences) for e in seen] == [0, 0, 1, 2, 2]
    assert seen[-1].answer is not None
    assert seen[-1].status is None


def test_a_refusal_ends_with_the_answer_that_abstains() -> None:
    final = shown(opened(FakeEngine()), NOWHERE)[-1]
    assert final.answer is not None
    assert final.answer.abstained


def test_a_stop_keeps_what_was_written_and_breaks_the_engine_off() -> None:
    engine, stop = FakeEngine(pause_s=0.2), threading.Event()
    seen = shown(opened(engine), COST, stop, each=lambda e: stop.set() if e.sentences else None)
    assert (seen[-1].stopped, seen[-1].answer, len(seen[-1].sentences)) == (True, None, 1)
    assert engine.broke_off.wait(2)


def test_a_question_asked_while_models_load_waits_and_is_answered() -> None:
    loaded = threading.Event()

    def open_slowly(report: Callable[[str], None]) -> ChatEngine:
        report("Loading the models…")
        loaded.wait(5)
        return FakeEngine()

    door = Door(open_slowly)
    door.start()
    seen = shown(door, COST, each=lambda e: loaded.set() if "waits" in (e.status or "") else None)
    assert "Your question waits" in (seen[0].status or "")
    assert seen[-1].answer is not None


def test_an_index_that_does_not_open_is_told_in_its_own_words() -> None:
    def fail(report: Callable[[str], None]) -> ChatEngine:
        raise IndexStateError("no index in nowhere/; run rag index PATH")

    door = Door(fail)
    door.start()
    assert door.wait(5)
    assert door.problem == "no index in nowhere/; run rag index PATH"
    assert shown(door, COST)[-1].problem == door.problem


def test_an_unforeseen_failure_tells_no_internals(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeEngine):
        def article(self, article_id: str) -> None: ...

        def stream(self, *args: object, **kwargs: object) -> None:  # type: ignore[override]
            raise ZeroDivisionError("secret path /srv/x")

    final = shown(opened(Broken()), COST)[-1]
    assert "secret" not in (final.problem or "")
    assert "ZeroDivisionError" in caplog.text


def test_follow_ups_are_not_what_was_asked_already() -> None:
    door = opened(FakeEngine())
    asked = new_exchange(COST, generator="extractive", filters=Filters(), articles=2, status="")
    proposed = door.follow_ups(Conversation("c1", (asked,)))
    assert len(proposed) == 3
    assert COST not in proposed
