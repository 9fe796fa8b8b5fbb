"""Clauses: who does what to whom, where and when, as far as the arcs of a sentence show it.

A passive is turned around, a relative pronoun stands for its noun, and a verb without a doer of its own takes that of
the verb it hangs on. Labels are ClearNLP's (Choi & Palmer 2012). Knows one text at a time and compares nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.verification.syntax import Node, parsed

_NOUN_PARTS = frozenset(
    "compound amod nmod poss nummod appos prep pobj quantmod npadvmod advmod case pcomp neg det".split()
)
_CLAUSAL = frozenset("relcl acl advcl ccomp xcomp conj pcomp csubj parataxis".split())
_SUBJECT = frozenset(("nsubj", "csubj"))
_OBJECT = frozenset(("dobj", "nsubjpass", "csubjpass", "attr", "oprd", "dative"))
_AROUND = frozenset(("npadvmod", "advmod", "acomp", "obl"))
LIGHT = frozenset(
    "be is are was were been being have has had having do does did done get got make made take took".split()
)
_WHO = frozenset(("WDT", "WP", "WP$"))


@dataclass(frozen=True, slots=True)
class Clause:
    """A verb (an index of the text) with the heads of what stands around it.

    `doers` and `targets` are the logical subject and object; `others` every further noun phrase or adverb. `domain`
    are all words that may be said of this event; `links` pairs a conjunction with the verb of the clause it leads in.
    """

    verb: int
    doers: tuple[int, ...]
    targets: tuple[int, ...]
    others: tuple[int, ...]
    domain: frozenset[int]
    links: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Parse:
    """A parsed text: its words, the children of each, its clauses."""

    nodes: tuple[Node, ...]
    children: tuple[tuple[int, ...], ...]
    clauses: tuple[Clause, ...]

    def phrase(self, head: int) -> Iterator[int]:
        """Yield the words of the noun phrase of a head, without relative clauses and coordinated nouns."""
        yield head
        for child in self.children[head]:
            if self.nodes[child].role in _NOUN_PARTS and not self.nodes[child].is_verb:
                yield from self.phrase(child)


@lru_cache(maxsize=4096)
def parse_of(text: str) -> Parse:
    """Return the clauses of a text."""
    nodes = parsed(text)
    children: list[list[int]] = [[] for _ in nodes]
    for i, node in enumerate(nodes):
        if node.head != i:
            children[node.head].append(i)
    bare = Parse(nodes, tuple(map(tuple, children)), ())
    return Parse(nodes, bare.children, tuple(_clause(bare, i) for i in range(len(nodes)) if _is_predicate(bare, i)))


def _is_predicate(parse: Parse, i: int) -> bool:
    node = parse.nodes[i]
    return node.is_verb and node.role not in ("aux", "auxpass", "amod", "compound")


def _clause(parse: Parse, i: int) -> Clause:
    doers, targets = _doers(parse, i), _targets(parse, i)
    others = [j for j in _around(parse, i) if j not in doers and j not in targets]
    domain = {w for j in (*doers, *targets, *others) for w in parse.phrase(j)}
    domain |= set(_own(parse, i))
    if not others and parse.nodes[i].role == "conj" and not _by_role(parse, i, _SUBJECT | {"nsubjpass"}):
        domain |= {w for j in _around(parse, parse.nodes[i].head) for w in parse.phrase(j)}
    above = i
    while parse.nodes[above].role in ("ccomp", "xcomp", "pcomp") and parse.nodes[above].head != above:
        above = parse.nodes[above].head
        domain |= {w for j in _around(parse, above) for w in parse.phrase(j)}
        if parse.nodes[i].role in ("ccomp", "xcomp"):
            domain |= {w for j in _doers(parse, above) for w in parse.phrase(j)}
    for child in parse.children[i]:
        if (
            parse.nodes[child].role == "advcl"
            and parse.nodes[child].is_verb
            and _leads(parse, child) in ("as", "when", "")
        ):
            domain |= set(_own(parse, child))
    return Clause(i, doers, targets, tuple(others), frozenset(domain), tuple(_links(parse, i)))


def _leads(parse: Parse, i: int) -> str:
    """Return the conjunction that leads a clause in, or an empty string."""
    return next(
        (parse.nodes[j].text.lower() for j in parse.children[i] if parse.nodes[j].role in ("mark", "advmod")), ""
    )


def _own(parse: Parse, i: int) -> Iterator[int]:
    """Yield the words below a verb that belong to no other clause."""
    yield i
    for child in parse.children[i]:
        if not (parse.nodes[child].role in _CLAUSAL and parse.nodes[child].is_verb):
            yield from _own(parse, child)


def _by_role(parse: Parse, i: int, roles: frozenset[str]) -> list[int]:
    return [j for j in parse.children[i] if parse.nodes[j].role in roles]


def _with_conjuncts(parse: Parse, heads: Sequence[int]) -> tuple[int, ...]:
    found: list[int] = []
    for head in heads:
        found.append(head)
        found.extend(
            _with_conjuncts(
                parse, [j for j in _by_role(parse, head, frozenset(("conj",))) if not parse.nodes[j].is_verb]
            )
        )
    return tuple(found)


def _resolved(parse: Parse, i: int, heads: Sequence[int]) -> list[int]:
    """Return the heads with a relative pronoun of the clause replaced by the noun that the clause is about."""
    return [parse.nodes[i].head if parse.nodes[j].tag in _WHO and parse.nodes[i].role == "relcl" else j for j in heads]


def _agents(parse: Parse, i: int) -> list[int]:
    return [k for j in _by_role(parse, i, frozenset(("agent",))) for k in _by_role(parse, j, frozenset(("pobj",)))]


def _is_passive(parse: Parse, i: int) -> bool:
    roles = {parse.nodes[j].role for j in parse.children[i]}
    return bool(roles & {"auxpass", "nsubjpass", "agent"}) or (
        parse.nodes[i].tag == "VBN" and parse.nodes[i].role == "acl"
    )


def _doers(parse: Parse, i: int, depth: int = 0) -> tuple[int, ...]:
    own = _agents(parse, i) or _resolved(parse, i, _by_role(parse, i, _SUBJECT))
    if own or depth > 4 or _is_passive(parse, i):
        return _with_conjuncts(parse, own)
    node = parse.nodes[i]
    if node.role in ("conj", "advcl"):
        above = node.head
        if _is_passive(parse, above):
            return _targets(parse, above)
        return _doers(parse, above, depth + 1)
    if node.role == "xcomp":
        return _targets(parse, node.head) or _doers(parse, node.head, depth + 1)
    if node.role in ("acl", "relcl") and node.tag != "VB":
        return _with_conjuncts(parse, [node.head])
    return ()


def _targets(parse: Parse, i: int) -> tuple[int, ...]:
    own = _resolved(parse, i, _by_role(parse, i, _OBJECT))
    node = parse.nodes[i]
    if not own and _is_passive(parse, i):
        if node.role == "acl":
            own = [node.head]
        elif node.role == "conj":
            above = _by_role(parse, node.head, frozenset(("nsubjpass", "nsubj")))
            own = _resolved(parse, node.head, above)
    elif (
        not own and node.role == "conj" and node.tag == "VBN" and _by_role(parse, node.head, frozenset(("nsubjpass",)))
    ):
        own = _resolved(parse, node.head, _by_role(parse, node.head, frozenset(("nsubjpass",))))
    return _with_conjuncts(parse, own)


def _around(parse: Parse, i: int) -> list[int]:
    found = [j for j in _by_role(parse, i, _AROUND) if parse.nodes[j].weight or parse.nodes[j].role == "npadvmod"]
    for prep in _by_role(parse, i, frozenset(("prep", "dative", "prt", "advmod"))):
        found.extend(k for j in _below(parse, prep) for k in _with_conjuncts(parse, [j]))
    return found


def _below(parse: Parse, prep: int) -> Iterator[int]:
    for child in parse.children[prep]:
        if parse.nodes[child].role == "pobj":
            yield child
        elif parse.nodes[child].role == "prep":
            yield from _below(parse, child)


def _links(parse: Parse, i: int) -> Iterator[tuple[str, int]]:
    for child in parse.children[i]:
        node = parse.nodes[child]
        if node.role == "advcl" and node.is_verb:
            for mark in parse.children[child]:
                if parse.nodes[mark].role in ("mark", "advmod"):
                    yield parse.nodes[mark].text.lower(), child
        elif node.role == "prep":
            for verb in _by_role(parse, child, frozenset(("pcomp",))):
                yield node.text.lower(), verb
