"""Finds a language model on this machine and the runtime to run it with.

A model is a folder of safetensors, a `.gguf` file, or a hub name (which alone may contact the hub); None is the bundled
SmolLM2-135M-Instruct. Folders run on transformers. A GGUF runs on llama.cpp when xllamacpp is installed (the extra
`gguf`), else on transformers, after one conversion to safetensors that must give the same logits and the same words.
No code of a model is run and nothing is unpickled. Knows no prompt.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from rag import weights
from rag.errors import GeneratorError
from rag.generators.protocol import Generator

_HUB_FILES = ["*.safetensors", "*.json", "*.txt", "*.model", "*.jinja"]
_CONVERSION_FORMAT = 1


def load_local(model: str | None = None, models_dir: Path | None = None) -> Generator:
    """Load a local model into memory; raise WeightsError or GeneratorError when that is not possible."""
    # Spinning OpenMP threads made decoding five times slower beside another busy process; sleeping ones cost nothing.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    source = _source(model, models_dir)
    name = f"local:{weights.SMOLLM2.name if model is None else model}"
    if source.suffix == ".gguf" and _has_llama_cpp():
        from rag.generators.llama_cpp import LlamaCppGenerator

        return LlamaCppGenerator(source, name)
    from rag.generators.transformers_lm import TransformersGenerator

    return TransformersGenerator(_folder(source, models_dir), name)


def prepare_local(model: str | None = None, models_dir: Path | None = None) -> None:
    """Do the slow part of `load_local` now: find the weights, check them, convert a GGUF for transformers if needed."""
    source = _source(model, models_dir)
    if source.suffix != ".gguf" or not _has_llama_cpp():
        _folder(source, models_dir)


def _has_llama_cpp() -> bool:
    return find_spec("xllamacpp") is not None


def _source(model: str | None, models_dir: Path | None) -> Path:
    if model is None:
        return weights.locate(weights.SMOLLM2, models_dir)
    path = Path(model).expanduser()
    if path.suffix == ".gguf" and path.is_file():
        return path.resolve()
    if path.is_dir():
        if not any(path.glob("*.safetensors")):
            raise GeneratorError(f"{path} holds no *.safetensors; give a folder that does, a .gguf file or a hub name")
        return path.resolve()
    if model.count("/") != 1 or model.startswith((".", "/", "~")) or path.suffix == ".gguf":
        raise GeneratorError(f"no model at {model!r}: give a folder with safetensors, a .gguf file or a hub name")
    return _from_hub(model)


def _from_hub(model: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        folder = Path(snapshot_download(model, allow_patterns=_HUB_FILES))
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise GeneratorError(f"{model!r} is no folder here and the hub did not give it: {reason}") from error
    if not any(folder.glob("*.safetensors")):
        raise GeneratorError(f"{model!r} has no safetensors on the hub; other weights are never loaded")
    return folder


def _folder(source: Path, models_dir: Path | None) -> Path:
    if source.suffix != ".gguf":
        return source
    from rag.generators.gguf_conversion import convert

    key = f"lm-{weights.file_sha256(source, models_dir)[:16]}-v{_CONVERSION_FORMAT}"
    return weights.prepare(key, lambda folder: convert(source, folder), models_dir).folder
