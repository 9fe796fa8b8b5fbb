"""Recipes: what a model folder declares, what of it is refused, and the fingerprint."""

import json

import pytest

from rag import weights
from rag.encoders.bert_graph import refusal
from rag.encoders.recipe import BUNDLED, read_recipe
from rag.errors import InputError, WeightsError


def rewrite(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_prompts_limit_and_pooling_are_read_from_the_folder(tiny_folder, tmp_path):
    recipe = read_recipe(str(tiny_folder), tmp_path)
    assert recipe.prompts == {"query": "dawn ", "passage": ""}
    assert (recipe.max_seq_length, recipe.pooling, refusal(recipe)) == (16, "mean", None)


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("sentence_bert_config.json", {"max_seq_length": 12}),
        ("config_sentence_transformers.json", {"prompts": {"query": "other "}}),
        ("1_Pooling/config.json", {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}),
        ("config.json", {"layer_norm_eps": 1e-5}),
        ("tokenizer.json", {"truncation": None}),
    ],
)
def test_the_fingerprint_changes_with_what_changes_vectors(tiny_folder, tmp_path, file, changes):
    before = read_recipe(str(tiny_folder), tmp_path).fingerprint
    rewrite(tiny_folder / file, **changes)
    assert read_recipe(str(tiny_folder), tmp_path).fingerprint != before


def test_the_fingerprint_does_not_depend_on_where_the_folder_is(tiny_folder, tmp_path):
    before = read_recipe(str(tiny_folder), tmp_path).fingerprint
    moved = tiny_folder.rename(tmp_path / "elsewhere")
    assert read_recipe(str(moved), tmp_path).fingerprint == before


def test_bundled_weights_in_a_linked_environment_have_the_same_fingerprint(tiny_folder, tmp_path, monkeypatch):
    before = read_recipe(str(tiny_folder), tmp_path).fingerprint
    linked = tmp_path / "linked"
    linked.symlink_to(tiny_folder, target_is_directory=True)
    monkeypatch.setattr(weights, "locate", lambda wanted, models_dir: linked / "model.safetensors")
    assert read_recipe(BUNDLED, tmp_path).fingerprint == before


def test_a_module_that_is_not_of_sentence_transformers_is_refused(tiny_folder, tmp_path):
    (tiny_folder / "modules.json").write_text(json.dumps([{"path": "", "type": "os.system"}]))
    with pytest.raises(WeightsError, match=r"'os.system' is not one of sentence-transformers"):
        read_recipe(str(tiny_folder), tmp_path)


def test_a_module_path_out_of_the_folder_is_refused(tiny_folder, tmp_path):
    module = {"path": "../..", "type": "sentence_transformers.models.Transformer"}
    (tiny_folder / "modules.json").write_text(json.dumps([module]))
    with pytest.raises(WeightsError, match="leads out of the folder"):
        read_recipe(str(tiny_folder), tmp_path)


def test_a_pickle_is_refused(tiny_folder, tmp_path):
    (tiny_folder / "model.safetensors").rename(tiny_folder / "pytorch_model.bin")
    with pytest.raises(WeightsError, match="only as a pickle"):
        read_recipe(str(tiny_folder), tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", '[{"path": ""}]', "5"])
def test_a_broken_modules_file_is_one_clear_line(tiny_folder, tmp_path, content):
    (tiny_folder / "modules.json").write_text(content)
    with pytest.raises(WeightsError, match="cannot be read as a sentence-transformers model"):
        read_recipe(str(tiny_folder), tmp_path)


@pytest.mark.parametrize("name", ["no-such-model", "./no/such", "/nowhere", "a/b/c", ""])
def test_a_name_that_is_nothing_is_an_input_error(name, tmp_path):
    with pytest.raises(InputError, match="unknown encoder"):
        read_recipe(name, tmp_path)


def test_an_architecture_without_a_graph_is_said(tiny_folder, tmp_path):
    rewrite(tiny_folder / "config.json", model_type="mpnet")
    assert refusal(read_recipe(str(tiny_folder), tmp_path)) == "its architecture is 'mpnet', not 'bert'"
