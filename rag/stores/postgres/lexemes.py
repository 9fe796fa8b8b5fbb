"""Best passages by words in PostgreSQL: BM25 as tantivy computes it (k1 = 1.2, b = 0.75), in one statement.

Text becomes terms by the analysers of the local store; a posting says how often a term stands in a passage or, for the
scores of whole articles, in an article. How many units and tokens a field has, and in how many units a term stands, is
kept in the transaction of every change, so scores are those of exactly what is stored. (Tantivy counts removed passages
until it merges them away; right after a removal its scores differ by that.) The fields and weights are those of
`rag.stores.lexical`.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from rag.records import Metadata
from rag.stores.filters import fold
from rag.stores.lexical import OUTLET_WEIGHT, PAIR_WEIGHT
from rag.stores.postgres.connections import Connections, Row
from rag.stores.postgres.lengths import LENGTHS, length_code
from rag.stores.words import Words

_TEXT, _PLAIN, _OUTLET, _PAIRS = range(4)
_WHOLE = 4  # added to the number of a field: of whole articles
_WEIGHTS = (1.0, 1.0, OUTLET_WEIGHT, PAIR_WEIGHT)
_MOST_TERMS = 64  # a field, of a longer query, the rarest
_MOST_TIMES = 32_767

_SCORED = """
WITH asked AS (
    SELECT l.lexeme, l.field, l.units, f.units AS of_units, f.tokens::float8 / f.units AS mean_size,
        row_number() OVER (PARTITION BY l.field ORDER BY l.units, l.term) AS rarity
    FROM unnest(%(fields)s::smallint[], string_to_array(%(terms)s, ' ')) AS a (field, term)
    JOIN lexemes l ON l.field = a.field AND l.term = a.term JOIN fields f ON f.field = l.field WHERE l.units > 0
), weighed AS MATERIALIZED (
    SELECT lexeme, mean_size, (%(weights)s::float8[])[field %% 4 + 1]
        * 2.2 * ln(1 + (of_units - units + 0.5) / (units + 0.5))::float8 AS weight
    FROM asked WHERE rarity <= %(most)s
)
SELECT p.unit, sum(w.weight * p.times
    / (p.times + 1.2 * (0.25 + 0.75 * (%(lengths)s::float8[])[p.size + 1] / w.mean_size)))::real AS score
FROM weighed w JOIN postings p ON p.lexeme = w.lexeme
"""
# A term holds no white space, and one long text is bound ten times faster than a list of texts.
_TERMS = "unnest(%s::smallint[], string_to_array(%s, ' '), %s::bigint[])"
_BEST = " GROUP BY p.unit ORDER BY score DESC, p.unit LIMIT %(k)s"


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one unit: how often each stands in a field, and the length of each field that there is."""

    times: dict[tuple[int, str], int]
    sizes: dict[int, int]

    @property
    def words(self) -> list[str]:
        """Return the terms of its text, without pairs and outlet."""
        return sorted({term for field, term in self.times if field % _WHOLE in (_TEXT, _PLAIN)})


class Analysis:
    """Text and queries as terms. May be used from several threads."""

    def __init__(self) -> None:
        import tantivy

        self._words = Words(tantivy)
        self._turn = threading.Lock()

    def of_unit(self, text: str, metadata: Metadata, *, whole_article: bool = False) -> Terms:
        """Return the terms of a passage, or of a whole article."""
        base = _WHOLE if whole_article else 0
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
        base = _WHOLE if whole_articles else 0
        stemmed, plain = (dict.fromkeys(getattr(w, form) for w in words) for form in ("stemmed", "plain"))
        asked = [
            (base + field, term)
            for field, terms in ((_TEXT, stemmed), (_PLAIN, plain), (_OUTLET, plain), (_PAIRS, dict.fromkeys(pairs)))
            for term in terms
        ]
        return {
            "fields": _array([field for field, _ in asked]),
            "terms": " ".join(term for _, term in asked),
            "weights": _array(_WEIGHTS),
            "lengths": _array(LENGTHS),
            "most": _MOST_TERMS,
        }


def best(database: Connections, asked: dict[str, Any], k: int, passing: str, values: dict[str, Any]) -> list[Row]:
    """Return at most k (passage id, score), best first and equal ones by id; `passing` is SQL for the filters."""
    if not asked["terms"]:
        return []
    where = f" JOIN passages s ON s.passage_id = p.unit JOIN articles a USING (article_no) WHERE {passing}"
    return database.rows(_SCORED + (where if passing else "") + _BEST, {**asked, **values, "k": k})


def scores(database: Connections, asked: dict[str, Any], units: Sequence[int]) -> dict[int, float]:
    """Return the score of these units; those without a term of the query are left out."""
    if not asked["terms"] or not units:
        return {}
    statement = _SCORED + " WHERE p.unit = ANY(%(units)s::bigint[])" + _BEST
    return dict(database.rows(statement, {**asked, "units": list(units), "k": None}))


def add(connection: Connection[Row], units: Sequence[tuple[int, Terms]]) -> None:
    """Add postings of units, within the transaction of their change."""
    counts = Counter(key for _, terms in units for key in terms.times)
    numbers = _numbered(connection, counts)
    rows = [
        (numbers[key], min(times, _MOST_TIMES), length_code(terms.sizes[key[0]]), unit)
        for unit, terms in units
        for key, times in terms.times.items()
    ]
    rows.sort()
    connection.execute(
        "INSERT INTO postings (lexeme, times, size, unit)"
        " SELECT * FROM unnest(%s::int[], %s::smallint[], %s::smallint[], %s::bigint[])",
        [_array(column) for column in zip(*rows, strict=True)] or ["{}"] * 4,
    )
    sizes = Counter[int]()
    for _, terms in units:
        sizes.update(terms.sizes)
    whole = sum(1 for _, terms in units if max(terms.sizes) >= _WHOLE)
    _count(connection, len(units) - whole, whole, dict(sizes))


def remove(connection: Connection[Row], passages: Sequence[int], articles: int) -> None:
    """Remove the postings of these passages and of the whole articles that begin with one of them."""
    rows = connection.execute(
        "WITH gone AS (DELETE FROM postings WHERE unit = ANY(%s::bigint[]) RETURNING lexeme, times),"
        " counted AS (SELECT lexeme, count(*) AS n, sum(times) AS tokens FROM gone GROUP BY lexeme),"
        " lowered AS (UPDATE lexemes l SET units = units - n FROM counted c WHERE c.lexeme = l.lexeme"
        " RETURNING field, tokens)"
        " SELECT field, sum(tokens)::bigint FROM lowered GROUP BY field",
        (list(passages),),
    ).fetchall()
    _count(connection, -len(passages), -articles, {field: -tokens for field, tokens in rows})


def _numbered(connection: Connection[Row], counts: Counter[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Count the terms in and return the number of each; new ones get one."""
    keys = sorted(counts)
    rows = connection.execute(
        f"UPDATE lexemes l SET units = l.units + a.n FROM {_TERMS} AS a (field, term, n)"
        " WHERE l.field = a.field AND l.term = a.term RETURNING l.lexeme, l.field, l.term".encode(),
        _columns(keys, counts),
    ).fetchall()
    numbers = {(field, term): lexeme for lexeme, field, term in rows}
    new = [key for key in keys if key not in numbers]
    rows = connection.execute(
        f"INSERT INTO lexemes (field, term, units) SELECT * FROM {_TERMS} RETURNING lexeme, field, term".encode(),
        _columns(new, counts),
    ).fetchall()
    return numbers | {(field, term): lexeme for lexeme, field, term in rows}


def _columns(keys: Sequence[tuple[int, str]], counts: Counter[tuple[int, str]]) -> list[str]:
    return [
        _array([field for field, _ in keys]),
        " ".join(term for _, term in keys),
        _array([counts[key] for key in keys]),
    ]


def _array(numbers: Sequence[float]) -> str:
    """Return numbers as PostgreSQL writes an array of them."""
    return f"{{{','.join(map(str, numbers))}}}"


def _count(connection: Connection[Row], passages: int, articles: int, tokens: dict[int, int]) -> None:
    fields = list(range(2 * _WHOLE))
    connection.execute(
        "UPDATE fields f SET units = f.units + a.units, tokens = f.tokens + a.tokens"
        " FROM unnest(%s::smallint[], %s::bigint[], %s::bigint[]) AS a (field, units, tokens) WHERE f.field = a.field",
        (
            fields,
            [passages if field < _WHOLE else articles for field in fields],
            [tokens.get(field, 0) for field in fields],
        ),
    )
