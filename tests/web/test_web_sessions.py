"""What the server keeps of a visitor: values of the session, nothing that was drawn."""

from __future__ import annotations

import gc
from types import SimpleNamespace

import gradio as gr
import pytest

from rag.web.sessions import AwaitedEvents, LeanSessions, keep_lean_sessions


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_a_session_has_values_of_its_own_and_keeps_nothing_that_was_drawn() -> None:
    with gr.Blocks() as page:
        value, drawn = gr.State(1), gr.HTML("welcome")
    sessions = LeanSessions()
    sessions.set_blocks(page)
    sessions["a"][value._id] = 5
    sessions["a"]._update_value_in_config(drawn._id, "a long conversation")
    assert (sessions["a"][value._id], sessions["b"][value._id]) == (5, 1)
    assert "conversation" not in str(sessions["a"].config_values)
    assert sessions["b"].config_values == {}
    del page, value, drawn, sessions
    gc.collect()  # Gradio leaves an event loop to the garbage collector


def test_a_session_that_waits_for_nothing_is_forgotten_and_one_that_waits_is_not() -> None:
    told = {f"s{i}" for i in range(10_000)}
    awaited = AwaitedEvents(told)
    for i in range(10_000):
        awaited[f"s{i}"] = set()
        awaited[f"s{i}"].add("event")
        if i % 100:
            awaited[f"s{i}"].remove("event")
    assert {f"s{i}" for i in range(0, 10_000, 100)} <= set(awaited)
    assert len(awaited) < 600
    assert awaited["s1"] == set()
    assert "s1" not in awaited


def test_a_session_whose_messages_are_gone_is_forgotten() -> None:
    awaited = AwaitedEvents({"kept"})
    awaited["kept"] = {"event"}
    for i in range(1_000):
        awaited[f"s{i}"] = {"never fetched"}
    assert "kept" in awaited
    assert len(awaited) <= 257


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_a_page_keeps_what_is_awaited_where_gradio_looks_for_it() -> None:
    with gr.Blocks() as page:
        gr.HTML("welcome")
    assert type(page._queue.pending_event_ids_session) is dict  # Gradio's own, under this name
    page.app = SimpleNamespace()
    keep_lean_sessions(page)
    assert isinstance(page._queue.pending_event_ids_session, AwaitedEvents)
    del page
    gc.collect()
