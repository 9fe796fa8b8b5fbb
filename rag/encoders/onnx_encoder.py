"""Encodes on CPU with ONNX Runtime and tokenizers alone: no torch, no transformers in memory.

Texts are sorted by their number of tokens and packed into small batches, of equal lengths where there are enough of
them, so that next to nothing is padding and most batches need no mask. The same text is encoded once a call. Batches
run side by side in one session, one core each: sharing a run between cores gains less than whole runs, and a second
session would hold the weights twice. Knows nothing of how the graph was made or verified.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.encoders import tokens
from rag.encoders.batching import available_cores, encodable, plan_batches
from rag.encoders.bert_graph import GRAPH_FILE
from rag.encoders.protocol import Role, TokenVectors, Vectors
from rag.encoders.recipe import Recipe
from rag.errors import WeightsError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

_WINDOW_TEXTS = 4096  # texts tokenized and sorted at a time, which bounds memory
_Ids = NDArray[np.int32]


class OnnxEncoder:
    """The encoder of a prepared graph, whose vectors `fingerprint` names. Safe to share between threads."""

    def __init__(
        self, recipe: Recipe, folder: Path, *, threads: int | None = None, fingerprint: str | None = None
    ) -> None:
        self._recipe = recipe
        self._fingerprint = fingerprint or recipe.fingerprint
        self._threads = threads or available_cores()
        self._tokenizer = _read_tokenizer(recipe)
        specials = int(self._tokenizer.num_special_tokens_to_add(is_pair=False))
        self._max_tokens = recipe.max_seq_length - specials - max(self.count_tokens(list(recipe.prompts.values())))
        self._session = _open(folder / GRAPH_FILE)
        self._dimension = int(self._session.get_outputs()[0].shape[1])

    @property
    def name(self) -> str:
        return self._recipe.name

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

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
        places: dict[str, list[int]] = {}
        for at, text in enumerate(texts):
            places.setdefault(text, []).append(at)
        different = list(places)
        limit = self._recipe.max_seq_length
        ids = [_cut(encoding.ids, limit) for encoding in self._tokenizer.encode_batch_fast(different)]
        with closing(self._outputs("vectors", ids)) as outputs:
            for batch, result in outputs:
                for i, vector in zip(batch, result, strict=True):
                    vectors[places[different[i]]] = vector
                if progress:
                    progress(sum(len(places[different[i]]) for i in batch))

    def token_vectors(self, texts: Sequence[str]) -> list[TokenVectors]:
        prompt = self._recipe.prompts["passage"]
        found: list[TokenVectors] = []
        for start in range(0, len(texts), _WINDOW_TEXTS):
            window = encodable(prompt, texts[start : start + _WINDOW_TEXTS])
            found += self._token_vectors(window, prompt)
        return found

    def _token_vectors(self, texts: list[str], prompt: str) -> list[TokenVectors]:
        limit = self._recipe.max_seq_length
        encodings = self._tokenizer.encode_batch(texts)
        found: dict[int, TokenVectors] = {}
        for batch, states in self._outputs("hidden", [_cut(encoding.ids, limit) for encoding in encodings]):
            for i, hidden in zip(batch, states.reshape(len(batch), -1, self._dimension), strict=True):
                special = _cut(encodings[i].special_tokens_mask, limit)
                found[i] = tokens.of_text(hidden[: len(special)], encodings[i].offsets, special.tolist(), prompt)
        return [found[i] for i in range(len(texts))]

    def _outputs(self, name: str, ids: list[_Ids]) -> Generator[tuple[list[int], Vectors], None, None]:
        """Run every text once; yield the texts of each batch and the graph's output `name` for them.

        Closing it early leaves out the batches not yet begun.
        """
        batches = plan_batches([len(row) for row in ids], self._threads)
        if len(batches) <= 1 or self._threads == 1:
            for batch in batches:
                yield batch, _run(self._session, name, [ids[i] for i in batch])
            return
        with ThreadPoolExecutor(self._threads) as pool:
            results = pool.map(lambda batch: _run(self._session, name, [ids[i] for i in batch]), batches)
            try:
                yield from zip(batches, results, strict=True)
            finally:
                pool.shutdown(cancel_futures=True)


def token_ids(recipe: Recipe, texts: Sequence[str]) -> list[list[int]]:
    """Return what the model is given for each text as a passage: its token ids, specials among them."""
    encodings = _read_tokenizer(recipe).encode_batch_fast(encodable(recipe.prompts["passage"], texts))
    return [_cut(encoding.ids, recipe.max_seq_length).tolist() for encoding in encodings]


def _read_tokenizer(recipe: Recipe) -> Tokenizer:
    from tokenizers import Tokenizer

    file = recipe.transformer_folder / "tokenizer.json"
    try:
        tokenizer: Tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises nothing narrower
        raise WeightsError(f"{file} cannot be read as a tokenizer: {error}") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _open(graph: Path) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            str(graph),
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=["SkipLayerNormFusion"],  # would undo what bert_graph.py chose
        )
    except Exception as error:  # the runtime's exceptions share no public class
        raise WeightsError(f"{graph} cannot be opened ({error}): delete its folder and it is made anew") from error


def _cut(ids: list[int], limit: int) -> _Ids:
    return np.array(ids if len(ids) <= limit else [*ids[: limit - 1], ids[-1]], dtype=np.int32)


def _run(session: InferenceSession, output: str, rows: list[_Ids]) -> Vectors:
    shape = (len(rows), max(len(row) for row in rows))
    ids, mask = np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.int32)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = row
        mask[at, : len(row)] = 1
    value: Vectors = session.run([output], {"ids": ids, "mask": mask, "padded": np.array(not mask.all())})[0]
    return value
