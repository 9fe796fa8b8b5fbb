"""Writes the ONNX graph of a BERT-like encoder straight from its safetensors, with pooling and unit length inside.

No exporter and no optimiser is needed: the operators are chosen by measurement on CPU. Matrices are `Gemm` with their
bias over all tokens at once; attention is `MultiHeadAttention` (`com.microsoft`), whose fast form takes no mask, so a
mask is looked at only when something is padded; normalisation is `Add` and `LayerNormalization`, a quarter of the time
of `SkipLayerNormalization`. Weights go to one external file that the runtime maps into memory.
Inputs: `ids` and `mask`, int32 [texts, tokens], and `padded`, a single bool. Outputs: `vectors`, float32
[texts, dimension], and `hidden`, the last layer's states, float32 [texts * tokens, dimension], not of unit length.
Source: Devlin et al. 2019 (BERT), ONNX Runtime's ContribOperators.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.encoders.recipe import Recipe
from rag.errors import WeightsError

GRAPH_FILE = "model.onnx"
GRAPH_FORMAT = 3
FUSED = "com.microsoft"
Tensors = dict[str, NDArray[np.float32]]


def refusal(recipe: Recipe) -> str | None:
    """Return why no graph can be built for this model, or None when one can."""
    config = recipe.transformer_config
    if config.get("model_type") != "bert":
        return f"its architecture is {config.get('model_type')!r}, not 'bert'"
    if config.get("hidden_act") != "gelu" or config.get("position_embedding_type", "absolute") != "absolute":
        return "its activation or its positions are not plain BERT's"
    if recipe.pooling is None:
        return "its pooling is neither mean nor cls alone"
    if recipe.modules[0][2] or not (recipe.transformer_folder / "tokenizer.json").is_file():
        return "its tokenizer is not wholly described by tokenizer.json"
    return None


def write_graph(recipe: Recipe, folder: Path) -> None:
    """Write `model.onnx` and `model.onnx.data` into `folder`; raise WeightsError when a tensor is missing."""
    try:
        model = BertGraph(read_tensors(recipe), recipe.transformer_config).model(recipe.pooling or "mean")
    except KeyError as error:
        raise WeightsError(f"{recipe.folder} lacks the tensor {error}, which a BERT encoder has") from error
    save_graph(model, folder)


def read_tensors(recipe: Recipe) -> Tensors:
    """Return the model's tensors as float32, named without BERT's own prefix."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    tensors: Tensors = {}
    try:
        for path in sorted(recipe.transformer_folder.glob("*.safetensors")):
            tensors |= {name.removeprefix("bert."): value.astype(np.float32) for name, value in load_file(path).items()}
    except SafetensorError as error:
        raise WeightsError(f"{recipe.folder} holds damaged safetensors: {error}") from error
    return tensors


def save_graph(model: Any, folder: Path) -> None:
    """Write a model and its weights beside it."""
    import onnx

    onnx.save(
        model,
        str(folder / GRAPH_FILE),
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location=f"{GRAPH_FILE}.data",
    )


class BertGraph:
    """Collects nodes and initializers; methods return the names of the values they made.

    Between the layers everything is flat: one row a token, [texts * tokens, dimension].
    """

    def __init__(self, tensors: Tensors, config: dict[str, Any]) -> None:
        self._tensors = tensors
        self._layers = int(config["num_hidden_layers"])
        self._heads = int(config["num_attention_heads"])
        self._epsilon = float(config["layer_norm_eps"])
        self._dimension = int(tensors["embeddings.LayerNorm.weight"].shape[0])
        self._nodes: list[Any] = []
        self._initializers: list[Any] = []

    def model(self, pooling: str) -> Any:
        """Return the ONNX model with this pooling, `mean` or `cls`."""
        from onnx import TensorProto, helper

        hidden = self._embed()
        for layer in range(self._layers):
            last = layer == self._layers - 1
            hidden = self._layer(f"encoder.layer.{layer}.", hidden, "hidden" if last else f"hidden.{layer}")
        self._pool(hidden, pooling)
        inputs = [helper.make_tensor_value_info(n, TensorProto.INT32, ["texts", "tokens"]) for n in ("ids", "mask")]
        inputs.append(helper.make_tensor_value_info("padded", TensorProto.BOOL, []))
        shapes = {"vectors": ["texts", self._dimension], "hidden": ["rows", self._dimension]}
        outputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in shapes.items()]
        graph = helper.make_graph(self._nodes, "encoder", inputs, outputs, self._initializers)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9, producer_name="footnote-rag")

    def dense(self, names: Sequence[str], value: str) -> list[str]:
        """Multiply `value` by each of the weights called so, and add their biases."""
        return [
            self._node(
                "Gemm",
                [value, self._constant(f"{name}.transposed", self._tensors[f"{name}.weight"].T), self._bias(name)],
                f"{name}.product",
            )
            for name in names
        ]

    def _node(self, op: str, inputs: list[str], *outputs: str, domain: str = "", **attributes: Any) -> str:
        from onnx import helper

        self._nodes.append(helper.make_node(op, inputs, list(outputs), domain=domain, **attributes))
        return outputs[0]

    def _constant(self, name: str, value: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self._initializers.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def _bias(self, name: str) -> str:
        return self._constant(f"{name}.bias", self._tensors[f"{name}.bias"])

    def _embed(self) -> str:
        prefix = "embeddings."
        segment = self._tensors[f"{prefix}token_type_embeddings.weight"][0]
        positions = self._constant("positions", self._tensors[f"{prefix}position_embeddings.weight"] + segment)
        words = self._constant("words", self._tensors[f"{prefix}word_embeddings.weight"])
        scale, shift = self._norm_constants(prefix)
        inputs = ["ids", "", words, positions, "", scale, shift]
        self._node("EmbedLayerNormalization", inputs, "embedded", "lengths", domain=FUSED, epsilon=self._epsilon)
        dimension = self._constant("dimension", np.array([self._dimension]))
        self._node("Concat", [self._node("Shape", ["ids"], "shape"), dimension], "by_text", axis=0)
        self._constant("flat", np.array([-1, self._dimension]))
        return self._node("Reshape", ["embedded", "flat"], "hidden.start")

    def _layer(self, prefix: str, hidden: str, output: str) -> str:
        parts = [f"{prefix}attention.self.{part}" for part in ("query", "key", "value")]
        parts = [self._node("Reshape", [part, "by_text"], f"{part}.by_text") for part in self.dense(parts, hidden)]
        attended = self._node("Reshape", [self._attend(prefix, parts), "flat"], f"{prefix}attended")
        (mixed,) = self.dense([f"{prefix}attention.output.dense"], attended)
        hidden = self._add_norm(f"{prefix}attention.output.", mixed, hidden, f"{prefix}normed")
        (wide,) = self.dense([f"{prefix}intermediate.dense"], hidden)
        (narrow,) = self.dense([f"{prefix}output.dense"], self._node("Gelu", [wide], f"{prefix}gelu", domain=FUSED))
        return self._add_norm(f"{prefix}output.", narrow, hidden, output)

    def _attend(self, prefix: str, parts: list[str]) -> str:
        from onnx import TensorProto, helper

        branches = {}
        for branch, inputs in (("then_branch", [*parts, "", "mask"]), ("else_branch", parts)):
            name = f"{prefix}{branch}"
            node = helper.make_node("MultiHeadAttention", inputs, [name], domain=FUSED, num_heads=self._heads)
            value = helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
            branches[branch] = helper.make_graph([node], name, [], [value])
        return self._node("If", ["padded"], f"{prefix}attention", **branches)

    def _norm_constants(self, prefix: str) -> list[str]:
        names = [f"{prefix}LayerNorm.{part}" for part in ("weight", "bias")]
        return [self._constant(name, self._tensors[name]) for name in names]

    def _add_norm(self, prefix: str, value: str, skip: str, output: str) -> str:
        inputs = [self._node("Add", [value, skip], f"{prefix}sum"), *self._norm_constants(prefix)]
        return self._node("LayerNormalization", inputs, output, axis=-1, epsilon=self._epsilon)

    def _pool(self, hidden: str, pooling: str) -> None:
        from onnx import TensorProto

        hidden = self._node("Reshape", [hidden, "by_text"], "hidden.by_text")
        if pooling == "cls":
            first = self._constant("first", np.array(0, dtype=np.int64))
            pooled = self._node("Gather", [hidden, first], "pooled", axis=1)
        else:  # the sum over tokens points where their mean does, and only the direction is kept
            axis = self._constant("token_axis", np.array([1], dtype=np.int64))
            row = self._node("Unsqueeze", [self._node("Cast", ["mask"], "kept", to=TensorProto.FLOAT), axis], "row")
            pooled = self._node("Squeeze", [self._node("MatMul", [row, hidden], "summed"), axis], "pooled")
        self._node("LpNormalization", [pooled], "vectors", axis=-1, p=2)
