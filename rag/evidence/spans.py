"""Where a piece of evidence begins and ends: a sentence, and the one before it where it points back ("He", "These").

A quotation of several sentences is one sentence here (`rag.sentences` keeps it whole), so that a speaker's words are
not cut off from who said them; one that runs over paragraphs is cut.
"""

from __future__ import annotations

from rag.evidence.candidates import Candidate
from rag.records import Evidence

_PRONOUNS = frozenset("he she they it his her their its this these that those such there both one".split())


def evidence_of(candidate: Candidate, score: float) -> Evidence:
    """Return the candidate as evidence, with the sentences around it that it needs."""
    hit = candidate.hit
    text = hit.passage.text
    start, end = candidate.start - hit.passage.start, candidate.end - hit.passage.start
    start = _with_what_it_points_to(candidate, start)
    return Evidence(
        article_id=hit.passage.article_id,
        start=hit.passage.start + start,
        end=hit.passage.start + end,
        quote=text[start:end],
        metadata=hit.metadata,
        score=score,
        context=text,
        group=hit.group,
        version=hit.version,
        copies=hit.copies,
    )


def _with_what_it_points_to(candidate: Candidate, start: int) -> int:
    first = candidate.text.split()[0].strip("“\"'").casefold()
    if candidate.before and first in _PRONOUNS:
        text = candidate.hit.passage.text
        before = text[:start].rfind(candidate.before)
        if before >= 0 and "\n" not in text[before:start]:
            return before
    return start
