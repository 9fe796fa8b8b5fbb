"""What the server keeps of a visitor: values of the session, nothing that was drawn."""

from __future__ import annotations

import gc

import gradio as gr
import pytest

from rag.web.sessions import LeanSessions


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
