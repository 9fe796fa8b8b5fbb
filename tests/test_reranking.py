"""A cross-encoder from a folder ranks what was found once more."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import SettingsError
from rag.reranking import CrossEncoderReranker

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"the ferry mill harbour burned sank who when".split()]


def saved_cross_encoder(folder: Path, labels: int = 1) -> str:
    """Save a tiny BERT with random weights and return its folder."""
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(WORDS), encoding="utf-8")
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=32, num_labels=labels, initializer_range=1.0,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(vocab={word: n for n, word in enumerate(WORDS)}, model_max_length=32).save_pretrained(folder)
    return str(folder)


@pytest.mark.weights
def test_a_saved_cross_encoder_gives_each_text_the_same_score_alone_and_among_others(tmp_path: Path) -> None:
    reranker = CrossEncoderReranker(saved_cross_encoder(tmp_path / "tiny"))
    texts = ["the ferry sank", "the mill burned", "the harbour"]
    scores = reranker.scores("who sank", texts)
    assert len(scores) == 3
    assert scores[1] == pytest.approx(reranker.scores("who sank", texts[1:2])[0], abs=1e-4)
    assert len(set(scores)) == 3


@pytest.mark.weights
def test_a_cross_encoder_with_several_scores_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="3 scores"):
        CrossEncoderReranker(saved_cross_encoder(tmp_path / "three", labels=3)).scores("who", ["the mill"])


@pytest.mark.weights
def test_a_folder_that_holds_no_model_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be loaded"):
        CrossEncoderReranker(str(tmp_path)).scores("who", ["the mill"])


def test_no_text_needs_no_model() -> None:
    assert CrossEncoderReranker("nowhere").scores("who", []) == []
