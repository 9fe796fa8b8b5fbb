"""Best passages by words in PostgreSQL: BM25 as tantivy computes it (k1 = 1.2, b = 0.75), in one statement.

A posting says how often a term stands in a unit, which is a passage or, for the scores of whole articles, an article
under the id of its first passage. It comes in as a row of `recent`; once there are many, rows are packed into `lists`,
arrays of a tenth of the size: one or more of its own for a term that stands in many units, one of a bucket for terms
that stand in few. Lists are never changed. Each packing makes a part and merges smaller ones into it (O'Neil et al.
1996, the log-structured merge tree), and a removed unit is noted as `gone` until its list is merged. All of it happens
in the transaction of the change, and in how many units a term stands is counted when it is asked for: scores are those
of exactly what is stored. (Tantivy counts removed passages until it merges them away; its scores differ by that.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from rag.stores.postgres.connections import Connections, Row
from rag.stores.postgres.lengths import LENGTHS, length_code
from rag.stores.postgres.lexemes import WHOLE, Terms, array, term_id

PACK_AT = 4000  # passages in rows
WORTH_PACKING = 256  # passages in rows, when nothing more comes for now

_MOST_TIMES, _LONGEST = 8_191, 262_143  # a list keeps both in 31 bits
_OWN_LIST = 32  # postings of a term in a part
_IN_A_LIST = 16_384
_IN_A_BUCKET = 128
_MOST_GONE = 0.05  # of what is packed
_GONE, _PACKED = "count(*) FROM gone", "coalesce(sum(units), 0) FROM parts"

# OFFSET 0 keeps the planner, which cannot know how few lists are asked for, from reading all of them.
_SCORED = """
WITH asked AS MATERIALIZED (
    SELECT id, field, term
    FROM unnest(%(ids)s::bigint[], %(fields)s::smallint[], string_to_array(%(terms)s, ' ')) AS a (id, field, term)
), pieces AS MATERIALIZED (
    SELECT a.id, r.n, r.units, r.counts FROM asked a CROSS JOIN LATERAL (
        SELECT count(*) AS n, array_agg(unit::integer) AS units, array_agg((times << 18) | size) AS counts
        FROM recent WHERE term = a.id) AS r WHERE r.n > 0
    UNION ALL
    SELECT a.id, l.n, l.units, l.counts FROM asked a CROSS JOIN LATERAL (
        SELECT n, units, counts FROM lists WHERE key = a.id AND own OFFSET 0) AS l
    UNION ALL
    SELECT a.id, l.n, l.units[l.first : l.first + l.n - 1], l.counts[l.first : l.first + l.n - 1]
    FROM asked a CROSS JOIN parts p CROSS JOIN LATERAL (
        SELECT array_position(terms, a.id) AS first, cardinality(array_positions(terms, a.id)) AS n, units, counts
        FROM lists WHERE key = a.id & (p.buckets - 1) AND NOT own AND part = p.part OFFSET 0) AS l
    WHERE l.n > 0
), counted AS (
    SELECT id, sum(n - CASE WHEN EXISTS (SELECT FROM gone) THEN (SELECT count(*) FROM gone WHERE unit = ANY(units))
        ELSE 0 END) AS units
    FROM pieces GROUP BY id
), weighed AS MATERIALIZED (
    SELECT id, 0.9 / (f.tokens::float8 / f.units) AS by_size, (%(weights)s::float8[])[field %% 4 + 1]
        * 2.2 * ln(1 + (f.units - c.units + 0.5) / (c.units + 0.5))::float8 AS weight
    FROM (SELECT id, field, units, row_number() OVER (PARTITION BY field ORDER BY units, term) AS rarity
        FROM counted JOIN asked USING (id) WHERE units > 0) AS c JOIN fields f USING (field)
    WHERE rarity <= %(most)s
), found AS (
    SELECT unit, sum(weight / (1 + (0.3::float8 + (counted & 262143) * by_size) / (counted >> 18)))::real AS score
    FROM (SELECT w.weight, w.by_size, unnest(p.units) AS unit, unnest(p.counts) AS counted
        FROM weighed w JOIN pieces p USING (id)) AS p
    WHERE ((SELECT count(*) = 0 FROM gone) OR unit NOT IN (SELECT unit::integer FROM gone)) {only}
    GROUP BY unit
)
SELECT unit::bigint, score FROM found
"""
_BEST = " ORDER BY score DESC, unit LIMIT %(k)s"

_PACKING = """
CREATE TEMPORARY TABLE packing ON COMMIT DROP AS
SELECT term, count(*) AS n, array_agg(unit ORDER BY unit) AS units, array_agg(counted ORDER BY unit) AS counts
FROM (
    SELECT term, unit::integer AS unit, (times << 18) | size AS counted FROM recent
    UNION ALL
    SELECT coalesce(p.term, l.key), p.unit, p.counted
    FROM lists l CROSS JOIN LATERAL unnest(l.terms, l.units, l.counts) AS p (term, unit, counted)
    WHERE l.part = ANY(%(merged)s::integer[])
) AS p
WHERE unit NOT IN (SELECT unit::integer FROM gone) GROUP BY term
"""
_OWN = """
INSERT INTO lists (part, own, key, n, units, counts)
SELECT %(part)s, true, term, least(n - first + 1, %(long)s), units[first : first + %(long)s - 1],
    counts[first : first + %(long)s - 1]
FROM packing CROSS JOIN LATERAL generate_series(1, n::integer, %(long)s) AS first WHERE n >= %(own)s
"""
_SHARED = """
INSERT INTO lists (part, own, key, n, terms, units, counts)
SELECT %(part)s, false, key, count(*), array_agg(term ORDER BY term, unit), array_agg(unit ORDER BY term, unit),
    array_agg(counted ORDER BY term, unit)
FROM (SELECT term, term & (%(buckets)s - 1) AS key, unnest(units) AS unit, unnest(counts) AS counted
    FROM packing WHERE n < %(own)s) AS p
GROUP BY key
"""


def best(database: Connections, asked: dict[str, Any], k: int, passing: str, values: dict[str, Any]) -> list[Row]:
    """Return at most k (passage id, score), best first and equal ones by id; `passing` is SQL for the filters."""
    if not asked["terms"]:
        return []
    where = f" JOIN passages s ON s.passage_id = unit JOIN articles a USING (article_no) WHERE {passing}"
    statement = _SCORED.replace("{only}", "") + (where if passing else "") + _BEST
    return database.rows(statement, {**asked, **values, "k": k})


def scores(database: Connections, asked: dict[str, Any], units: Sequence[int]) -> dict[int, float]:
    """Return the score of these units; those without a term of the query are left out."""
    if not asked["terms"] or not units:
        return {}
    statement = _SCORED.replace("{only}", "AND unit = ANY(%(units)s::integer[])")
    return dict(database.rows(statement, {**asked, "units": list(units)}))


def add(connection: Connection[Row], units: Sequence[tuple[int, Terms]]) -> None:
    """Add postings of units, within the transaction of their change."""
    rows = sorted(
        (term_id(*key), unit, min(times, _MOST_TIMES), min(LENGTHS[length_code(terms.sizes[key[0]])], _LONGEST))
        for unit, terms in units
        for key, times in terms.times.items()
    )
    connection.execute(
        "INSERT INTO recent (term, unit, times, size)"
        " SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::integer[], %s::integer[])",
        [array(column) for column in zip(*rows, strict=True)] or ["{}"] * 4,
    )
    sizes = Counter[int]()
    for _, terms in units:
        sizes.update(terms.sizes)
    whole = sum(1 for _, terms in units if max(terms.sizes) >= WHOLE)
    _count(connection, len(units) - whole, whole, sizes)


def remove(connection: Connection[Row], passages: Sequence[int], articles: int, lengths: Sequence[list[int]]) -> None:
    """Remove the postings of these passages, of these lengths, and of the whole articles that begin with them."""
    connection.execute(
        "WITH rows AS (DELETE FROM recent WHERE unit = ANY(%(units)s::bigint[]) RETURNING unit)"
        " INSERT INTO gone SELECT unit FROM unnest(%(units)s::bigint[]) AS unit EXCEPT SELECT unit FROM rows",
        {"units": list(passages)},
    )
    sizes = Counter[int]()
    for one in lengths:
        sizes.subtract(dict(enumerate(one)))
    _count(connection, -len(passages), -articles, sizes)


def lengths_of(terms: Sequence[Terms]) -> list[int]:
    """Return the lengths of the fields of a passage and, for the first one, of its article."""
    sizes = {field: size for one in terms for field, size in one.sizes.items()}
    return [sizes.get(field, 0) for field in range(WHOLE * len(terms))]


def pack_if_many(connection: Connection[Row]) -> None:
    """Pack postings if many passages came since that was done last."""
    if _number(connection, "SELECT fresh FROM state") >= PACK_AT:
        _pack(connection, all_parts=False)


def pack(connection: Connection[Row]) -> None:
    """Pack postings if it is worth it, and clear away those of removed passages if they are many.

    Outside of a transaction, by the one writer.
    """
    gone, packed = (_number(connection, f"SELECT {what}") for what in (_GONE, _PACKED))
    if gone > _MOST_GONE * packed:
        _pack(connection, all_parts=True)
    elif _number(connection, "SELECT fresh FROM state") >= WORTH_PACKING:
        _pack(connection, all_parts=False)


def _pack(connection: Connection[Row], *, all_parts: bool) -> None:
    """Pack what came since into a part, and merge into it all parts or those that are at most twice as large."""
    merged, units, kept = list[int](), _number(connection, "SELECT fresh FROM state"), False
    for part, size in connection.execute("SELECT part, units FROM parts ORDER BY part DESC").fetchall():
        if all_parts or (size <= 2 * units and not kept):
            merged, units = [*merged, part], units + size
        else:
            kept = True
    with connection.transaction():
        connection.execute("SET LOCAL statement_timeout = 0")
        _write_part(connection, merged, units)
        if not kept:
            connection.execute("DELETE FROM gone")


def _write_part(connection: Connection[Row], merged: list[int], units: int) -> None:
    connection.execute(_PACKING, {"merged": merged})
    row = connection.execute(
        "SELECT coalesce(sum(n), 0), (SELECT coalesce(max(part), 0) + 1 FROM parts) FROM packing WHERE n < %s",
        (_OWN_LIST,),
    ).fetchone()
    shared, part = map(int, row or (0, 1))
    buckets = 1 << (max(1, shared // _IN_A_BUCKET) - 1).bit_length()
    values = {"part": part, "own": _OWN_LIST, "long": _IN_A_LIST, "buckets": buckets}
    connection.execute(_OWN, values)
    connection.execute(_SHARED, values)
    connection.execute("DELETE FROM lists WHERE part = ANY(%s)", (merged,))
    connection.execute("DELETE FROM parts WHERE part = ANY(%s)", (merged,))
    connection.execute("INSERT INTO parts VALUES (%s, %s, %s)", (part, buckets, units))
    connection.execute("UPDATE state SET fresh = 0")
    # Last, as it waits for the searches under way: a statement that waits here in turn sees the lists when it goes on.
    connection.execute("TRUNCATE recent")


def _count(connection: Connection[Row], passages: int, articles: int, tokens: Counter[int]) -> None:
    fields = list(range(2 * WHOLE))
    connection.execute(
        "UPDATE fields f SET units = f.units + a.units, tokens = f.tokens + a.tokens"
        " FROM unnest(%s::smallint[], %s::bigint[], %s::bigint[]) AS a (field, units, tokens) WHERE f.field = a.field",
        (
            fields,
            [passages if field < WHOLE else articles for field in fields],
            [tokens.get(field, 0) for field in fields],
        ),
    )
    connection.execute("UPDATE state SET fresh = fresh + %s", (max(passages, 0),))


def _number(connection: Connection[Row], statement: str) -> int:
    row = connection.execute(statement.encode()).fetchone()
    return int(row[0]) if row else 0
