"""The 8-bit graph: near the exact vectors, the same in any batch, and never mistaken for the exact one."""

import numpy as np
import pytest

from rag.encoders import load_encoder
from rag.encoders.bert_graph import write_graph
from rag.encoders.int8_graph import write_int8_graph
from rag.encoders.onnx_encoder import OnnxEncoder, token_ids
from rag.encoders.recipe import read_recipe
from rag.errors import InputError, WeightsError

TEXTS = [
    "the ferry left harbour at dawn",
    "tin salt rope and cargo of tin",
    "late",
    "rope",
    "and returned late with salt",
]


@pytest.fixture
def encoders(tiny_folder, tmp_path):
    """Return the exact and the 8-bit encoder of the same weights."""
    recipe = read_recipe(str(tiny_folder), tmp_path)
    folders = [tmp_path / "exact", tmp_path / "int8"]
    for folder in folders:
        folder.mkdir()
    write_graph(recipe, folders[0])
    write_int8_graph(recipe, folders[1], token_ids(recipe, TEXTS))
    return [OnnxEncoder(recipe, folder, threads=2) for folder in folders]


def test_int8_vectors_are_near_the_exact_ones_but_not_equal(encoders):
    exact, integer = (encoder.encode(TEXTS) for encoder in encoders)
    cosines = np.sum(exact * integer, axis=1)
    assert cosines.min() > 0.99
    assert not np.allclose(exact, integer, atol=1e-5)


def test_an_int8_vector_does_not_depend_on_the_texts_around_it(encoders):
    integer = encoders[1]
    together = integer.encode(TEXTS * 40)
    np.testing.assert_allclose(together, np.concatenate([integer.encode([t]) for t in TEXTS * 40]), atol=1e-5)


def test_only_the_integer_graph_and_its_weights_are_left_in_the_folder(encoders, tmp_path):
    assert sorted(p.name for p in (tmp_path / "int8").iterdir()) == ["model.onnx", "model.onnx.data"]
    sizes = [(tmp_path / kind / "model.onnx.data").stat().st_size for kind in ("int8", "exact")]
    assert sizes[0] < sizes[1]


@pytest.mark.parametrize("choice", [{"precision": "int4"}, {"precision": "int8", "backend": "sentence-transformers"}])
def test_a_precision_that_cannot_be_had_is_refused(choice):
    with pytest.raises(InputError, match=r"int4|has no int8"):
        load_encoder(**choice)


def test_int8_of_a_model_without_a_graph_is_refused(tiny_folder, tmp_path):
    config = tiny_folder / "config.json"
    config.write_text(config.read_text().replace('"bert"', '"mpnet"'))
    with pytest.raises(WeightsError, match=r"no int8 graph .*'mpnet'.*use precision fp32"):
        load_encoder(str(tiny_folder), precision="int8", models_dir=tmp_path)


@pytest.mark.weights
@pytest.mark.filterwarnings("default")
def test_the_precisions_of_the_bundled_encoder_have_different_fingerprints_and_near_vectors():
    exact, integer = load_encoder(), load_encoder(precision="int8")
    assert exact.fingerprint != integer.fingerprint
    assert np.sum(exact.encode(TEXTS) * integer.encode(TEXTS), axis=1).mean() > 0.995
