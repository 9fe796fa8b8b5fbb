"""Encodes on CPU with ONNX Runtime and tokenizers alone: no torch, no transformers in memory.

Texts are sorted by their number of tokens and packed into small batches, so that next to nothing is padding. Batches
run side by side, one core each: the element-wise operators gain less from sharing one run than from whole runs. A
lone batch uses all cores. Knows nothing of how the graph was made or verified.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.encoders.batching import available_cores, encodable, plan_batches
from rag.encoders.bert_graph import GRAPH_FILE
from rag.encoders.protocol import Role, Vectors
from rag.encoders.recipe import Recipe
from rag.errors import WeightsError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

_WINDOW_TEXTS = 4096  # texts tokenized and sorted at a time, which bounds memory
_Ids = NDArray[np.int32]


class OnnxEncoder:
    """The encoder of a prepared graph. Safe to share between threads."""

    def __init__(self, recipe: Recipe, folder: Path, *, threads: int | None = None) -> None:
        from tokenizers import Tokenizer

        self._recipe = recipe
        self._graph = folder / GRAPH_FILE
        self._threads = threads or available_cores()
        tokenizer_file = recipe.transformer_folder / "tokenizer.json"
        try:
            self._tokenizer: Tokenizer = Tokenizer.from_file(str(tokenizer_file))
        except Exception as error:  # the library raises nothing narrower
            raise WeightsError(f"{tokenizer_file} cannot be read as a tokenizer: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        specials = int(self._tokenizer.num_special_tokens_to_add(is_pair=False))
        self._max_tokens = recipe.max_seq_length - specials - max(self.count_tokens(list(recipe.prompts.values())))
        self._sessions: dict[int, InferenceSession] = {}
        self._loading = threading.Lock()
        self._dimension = int(self._session(self._threads).get_outputs()[0].shape[1])

    @property
    def name(self) -> str:
        return self._recipe.name

    @property
    def fingerprint(self) -> str:
        return self._recipe.fingerprint

    @property
    def dimension(self) -> int:
        return self._dimension

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        encodings = self._tokenizer.encode_batch_fast(encodable("", texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]

    def encode(
        self, texts: Sequence[str], *, role: Role = "passage", progress: Callable[[int], None] | None = None
    ) -> Vectors:
        vectors = np.empty((len(texts), self._dimension), dtype=np.float32)
        for start in range(0, len(texts), _WINDOW_TEXTS):
            window = texts[start : start + _WINDOW_TEXTS]
            self._encode_window(encodable(self._recipe.prompts[role], window), vectors[start:], progress)
        return vectors

    def _encode_window(self, texts: list[str], vectors: Vectors, progress: Callable[[int], None] | None) -> None:
        limit = self._recipe.max_seq_length
        ids = [_cut(encoding.ids, limit) for encoding in self._tokenizer.encode_batch_fast(texts)]
        batches = plan_batches([len(row) for row in ids])
        if len(batches) == 1 or self._threads == 1:
            session = self._session(self._threads)
            for batch in batches:
                vectors[batch] = _run(session, [ids[i] for i in batch])
                if progress:
                    progress(len(batch))
            return
        session = self._session(1)
        with ThreadPoolExecutor(self._threads) as pool:
            results = pool.map(lambda batch: _run(session, [ids[i] for i in batch]), batches)
            for batch, result in zip(batches, results, strict=True):
                vectors[batch] = result
                if progress:
                    progress(len(batch))

    def _session(self, threads: int) -> InferenceSession:
        with self._loading:
            if threads not in self._sessions:
                self._sessions[threads] = _open(self._graph, threads)
            return self._sessions[threads]


def _open(graph: Path, threads: int) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # spinning starves a busy machine
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's exceptions share no public class
        raise WeightsError(f"{graph} cannot be opened ({error}): delete its folder and it is made anew") from error


def _cut(ids: list[int], limit: int) -> _Ids:
    return np.array(ids if len(ids) <= limit else [*ids[: limit - 1], ids[-1]], dtype=np.int32)


def _run(session: InferenceSession, rows: list[_Ids]) -> Vectors:
    shape = (len(rows), max(len(row) for row in rows))
    ids, mask = np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.int32)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = row
        mask[at, : len(row)] = 1
    vectors: Vectors = session.run(["vectors"], {"ids": ids, "mask": mask})[0]
    return vectors
