"""Whether a claim is supported by what it cites, judged by the verifier. Knows nothing of questions.

An attribution in front of the claim ("Harbour Post (2026-01-08): …", "According to Harbour Post, …") is held against
the cited articles' own metadata and taken off when it is true; a false one stays, and finds no support.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rag.attribution import dated_label, source_label
from rag.records import Metadata

CitationRow = Mapping[str, Any]


def supports(claim: str, citations: Sequence[CitationRow]) -> bool:
    """Return whether the verifier finds the claim fully supported by the quotes; a whole quote supports itself."""
    from rag.verification import verify

    said = _without_attribution(claim.strip(), citations)
    quotes = [" ".join(citation["quote"].split()) for citation in citations]
    if said in quotes or (said[:1] == "“" and said[-1:] == "”" and said[1:-1] in quotes):
        return True
    labels = [citation[name] for citation in citations for name in ("outlet", "title") if citation.get(name)]
    return verify(said, quotes, context=labels).verdict == "supported"


def _without_attribution(claim: str, citations: Sequence[CitationRow]) -> str:
    for opening in _true_attributions(citations):
        if claim.startswith(opening):
            rest = claim.removeprefix(opening)
            return rest[:1].upper() + rest[1:]
    return claim


def _true_attributions(citations: Sequence[CitationRow]) -> Iterator[str]:
    """Yield how a sentence may begin that names the cited sources, one or all of them."""
    named: list[str] = []
    for citation in citations:
        metadata = Metadata(*(citation.get(name) for name in ("title", "outlet", "author", "published")))
        label = source_label(metadata, citation["article_id"])
        yield from (f"{dated_label(metadata, citation['article_id'])}: ", f"{label}: ", f"According to {label}, ")
        named.append(label)
    if len(unique := list(dict.fromkeys(named))) > 1:
        yield f"According to {', '.join(unique[:-1])} and {unique[-1]}, "
