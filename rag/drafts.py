"""What a generator writes, as whole sentences to check: late, endless or marked-up text comes out short and bare.

A generator runs in a thread of its own, so that one that hangs holds nobody up; what it writes beyond the limits is
never read. Markers and list signs are taken out, as markers are the answer's to set. Knows nothing of evidence.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Generator as Pieces
from collections.abc import Iterator
from queue import Empty, Queue

from rag.errors import GeneratorError
from rag.generators.protocol import Generator, Prompt
from rag.sentences import sentence_spans

_CHARACTERS_PER_TOKEN = 12  # above any language; a draft beyond it is not what was asked for
_SENTENCE_ENDS = ".!?…”\"'’)。！？]］】"
_BRACKETED = re.compile(r"[\[［【〔〖⟦][^\[\]［］【】〔〕〖〗⟦⟧]*[\]］】〕〗⟧]")
_STRAY_BRACKET = re.compile(r"[\[\]［］【】〔〕〖〗⟦⟧]\d*")
_SUPERSCRIPTS = re.compile(r"(?<=[.!?…”\"])[⁰¹²³⁴-⁹]+|[⁰¹²³⁴-⁹]+(?=[.!?…]*$)")
_LIST_SIGN = re.compile(r"^\s*(?:[-*•–]|\d+[.)])\s+")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACE_BEFORE_MARK = re.compile(r"\s+([.,;:!?])")

_Piece = str | Exception | None


def draft_sentences(generator: Generator, prompt: Prompt, timeout_s: float) -> Iterator[str]:
    """Yield each sentence that a generator has finished, bare; a last one that was cut off is dropped.

    Raises GeneratorError when the generator fails in whatever way, or has not finished after `timeout_s` seconds.
    """
    pieces = _pieces(generator, prompt, timeout_s)
    try:
        for sentence in _sentences(pieces, prompt.max_new_tokens * _CHARACTERS_PER_TOKEN):
            yield bare(sentence)
    finally:
        pieces.close()


def _pieces(generator: Generator, prompt: Prompt, timeout_s: float) -> Pieces[str, None, None]:
    """Yield what a generator writes in a thread of its own, until it ends, fails or is late."""
    written: Queue[_Piece] = Queue(maxsize=64)
    stopped = threading.Event()
    threading.Thread(target=_write, args=(generator, prompt, written, stopped), daemon=True).start()
    deadline = time.monotonic() + timeout_s
    try:
        while True:
            try:
                piece = written.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty:
                late = f"{generator.name} has not finished after {timeout_s:g} s: try a smaller model"
                raise GeneratorError(late) from None
            if piece is None:
                return
            if isinstance(piece, GeneratorError):
                raise piece
            if isinstance(piece, Exception):
                why = " ".join(str(piece).split())[:200]
                raise GeneratorError(f"{generator.name}: {type(piece).__name__}{f' ({why})' if why else ''}") from piece
            yield piece.encode(errors="replace").decode()  # a lone surrogate is no text
    finally:
        stopped.set()
        while not written.empty():
            written.get_nowait()


def _write(generator: Generator, prompt: Prompt, written: Queue[_Piece], stopped: threading.Event) -> None:
    """Put each piece into the queue, then None or the error; end between two pieces once stopped."""
    stream = generator.stream(prompt)
    try:
        for piece in stream:
            if stopped.is_set():
                return
            written.put(piece)
        written.put(None)
    except Exception as error:  # noqa: BLE001 - raised again in the thread that reads
        written.put(error)
    finally:
        if close := getattr(stream, "close", None):
            close()


def _sentences(pieces: Iterator[str], most_characters: int) -> Iterator[str]:
    buffer, length = "", 0
    for piece in pieces:
        length += len(piece)
        if length > most_characters:
            break
        buffer += piece
        spans = sentence_spans(buffer)
        for start, end in spans[:-1]:
            yield buffer[start:end]
        if len(spans) > 1:
            buffer = buffer[spans[-1][0] :]
    for start, end in sentence_spans(buffer):
        if buffer[end - 1] in _SENTENCE_ENDS:
            yield buffer[start:end]


def bare(sentence: str) -> str:
    """Return the sentence without a list sign, control characters and markers of any script."""
    sentence = _LIST_SIGN.sub("", _CONTROLS.sub(" ", sentence))
    while (bare := _BRACKETED.sub("", sentence)) != sentence:
        sentence = bare
    bare = _SUPERSCRIPTS.sub("", _STRAY_BRACKET.sub(" ", sentence))
    return _SPACE_BEFORE_MARK.sub(r"\1", " ".join(bare.split()))
