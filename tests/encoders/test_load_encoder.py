"""Choosing an encoder, with the real weights where marked."""

import subprocess
import sys

import numpy as np
import pytest

from rag.encoders import load_encoder
from rag.errors import InputError

AWKWARD = (
    "",
    " \n\t",
    "🏏👩🏽‍🚀 ☔",
    "東京の図書館は月曜日に休館する。",
    "word " * 5000,
    "x" * 20000,
    "e\u0301cole ﬁn \u202eabc\u202c \u200b",
    "a\x00b\ud800c",
    "The council voted nine to four on Tuesday.",
)
COLD_PATH = """
import sys
from rag.encoders import load_encoder
load_encoder().encode(["Who signed?"], role="query")
print([m for m in ("torch", "transformers", "sentence_transformers", "onnx") if m in sys.modules])
"""


def test_an_unknown_backend_is_refused():
    with pytest.raises(InputError, match="'tensorflow'"):
        load_encoder(backend="tensorflow")  # type: ignore[arg-type]


def test_importing_the_room_loads_no_heavy_library():
    heavy = ("torch", "transformers", "onnxruntime", "onnx", "tokenizers")
    code = f"import sys, rag.encoders; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.weights
@pytest.mark.filterwarnings("default")
def test_the_graph_and_sentence_transformers_agree_on_awkward_texts():
    graph, reference = load_encoder(backend="onnx"), load_encoder(backend="sentence-transformers")
    for role in ("passage", "query"):
        cosines = np.sum(graph.encode(AWKWARD, role=role) * reference.encode(AWKWARD, role=role), axis=1)
        assert cosines.min() >= 0.9999
    assert graph.count_tokens(AWKWARD) == reference.count_tokens(AWKWARD)
    assert graph.fingerprint == reference.fingerprint
    assert (graph.max_tokens, graph.dimension) == (reference.max_tokens, reference.dimension) == (254, 384)


@pytest.mark.weights
def test_a_query_needs_neither_torch_nor_transformers():
    load_encoder()
    assert (
        subprocess.run([sys.executable, "-c", COLD_PATH], capture_output=True, text=True, check=True).stdout == "[]\n"
    )


@pytest.mark.weights
@pytest.mark.filterwarnings("default")
def test_both_ways_give_the_same_token_vectors_and_offsets():
    graph, reference = load_encoder(backend="onnx"), load_encoder(backend="sentence-transformers")
    for ours, theirs in zip(graph.token_vectors(AWKWARD), reference.token_vectors(AWKWARD), strict=True):
        assert ours.offsets == theirs.offsets
        np.testing.assert_allclose(ours.vectors, theirs.vectors, atol=1e-4)
