"""Kills the database in the middle of writing, again and again, and counts what a reader then finds."""

from __future__ import annotations

import random
import threading
import time
from typing import TypedDict

import psycopg
from hashing_encoder import HashingEncoder
from postgres_server import Server

from rag.chunking import Chunking, chunk, encoder_input
from rag.errors import IndexStateError
from rag.records import Article, Metadata
from rag.stores import manifest_of, open_store
from rag.stores.postgres import postings

_ENCODER, _CHUNKING = HashingEncoder(), Chunking(max_tokens=30)
_MANIFEST = manifest_of(_ENCODER, _CHUNKING.fingerprint)

# Each finds what must never be there.
_WRONG = {
    "passages without a vector": "SELECT count(*) FROM passages LEFT JOIN vectors USING (vector_id)"
    " WHERE vectors.vector_id IS NULL",
    "articles twice": "SELECT count(*) - count(DISTINCT text_hash) FROM articles",
    "passages twice": 'SELECT count(*) - count(DISTINCT (article_no, start, "end")) FROM passages',
    "vectors without a passage": "SELECT count(*) FROM vectors WHERE vector_id NOT IN (SELECT vector_id FROM passages)",
    "articles without a passage": "SELECT count(*) FROM articles WHERE article_no NOT IN"
    " (SELECT article_no FROM passages)",
    "articles without a source": "SELECT count(*) FROM articles WHERE article_id NOT IN"
    " (SELECT article_id FROM sources)",
    "postings of no passage": "SELECT count(*) FROM (SELECT unit FROM recent UNION SELECT unnest(units) FROM lists"
    " EXCEPT SELECT unit FROM gone EXCEPT SELECT passage_id FROM passages) AS p",
    "postings twice": "SELECT count(*) FROM recent r JOIN lists l ON r.unit = ANY(l.units)",
    "passages without postings": "SELECT count(*) FROM passages WHERE passage_id NOT IN (SELECT unit FROM recent)"
    " AND passage_id NOT IN (SELECT unnest(units) FROM lists)",
    "tokens miscounted": "SELECT sum(abs(f.tokens - (SELECT coalesce(sum(tokens[f.field + 1]), 0) FROM passages)))"
    " FROM fields f",
    "passages miscounted": "SELECT abs((SELECT count(*) FROM passages) - (SELECT units FROM fields WHERE field = 0))",
}


class KillReport(TypedDict):
    kills: int
    acknowledged: int
    lost: int
    stored: int
    torn: int
    wrong: dict[str, int]


def kill_while_writing(server: Server, kills: int, *, schema: str = "killed") -> KillReport:
    """Put articles while the server is killed so many times; every acknowledged one has to be there at the end."""
    location = f"{server.location}?schema={schema}"
    packed_at, postings.PACK_AT = postings.PACK_AT, 40  # so that it is killed in the middle of packing too
    draw = random.Random(5)
    acknowledged: dict[str, str] = {}
    for _ in range(kills):
        timer = threading.Timer(draw.uniform(0.3, 1.5), server.kill)
        store = open_store(location, manifest=_MANIFEST, create=True)
        timer.start()
        try:
            with store.writing():
                while True:
                    article = _article(len(acknowledged))
                    passages = chunk(article, _ENCODER, _CHUNKING)
                    inputs = [encoder_input(article.metadata, p) for p in passages]
                    store.put(article, passages, _ENCODER.encode(inputs))
                    acknowledged[article.article_id] = article.content_hash
        except IndexStateError:
            timer.join()
        store._unsaved = False  # type: ignore[attr-defined]  (there is no server to flush to)
        store.close()
        server.start()
        time.sleep(0.05)
    postings.PACK_AT = packed_at
    return _report(server, location, schema, kills, acknowledged)


def _report(server: Server, location: str, schema: str, kills: int, acknowledged: dict[str, str]) -> KillReport:
    store = open_store(location, manifest=_MANIFEST)
    stored = store.content_hashes()
    torn = sum(
        [(p.start, p.end) for p in chunk(s.article, _ENCODER, _CHUNKING)]
        != [(p.start, p.end) for p in store.passages_of(s.article.article_id)]
        for s in store.articles()
    )
    store.close()
    wrong = {}
    with psycopg.connect(server.location) as connection:
        connection.execute(f"SET search_path TO {schema}, public".encode())
        for what, query in _WRONG.items():
            row = connection.execute(query.encode()).fetchone()
            wrong[what] = int(row[0]) if row else -1
    lost = sum(stored.get(article_id) != content_hash for article_id, content_hash in acknowledged.items())
    return KillReport(
        kills=kills, acknowledged=len(acknowledged), lost=lost, stored=len(stored), torn=torn, wrong=wrong
    )


def _article(number: int) -> Article:
    """Return the article with this number, always the same: after a crash the last one may be put once more."""
    draw = random.Random(number)
    sentences = [f"Ship {number} met {draw.randrange(10**6)} boats off cape {draw.randrange(10**6)}." for _ in range(9)]
    return Article(f"a{number}", " ".join(sentences), Metadata(title=f"Ship {number}"), f"a{number}.md")
