"""Relations: words that the evidence says of one thing may not be said of another.

Each verb of a claim is laid against the clauses of the evidence that have it: who does it, to whom, where and when must
stand around it there too. A word that the evidence has, but elsewhere, is out of place; a word it has not is left to
the learned score. Pronouns and "the company" stand for anyone. After Goyal & Durrett (2020), arcs as units of support.
Of longer evidence only three sentences are read, so what they do not put together may stand elsewhere: there it weighs
in the learned score and is no finding.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.verification.alignment import Alignment
from rag.verification.clauses import LIGHT, Clause, Parse, parse_of
from rag.verification.findings import Finding
from rag.verification.names import PERSON_NOUNS
from rag.verification.phrases import Bag, Phrases, adjoin, alike, bag_of, in_place, phrases_of
from rag.verification.syntax import Node
from rag.verification.words import words_of

_SPEECH = frozenset("say said says tell told tells according".split())
_MODIFIERS = frozenset("compound amod nmod poss nummod".split())
_STAND_INS = frozenset(("PRP", "PRP$", "WP", "WDT", "EX", "DT", "WRB", "WP$"))
_POINTERS = frozenset(("the", "this", "that", "these", "those"))
_THERE = frozenset(("there", "here", "then"))
_DIRECTED = frozenset(("because", "after", "before", "until", "by"))
_CONNECTING = frozenset(
    """because since after before as due cause caused causing lead leading led result resulting resulted following
    followed therefore thus so when while until for then later earlier""".split()
)
_ELSEWHERE = 0.5
_FEW, _SEVERAL = 3, 15
_MISPLACED_FEW, _MISPLACED = 0.08, 0.12
_LONG, _MISPLACED_LONG = 16, 0.2


@dataclass(frozen=True, slots=True)
class Arc:
    """One relation of a claim: what it says of what, the weight of it, whether the evidence has it that way.

    `exchanged` marks a doer and a target, or a cause and an effect, that have changed places.
    """

    governor: str
    dependent: str
    weight: float
    holds: bool
    exchanged: bool = False


def arcs_of(claim: str, sentences: Sequence[str]) -> list[Arc]:
    """Return the relations of a claim whose both ends the evidence sentences have, in order."""
    parse, evidence = parse_of(claim), phrases_of(tuple(sentences))
    arcs: list[Arc] = []
    for clause in parse.clauses:
        arcs.extend(_around_verb(parse, clause, evidence))
        arcs.extend(_led_in(parse, clause, evidence))
    arcs.extend(_in_phrases(parse, evidence))
    return arcs


def misplaced(claim: str, alignment: Alignment) -> tuple[float, tuple[Arc, ...]]:
    """Return the share of a claim's weight that the chosen sentences say of something else, and the arcs it is in."""
    if _cut_out(claim, alignment):
        return 0.0, ()
    arcs = arcs_of(claim, [sentence.text for sentence in alignment.in_order])
    wrong = tuple(arc for arc in arcs if not arc.holds)
    total = sum(word.weight for word in alignment.content)
    return (sum(arc.weight for arc in wrong) / total if total else 0.0), wrong


def check_relations(claim: str, alignment: Alignment) -> list[Finding]:
    """Return a finding for what a claim says of something else than the evidence does, in words of the evidence."""
    if alignment.pool > _SEVERAL:
        return []
    share, wrong = misplaced(claim, alignment)
    if share <= _allowed(claim, alignment):
        return []
    for arc in wrong:
        if arc.exchanged:
            return [Finding("conflict", f"“{arc.dependent}” has changed its place around “{arc.governor}”")]
    return [Finding("weak", f"the evidence does not say “{wrong[0].dependent}” of “{wrong[0].governor}”")]


def _allowed(claim: str, alignment: Alignment) -> float:
    """Return the share of a claim that may seem out of place: the parser errs more in a long one."""
    if sum(word.text[0].isalnum() for word in words_of(claim)) > _LONG:
        return _MISPLACED_LONG
    return _MISPLACED_FEW if alignment.pool <= _FEW else _MISPLACED


def _cut_out(claim: str, alignment: Alignment) -> bool:
    """Say whether the claim is a stretch of a sentence, word for word, which the parser may read in two ways."""
    wanted = " ".join(["", *(word.key for word in words_of(claim) if word.text[0].isalnum()), ""])
    return any(
        wanted in " ".join(["", *(word.key for word in sentence.words if word.text[0].isalnum()), ""])
        for sentence in alignment.sentences
    )


def _around_verb(parse: Parse, clause: Clause, evidence: Phrases) -> list[Arc]:
    verb = parse.nodes[clause.verb]
    if verb.text.lower() in _SPEECH:
        return []
    if verb.text.lower() in LIGHT:
        return _together(parse, clause, evidence)
    readings = [
        _compared(parse, clause, there, other, evidence)
        for there in evidence.parses
        for other in there.clauses
        if alike(verb, there.nodes[other.verb])
    ]
    if not readings:
        return _together(parse, clause, evidence)
    return min(readings, key=lambda arcs: sum(arc.weight for arc in arcs if not arc.holds))


def _compared(parse: Parse, clause: Clause, there: Parse, other: Clause, evidence: Phrases) -> list[Arc]:
    """Lay a clause of the claim against one of the evidence that has the same verb."""
    verb = parse.nodes[clause.verb].text
    arcs = []
    for head in clause.doers:
        # What rose may be what someone raised: without a target the doer may stand in its place.
        slot = other.doers if clause.targets else (*other.doers, *other.targets)
        arcs.append(_arc(parse, head, verb, _misfit(parse, head, there, slot, evidence), there, other.targets))
    for head in clause.targets:
        slot = other.targets or other.others
        arcs.append(_arc(parse, head, verb, _misfit(parse, head, there, slot, evidence), there, other.doers))
    for head in clause.others:
        figures = [j for j in parse.phrase(head) if j != head and parse.nodes[j].tag == "CD"]
        for j in (head, *figures):
            arcs.append(_arc(parse, j, verb, _misfit_around(parse.nodes[j], there, other, evidence)))
    return [arc for arc in arcs if arc.weight]


def _arc(
    parse: Parse,
    head: int,
    verb: str,
    misfit: tuple[float, float],
    there: Parse | None = None,
    opposite: Sequence[int] = (),
) -> Arc:
    known, missed = misfit
    holds = not known or missed < _ELSEWHERE * known
    turned = there is not None and _slot(there, opposite).has(parse.nodes[head])
    return Arc(verb, parse.nodes[head].text, known, holds, turned and not holds)


def _misfit(parse: Parse, head: int, there: Parse, slot: Sequence[int], evidence: Phrases) -> tuple[float, float]:
    """Return (weight of the words of a phrase that the evidence has, weight of those that are not in the slot)."""
    words = [parse.nodes[j] for j in parse.phrase(head) if parse.nodes[j].weight and evidence.has(parse.nodes[j])]
    known = sum(word.weight for word in words)
    if not slot or any(_stands_for_any(there, j) for j in slot):
        return known, 0.0
    place = [there.nodes[k] for j in slot for k in there.phrase(j)]
    head_fits = in_place(parse.nodes[head], place, evidence)
    if head_fits and any(word.tag == "PRP$" for word in place):
        words = [word for word in words if not word.is_name]
    if parse.nodes[head] in words and not head_fits:
        return known, known
    return known, sum(word.weight for word in words if not in_place(word, place, evidence))


def _misfit_around(node: Node, there: Parse, other: Clause, evidence: Phrases) -> tuple[float, float]:
    """Return the same for a word that may stand anywhere around the verb of a clause."""
    place = [there.nodes[j] for j in other.domain]
    if not evidence.has(node) or (node.is_name and any(word.text.lower() in _THERE for word in place)):
        return 0.0, 0.0
    around = (*other.doers, *other.targets, *other.others)
    nouns = [there.nodes[j] for j in around if there.nodes[j].tag.startswith("NN")]
    here = bag_of(place).has(node) or (node.is_name and in_place(node, nouns, evidence))
    weight = node.weight or 1.0
    return weight, 0.0 if here else weight


def _slot(there: Parse, slot: Sequence[int]) -> Bag:
    return bag_of(there.nodes[k] for j in slot for k in there.phrase(j))


def _together(parse: Parse, clause: Clause, evidence: Phrases) -> list[Arc]:
    """Ask of a verb that the evidence has not whether what stands around it is together in some sentence."""
    around = (*clause.doers, *clause.targets, *clause.others)
    heads = [parse.nodes[j] for j in around if parse.nodes[j].weight and evidence.has(parse.nodes[j])]
    return [
        Arc(one.text, two.text, two.weight, any(s.has(one) and s.has(two) for s in evidence.sentences))
        for one, two in itertools.pairwise(heads)
    ]


def _led_in(parse: Parse, clause: Clause, evidence: Phrases) -> Iterator[Arc]:
    """Yield an arc for each clause that is led in by another: what came after what, and because of what."""
    main = parse.nodes[clause.verb]
    for mark, below in clause.links:
        if mark not in _DIRECTED:
            continue
        sub = parse.nodes[below]
        pairs = [
            (there.nodes[other.verb], there.nodes[led])
            for there in evidence.parses
            for other in there.clauses
            for their_mark, led in other.links
            if their_mark == mark
        ]
        holds = any(_same(main, one) and _same(sub, two) for one, two in pairs)
        turned = any(_same(main, two) and _same(sub, one) for one, two in pairs)
        if holds or turned or _unconnected(main, sub, evidence):
            yield Arc(main.text, sub.text, 1.0, holds, turned and not holds)


def _unconnected(main: Node, sub: Node, evidence: Phrases) -> bool:
    """Say whether the evidence tells both events, in sentences without any word of cause or time between events."""
    verbs = [there.nodes[other.verb] for there in evidence.parses for other in there.clauses]
    told = any(_same(main, verb) for verb in verbs) and any(_same(sub, verb) for verb in verbs)
    return told and not any(n.text.lower() in _CONNECTING for there in evidence.parses for n in there.nodes)


def _same(one: Node, other: Node) -> bool:
    return one.key == other.key


def _in_phrases(parse: Parse, evidence: Phrases) -> Iterator[Arc]:
    """Yield an arc for each word that says of a noun what it is like, or whose it is."""
    for node in parse.nodes:
        head = parse.nodes[node.head]
        if node.role not in _MODIFIERS or not node.weight or not head.weight:
            continue
        if evidence.has(node) and evidence.has(head):
            holds = (
                any(phrase.has(head) and phrase.has(node) for phrase in evidence.phrases)
                or any(phrase.has(head) for phrase in evidence.owned)
                or any(adjoin(node, head, there.nodes) for there in evidence.parses)
            )
            yield Arc(head.text, node.text, node.weight, holds)


def _stands_for_any(there: Parse, j: int) -> bool:
    node = there.nodes[j]
    if node.tag in _STAND_INS or node.text.lower() in _THERE:
        return True
    below = [there.nodes[k] for k in there.children[j]]
    bare = not any(word.weight for word in below)
    return (
        bare
        and node.text.lower() in PERSON_NOUNS
        and any(word.tag == "PRP$" or word.text.lower() in _POINTERS for word in below)
    )
