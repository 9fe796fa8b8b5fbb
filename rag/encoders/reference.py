"""The encoder of record: any sentence-transformers model, on CUDA when there, else on CPU.

It defines what the vectors are; the ONNX graph is only a faster way to the same ones. Imports torch (seconds), so it is
used for preparation and for models that have no graph. Loads safetensors only and never runs a model's own code.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rag.encoders import tokens
from rag.encoders.batching import available_cores, encodable, plan_batches
from rag.encoders.protocol import Role, TokenVectors, Vectors
from rag.encoders.recipe import Recipe
from rag.errors import WeightsError

_CUDA_BATCH_TOKENS = 16384
_CPU_BATCH_TOKENS = 2048


class ReferenceEncoder:
    """A sentence-transformers model behind the Encoder protocol. Vectors are made unit length whatever its modules."""

    def __init__(self, recipe: Recipe, *, threads: int | None = None) -> None:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read once, by OpenMP; see rag/generators/local.py
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        self._recipe = recipe
        device = "cuda" if torch.cuda.is_available() else "cpu"
        if device == "cpu":
            torch.set_num_threads(threads or available_cores())
        try:
            self._model: Any = SentenceTransformer(
                str(recipe.folder),
                device=device,
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
        except Exception as error:  # readers of damaged files raise whatever they stumble over
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise WeightsError(f"sentence-transformers cannot load {recipe.folder}: {reason}") from error
        self._model.max_seq_length = recipe.max_seq_length
        self._batch_tokens = _CPU_BATCH_TOKENS if device == "cpu" else _CUDA_BATCH_TOKENS
        self._counter = copy.deepcopy(self._model.tokenizer)  # one that cuts cannot be shared between threads
        self._specials = int(self._model.tokenizer.num_special_tokens_to_add())
        self._max_tokens = (
            recipe.max_seq_length - self._specials - max(self.count_tokens(list(recipe.prompts.values())))
        )

    @property
    def name(self) -> str:
        return self._recipe.name

    @property
    def fingerprint(self) -> str:
        return self._recipe.fingerprint

    @property
    def dimension(self) -> int:
        return int(self._model.get_embedding_dimension())

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        if not texts:
            return []
        encoded = self._counter(encodable("", texts), add_special_tokens=False, truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def encode(
        self, texts: Sequence[str], *, role: Role = "passage", progress: Callable[[int], None] | None = None
    ) -> Vectors:
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        prompt = self._recipe.prompts[role]
        clean = encodable("", texts)
        lengths = [min(n + self._specials, self._recipe.max_seq_length) for n in self.count_tokens(clean)]
        for batch in plan_batches(lengths, batch_tokens=self._batch_tokens):
            vectors[batch] = self._model.encode(
                [clean[i] for i in batch],
                prompt=prompt,
                batch_size=len(batch),
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
            if progress:
                progress(len(batch))
        return vectors

    def token_vectors(self, texts: Sequence[str]) -> list[TokenVectors]:
        prompt = self._recipe.prompts["passage"]
        found = []
        for text in encodable(prompt, texts):
            read = self._model.tokenizer(
                text,
                truncation=True,
                max_length=self._recipe.max_seq_length,
                return_offsets_mapping=True,
                return_special_tokens_mask=True,
            )
            hidden = self._model.encode(text, output_value="token_embeddings", show_progress_bar=False)
            states = hidden.float().cpu().numpy()
            found.append(tokens.of_text(states, read["offset_mapping"], read["special_tokens_mask"], prompt))
        return found
