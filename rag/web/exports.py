"""Takes an answer out of the page: Markdown with numbered footnotes, and the JSON of the contract.

Every footnote holds what is needed to check it elsewhere: quote, outlet, date, address, article id, span, and the
fingerprint of the index it was cited from. Words of articles are escaped, so that no Markdown reader loads anything.
"""

from __future__ import annotations

import json

from rag.records import Answer, Citation, Disagreement
from rag.web.text import day, markdown, plain, safe_url
from rag.wire import answer_json


def answer_markdown(answer: Answer) -> str:
    """Return question, answer and footnotes as Markdown (`[^1]` footnotes as GitHub, Pandoc and Obsidian read them)."""
    parts = [f"## {markdown(answer.question)}", _body(answer)]
    if answer.citations:
        parts.append("\n".join(_footnote(citation) for citation in answer.citations))
    parts += [_listed(disagreement) for disagreement in answer.disagreements]
    parts.append(f"*Generator {markdown(answer.generator)}, index {markdown(answer.index_fingerprint)}.*")
    return "\n\n".join(parts) + "\n"


def answer_document(answer: Answer) -> str:
    """Return the answer as one indented JSON document in the shape of `rag ask --json`."""
    return json.dumps(answer_json(answer), ensure_ascii=False, indent=2) + "\n"


def disagreement_caption(disagreement: Disagreement) -> str:
    """Say in words what kind of disagreement this is."""
    if disagreement.relation == "update":
        return f"Reports changed with time: {disagreement.about}"
    return f"The sources disagree: {disagreement.about}"


def said_rows(disagreement: Disagreement) -> list[tuple[str, str, str]]:
    """Return what is said, by which outlet and when, a row for each source of each claim."""
    return [
        (claim.text, e.metadata.outlet or e.metadata.title or e.article_id, day(e.metadata.published) or "no date")
        for claim in disagreement.claims
        for e in claim.evidence
    ]


def _body(answer: Answer) -> str:
    if answer.abstained or not answer.sentences:
        return markdown(answer.text)
    sentences = []
    for sentence in answer.sentences:
        marks = "".join(f"[^{marker}]" for marker in sentence.markers)
        doubt = "" if sentence.verdict in ("supported", "no_claim") else f" *({sentence.verdict.replace('_', ' ')})*"
        sentences.append(f"{markdown(sentence.text)}{marks}{doubt}")
    return " ".join(sentences)


def _listed(disagreement: Disagreement) -> str:
    rows = (
        f"- {', '.join(markdown(part) for part in (who, when))}: {markdown(said)}"
        for said, who, when in said_rows(disagreement)
    )
    return "\n".join([markdown(disagreement_caption(disagreement)), "", *rows])


def _footnote(citation: Citation) -> str:
    evidence = citation.evidence
    metadata = evidence.metadata
    known = [metadata.outlet, metadata.title, metadata.author, day(metadata.published)]
    source = ", ".join(markdown(part) for part in known if part)
    url = safe_url(metadata.url)
    place = f"article `{plain(evidence.article_id).replace('`', '')}`, characters {evidence.start}–{evidence.end}"
    return f"[^{citation.marker}]: “{markdown(evidence.quote)}” {source or 'source not stated'}" + (
        f", <{url}>; {place}" if url else f"; {place}"
    )
