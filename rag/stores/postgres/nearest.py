"""Nearest passages by cosine in PostgreSQL: exact while few can pass, by pgvector's HNSW graph when many can.

Up to EXACT_UP_TO passages that pass the filters are compared one by one, so that results equal those of the local
store. Of more, the graph (Malkov and Yashunin 2018; m 16, ef_construction 64) gives candidates until enough of them
pass, and the stored float32 vectors put them in order (in strict order the graph drops what it finds late: at 10 %
passing its recall was .87). Vectors have length 1: the inner product is the cosine.
The server chooses within the one statement. The graph is built by the first flush that finds so many passages and
then follows every change by itself; until then every search is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from psycopg import Connection

from rag.encoders.protocol import Vectors
from rag.records import Filters
from rag.stores.filters import day_bounds, fold
from rag.stores.postgres.connections import Connections, Row

EXACT_UP_TO = 10_000
_MORE_CANDIDATES = 32  # than are wanted, since half precision orders the last ones wrongly
_COSINE = "-(v.vector <#> %(vector)s)"

_FEW = """
WITH few AS MATERIALIZED (
    SELECT s.passage_id, s.vector_id FROM passages s JOIN articles a USING (article_no) WHERE {passing}
    LIMIT %(few)s + 1
), n AS MATERIALIZED (SELECT count(*) AS n FROM few)
"""
_ALL = """
WITH few AS NOT MATERIALIZED (SELECT passage_id, vector_id FROM passages),
n AS MATERIALIZED (SELECT units AS n FROM fields WHERE field = 0)
"""
_BOTH = f"""
SELECT passage_id, score FROM (
    (SELECT few.passage_id, {_COSINE} AS score FROM few JOIN vectors v USING (vector_id)
     WHERE (SELECT n FROM n) <= %(few)s ORDER BY score DESC, few.passage_id LIMIT %(k)s)
    UNION ALL
    (SELECT c.passage_id, -(c.vector <#> %(vector)s) AS score FROM (
        SELECT s.passage_id, v.vector FROM vectors v JOIN passages s USING (vector_id) {{articles}}
        WHERE (SELECT n FROM n) > %(few)s {{also}} ORDER BY {{distance}} LIMIT %(candidates)s) AS c
     ORDER BY score DESC, c.passage_id LIMIT %(k)s)
) AS found ORDER BY score DESC, passage_id
"""


def condition(filters: Filters) -> tuple[str, dict[str, Any]]:
    """Return the filters as SQL on the articles `a`, and its values; empty when everything passes."""
    clauses, values = list[str](), dict[str, Any]()
    for name in ("outlet", "author", "language"):
        wanted: str | None = getattr(filters, name)
        if wanted is not None:
            clauses.append(f"a.{name}_key = %({name})s")
            values[name] = (fold(wanted) or "").replace("\x00", "\ufffd")
    if (days := day_bounds(filters)) is not None:
        clauses.append("a.day BETWEEN %(since)s AND %(until)s")
        values["since"], values["until"] = days
    return " AND ".join(clauses), values


def search(
    database: Connections, vector: Vectors, k: int, filters: Filters, hnsw: str, dimension: int
) -> list[tuple[int, float]]:
    """Return at most k (passage id, cosine), best first and equal ones by id."""
    if k < 1:
        return []
    passing, values = condition(filters)
    distance = "v.vector <#> %(vector)s"
    if hnsw == "halfvec":
        distance = f"v.vector::halfvec({dimension}) <#> %(vector)s::halfvec({dimension})"
    statement = (_FEW.replace("{passing}", passing) if passing else _ALL) + _BOTH.format(
        articles="JOIN articles a USING (article_no)" if passing else "",
        also=f"AND {passing}" if passing else "",
        distance=distance,
    )
    values |= {"vector": _row(vector), "k": k, "few": EXACT_UP_TO, "candidates": k + _MORE_CANDIDATES}
    return [(passage_id, score) for passage_id, score in database.rows(statement, values)]


def scores(database: Connections, vector: Vectors, passage_ids: Sequence[int]) -> dict[int, float]:
    """Return the cosine of these passages; those that are gone are left out."""
    statement = (
        f"SELECT s.passage_id, {_COSINE} FROM passages s JOIN vectors v USING (vector_id)"
        " WHERE s.passage_id = ANY(%(ids)s::bigint[])"
    )
    return dict(database.rows(statement, {"vector": _row(vector), "ids": list(passage_ids)}))


def build(connection: Connection[Row], hnsw: str, dimension: int) -> None:
    """Build the graph if there are enough passages for it and it is not there."""
    row = connection.execute(
        "SELECT units > %s AND to_regclass('vectors_nearest') IS NULL FROM fields WHERE field = 0", (EXACT_UP_TO,)
    ).fetchone()
    if row != (True,):
        return
    what = f"(vector::halfvec({dimension})) halfvec_ip_ops" if hnsw == "halfvec" else "vector vector_ip_ops"
    statement = f"CREATE INDEX vectors_nearest ON vectors USING hnsw ({what}) WITH (m = 16, ef_construction = 64)"
    connection.execute(statement.encode())


def _row(vector: Vectors) -> Vectors:
    return np.ascontiguousarray(vector, dtype=np.float32).reshape(-1)
