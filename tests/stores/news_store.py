"""Invented news, and what a store of it is made with: an encoder without a model."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from hashing_encoder import HashingEncoder

from rag.chunking import Chunking, chunk, encoder_input
from rag.records import Article, Metadata
from rag.stores import PassageStore, manifest_of

ENCODER = HashingEncoder()
CHUNKING = Chunking(max_tokens=30)
MANIFEST = manifest_of(ENCODER, CHUNKING.fingerprint)

NEWS = [
    Article("ferry", "The ferry resumed. Islanders cheered at the harbour.", Metadata(
        title="Ferry resumes", outlet="The Coastal Courier", author="A. Reporter", published="2026-03-14",
        language="en"), "ferry.md"),
    Article("storm", "A storm closed the harbour. Waves reached nine metres.", Metadata(
        title="Storm at sea", outlet="Evening Ledger", published="2026-03-12T18:30:00+01:00"), "storm.md"),
    Article("bakery", "The bakery won a prize for its rye bread. Customers queued.", Metadata(
        title="Prize for bakery", outlet="Evening Ledger", author="B. Writer"), "bakery.md"),
    Article("hafen", "Die Fähre fährt wieder. Der Hafen ist offen.", Metadata(
        title="Fähre fährt", outlet="Küstenbote", published="2026-04-01", language="de"), "hafen.md"),
]  # fmt: skip


def put(store: PassageStore, article: Article) -> None:
    passages = chunk(article, ENCODER, CHUNKING)
    store.put(article, passages, ENCODER.encode([encoder_input(article.metadata, p) for p in passages]))
