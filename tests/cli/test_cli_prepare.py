"""`rag prepare`: which weights it has made ready."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cli_fakes import Run

from rag import encoders, generators
from rag.errors import WeightsError


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str | None, Path | None]]:
    """Put recorders in the place of both preparations; the list receives model and folder."""
    seen: list[tuple[str | None, Path | None]] = []

    def prepare(
        name: str | None = None, *, precision: str = "fp32", models_dir: Path | None = None, progress: Any = None
    ) -> None:
        seen.append((name, models_dir))

    monkeypatch.setattr(encoders, "prepare_encoder", prepare)
    monkeypatch.setattr(generators, "prepare_generator", prepare)
    return seen


def test_the_encoder_and_the_bundled_language_model_are_prepared(
    run: Run, prepared: list[tuple[str | None, Path | None]]
) -> None:
    outcome = run("prepare")
    assert (outcome.code, outcome.out) == (0, "")
    assert prepared == [("all-MiniLM-L6-v2", None), (None, None)]


def test_the_models_and_the_folder_of_the_settings_are_used(
    run: Run, prepared: list[tuple[str | None, Path | None]]
) -> None:
    Path("rag.toml").write_text("encoder = 'mine'\nmodel = 'own.gguf'\nmodels_dir = '/tmp/models'\n")
    run("prepare")
    assert prepared == [("mine", Path("/tmp/models")), ("own.gguf", Path("/tmp/models"))]


def test_missing_weights_are_one_line_and_exit_2(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str, **_: Any) -> None:
        raise WeightsError(f"weights of {name} are not installed")

    monkeypatch.setattr(encoders, "prepare_encoder", fail)
    outcome = run("prepare")
    assert (outcome.code, outcome.err) == (2, "rag: weights of all-MiniLM-L6-v2 are not installed\n")
