"""Reads the folder of a sentence-transformers model: what turns its tokens into vectors, and its fingerprint.

The fingerprint covers everything the vectors depend on (weights, tokenizer, pooling, prompts, length limit) and nothing
else, so the ONNX graph and the reference of the same folder share it. Names: the bundled model, a local folder, or a
hub name (`owner/model`), which alone may contact the hub. Only safetensors are accepted, and only modules that
sentence-transformers itself ships: a model folder never brings code or pickles. Knows no runtime.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rag import weights
from rag.encoders.protocol import Role
from rag.errors import InputError, WeightsError

BUNDLED = weights.MINILM.name
_PROMPT_NAMES: dict[Role, tuple[str, ...]] = {"query": ("query",), "passage": ("document", "passage", "corpus")}
_TOKENIZER_FILES = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "sentencepiece.bpe.model",
    "spiece.model",
)
_HUB_FILES = ["*.safetensors", "*.json", "*.txt", "*.model"]


@dataclass(frozen=True)
class Recipe:
    """One model folder. `modules` are (class name, folder, settings) in the order they are applied."""

    name: str
    folder: Path
    modules: tuple[tuple[str, Path, Mapping[str, Any]], ...]
    prompts: Mapping[Role, str]
    max_seq_length: int
    models_dir: Path | None = None

    @cached_property
    def fingerprint(self) -> str:
        """Return 16 hex digits that change whenever the vectors would."""
        folders = sorted({self.folder, *(folder for _, folder, _ in self.modules)})
        tensors = [p for folder in folders for p in sorted(folder.glob("*.safetensors"))]
        tokenizer = [p for f in _TOKENIZER_FILES if (p := self.transformer_folder / f).is_file()]
        if any(p.name == "tokenizer.json" for p in tokenizer):
            tokenizer = [p for p in tokenizer if p.name == "tokenizer.json"]
        described = {
            "files": {
                p.relative_to(self.folder).as_posix(): weights.file_sha256(p, self.models_dir)
                for p in tensors + tokenizer
            },
            "transformer": {k: v for k, v in self.transformer_config.items() if k not in _IRRELEVANT},
            "modules": [[kind, settings] for kind, _, settings in self.modules],
            "prompts": self.prompts,
            "max_seq_length": self.max_seq_length,
        }
        return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def transformer_folder(self) -> Path:
        return self.modules[0][1]

    @cached_property
    def transformer_config(self) -> dict[str, Any]:
        return _json(self.transformer_folder / "config.json")

    @property
    def pooling(self) -> str | None:
        """Return `mean` or `cls` when the modules are a transformer, that pooling, and at most a normalisation."""
        kinds = [kind for kind, _, _ in self.modules]
        if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
            return None
        settings = self.modules[1][2]
        modes = [m for m in ("mean", "cls") if settings.get(_LEGACY_POOLING[m]) or settings.get("pooling_mode") == m]
        others = [k for k, v in settings.items() if k.startswith("pooling_mode_") and v is True]
        return modes[0] if len(modes) == 1 and len(others) <= 1 and settings.get("include_prompt", True) else None


_LEGACY_POOLING = {"mean": "pooling_mode_mean_tokens", "cls": "pooling_mode_cls_token"}
_IRRELEVANT = frozenset({"_name_or_path", "transformers_version", "use_cache", "torch_dtype", "dtype"})


def read_recipe(name: str, models_dir: Path | None = None) -> Recipe:
    """Read the model called `name`; raise InputError for a name that is nothing, WeightsError for a folder unfit."""
    folder = _folder(name, models_dir).resolve()
    try:
        modules = _modules(folder)
        sentence_config = _json(modules[0][1] / "sentence_bert_config.json")
        prompts = _json(folder / "config_sentence_transformers.json").get("prompts") or {}
        chosen = {
            role: next((prompts[n] for n in names if prompts.get(n)), "") for role, names in _PROMPT_NAMES.items()
        }
        limit = sentence_config.get("max_seq_length") or _length_limit(modules[0][1])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"{folder} cannot be read as a sentence-transformers model: {error}") from error
    settings = {k: v for k, v in sentence_config.items() if k == "do_lower_case" and v}
    modules = ((modules[0][0], modules[0][1], settings), *modules[1:])
    return Recipe(name, folder, modules, chosen, int(limit), models_dir)


def _folder(name: str, models_dir: Path | None) -> Path:
    if name in (BUNDLED, f"sentence-transformers/{BUNDLED}"):
        return weights.locate(weights.MINILM, models_dir).parent
    folder = Path(name).expanduser()
    if name and folder.is_dir():
        return folder
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise InputError(f"unknown encoder {name!r}: use {BUNDLED}, a model folder, or a hub name such as owner/model")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=_HUB_FILES))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise WeightsError(f"encoder {name!r} is no folder here and the hub did not give it: {reason}") from error


def _modules(folder: Path) -> tuple[tuple[str, Path, Mapping[str, Any]], ...]:
    listed = folder / "modules.json"
    if not listed.is_file():
        raise ValueError("it has no modules.json")
    modules: list[tuple[str, Path, Mapping[str, Any]]] = []
    for entry in json.loads(listed.read_text(encoding="utf-8")):
        kind, place = str(entry["type"]), (folder / entry["path"]).resolve()
        if not kind.startswith("sentence_transformers."):
            raise ValueError(f"its module {kind!r} is not one of sentence-transformers and is never run")
        if not place.is_relative_to(folder):
            raise ValueError(f"its module path {entry['path']!r} leads out of the folder")
        if any(place.glob("pytorch_model*.bin")) and not any(place.glob("*.safetensors")):
            raise ValueError(f"{place.name} holds weights only as a pickle; convert them to model.safetensors first")
        settings = _json(place / "config.json") if modules else {}
        modules.append((kind.rsplit(".", 1)[-1], place, settings))
    if not modules or not any(modules[0][1].glob("*.safetensors")):
        raise ValueError("it has no model.safetensors")
    return tuple(modules)


def _length_limit(folder: Path) -> int:
    limits = (
        _json(folder / "tokenizer_config.json").get("model_max_length"),
        _json(folder / "config.json").get("max_position_embeddings"),
    )
    return int(min((n for n in limits if isinstance(n, int | float) and 0 < n < 1e6), default=512))


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    value = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(value, dict):
        raise ValueError(f"{path.name} is not a JSON object")
    return value
