"""Encoders: texts → unit vectors. `load_encoder` takes the fastest way that was verified to give the model's vectors.

`auto` serves BERT-like models through an ONNX graph that is built once and compared with sentence-transformers before
it is trusted; every other model, and one that fails the comparison, is served by sentence-transformers itself. Both
ways have the same fingerprint: an index does not care which of them built it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from rag import weights
from rag.encoders import bert_graph
from rag.encoders.protocol import Encoder, Role, Vectors
from rag.encoders.recipe import BUNDLED, Recipe, read_recipe
from rag.errors import InputError, WeightsError

__all__ = ["Backend", "Encoder", "Role", "Vectors", "load_encoder", "prepare_encoder"]

Backend = Literal["auto", "onnx", "sentence-transformers"]
MIN_MEAN_COSINE = 0.999


def load_encoder(
    name: str = BUNDLED, *, backend: Backend = "auto", models_dir: Path | None = None, threads: int | None = None
) -> Encoder:
    """Load the encoder called `name`: the bundled one, a model folder, or a hub name (the only one that may call out).

    `threads` defaults to the cores this process may use. Prepares the ONNX graph on first use (see `prepare_encoder`).
    Raises InputError for an unknown name or backend, WeightsError when the weights are missing, changed or unfit.
    """
    if backend not in ("auto", "onnx", "sentence-transformers"):
        raise InputError(f"unknown encoder backend {backend!r}: use auto, onnx or sentence-transformers")
    recipe = read_recipe(name, models_dir)
    if backend != "sentence-transformers":
        refusal = bert_graph.refusal(recipe)
        if refusal is None:
            prepared = _prepare(recipe, models_dir)
            if prepared.facts["accepted"]:
                from rag.encoders.onnx_encoder import OnnxEncoder

                return OnnxEncoder(recipe, prepared.folder, threads=threads)
            refusal = f"its graph gave other vectors than the model (mean cosine {prepared.facts['mean_cosine']:.4f})"
        if backend == "onnx":
            raise WeightsError(f"no ONNX graph for {name}: {refusal}; use backend auto or sentence-transformers")
    from rag.encoders.reference import ReferenceEncoder

    return ReferenceEncoder(recipe, threads=threads)


def prepare_encoder(
    name: str = BUNDLED, *, models_dir: Path | None = None, progress: Callable[[str], None] | None = None
) -> None:
    """Make and verify everything `load_encoder` needs, so that it takes well under a second later. Idempotent.

    `progress` is called with one line for each step. Raises as `load_encoder` does.
    """
    recipe = read_recipe(name, models_dir)
    if bert_graph.refusal(recipe) is None:
        _prepare(recipe, models_dir, progress)


def _prepare(
    recipe: Recipe, models_dir: Path | None, progress: Callable[[str], None] | None = None
) -> weights.Prepared:
    tell = progress or (lambda _: None)

    def make(folder: Path) -> Mapping[str, Any]:
        from rag.encoders.agreement import compare
        from rag.encoders.onnx_encoder import OnnxEncoder
        from rag.encoders.reference import ReferenceEncoder

        tell(f"building the ONNX graph of {recipe.name}")
        bert_graph.write_graph(recipe, folder)
        tell(f"comparing it with sentence-transformers ({recipe.name})")
        facts = compare(OnnxEncoder(recipe, folder), ReferenceEncoder(recipe))
        return {**facts, "accepted": facts["mean_cosine"] >= MIN_MEAN_COSINE, "fingerprint": recipe.fingerprint}

    return weights.prepare(f"encoder-{recipe.fingerprint}-v{bert_graph.GRAPH_FORMAT}", make, models_dir)
