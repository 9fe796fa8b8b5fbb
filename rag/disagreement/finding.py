"""From the passages found to the rows a reader sees: who says what about the thing asked, where they differ.

Each sentence that is about the question (its names, and most of its words, in the sentence or right around it) is read
for the type of answer that is asked for; each article keeps the answer nearest to the question, or, where it quotes
several speakers against each other, one for each of them. Answers that can both be true are one claim. Two claims that
cannot, from two articles or two speakers, are a disagreement. Rules and word lists, and vectors for causes only, so the
same input gives the same rows; what needs inference beyond them stays unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rag.disagreement.aboutness import Aboutness
from rag.disagreement.causes import Causes
from rag.disagreement.changes import relation
from rag.disagreement.counts import Counts
from rag.disagreement.days import Days
from rag.disagreement.outcomes import Outcomes
from rag.disagreement.spoken import same_speaker, speaker_at
from rag.disagreement.statements import Place, Reading, Statement
from rag.disagreement.who import Names
from rag.encoders.word_vectors import WordVectors
from rag.evidence.candidates import Candidate, candidates
from rag.evidence.vectors import TextVectors
from rag.questions import Question
from rag.records import Claim, Disagreement, Evidence, Hit
from rag.verification.words import normalised, words_of

_MOST_READ = 40
_NEARLY_AS_GOOD = 0.8
_MOST_CLAIMS = 4
_THIRD_FROM = 0.9
_FAR_APART_DAYS = 45


def find_disagreements(
    question: Question, hits: Sequence[Hit], evidence: Sequence[Evidence], texts: TextVectors, vectors: WordVectors
) -> tuple[Disagreement, ...]:
    """Return what the sources say differently about what the question asks; empty when they agree or say too little.

    `evidence` are the sentences the answer rests on: a row is shown only if an article of theirs takes part. Claims
    stand in the order of their first publication, then as they were found.
    """
    about = Aboutness(question.text)
    places = _places(about, candidates(hits))
    for reading in _readings(question, about, texts, vectors):
        read = ((place, value) for place in places for value in reading.read(place))
        statements = [Statement(value, place, speaker_at(place.text, value.at)) for place, value in read]
        row = _row(question, reading, _of_one_topic(statements), evidence)
        if row is not None:
            return (row,)
    return ()


def _readings(question: Question, about: Aboutness, texts: TextVectors, vectors: WordVectors) -> list[Reading]:
    """Return the types of answer a question asks for, the likeliest first."""
    text, terms = question.text, about.terms
    if Causes.asked_by(text):
        return [Causes(text, terms, texts, vectors)]
    if question.kind == "date":
        return [Days(text, terms)]
    if question.kind == "number" or Counts.asked_by(text):
        return [Counts(text, terms)]
    if Names.asked_by(text):
        return [Names(text, terms)]
    outcomes = Outcomes(text, terms)
    return [outcomes] if outcomes.asked else []


def _places(about: Aboutness, found: Sequence[Candidate]) -> list[Place]:
    """Return the sentences that are about the question, the nearest first, prepared for reading."""
    scored = [(about.of(candidate), i) for i, candidate in enumerate(found)]
    best = sorted((-score, i) for score, i in scored if score > 0)[:_MOST_READ]
    return [_prepared(found[i], -negative) for negative, i in best]


def _prepared(candidate: Candidate, about: float) -> Place:
    text = normalised(candidate.text)
    return Place(candidate, text, words_of(text), _day(candidate.hit.metadata.published), about)


def _day(published: str | None) -> date | None:
    try:
        return date.fromisoformat(published[:10]) if published else None
    except ValueError:
        return None


def _of_one_topic(statements: Sequence[Statement]) -> list[Statement]:
    """Return the statements of the topic that most articles speak of."""
    articles: dict[str, set[str]] = {}
    for statement in statements:
        articles.setdefault(statement.value.topic, set()).add(statement.article_id)
    most = max(articles, key=lambda topic: len(articles[topic]), default="")
    return [s for s in statements if s.value.topic == most]


def _row(
    question: Question, reading: Reading, statements: Sequence[Statement], evidence: Sequence[Evidence]
) -> Disagreement | None:
    """Return the disagreement among statements, or None."""
    used = {e.article_id for e in evidence}
    claims = _claims(reading, statements)
    answer = next((claim for claim in claims if any(s.article_id in used for s in claim)), None)
    if answer is None:
        return None
    claims = _nearest(answer, [c for c in claims if c is not answer and not _outdated(c, answer)])
    if len(claims) < 2:
        return None
    related = relation(claims, reading)
    shown = sorted(claims, key=lambda claim: min(str(s.place.published or "9999") for s in claim))
    return Disagreement(
        about=_about(question.text),
        claims=tuple(_claim(claim) for claim in shown),
        kind=reading.kind,
        relation=related,
    )


def _claims(reading: Reading, statements: Sequence[Statement]) -> list[list[Statement]]:
    """Return the distinct claims, the best supported by the question first.

    Articles are taken in the order of their best statement, exact values before vague ones. Of statements nearly as
    good as its best, an article is given the one that agrees with a claim already there: doubt counts as agreement.
    """
    claims: list[list[Statement]] = []
    for own in _by_article(statements):
        best = own[0]
        near = [s for s in own if s.strength >= _NEARLY_AS_GOOD * best.strength]
        joined = [(claim, s) for s in near for claim in claims if _joins(reading, s, claim)]
        if joined:
            joined[0][0].append(joined[0][1])
        elif all(reading.agree(best, claim[0]) is False for claim in claims):
            claims.append([best])
        for other in own:
            if _speaks_against(reading, other, joined[0][1] if joined else best):
                place = next((claim for claim in claims if _joins(reading, other, claim)), None)
                if place is not None:
                    place.append(other)
                elif all(reading.agree(other, claim[0]) is False for claim in claims):
                    claims.append([other])
                break
    return claims


def _by_article(statements: Sequence[Statement]) -> list[list[Statement]]:
    grouped: dict[str, list[Statement]] = {}
    for statement in statements:
        grouped.setdefault(statement.article_id, []).append(statement)
    for own in grouped.values():
        own.sort(key=lambda s: (-s.strength, s.place.candidate.start, s.value.at))
    return sorted(grouped.values(), key=lambda own: (own[0].value.slack, -own[0].strength))


def _joins(reading: Reading, statement: Statement, claim: Sequence[Statement]) -> bool:
    return reading.agree(statement, claim[0]) is True


def _speaks_against(reading: Reading, other: Statement, own: Statement) -> bool:
    """Say whether a statement of the same article is another speaker's and cannot be true together with the first."""
    if reading.kind == "speaker" or not other.speaker or not own.speaker or same_speaker(other.speaker, own.speaker):
        return False
    return reading.agree(other, own) is False


def _nearest(answer: list[Statement], others: Sequence[list[Statement]]) -> list[list[Statement]]:
    """Return the answer's claim, the claim nearest to the question besides it, and those nearly as near.

    A third value is often of another thing; of a true third side the sentences are as near as those of the second.
    """
    ranked = sorted(others, key=_strength, reverse=True)[: _MOST_CLAIMS - 1]
    return [answer, *(c for c in ranked if _strength(c) >= _THIRD_FROM * _strength(ranked[0]))]


def _strength(claim: Sequence[Statement]) -> float:
    return max(s.strength for s in claim)


def _outdated(claim: Sequence[Statement], answer: Sequence[Statement]) -> bool:
    """Say whether a claim was published so long before or after another that it is likely of another event."""
    days = [[s.place.published for s in c if s.place.published] for c in (claim, answer)]
    if not all(days):
        return False
    return min(abs((a - b).days) for a in days[0] for b in days[1]) > _FAR_APART_DAYS


def _about(question: str) -> str:
    """Return the question as the subject of a sentence: no question mark, no capital that only a sentence gives."""
    text = " ".join(question.split()).rstrip("?!. ")
    return text[:1].lower() + text[1:]


def _claim(statements: Sequence[Statement]) -> Claim:
    """Return a claim with one span a voice, in order of publication; its words are those of the exactest statement."""
    told = min(statements, key=lambda s: (s.value.slack, -s.strength))
    one_a_voice = {s.voice: s for s in sorted(statements, key=_when, reverse=True)}
    spans = [_evidence(s) for s in sorted(one_a_voice.values(), key=_when)]
    text = told.value.shown
    if told.speaker and not same_speaker(told.speaker, text):
        text = f"{text}, according to {told.speaker}"
    return Claim(text, tuple(spans))


def _when(statement: Statement) -> tuple[str, str]:
    return statement.place.candidate.hit.metadata.published or "9999", statement.article_id


def _evidence(statement: Statement) -> Evidence:
    candidate = statement.place.candidate
    hit = candidate.hit
    return Evidence(
        hit.passage.article_id,
        candidate.start,
        candidate.end,
        candidate.text,
        hit.metadata,
        min(1.0, statement.place.about),
        hit.passage.text,
        hit.group,
        hit.version,
        hit.copies,
    )
