"""Numbers with what they count: unit, bound and noun phrase, as a text gives them.

`quantities_in` turns words into `Quantity` records that compare (`a dozen` = 12, `1.5 million`, `three-quarters` =
75 %, `more than 120`, `10-12`, `24 hours` = one day). English only. Dates are not numbers here: their words are
passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.verification.dates import dates_in
from rag.verification.figures import PARTS, SCALES, SMALL, TENS, Figure, Kind, figure_at, span_of
from rag.verification.units import MEASURES, MONEY, unit_of
from rag.verification.words import Word

Bound = Literal["exact", "more", "at least", "less", "at most", "about", "nearly"]

_BOUNDS: tuple[tuple[tuple[str, ...], Bound], ...] = (
    (("no", "more", "than"), "at most"), (("no", "fewer", "than"), "at least"), (("no", "less", "than"), "at least"),
    (("not", "more", "than"), "at most"), (("up", "to"), "at most"), (("as", "many", "as"), "at most"),
    (("as", "much", "as"), "at most"), (("at", "most"), "at most"), (("at", "least"), "at least"),
    (("more", "than"), "more"), (("greater", "than"), "more"), (("higher", "than"), "more"), (("over",), "more"),
    (("exceeding",), "more"), (("exceeded",), "more"), (("above",), "more"), (("less", "than"), "less"),
    (("fewer", "than"), "less"), (("lower", "than"), "less"), (("under",), "less"), (("below",), "less"),
    (("nearly",), "nearly"), (("almost",), "nearly"), (("close", "to"), "nearly"), (("about",), "about"),
    (("around",), "about"), (("roughly",), "about"), (("approximately",), "about"), (("some",), "about"),
    (("estimated",), "about"), (("circa",), "about"), (("minimum", "of"), "at least"), (("maximum", "of"), "at most"),
)  # fmt: skip
_STOPS = frozenset(', . ; : ( ) " ! ? and but or while who which that from to by with for as than after before'.split())
_WINDOW = 5


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as stated. `high` is set for a range or a score; `unit` is a canonical measure or currency.

    `nouns` are keys of the content words of its noun phrase, `around` those of its clause; `first` to `end` are the
    words of the text that number and unit take.
    """

    value: float
    text: str
    kind: Kind = "cardinal"
    high: float | None = None
    bound: Bound = "exact"
    unit: str | None = None
    base: float = 0.0
    nouns: tuple[str, ...] = ()
    around: frozenset[str] = frozenset()
    first: int = 0
    end: int = 0
    shown: str = ""


def quantities_in(words: Sequence[Word]) -> list[Quantity]:
    """Return the numbers among the words, in order, without those that belong to dates."""
    dated = {i for date in dates_in(words) for i in range(date.first, date.end)}
    found: list[Quantity] = []
    i = 0
    while i < len(words):
        read = None if i in dated else figure_at(words, i)
        if read is None:
            i += 1
            continue
        figure, end = read
        found.append(_placed(words, figure, i, end))
        i = end
    return found


def is_valued(word: Word) -> bool:
    """Say whether a word is a number, a unit or a currency, which `numbers` compares by value."""
    lower = word.text.lower()
    return lower in MEASURES or lower in MONEY or lower in SCALES or lower in SMALL or lower in TENS or lower in PARTS


def _placed(words: Sequence[Word], figure: Figure, first: int, end: int) -> Quantity:
    """Add bound, unit and neighbouring nouns to a number read from `words[first:end]`."""
    if figure.kind == "code":
        return Quantity(figure.value, figure.text, "code", first=first, end=end, shown=figure.text)
    unit, base, after = unit_of(words, figure.value, first, end)
    nouns = tuple(w.key for w in _phrase(words[after : after + _WINDOW]) if w.is_content)
    before = [w.key for w in _phrase(tuple(reversed(words[max(0, first - _WINDOW) : first]))) if w.is_content]
    return Quantity(
        figure.value,
        figure.text,
        figure.kind,
        figure.high,
        bound=_bound(words, first),
        unit=unit,
        base=base,
        nouns=nouns,
        around=frozenset((*nouns, *before)),
        first=first,
        end=after,
        shown=_shown(words, first, after),
    )


def _shown(words: Sequence[Word], first: int, after: int) -> str:
    """Return the number as it reads, with its unit and the next two words of its phrase."""
    following = _phrase(words[after : after + 2])
    return span_of(words, first, after + len(following))


def _bound(words: Sequence[Word], first: int) -> Bound:
    at = first
    while at and (words[at - 1].text in MONEY or words[at - 1].text.lower() in ("a", "an", "us")):
        at -= 1
    before = tuple(w.text.lower() for w in words[max(0, at - 3) : at])
    for phrase, bound in _BOUNDS:
        if before[-len(phrase) :] == phrase:
            return bound
    after = tuple(w.text.lower() for w in words[first + 1 : first + 3])
    if after == ("or", "more"):
        return "at least"
    return "exact"


def _phrase(words: Sequence[Word]) -> list[Word]:
    taken: list[Word] = []
    for word in words:
        if word.text.lower() in _STOPS or word.text[0].isdecimal() or word.text.lower() in SMALL:
            break
        taken.append(word)
    return taken
