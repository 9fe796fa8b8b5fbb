"""Syntax: which word of a sentence depends on which, read by spaCy's small English pipeline (MIT, 12 MB, CPU).

Turns a text into plain `Node` records, so that nothing else knows the library. The parser is right about nine arcs in
ten on edited news; what is built on it must forgive a wrong one. Knows nothing of claims.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from rag.verification.lexicon import groups_of, place_of
from rag.verification.words import folded, key_of, weight_of
from rag.weights import PARSER, locate

if TYPE_CHECKING:
    from spacy.language import Language

_UNUSED = ["ner", "senter", "lemmatizer", "attribute_ruler"]
_FRAMEWORKS = ("torch", "cupy", "tensorflow", "mxnet")
_loading = Lock()
_parsing = Lock()


@dataclass(frozen=True, slots=True)
class Node:
    """A word of a parsed text. `head` is the index of the word it depends on, itself for a root.

    `role` and `tag` are the arc's and the word's label (ClearNLP, Penn Treebank); `marks` are what it is matched by:
    its stem, the place it belongs to, its synonym groups.
    """

    text: str
    role: str
    tag: str
    head: int
    weight: float
    key: str
    marks: frozenset[str]
    is_verb: bool
    is_name: bool

    @property
    def prefix(self) -> str:
        """Return the first six letters of a long word, by which `financed` and `financial` are alike, else nothing."""
        return self.text[:6].lower() if len(self.text) >= 6 else ""


def load_parser() -> None:
    """Load what `parsed` needs. Hides missing tensor frameworks meanwhile, so no other thread may import one then."""
    _pipeline()


@lru_cache(maxsize=4096)
def parsed(text: str) -> tuple[Node, ...]:
    """Return the words of a text, its punctuation included, with their arcs."""
    pipeline = _pipeline()
    with _parsing, pipeline.memory_zone():  # what spaCy keeps of words it did not know ends with the zone
        return tuple(
            Node(
                token.text, token.dep_, token.tag_, token.head.i, weight_of(token.text),
                key_of(token.text), _marks(token.text),
                token.tag_.startswith(("VB", "MD")), token.tag_.startswith("NNP"),
            )
            for token in pipeline(text)
        )  # fmt: skip


def _marks(text: str) -> frozenset[str]:
    key = key_of(text)
    return frozenset((key, place_of(folded(text)) or key, *(f"={group}" for group in groups_of(key))))


@lru_cache(maxsize=1)
def _pipeline() -> Language:
    """Load the pipeline without the tensor frameworks that thinc would import only to ask whether they are there."""
    with _loading:
        absent = [name for name in _FRAMEWORKS if name not in sys.modules]
        sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
        try:
            import spacy
        finally:
            for name in absent:
                sys.modules.pop(name, None)
        language: Language = spacy.load(locate(PARSER), exclude=_UNUSED)
        return language
