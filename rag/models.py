"""The models of an open engine, loaded from its settings, and the vectors they have already given.

Which settings make which encoder, chunking or generator is decided here and nowhere else. Knows no index and no page.
"""

from __future__ import annotations

from pathlib import Path

from rag.chunking import Chunking
from rag.encoders import Encoder, TokenEncoder, load_encoder
from rag.encoders.word_vectors import WordVectors
from rag.evidence.vectors import KeptTokenVectors, TextVectors
from rag.generators import Generator, load_generator
from rag.reranking import CrossEncoderReranker, Reranker
from rag.settings import Settings
from rag.weights import MINILM, locate

EXTRACTIVE = "extractive"


class Models:
    """An encoder with what it has encoded, the same encoder for single tokens, and the vectors of words."""

    def __init__(self, settings: Settings) -> None:
        folder = models_dir(settings)
        served = load_encoder(
            settings.encoder,
            backend=settings.encoder_backend,
            precision=settings.encoder_precision,
            models_dir=folder,
            threads=settings.threads or None,
        )
        self.encoder: Encoder = served
        self.tokens: TokenEncoder = KeptTokenVectors(served)
        self.texts = TextVectors(self.encoder)
        self.words = WordVectors(locate(MINILM, folder).parent)


def chunking_of(settings: Settings) -> Chunking:
    """Return how these settings cut articles into passages."""
    return Chunking(settings.chunk_tokens, settings.overlap_sentences)


def generator_of(name: str, settings: Settings) -> Generator | None:
    """Load the generator called `name`; `extractive` is none. Raises InputError for an unknown name."""
    model = settings.openai_model if name == "openai" else settings.model
    return load_generator(
        name,
        model=model or None,
        models_dir=models_dir(settings),
        base_url=settings.openai_base_url or None,
        api_key=settings.openai_api_key.get_secret_value() or None,
    )


def reranker_of(settings: Settings) -> Reranker | None:
    """Return the reranker of these settings, which loads with the first question, or None."""
    return CrossEncoderReranker(settings.reranker) if settings.reranker else None


def models_dir(settings: Settings) -> Path | None:
    """Return the folder of prepared weights that the settings name, or None for the user's cache."""
    return Path(settings.models_dir).expanduser() if settings.models_dir else None
