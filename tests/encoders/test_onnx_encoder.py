"""The ONNX encoder against BERT written out in NumPy, and its contract: order, padding, limits, unit length."""

import json
import math

import numpy as np
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from rag.encoders.bert_graph import write_graph
from rag.encoders.onnx_encoder import OnnxEncoder
from rag.encoders.recipe import read_recipe
from rag.errors import WeightsError

TEXTS = ["the ferry left harbour at dawn", "", "rope", "tin salt rope and cargo of tin", "zeppelin 東京", "late"]


@pytest.fixture
def encoder(tiny_folder, tmp_path):
    recipe = read_recipe(str(tiny_folder), tmp_path)
    write_graph(recipe, tmp_path)
    return OnnxEncoder(recipe, tmp_path, threads=2)


def bert_in_numpy(folder, text, pooling="mean"):
    """Encode one text as Devlin et al. 2019 describe it, without batches, masks or fused operators."""
    w, config = load_file(folder / "model.safetensors"), json.loads((folder / "config.json").read_text())
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(16)
    ids = tokenizer.encode(text).ids

    def dense(x, name):
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def norm(x, name):
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + config["layer_norm_eps"])
        return scaled * w[f"{name}.weight"] + w[f"{name}.bias"]

    e = "embeddings."
    x = w[f"{e}word_embeddings.weight"][ids] + w[f"{e}position_embeddings.weight"][: len(ids)]
    x = norm(x + w[f"{e}token_type_embeddings.weight"][0], f"{e}LayerNorm")
    heads, size = config["num_attention_heads"], config["hidden_size"] // config["num_attention_heads"]
    for layer in range(config["num_hidden_layers"]):
        p = f"encoder.layer.{layer}."
        q, k, v = (
            dense(x, f"{p}attention.self.{n}").reshape(len(ids), heads, size).transpose(1, 0, 2)
            for n in ("query", "key", "value")
        )
        scores = np.exp(q @ k.transpose(0, 2, 1) / math.sqrt(size))
        mixed = (scores / scores.sum(-1, keepdims=True)) @ v
        x = norm(
            x + dense(mixed.transpose(1, 0, 2).reshape(len(ids), -1), f"{p}attention.output.dense"),
            f"{p}attention.output.LayerNorm",
        )
        wide = dense(x, f"{p}intermediate.dense")
        wide = wide * 0.5 * (1 + np.vectorize(math.erf)(wide / math.sqrt(2)))
        x = norm(x + dense(wide, f"{p}output.dense"), f"{p}output.LayerNorm")
    if pooling == "none":
        return x
    pooled = x.mean(0) if pooling == "mean" else x[0]
    return pooled / np.linalg.norm(pooled)


def test_vectors_are_those_of_bert_written_out(encoder, tiny_folder):
    expected = np.stack([bert_in_numpy(tiny_folder, text) for text in TEXTS])
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=2e-5)


def test_cls_pooling_takes_the_first_token(tiny_folder, tmp_path):
    (tiny_folder / "1_Pooling/config.json").write_text('{"pooling_mode": "cls"}')
    recipe = read_recipe(str(tiny_folder), tmp_path)
    write_graph(recipe, tmp_path)
    expected = np.stack([bert_in_numpy(tiny_folder, text, "cls") for text in TEXTS])
    np.testing.assert_allclose(OnnxEncoder(recipe, tmp_path).encode(TEXTS), expected, atol=2e-5)


def test_a_query_gets_its_prompt(encoder, tiny_folder):
    expected = bert_in_numpy(tiny_folder, "dawn the ferry left")
    np.testing.assert_allclose(encoder.encode(["the ferry left"], role="query")[0], expected, atol=2e-5)


def test_many_batches_keep_the_order_given(encoder):
    texts = [" ".join(TEXTS[3].split()[: 1 + i % 7]) for i in range(400)]
    alone = {text: encoder.encode([text])[0] for text in set(texts)}
    np.testing.assert_allclose(encoder.encode(texts), np.stack([alone[t] for t in texts]), atol=1e-5)


def test_vectors_are_float32_of_length_one(encoder):
    vectors = encoder.encode(TEXTS)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_no_text_gives_no_rows(encoder):
    assert encoder.encode([]).shape == (0, 24)
    assert encoder.count_tokens([]) == []


def test_max_tokens_leaves_room_for_specials_and_the_longest_prompt(encoder):
    assert encoder.max_tokens == 16 - 2 - 1


def test_tokens_are_counted_whole_whatever_the_tokenizer_file_truncates(encoder):
    assert encoder.count_tokens(["tin " * 50, "", "salt rope"]) == [50, 0, 2]


def test_a_text_of_max_tokens_is_not_cut_and_one_more_is(encoder, tiny_folder):
    fits = "tin " * encoder.max_tokens
    assert not np.allclose(encoder.encode([fits]), encoder.encode([fits + "rope"]))
    assert np.allclose(encoder.encode(["tin " * 14]), encoder.encode(["tin " * 14 + "rope"]))


def test_progress_counts_every_text_once(encoder):
    finished = []
    encoder.encode(["tin salt rope"] * 300, progress=finished.append)
    assert sum(finished) == 300


def test_a_missing_tensor_is_named(tiny_folder, tmp_path):
    recipe = read_recipe(str(tiny_folder), tmp_path)
    recipe.transformer_config["num_hidden_layers"] = 3
    with pytest.raises(WeightsError, match=r"lacks the tensor 'encoder.layer.2"):
        write_graph(recipe, tmp_path)


def test_a_damaged_graph_is_one_clear_line(tiny_folder, tmp_path):
    recipe = read_recipe(str(tiny_folder), tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(WeightsError, match="cannot be opened"):
        OnnxEncoder(recipe, tmp_path)


def test_damaged_weights_and_a_damaged_tokenizer_are_one_clear_line(encoder, tiny_folder, tmp_path):
    recipe = read_recipe(str(tiny_folder), tmp_path)
    (tiny_folder / "model.safetensors").write_bytes(b"\xff" * 64)
    with pytest.raises(WeightsError, match="damaged safetensors"):
        write_graph(recipe, tmp_path)
    (tiny_folder / "tokenizer.json").write_text("{}")
    with pytest.raises(WeightsError, match="cannot be read as a tokenizer"):
        OnnxEncoder(recipe, tmp_path)


def test_token_vectors_are_the_last_hidden_states_of_bert_written_out(encoder, tiny_folder):
    text = TEXTS[0]
    states = bert_in_numpy(tiny_folder, text, "none")[1:-1]
    expected = states / np.linalg.norm(states, axis=1, keepdims=True)
    np.testing.assert_allclose(encoder.token_vectors(TEXTS)[0].vectors, expected, atol=2e-5)


def test_offsets_name_each_token_in_code_points(encoder):
    texts = ["🏏 Rope,\ttin", "", "a\ud800b salt"]
    found = [[text[a:b] for a, b in t.offsets] for text, t in zip(texts, encoder.token_vectors(texts), strict=True)]
    assert found == [["🏏", "Rope", ",", "tin"], [], ["a", "\ud800", "b", "salt"]]


def test_token_vectors_do_not_depend_on_what_they_are_batched_with(encoder):
    texts = [" ".join(TEXTS[3].split()[: 1 + i % 7]) for i in range(300)]
    for text, together in zip(texts, encoder.token_vectors(texts), strict=True):
        alone = encoder.token_vectors([text])[0]
        assert together.offsets == alone.offsets
        np.testing.assert_allclose(together.vectors, alone.vectors, atol=1e-5)


def test_the_tokens_of_a_prompt_are_left_out_and_those_beyond_the_limit_are_missing(tiny_folder, tmp_path):
    prompts = {"prompts": {"passage": "dawn dawn "}}
    (tiny_folder / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    recipe = read_recipe(str(tiny_folder), tmp_path)
    write_graph(recipe, tmp_path)
    tokens = OnnxEncoder(recipe, tmp_path).token_vectors(["tin " * 30, "salt"])
    assert [len(t.vectors) for t in tokens] == [16 - 2 - 2, 1]
    assert tokens[1].offsets == ((0, 4),)


def test_a_text_given_twice_is_encoded_once(encoder, monkeypatch):
    ran = []
    monkeypatch.setattr(encoder, "_session", Watched(encoder._session, ran))
    finished = []
    vectors = encoder.encode(["tin", "salt rope", "tin", "tin"], progress=finished.append)
    assert (sum(ran), sum(finished)) == (2, 4)
    assert np.array_equal(vectors[0], vectors[2])


class Watched:
    """A session that remembers how many texts each run had."""

    def __init__(self, session, ran):
        self.session, self.ran = session, ran

    def run(self, outputs, feed):
        self.ran.append(len(feed["ids"]))
        return self.session.run(outputs, feed)
