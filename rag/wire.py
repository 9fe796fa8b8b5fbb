"""The JSON shapes of Footnote, made from its records: what `--json`, the answers file and the web API print.

Shapes only grow: a name that stands here keeps its meaning. Dates are printed as they are stored and offsets are
Unicode code points, so `article_text[start:end] == quote` can be checked from the output alone. Every function returns
plain dicts, lists, strings and numbers; none touches a file or an engine. Scores are rounded to 6 decimals,
probabilities to 4 and milliseconds to 1: nothing compares them more finely.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.records import Answer, Article, Citation, Disagreement, Evidence, Hit, Metadata

Json = dict[str, object]


def hit_json(hit: Hit) -> Json:
    """Return one hit, its passage's span and text, and the article's metadata."""
    passage, metadata = hit.passage, hit.metadata
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "passage_id": passage.passage_id,
        "article_id": passage.article_id,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "title": metadata.title,
        "outlet": metadata.outlet,
        "author": metadata.author,
        "published": metadata.published,
        "url": metadata.url,
        "dense": round(hit.dense, 6),
        "lexical": round(hit.lexical, 6),
        "group": hit.group,
        "version": hit.version,
        "copies": list(hit.copies),
    }


def search_json(question: str, hits: Sequence[Hit], timings_ms: Mapping[str, float]) -> Json:
    """Return what `rag search` prints, the best hit first."""
    return {"question": question, "hits": [hit_json(hit) for hit in hits], "timings_ms": _timings(timings_ms)}


def citation_json(citation: Citation) -> Json:
    """Return one numbered citation with the exact span it quotes."""
    evidence = citation.evidence
    metadata = evidence.metadata
    return {
        "marker": citation.marker,
        "article_id": evidence.article_id,
        "title": metadata.title,
        "outlet": metadata.outlet,
        "author": metadata.author,
        "published": metadata.published,
        "url": metadata.url,
        "start": evidence.start,
        "end": evidence.end,
        "quote": evidence.quote,
        "score": round(evidence.score, 4),
        "group": evidence.group,
        "version": evidence.version,
        "copies": list(evidence.copies),
    }


def answer_json(answer: Answer) -> Json:
    """Return a whole answer or refusal, with everything needed to check it."""
    return {
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "answer": answer.text,
        "abstained": answer.abstained,
        "confidence": round(answer.confidence, 4),
        "notice": answer.notice,
        "missing": list(answer.missing),
        "false_premises": list(answer.false_premises),
        "sentences": [
            {"text": sentence.text, "verdict": sentence.verdict, "markers": list(sentence.markers)}
            for sentence in answer.sentences
        ],
        "citations": [citation_json(citation) for citation in answer.citations],
        "disagreements": [_disagreement(disagreement) for disagreement in answer.disagreements],
        "hits": [hit_json(hit) for hit in answer.hits],
        "timings_ms": _timings(answer.timings_ms),
        "tokens": dict(answer.tokens),
        "generator": answer.generator,
        "encoder": answer.encoder,
        "index_fingerprint": answer.index_fingerprint,
    }


def article_json(article: Article, *, passages: int | None = None, text: bool = True) -> Json:
    """Return a stored article; without its text, and with its number of passages, it is a row of `rag articles`."""
    row: Json = {"article_id": article.article_id, **_metadata(article.metadata), "source": article.source}
    row["characters"] = len(article.text)
    if passages is not None:
        row["passages"] = passages
    if text:
        row["text"] = article.text
    return row


def _metadata(metadata: Metadata) -> Json:
    return {
        "title": metadata.title,
        "outlet": metadata.outlet,
        "author": metadata.author,
        "published": metadata.published,
        "url": metadata.url,
        "language": metadata.language,
    }


def _disagreement(disagreement: Disagreement) -> Json:
    return {
        "about": disagreement.about,
        "kind": disagreement.kind,
        "relation": disagreement.relation,
        "claims": [
            {"text": claim.text, "sources": [_source(evidence) for evidence in claim.evidence]}
            for claim in disagreement.claims
        ],
    }


def _source(evidence: Evidence) -> Json:
    return {
        "article_id": evidence.article_id,
        "title": evidence.metadata.title,
        "outlet": evidence.metadata.outlet,
        "published": evidence.metadata.published,
        "url": evidence.metadata.url,
        "group": evidence.group,
        "start": evidence.start,
        "end": evidence.end,
        "quote": evidence.quote,
    }


def _timings(timings_ms: Mapping[str, float]) -> dict[str, float]:
    return {stage: round(milliseconds, 1) for stage, milliseconds in timings_ms.items()}
