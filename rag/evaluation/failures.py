"""What went wrong with a question, so that failures can be read by cause. Knows scores only, no texts."""

from __future__ import annotations

from rag.evaluation.scoring import Scored

ERROR = "ended in an error"
ANSWERED = "answered where the articles hold no answer"
MISSED_WRONG = "gold article not retrieved, answered wrong"
MISSED_REFUSED = "gold article not retrieved, refused"
WRONG = "gold article retrieved, answered wrong"
REFUSED = "gold article retrieved, refused"
UNJUDGED_WRONG = "answered wrong"
UNJUDGED_REFUSED = "refused although it can be answered"
MISQUOTED = "a citation does not match its article"
UNSUPPORTED = "a claim is not supported by what it cites"
NOT_FOUND = "gold article not retrieved"
CAUSES = (
    ERROR,
    MISQUOTED,
    ANSWERED,
    WRONG,
    REFUSED,
    MISSED_WRONG,
    MISSED_REFUSED,
    UNJUDGED_WRONG,
    UNJUDGED_REFUSED,
    UNSUPPORTED,
    NOT_FOUND,
)


def cause_of(scored: Scored) -> str | None:
    """Return the cause of failure, the gravest first, or None for a question that was handled as it should."""
    scores = scored.scores
    retrieved = scores.get("retrieval.AP")
    if scored.state == "error":
        return ERROR
    if scores.get("citations.valid", 1.0) < 1.0:
        return MISQUOTED
    if scored.answerable is False and scores.get("overall.right") == 0.0:
        return ANSWERED
    if scored.state == "abstained" and scored.answerable:
        return UNJUDGED_REFUSED if retrieved is None else REFUSED if retrieved else MISSED_REFUSED
    if scores.get("overall.right") == 0.0:
        return UNJUDGED_WRONG if retrieved is None else WRONG if retrieved else MISSED_WRONG
    if scores.get("citations.support", 1.0) < 1.0:
        return UNSUPPORTED
    return NOT_FOUND if retrieved == 0.0 else None
