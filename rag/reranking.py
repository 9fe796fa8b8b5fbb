"""A cross-encoder reads question and passage together and ranks what retrieval found once more. Off unless configured.

Any CrossEncoder of sentence-transformers, by folder or hub name; no weights for one come with Footnote. It loads with
the first question. Nogueira and Cho 2019, "Passage Re-ranking with BERT". This module knows no index.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from rag.errors import SettingsError

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

RERANKED = 50  # passages, or twice those wanted


class Reranker(Protocol):
    """Scores passages for a question."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return one score for each text, in their order; a higher one is better."""
        ...


class CrossEncoderReranker:
    """A CrossEncoder of sentence-transformers; may be used from several threads."""

    def __init__(self, name: str) -> None:
        """Remember which model to load. Nothing is read before the first question."""
        self.name = name
        self._model: CrossEncoder | None = None
        self._turn = threading.Lock()

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return the model's scores; raises SettingsError when it cannot be loaded, or gives more than one a text."""
        if not texts:
            return []
        with self._turn:
            self._model = self._model or self._loaded()
            found = self._model.predict([(question, text) for text in texts], show_progress_bar=False)
        return [float(score) for score in found]

    def _loaded(self) -> CrossEncoder:
        from sentence_transformers import CrossEncoder
        from transformers.utils import logging

        logging.disable_progress_bar()
        try:
            model = CrossEncoder(self.name, trust_remote_code=False, model_kwargs={"use_safetensors": True})
        except (OSError, ValueError, RuntimeError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise SettingsError(
                f"reranker '{self.name}' cannot be loaded ({reason}); give a folder or hub name of a CrossEncoder"
            ) from error
        if model.num_labels != 1:
            raise SettingsError(
                f"reranker '{self.name}' gives {model.num_labels} scores a passage; choose a CrossEncoder with one"
            )
        return model
