"""From evidence to an answer: write, check, attribute, number; or refuse.

Whatever a generator writes is held back until its sentence is complete and the evidence supports it; a sentence that is
not supported, or that turns a speaker's words into plain fact, is replaced by the exact words of the evidence. Without
a generator the answer is those words. What the articles do not answer, or contradict, is said in one plain sentence.
This module knows nothing of how evidence was found or how an answer is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Protocol

from rag.attribution import as_quote, as_report, source_label, written_out
from rag.drafts import bare, draft_sentences
from rag.errors import GeneratorError
from rag.events import Written
from rag.evidence.features import kind_positions
from rag.evidence.premises import Premise
from rag.evidence.relative_dates import counted_from
from rag.generators.protocol import Generator
from rag.prompts import NOTICE_GENERATOR_FAILED, answer_prompt, counted, false_premise, not_mentioned, not_said
from rag.questions import Question
from rag.records import AnswerSentence, Citation, Evidence, Verdict
from rag.verification import Judgement
from rag.verification.speakers import speeches_in
from rag.words import content_words, same_stem, words

MAX_NEW_TOKENS = 120
GENERATOR_TIMEOUT_S = 120.0
_TELLING = 0.12  # of `Word.weight`: "said" and "people" are below, "sent" and "killed" above
_A_COPY = 0.9  # of letters in common; what an article orders to be said stays in quotation marks
_NEAR_THE_BEST = 0.8  # what rests on weaker evidence is seldom an answer, however true
# In quoted words, names and questions: only the answer's own markers may look like markers.
_MARKER_LIKE = re.compile(r"[\[［【〔〖⟦]\s*\^?(\d+)\s*[\]］】〕〗⟧]")
_QUOTED = re.compile(r"[“\"][^“”\"]{20,}[”\"]")  # shorter ones are titles and single words


class Verify(Protocol):
    """How a claim is judged against spans; see `rag.verification.verify`."""

    def __call__(self, claim: str, evidence: Sequence[str], *, context: Sequence[str] = ()) -> Judgement: ...


@dataclass(slots=True)
class Composer:
    """Numbers evidence in order of first appearance and keeps what has been said."""

    sentences: list[AnswerSentence] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)

    def say(self, text: str, verdict: Verdict, sources: Sequence[Evidence]) -> Written:
        """Add a sentence that rests on these sources."""
        known = {_key(c.evidence): c.marker for c in self.citations}
        new: list[Citation] = []
        markers: list[int] = []
        for source in sources:
            key = _key(source)
            if key not in known:
                known[key] = len(self.citations) + len(new) + 1
                new.append(Citation(known[key], source))
            markers.append(known[key])
        sentence = AnswerSentence(_MARKER_LIKE.sub(r"(\1)", text), verdict, tuple(sorted(set(markers))))
        self.sentences.append(sentence)
        self.citations.extend(new)
        return Written(sentence, tuple(new))

    def cited(self, source: Evidence) -> bool:
        """Return whether the answer already rests on this evidence."""
        return any(_key(c.evidence) == _key(source) for c in self.citations)

    @property
    def text(self) -> str:
        """Return the whole answer with its markers."""
        return " ".join(s.text + "".join(f" [{m}]" for m in s.markers) for s in self.sentences)


def _key(source: Evidence) -> tuple[str, int, int]:
    return source.article_id, source.start, source.end


def quote_all(evidence: Sequence[Evidence], composer: Composer) -> Iterator[Written]:
    """Yield the evidence as attributed quotes, leaving out what is already cited."""
    for source in evidence:
        if not composer.cited(source):
            yield composer.say(as_quote(source), "supported", [source])


def correct(premises: Sequence[Premise], composer: Composer) -> Iterator[Written]:
    """Yield, for each thing the question takes wrongly for granted, a sentence that names it and the contrary quote."""
    for premise in premises:
        yield composer.say(false_premise(premise.asked, premise.said), "no_claim", ())
        if not composer.cited(premise.source):
            yield composer.say(as_quote(premise.source), "supported", [premise.source])


def warn(unmentioned: Sequence[str], composer: Composer) -> Iterator[Written]:
    """Yield one plain sentence for each date or number that the question states and no source has."""
    for asked in unmentioned:
        yield composer.say(not_mentioned(asked), "no_claim", ())


def place_in_time(question: Question, evidence: Sequence[Evidence], composer: Composer) -> Iterator[Written]:
    """Yield, when a date is asked for and the best evidence says "on Saturday", the day that this was."""
    best = evidence[0].metadata.published if evidence else None
    meant = counted_from(evidence[0].quote, best) if best and question.kind == "date" else None
    if best and meant:
        yield composer.say(counted(*meant, written_out(best)), "no_claim", ())


def admit(missing: Sequence[str], composer: Composer) -> Iterator[Written]:
    """Yield one plain sentence for each part of the question that the articles do not answer."""
    for part in missing:
        yield composer.say(not_said(part), "no_claim", ())


def write(
    question: Question,
    evidence: Sequence[Evidence],
    generator: Generator,
    verify: Verify,
    composer: Composer,
    *,
    timeout_s: float = GENERATOR_TIMEOUT_S,
) -> Iterator[Written]:
    """Yield the generator's sentences that the evidence supports, attributed, and quotes where it fails.

    Raises GeneratorError after quotes have been given in its stead, so that the caller can say why: also when the
    generator has not finished after `timeout_s` seconds.
    """
    prompt = answer_prompt(question.text, [e.quote for e in evidence], MAX_NEW_TOKENS)
    failure: GeneratorError | None = None
    before = len(composer.sentences)
    said = {s.text.casefold() for s in composer.sentences}
    try:
        for sentence in draft_sentences(generator, prompt, timeout_s):
            key = sentence.casefold()
            supported = None if key in said else _supported_by(sentence, question, evidence, verify)
            said.add(key)
            if supported:
                verdict, sources = supported
                copied = _copies(sentence, sources[0].quote)
                shown = as_quote(sources[0]) if copied else as_report(sentence, sources)
                yield composer.say(shown, verdict, sources)
            if len(composer.sentences) - before >= len(evidence) + 1:
                break
    except GeneratorError as error:
        failure = error
    if not _answers(question, composer, evidence[0]):
        yield composer.say(as_quote(evidence[0]), "supported", evidence[:1])
    if failure:
        raise failure


def failure_notice(error: GeneratorError) -> str:
    """Return what a reader is told when the generator failed."""
    return NOTICE_GENERATOR_FAILED.format(cause=str(error).rstrip("."))


def _supported_by(
    sentence: str, question: Question, evidence: Sequence[Evidence], verify: Verify
) -> tuple[Verdict, list[Evidence]] | None:
    """Return the verdict and the piece of evidence that supports a sentence by itself, the best first, or None."""
    if not _speaks_of(sentence, question):
        return None
    for source in evidence:
        if source.score < _NEAR_THE_BEST * evidence[0].score:
            break
        context = [source.context, source_label(source.metadata, source.article_id)]
        judged = verify(sentence, [source.quote], context=context)
        trusted = judged.verdict == "supported" and not _adds_words(sentence, question, source)
        if trusted and not _drops_speaker(sentence, source):
            return "supported", [source]
    return None


def _speaks_of(sentence: str, question: Question) -> bool:
    """Return whether the sentence takes up a word of the question: what an article orders to be said does not."""
    said = content_words(words(sentence))
    return not question.terms or any(same_stem(word.stem, term.stem) for word in said for term in question.terms)


def _copies(sentence: str, quote: str) -> bool:
    """Return whether the sentence is the quote, give or take a few letters: then the quote itself is shown."""
    said, quoted = _letters(sentence), _letters(bare(quote))
    return SequenceMatcher(None, said, quoted, autojunk=False).ratio() >= _A_COPY


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _adds_words(sentence: str, question: Question, source: Evidence) -> bool:
    """Return whether the sentence brings a telling word that neither the evidence nor the question holds."""
    known = {w.stem for text in (source.quote, question.text) for w in words(text)}
    return any(
        word.weight >= _TELLING and not any(same_stem(word.stem, stem) for stem in known)
        for word in content_words(words(sentence))
    )


def _drops_speaker(sentence: str, source: Evidence) -> bool:
    """Return whether the evidence gives the words to a speaker and the sentence tells them as plain fact."""
    return bool(speeches_in(source.quote) or _QUOTED.search(source.quote)) and not speeches_in(sentence)


def _answers(question: Question, composer: Composer, best: Evidence) -> bool:
    """Return whether the best evidence was used, and what could be the answer in it was not lost on the way."""
    if not composer.cited(best):
        return False
    quoted, said = words(best.quote), {w.stem for s in composer.sentences for w in words(s.text)}
    held = {quoted[i].stem for i in kind_positions(question, best.quote, quoted)}
    return not held or bool(held & said)
