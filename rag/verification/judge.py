"""From checks and score to a verdict. A conflict or a missing number, name or quotation can never be outvoted.

Method: hard checks as in `numbers`, `dates`, `names`, `quotes`, `polarity`, `certainty`, `speakers`, `roles`, `copies`,
`relations`; then boosted trees over coverage features (`features`, `score`). It reads English words and arcs and has
no knowledge of the world: what needs inference beyond synonyms is at best "partly".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.records import Verdict
from rag.verification.alignment import Alignment, aligned
from rag.verification.certainty import check_certainty
from rag.verification.claims import claim_text, claims_nothing
from rag.verification.copies import check_copies, repeats_a_sentence
from rag.verification.dates import check_dates
from rag.verification.features import features_of
from rag.verification.findings import Finding
from rag.verification.names import LABEL_WORDS, check_names, forms_around
from rag.verification.numbers import check_numbers
from rag.verification.polarity import check_polarity
from rag.verification.quotes import check_quotes
from rag.verification.relations import check_relations
from rag.verification.roles import check_roles
from rag.verification.score import probability, stored_model
from rag.verification.speakers import check_speakers

_CLEARLY_ABOUT = 0.5
_PAGE = 40


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, the probability behind it (below that of support whenever a check failed), and short reasons."""

    verdict: Verdict
    score: float
    reasons: tuple[str, ...] = ()


def verify(
    claim: str,
    evidence: Sequence[str],
    *,
    context: Sequence[str] = (),
) -> Judgement:
    """Judge whether the evidence supports the claim.

    `evidence` holds the exact cited spans. `context` is text around them: it may resolve pronouns and names, never
    numbers; entries of up to six words are labels (outlet, headline) to which a claim may be attributed.
    """
    if claims_nothing(claim):
        return Judgement("no_claim", 0.0)
    spans = [span for span in evidence if span.strip()]
    if not spans:
        return Judgement("unsupported", 0.0, ("nothing is cited",))
    text = claim_text(claim, [label for label in context if 0 < len(label.split()) <= LABEL_WORDS])
    if repeats_a_sentence(text, spans):
        return Judgement("supported", 0.99)
    alignment = aligned(text, spans, forms_around(text, spans, context))
    findings = findings_of(text, spans, alignment, context)
    model = stored_model()
    score = probability(features_of(text, alignment), model)
    return _judged(findings, alignment, score, model.supported_from, model.partly_from)


def findings_of(claim: str, evidence: Sequence[str], alignment: Alignment, context: Sequence[str]) -> list[Finding]:
    """Run every hard check and return what they found, worst first.

    Of a page only three sentences are read, so who did it and how certain it is may stand elsewhere: not asked there.
    """
    findings = [
        *check_quotes(claim, evidence),
        *check_numbers(claim, evidence),
        *check_dates(claim, evidence),
        *check_names(claim, evidence, context),
        *check_polarity(claim, alignment),
        *check_speakers(claim, evidence, context),
        *check_copies(claim, alignment),
        *check_relations(claim, alignment),
    ]
    if alignment.pool <= _PAGE:
        findings += [*check_roles(claim, alignment), *check_certainty(claim, alignment)]
    return sorted(findings, key=lambda finding: ("conflict", "missing", "weak").index(finding.severity))


def _judged(
    findings: Sequence[Finding], alignment: Alignment, score: float, supported_from: float, partly_from: float
) -> Judgement:
    reasons = tuple(finding.reason for finding in findings)
    about = alignment.coverage >= _CLEARLY_ABOUT
    if findings:
        score = min(score, supported_from - 0.01)
        worst = findings[0].severity
        if worst == "conflict" and about:
            return Judgement("contradicted", min(score, partly_from), reasons)
        if worst in ("conflict", "missing"):
            return Judgement("unsupported", min(score, partly_from), reasons)
        return Judgement("partly" if about and score >= partly_from else "unsupported", score, reasons)
    if score >= supported_from:
        return Judgement("supported", score)
    absent = [w.text for w, match in zip(alignment.content, alignment.matches, strict=True) if match < 0.5]
    if absent:
        reasons = (f"the evidence does not mention {', '.join(f'“{word}”' for word in absent[:4])}",)
    else:
        reasons = ("the evidence does not put these words together",)
    return Judgement("partly" if about and score >= partly_from else "unsupported", score, reasons)
