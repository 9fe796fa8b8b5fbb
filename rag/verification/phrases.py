"""What words the evidence puts together: in one sentence, in one noun phrase, side by side.

Words match by stem, by place (Russia, Russian), by synonym group or by a long common beginning. Knows no clauses' roles
and no claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.verification.clauses import LIGHT, Parse, parse_of
from rag.verification.syntax import Node

_ADJOINING = 3


@dataclass(frozen=True, slots=True)
class Bag:
    """Some words of the evidence, made ready to be asked for another."""

    marks: frozenset[str]
    prefixes: frozenset[str]

    def has(self, node: Node) -> bool:
        """Say whether one of the words matches another."""
        return not self.marks.isdisjoint(node.marks) or (bool(node.prefix) and node.prefix in self.prefixes)


@dataclass(frozen=True, slots=True)
class Phrases:
    """The parses of some sentences, the words of each, and the words of each of their noun phrases."""

    parses: tuple[Parse, ...]
    sentences: tuple[Bag, ...]
    phrases: tuple[Bag, ...]
    owned: tuple[Bag, ...]

    def has(self, node: Node) -> bool:
        """Say whether some sentence has a word that matches."""
        return any(sentence.has(node) for sentence in self.sentences)


@lru_cache(maxsize=512)
def phrases_of(sentences: tuple[str, ...]) -> Phrases:
    """Return what some sentences put together."""
    parses = tuple(parse_of(sentence) for sentence in sentences)
    phrases, owned = [], []
    for parse in parses:
        for i, node in enumerate(parse.nodes):
            if node.tag.startswith(("NN", "PRP", "CD")):
                words = [parse.nodes[j] for j in parse.phrase(i)]
                phrases.append(bag_of(words))
                if any(word.tag == "PRP$" for word in words):
                    owned.append(bag_of(words))
        for clause in parse.clauses:
            if parse.nodes[clause.verb].text.lower() in LIGHT:
                phrases.append(bag_of(parse.nodes[j] for j in clause.domain))
    return Phrases(parses, tuple(bag_of(parse.nodes) for parse in parses), tuple(phrases), tuple(owned))


def bag_of(nodes: Iterable[Node]) -> Bag:
    """Return words made ready to be asked for another."""
    kept = [node for node in nodes if node.text[0].isalnum()]
    marks: frozenset[str] = frozenset().union(*(node.marks for node in kept))
    return Bag(marks, frozenset(node.prefix for node in kept if node.prefix))


def in_place(word: Node, place: Sequence[Node], evidence: Phrases) -> bool:
    """Say whether a word is among others, or belongs to the same thing as one of them by some noun phrase."""
    if any(alike(word, other) for other in place):
        return True
    telling = [other for other in place if other.weight and other.tag.startswith("NN")]
    nouns = [other for other in telling if other.is_name or len(telling) == 1]
    return any(phrase.has(word) and any(phrase.has(noun) for noun in nouns) for phrase in evidence.phrases)


def adjoin(one: Node, two: Node, nodes: Sequence[Node]) -> bool:
    """Say whether the second word follows the first closely, no verb or comma between them."""
    at = [i for i, node in enumerate(nodes) if alike(one, node)]
    return any(
        alike(two, nodes[j]) and not any(n.is_verb or n.text == "," for n in nodes[i + 1 : j])
        for i in at
        for j in range(i + 1, min(len(nodes), i + _ADJOINING + 1))
    )


def alike(one: Node, other: Node) -> bool:
    """Say whether two words match."""
    return not one.marks.isdisjoint(other.marks) or (bool(one.prefix) and one.prefix == other.prefix)
