"""Generators: a prompt → text, streamed. What they write is a draft that the caller checks; nothing here is trusted.

`extractive` needs no model, `local` runs one on this machine, `openai` asks any OpenAI-compatible endpoint.
"""

from __future__ import annotations

from pathlib import Path

from rag.errors import InputError
from rag.generators.protocol import Generator, Prompt

__all__ = ["GENERATORS", "Generator", "Prompt", "load_generator", "prepare_generator"]

GENERATORS = ("extractive", "local", "openai")


def load_generator(
    name: str,
    *,
    model: str | None = None,
    models_dir: Path | None = None,
    base_url: str | None = None,
    api_key: str | None = None,
    timeout_s: float = 60.0,
) -> Generator | None:
    """Load the generator called `name`, ready to stream; None for `extractive`, which writes nothing of its own.

    `local`: `model` is a folder with safetensors, a `.gguf` file or a hub name; None is the bundled SmolLM2.
    `openai`: `model` must be given; `api_key` and `base_url` fall back to OPENAI_API_KEY and OPENAI_BASE_URL.
    Raises InputError for an unknown name, WeightsError or GeneratorError when the model cannot be loaded.
    """
    if name == "extractive":
        return None
    if name == "local":
        from rag.generators.local import load_local

        return load_local(model, models_dir)
    if name == "openai":
        from rag.generators.openai import OpenAIGenerator

        return OpenAIGenerator(model, base_url=base_url, api_key=api_key, timeout_s=timeout_s)
    raise InputError(f"unknown generator {name!r}: use {', '.join(GENERATORS[:-1])} or {GENERATORS[-1]}")


def prepare_generator(model: str | None = None, *, models_dir: Path | None = None) -> None:
    """Convert what `local` needs for this model once, so that loading takes seconds later. Idempotent."""
    from rag.generators.local import prepare_local

    prepare_local(model, models_dir)
