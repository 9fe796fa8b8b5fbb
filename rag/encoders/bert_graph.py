"""Writes the ONNX graph of a BERT-like encoder straight from its safetensors, with pooling and unit length inside.

The graph is built from ONNX Runtime's fused operators (`com.microsoft`: EmbedLayerNormalization, Attention,
SkipLayerNormalization, BiasGelu), so that no exporter and no optimiser is needed and each layer is eight nodes.
Weights go to one external file that the runtime maps into memory. Input: `ids` and `mask`, int32 [texts, tokens];
output: `vectors`, float32 [texts, dimension]. Source: Devlin et al. 2019 (BERT), ONNX Runtime's ContribOperators.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.encoders.recipe import Recipe
from rag.errors import WeightsError

GRAPH_FILE = "model.onnx"
GRAPH_FORMAT = 1
_FUSED = "com.microsoft"
_Tensors = dict[str, NDArray[np.float32]]


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
    import onnx
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    tensors: _Tensors = {}
    try:
        for path in sorted(recipe.transformer_folder.glob("*.safetensors")):
            tensors |= {name.removeprefix("bert."): value.astype(np.float32) for name, value in load_file(path).items()}
        model = _Graph(tensors, recipe.transformer_config).model(recipe.pooling or "mean")
    except SafetensorError as error:
        raise WeightsError(f"{recipe.folder} holds damaged safetensors: {error}") from error
    except KeyError as error:
        raise WeightsError(f"{recipe.folder} lacks the tensor {error}, which a BERT encoder has") from error
    onnx.save(
        model,
        str(folder / GRAPH_FILE),
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location=f"{GRAPH_FILE}.data",
    )


class _Graph:
    """Collects nodes and initializers; every method returns the name of the value it made."""

    def __init__(self, tensors: _Tensors, config: dict[str, Any]) -> None:
        self._tensors = tensors
        self._layers = int(config["num_hidden_layers"])
        self._heads = int(config["num_attention_heads"])
        self._epsilon = float(config["layer_norm_eps"])
        self._nodes: list[Any] = []
        self._initializers: list[Any] = []

    def model(self, pooling: str) -> Any:
        from onnx import TensorProto, helper

        hidden = self._embed()
        for layer in range(self._layers):
            hidden = self._layer(f"encoder.layer.{layer}.", hidden)
        self._pool(hidden, pooling)
        dimension = int(self._tensors["embeddings.LayerNorm.weight"].shape[0])
        inputs = [helper.make_tensor_value_info(n, TensorProto.INT32, ["texts", "tokens"]) for n in ("ids", "mask")]
        outputs = [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", dimension])]
        graph = helper.make_graph(self._nodes, "encoder", inputs, outputs, self._initializers)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(_FUSED, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9, producer_name="footnote-rag")

    def _node(self, op: str, inputs: list[str], *outputs: str, domain: str = "", **attributes: Any) -> str:
        from onnx import helper

        self._nodes.append(helper.make_node(op, inputs, list(outputs), domain=domain, **attributes))
        return outputs[0]

    def _constant(self, name: str, value: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self._initializers.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def _tensor(self, name: str) -> str:
        return self._constant(name, self._tensors[name])

    def _embed(self) -> str:
        prefix = "embeddings."
        segment = self._tensors[f"{prefix}token_type_embeddings.weight"][0]
        positions = self._constant("positions", self._tensors[f"{prefix}position_embeddings.weight"] + segment)
        inputs = ["ids", "", self._tensor(f"{prefix}word_embeddings.weight"), positions, ""]
        inputs += [self._tensor(f"{prefix}LayerNorm.weight"), self._tensor(f"{prefix}LayerNorm.bias")]
        op = "EmbedLayerNormalization"
        return self._node(op, inputs, "embedded", "lengths", domain=_FUSED, epsilon=self._epsilon)

    def _layer(self, prefix: str, hidden: str) -> str:
        parts = [f"{prefix}attention.self.{part}" for part in ("query", "key", "value")]
        joined = np.concatenate([self._tensors[f"{part}.weight"].T for part in parts], axis=1)
        biases = np.concatenate([self._tensors[f"{part}.bias"] for part in parts])
        inputs = [hidden, self._constant(f"{prefix}qkv", joined), self._constant(f"{prefix}qkv_bias", biases), "mask"]
        attended = self._node("Attention", inputs, f"{prefix}attended", domain=_FUSED, num_heads=self._heads)
        hidden = self._add_norm(f"{prefix}attention.output.", attended, hidden)
        wide = self._matmul(f"{prefix}intermediate.dense", hidden)
        bias = self._tensor(f"{prefix}intermediate.dense.bias")
        return self._add_norm(
            f"{prefix}output.", self._node("BiasGelu", [wide, bias], f"{prefix}gelu", domain=_FUSED), hidden
        )

    def _matmul(self, prefix: str, value: str) -> str:
        weight = self._constant(f"{prefix}.transposed", self._tensors[f"{prefix}.weight"].T)
        return self._node("MatMul", [value, weight], f"{prefix}.product")

    def _add_norm(self, prefix: str, value: str, skip: str) -> str:
        inputs = [self._matmul(f"{prefix}dense", value), skip]
        inputs += [self._tensor(f"{prefix}{name}") for name in ("LayerNorm.weight", "LayerNorm.bias", "dense.bias")]
        return self._node("SkipLayerNormalization", inputs, f"{prefix}normed", domain=_FUSED, epsilon=self._epsilon)

    def _pool(self, hidden: str, pooling: str) -> None:
        from onnx import TensorProto

        if pooling == "cls":
            first = self._constant("first", np.array(0, dtype=np.int64))
            pooled = self._node("Gather", [hidden, first], "pooled", axis=1)
        else:  # the sum over tokens points where their mean does, and only the direction is kept
            axis = self._constant("token_axis", np.array([1], dtype=np.int64))
            row = self._node("Unsqueeze", [self._node("Cast", ["mask"], "kept", to=TensorProto.FLOAT), axis], "row")
            pooled = self._node("Squeeze", [self._node("MatMul", [row, hidden], "summed"), axis], "pooled")
        self._node("LpNormalization", [pooled], "vectors", axis=-1, p=2)
