"""`rag serve`: what reaches the page, and what is refused before one is served."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cli_fakes import FakeEngine, Run

from rag import web


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, Any]]:
    """Put a page that ends at once in the place of the real one; the list receives settings and engine."""
    seen: list[tuple[Any, Any]] = []

    def serve(settings: Any, open_engine: Callable[[Callable[[str], None]], Any]) -> None:
        seen.append((settings, open_engine(lambda stage: None)))

    monkeypatch.setattr(web, "serve", serve)
    return seen


def test_flags_reach_the_page_with_the_opened_engine(
    run: Run, served: list[tuple[Any, Any]], engine: FakeEngine
) -> None:
    outcome = run("serve", "--host", "127.0.0.2", "--port", "0", "--auth", "ann:sesame")
    settings, opened = served[0]
    assert (outcome.code, settings.host, settings.port, settings.auth) == (0, "127.0.0.2", 0, "ann:sesame")
    assert opened is engine
    assert engine.closed


def test_an_empty_index_is_refused_before_a_page_is_served(
    run: Run, served: list[tuple[Any, Any]], engine: FakeEngine
) -> None:
    engine.stored = {}
    outcome = run("serve")
    assert (outcome.code, served) == (2, [])
    assert "is empty" in outcome.err
