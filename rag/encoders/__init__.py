"""Encoders: texts → unit vectors. `load_encoder` takes the fastest way that was verified to give the model's vectors.

`auto` serves BERT-like models through an ONNX graph that is built once and compared with sentence-transformers before
it is trusted; every other model, and one that fails the comparison, is served by sentence-transformers itself. Both
ways have the same fingerprint: an index does not care which of them built it. The 8-bit graph, which must be asked for,
gives other vectors and has a fingerprint of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from rag import weights
from rag.encoders import bert_graph, int8_graph
from rag.encoders.protocol import Encoder, Role, ServedEncoder, TokenEncoder, TokenVectors, Vectors
from rag.encoders.recipe import BUNDLED, Recipe, read_recipe
from rag.errors import InputError, WeightsError

__all__ = [
    "Backend",
    "Encoder",
    "Precision",
    "Role",
    "ServedEncoder",
    "TokenEncoder",
    "TokenVectors",
    "Vectors",
    "load_encoder",
    "prepare_encoder",
]

Backend = Literal["auto", "onnx", "sentence-transformers"]
Precision = Literal["fp32", "int8"]
MIN_MEAN_COSINE: dict[Precision, float] = {"fp32": 0.999, "int8": 0.995}


def load_encoder(
    name: str = BUNDLED,
    *,
    backend: Backend = "auto",
    precision: Precision = "fp32",
    models_dir: Path | None = None,
    threads: int | None = None,
) -> ServedEncoder:
    """Load the encoder called `name`: the bundled one, a model folder, or a hub name (the only one that may call out).

    `threads` defaults to the cores this process may use. `int8` is faster than `fp32` and a little less exact; it
    needs the graph. Prepares the ONNX graph on first use (see `prepare_encoder`). Raises InputError for an unknown
    name, backend or precision, WeightsError when the weights are missing, changed or unfit.
    """
    if backend not in ("auto", "onnx", "sentence-transformers"):
        raise InputError(f"unknown encoder backend {backend!r}: use auto, onnx or sentence-transformers")
    if precision not in MIN_MEAN_COSINE:
        raise InputError(f"unknown encoder precision {precision!r}: use fp32 or int8")
    if precision == "int8" and backend == "sentence-transformers":
        raise InputError("encoder backend sentence-transformers has no int8: use backend auto or precision fp32")
    recipe = read_recipe(name, models_dir)
    if backend != "sentence-transformers":
        refusal = bert_graph.refusal(recipe)
        if refusal is None:
            prepared = _prepare(recipe, precision, models_dir)
            if prepared.facts["accepted"]:
                from rag.encoders.onnx_encoder import OnnxEncoder

                fingerprint = prepared.facts["fingerprint"]
                return OnnxEncoder(recipe, prepared.folder, threads=threads, fingerprint=fingerprint)
            refusal = f"its graph gave other vectors than the model (mean cosine {prepared.facts['mean_cosine']:.4f})"
        if precision == "int8":
            raise WeightsError(f"no int8 graph for {name}: {refusal}; use precision fp32")
        if backend == "onnx":
            raise WeightsError(f"no ONNX graph for {name}: {refusal}; use backend auto or sentence-transformers")
    from rag.encoders.reference import ReferenceEncoder

    return ReferenceEncoder(recipe, threads=threads)


def prepare_encoder(
    name: str = BUNDLED,
    *,
    precision: Precision = "fp32",
    models_dir: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> None:
    """Make and verify everything `load_encoder` needs, so that it takes well under a second later. Idempotent.

    `progress` is called with one line for each step. Raises as `load_encoder` does.
    """
    recipe = read_recipe(name, models_dir)
    if bert_graph.refusal(recipe) is None:
        _prepare(recipe, precision, models_dir, progress)


def _prepare(
    recipe: Recipe, precision: Precision, models_dir: Path | None, progress: Callable[[str], None] | None = None
) -> weights.Prepared:
    tell = progress or (lambda _: None)
    suffix = "" if precision == "fp32" else f"-int8.{int8_graph.SCHEME}"  # another scheme gives other vectors
    fingerprint = recipe.fingerprint + suffix

    def make(folder: Path) -> Mapping[str, Any]:
        from rag.encoders.agreement import SAMPLES, compare
        from rag.encoders.onnx_encoder import OnnxEncoder, token_ids
        from rag.encoders.reference import ReferenceEncoder

        tell(f"building the ONNX graph of {recipe.name} ({precision})")
        if precision == "fp32":
            bert_graph.write_graph(recipe, folder)
        else:
            int8_graph.write_int8_graph(recipe, folder, token_ids(recipe, SAMPLES))
        tell(f"comparing it with sentence-transformers ({recipe.name})")
        facts = compare(OnnxEncoder(recipe, folder), ReferenceEncoder(recipe))
        accepted = facts["mean_cosine"] >= MIN_MEAN_COSINE[precision]
        return {**facts, "accepted": accepted, "fingerprint": fingerprint}

    return weights.prepare(f"encoder-{recipe.fingerprint}{suffix}-v{bert_graph.GRAPH_FORMAT}", make, models_dir)
