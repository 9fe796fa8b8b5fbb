"""Best passages by words (BM25, k1 = 1.2, b = 0.75): the one module that knows tantivy.

Robertson and Zaragoza 2009, as tantivy computes it: a passage is scored with its headline, and a little for its outlet
and for words that stand next to each other as in the query. Articles declared to be in another language than English
are kept unstemmed in a field of their own. A query is any text: it is analysed like the passages and never parsed, so
no character in it has a meaning. Filters are conditions of the query and so come before ranking.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import IndexStateError
from rag.records import Filters
from rag.stores.filters import day_bounds, fold
from rag.stores.sqlite import Ids, PassageRow
from rag.stores.words import Words

OUTLET_WEIGHT = 0.5
PAIR_WEIGHT = 0.2

_WRITER_BYTES = 50_000_000
_MOST_TERMS = 64  # of a longer query, the rarest words
_BATCH = 1000


class LexicalIndex:
    """A folder of tantivy segments. Changes are seen by searches once committed."""

    def __init__(self, folder: Path) -> None:
        """Open the index in a folder, or start one in an empty one; raises IndexStateError for an unreadable one."""
        import tantivy

        self._tantivy = tantivy
        self._words = Words(tantivy)
        self._schema = _schema(tantivy)
        try:
            self._index = tantivy.Index(self._schema, path=str(folder))
            for name, analyzer in self._words.analyzers.items():
                self._index.register_tokenizer(name, analyzer)
            self._searcher = self._index.searcher()
        except (ValueError, OSError) as error:
            raise IndexStateError(f"the word index {folder} cannot be read ({error})") from error
        self._writer: Any = None

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def ids(self) -> Ids:
        """Return every passage id held, in no order."""
        return np.array([i for i, _ in self._run(self._tantivy.Query.all_query(), len(self))], dtype=np.int64)

    def add(self, rows: Iterable[PassageRow]) -> None:
        writer = self._writing()
        for row in rows:
            writer.add_document(self._document(row))

    def remove(self, ids: Ids) -> None:
        writer = self._writing()
        for start in range(0, len(ids), _BATCH):
            writer.delete_documents_by_query(self._among(ids[start : start + _BATCH]))

    def commit(self) -> None:
        """Make every change durable and visible."""
        if self._writer is not None:
            self._writer.commit()
            self._reload()

    def settle(self) -> None:
        """Commit and let go of the writer, after which no file of the folder changes until the next change."""
        if self._writer is not None:
            self._writer.commit()
            self._writer.wait_merging_threads()
            self._writer = None
            self._reload()

    def search(self, query: str, k: int, filters: Filters) -> list[tuple[int, float]]:
        """Return at most k (passage id, score), best first and equal ones by id; nothing for a query without words."""
        asked = self._asked(query)
        return [] if asked is None else self._run(self._all_of([asked, *self._conditions(filters)]), k)

    def scores(self, query: str, ids: Sequence[int]) -> dict[int, float]:
        """Return the score of these passages; those with none of the query's words are left out."""
        asked = self._asked(query)
        if asked is None or not ids:
            return {}
        return dict(self._run(self._all_of([self._silent(self._any_of(ids)), asked]), len(ids)))

    def _run(self, query: Any, k: int) -> list[tuple[int, float]]:
        if k < 1 or not len(self):
            return []
        found = self._searcher.search(query, limit=k, count=False).hits
        ids = self._searcher.fast_field_values("passage_id", [address for _, address in found])
        pairs = [(int(i), float(score)) for i, (score, _) in zip(ids, found, strict=True)]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def _asked(self, query: str) -> Any:
        """Return the query for any of the words, in every field where they may stand, or None if none stands there."""
        words, pairs = self._words.of_query(query)
        q = self._tantivy.Query
        clauses = []
        for field, terms, weight in (
            ("text", [word.stemmed for word in words], 1.0),
            ("plain", [word.plain for word in words], 1.0),
            ("outlet", [word.plain for word in words], OUTLET_WEIGHT),
            ("pairs", pairs, PAIR_WEIGHT),
        ):
            known = self._known(field, terms)
            exact = [q.term_query(self._schema, field, term, index_option="freq") for term in known]
            clauses += [clause if weight == 1.0 else q.boost_query(clause, weight) for clause in exact]
        return q.boolean_query([(self._tantivy.Occur.Should, clause) for clause in clauses]) if clauses else None

    def _known(self, field: str, terms: Sequence[str]) -> list[str]:
        """Return the terms that stand in a field, of too many the rarest."""
        found = {term: n for term in dict.fromkeys(terms) if (n := self._searcher.doc_freq(field, term))}
        return sorted(found, key=lambda term: (found[term], term))[:_MOST_TERMS]

    def _conditions(self, filters: Filters) -> list[Any]:
        q = self._tantivy.Query
        names = (("outlet_key", filters.outlet), ("author_key", filters.author), ("language_key", filters.language))
        wanted = [q.term_query(self._schema, field, fold(name)) for field, name in names if name is not None]
        if (days := day_bounds(filters)) is not None:
            wanted.append(q.range_query(self._schema, "day", self._tantivy.FieldType.Unsigned, *days))
        return [self._silent(query) for query in wanted]

    def _among(self, ids: Iterable[int]) -> Any:
        return self._tantivy.Query.term_set_query(self._schema, "passage_id", [int(i) for i in ids])

    def _any_of(self, ids: Iterable[int]) -> Any:
        """Return a query for some ids: of a hundred, looking each up is faster than one automaton for all of them."""
        q = self._tantivy.Query
        each = [q.term_query(self._schema, "passage_id", int(i), index_option="basic") for i in ids]
        return q.boolean_query([(self._tantivy.Occur.Should, one) for one in each])

    def _silent(self, query: Any) -> Any:
        return self._tantivy.Query.const_score_query(query, 0.0)

    def _all_of(self, queries: Sequence[Any]) -> Any:
        return self._tantivy.Query.boolean_query([(self._tantivy.Occur.Must, query) for query in queries])

    def _writing(self) -> Any:
        if self._writer is None:
            self._writer = self._index.writer(_WRITER_BYTES, 1)
        return self._writer

    def _reload(self) -> None:
        self._index.reload()
        self._searcher = self._index.searcher()

    def _document(self, row: PassageRow) -> Any:
        document = self._tantivy.Document()
        document.add_unsigned("passage_id", row.passage_id)
        document.add_unsigned("day", row.keys.day)
        english = row.keys.language in (None, "en")
        text = f"{row.metadata.title or ''}\n{row.text}"
        document.add_text("text" if english else "plain", text)
        document.add_text("pairs", self._words.pairs_of(text))
        if row.metadata.outlet:
            document.add_text("outlet", row.metadata.outlet)
        for field in ("outlet", "author", "language"):
            if (key := getattr(row.keys, field)) is not None:
                document.add_text(f"{field}_key", key)
        return document


def _schema(tantivy: Any) -> Any:
    builder = tantivy.SchemaBuilder().add_unsigned_field("passage_id", indexed=True, fast=True)
    builder.add_unsigned_field("day", indexed=True, fast=True)
    for field, analyzer in (("text", "stemmed"), ("plain", "plain"), ("outlet", "plain"), ("pairs", "pairs")):
        builder.add_text_field(field, tokenizer_name=analyzer, index_option="freq")
    for field in ("outlet_key", "author_key", "language_key"):
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    return builder.build()
