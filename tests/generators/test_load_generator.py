"""Choosing a generator by name, and models that are not there."""

import pytest

from rag.errors import GeneratorError, InputError
from rag.generators import load_generator


def test_extractive_is_no_generator():
    assert load_generator("extractive") is None


def test_an_unknown_name_lists_the_valid_ones():
    with pytest.raises(InputError, match="'gpt': use extractive, local or openai"):
        load_generator("gpt")


@pytest.mark.parametrize("model", ["./nowhere", "model.gguf", "/no/such/folder", "one-word", "a/b/c"])
def test_a_local_model_that_is_nowhere_is_named(model, tmp_path):
    with pytest.raises(GeneratorError, match="no model at"):
        load_generator("local", model=model, models_dir=tmp_path)


def test_a_folder_with_pickles_only_is_refused(tmp_path):
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(GeneratorError, match=r"holds no \*\.safetensors"):
        load_generator("local", model=str(tmp_path))


def test_openai_needs_a_model_name():
    with pytest.raises(InputError, match="needs a model name"):
        load_generator("openai", base_url="http://127.0.0.1:9/v1")


def test_openai_without_key_or_address_is_refused(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(InputError, match="OPENAI_API_KEY"):
        load_generator("openai", model="m")
