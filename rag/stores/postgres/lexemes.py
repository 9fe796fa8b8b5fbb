"""Text and queries as the terms that PostgreSQL keeps: what the local store's analysers make of them, as numbers.

A term is known by 64 bits of a hash of its field and word, the same in SQL (`schema.py`), so that no dictionary has to
be kept: of news, a third of all terms stand in one passage only. Among a hundred million terms two share a number with
a chance of one in four thousand. The fields and their weights are those of `rag.stores.lexical`.
"""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rag.records import Metadata
from rag.stores.filters import fold
from rag.stores.lexical import OUTLET_WEIGHT, PAIR_WEIGHT
from rag.stores.words import Words

WHOLE = 4  # added to the number of a field: of whole articles

_TEXT, _PLAIN, _OUTLET, _PAIRS = range(WHOLE)
_WEIGHTS = (1.0, 1.0, OUTLET_WEIGHT, PAIR_WEIGHT)
_MOST_TERMS = 64  # a field, of a longer query, the rarest


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one unit: how often each stands in a field, and the length of each field that there is."""

    times: dict[tuple[int, str], int]
    sizes: dict[int, int]

    @property
    def words(self) -> list[str]:
        """Return the terms of its text, without pairs and outlet."""
        return sorted({term for field, term in self.times if field % WHOLE in (_TEXT, _PLAIN)})


class Analysis:
    """Text and queries as terms. May be used from several threads."""

    def __init__(self) -> None:
        import tantivy

        self._words = Words(tantivy)
        self._turn = threading.Lock()

    def of_unit(self, text: str, metadata: Metadata, *, whole_article: bool = False) -> Terms:
        """Return the terms of a passage, or of a whole article."""
        base = WHOLE if whole_article else 0
        said = f"{metadata.title or ''}\n{text}"
        english = fold(metadata.language) in (None, "en")
        with self._turn:
            analyzers: Any = self._words.analyzers
            found = {
                _TEXT if english else _PLAIN: analyzers["stemmed" if english else "plain"].analyze(said),
                _OUTLET: analyzers["plain"].analyze(metadata.outlet or ""),
                _PAIRS: analyzers["pairs"].analyze(self._words.pairs_of(said)),
            }
        times = Counter((base + field, term) for field, terms in found.items() for term in terms)
        return Terms(dict(times), {base + field: len(terms) for field, terms in found.items()})

    def of_query(self, query: str, *, whole_articles: bool = False) -> dict[str, Any]:
        """Return what a query asks for, as the values of the scoring statement."""
        with self._turn:
            words, pairs = self._words.of_query(query)
        base = WHOLE if whole_articles else 0
        stemmed, plain = (dict.fromkeys(getattr(w, form) for w in words) for form in ("stemmed", "plain"))
        asked = [
            (base + field, term)
            for field, terms in ((_TEXT, stemmed), (_PLAIN, plain), (_OUTLET, plain), (_PAIRS, dict.fromkeys(pairs)))
            for term in terms
        ]
        return {
            "ids": array([term_id(field, term) for field, term in asked]),
            "fields": array([field for field, _ in asked]),
            "terms": " ".join(term for _, term in asked),
            "weights": array(_WEIGHTS),
            "most": _MOST_TERMS,
        }


def term_id(field: int, term: str) -> int:
    """Return the number of a term of a field."""
    digest = hashlib.md5(f"{field} {term}".encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def array(numbers: Sequence[float]) -> str:
    """Return numbers as PostgreSQL writes an array of them."""
    return f"{{{','.join(map(str, numbers))}}}"
