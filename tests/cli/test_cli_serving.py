"""`rag serve`: what reaches the page, and what is refused before one is served."""

from __future__ import annotations

from typing import Any

import pytest
from cli_fakes import FakeEngine, Run

from rag import web


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Put a page that ends at once in the place of the real one; the list receives its settings."""
    seen: list[Any] = []

    def serve(settings: Any) -> None:
        seen.append(settings)

    monkeypatch.setattr(web, "serve", serve)
    return seen


def test_flags_reach_the_page_which_opens_an_engine_of_its_own(run: Run, served: list[Any], engine: FakeEngine) -> None:
    outcome = run("serve", "--host", "127.0.0.2", "--port", "0", "--auth", "ann:sesame")
    (settings,) = served
    assert (outcome.code, settings.host, settings.port, settings.auth) == (0, "127.0.0.2", 0, "ann:sesame")
    assert engine.closed  # it was opened to see that there are articles


def test_an_empty_index_is_refused_before_a_page_is_served(run: Run, served: list[Any], engine: FakeEngine) -> None:
    engine.stored = {}
    outcome = run("serve")
    assert (outcome.code, served) == (2, [])
    assert "is empty" in outcome.err
