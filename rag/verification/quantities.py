"""Numbers with their units as a text gives them: figures, number words, money, percentages, ranges, bounds.

`quantities_in` turns words into `Quantity` records that compare (`a dozen` = 12, `1.5 million`, `three-quarters` =
75 %, `more than 120`, `10-12`, `24 hours` = one day). English only. Dates are not numbers here: their words are
passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rag.verification.dates import dates_in
from rag.verification.words import Word

Kind = Literal["cardinal", "ordinal", "code", "vague"]
Bound = Literal["exact", "more", "at least", "less", "at most", "about", "nearly"]

_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
SMALL = {w: i for i, w in enumerate((_UNITS + " seventeen eighteen nineteen").split())}
TENS = {w: 10 * i for i, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)}
SCALES = {
    "hundred": 100, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "dozen": 12,
    "bn": 1e9, "mn": 1e6, "tn": 1e12, "lakh": 1e5, "crore": 1e7,
}  # fmt: skip
VAGUE = {"dozens": 12, "hundreds": 1e2, "thousands": 1e3, "millions": 1e6, "billions": 1e9, "trillions": 1e12}
_ORDINAL_WORDS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
ORDINALS = {w: i for i, w in enumerate(_ORDINAL_WORDS, start=1)} | {
    "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "twentieth": 20, "thirtieth": 30, "hundredth": 100,
}  # fmt: skip
_PARTS = {"half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourths": 4, "fifth": 5,
          "fifths": 5, "tenth": 10, "tenths": 10}  # fmt: skip
_GLYPHS = {"½": 0.5, "¼": 0.25, "¾": 0.75}
_MONEY = {
    "$": "$", "dollar": "$", "dollars": "$", "usd": "$", "£": "£", "pound": "£", "pounds": "£", "gbp": "£",
    "€": "€", "euro": "€", "euros": "€", "eur": "€", "yen": "¥", "¥": "¥", "rupees": "₹", "₹": "₹", "cent": "¢",
    "cents": "¢", "pence": "p", "yuan": "yuan", "rubles": "rubles", "roubles": "rubles", "francs": "francs",
}  # fmt: skip
_MEASURE_TABLE: dict[str, dict[str, float]] = {
        "time": {"second seconds sec secs": 1, "minute minutes min mins": 60, "hour hours hr hrs": 3600,
                 "day days": 86400, "week weeks": 604800, "fortnight fortnights": 1209600},
        "years": {"month months": 1, "year years yr yrs": 12, "decade decades": 120, "century centuries": 1200},
        "length": {"mm millimetre millimetres millimeter millimeters": 1e-3, "cm centimetre centimetres centimeter "
                   "centimeters": 1e-2, "m metre metres meter meters": 1, "km kms kilometre kilometres kilometer "
                   "kilometers": 1e3, "inch inches": 0.0254, "ft foot feet": 0.3048, "yard yards yd": 0.9144,
                   "mile miles mi": 1609.344, "lightyear lightyears": 9.461e15},
        "speed": {"kph kmh": 1, "mph": 1.609344, "knots": 1.852},
        "mass": {"mg milligram milligrams": 1e-3, "g gram grams gramme grammes": 1, "kg kilo kilos kilogram kilograms "
                 "kilogramme": 1e3, "tonne tonnes": 1e6, "ton tons": 0.9e6, "lb lbs": 453.6, "oz ounce ounces": 28.35,
                 "stone": 6350.0},
        "area": {"acre acres": 0.4047, "hectare hectares ha": 1},
        "volume": {"ml millilitre millilitres milliliters": 1e-3, "litre litres liter liters": 1, "gallon gallons":
                   3.785, "barrel barrels": 159, "pint pints": 0.473},
        "power": {"kw kilowatt kilowatts": 1e3, "mw megawatt megawatts": 1e6, "gw gigawatt gigawatts": 1e9,
                  "watt watts": 1},
        "percent": {"% percent pct": 1}, "degrees": {"degree degrees °": 1}, "clock": {"am": 1, "pm": 1},
    }  # fmt: skip
_MEASURES: dict[str, tuple[str, float]] = {
    name: (dimension, factor)
    for dimension, table in _MEASURE_TABLE.items()
    for names, factor in table.items()
    for name in names.split()
}
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
_NOT_CODES = frozenset("mid pre post top under over non sub nearly us of the".split())


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
        read = None if i in dated else _quantity_at(words, i)
        if read is None:
            i += 1
            continue
        quantity, end = read
        found.append(_placed(words, quantity, i, end))
        i = end
    return found


def is_valued(word: Word) -> bool:
    """Say whether a word is a number, a unit or a currency, which `numbers` compares by value."""
    lower = word.text.lower()
    return (
        lower in _MEASURES or lower in _MONEY or lower in SCALES or lower in SMALL or lower in TENS or lower in _PARTS
    )


def _quantity_at(words: Sequence[Word], i: int) -> tuple[Quantity, int] | None:
    text = words[i].text
    if text[0].isdecimal():
        return _figure(words, i)
    if text in _GLYPHS:
        return Quantity(_GLYPHS[text], text), i + 1
    lower = text.lower()
    if lower in VAGUE:
        return Quantity(VAGUE[lower], lower, "vague"), i + 1
    if lower in ORDINALS and not (lower == "second" and _is_glued_noun(words, i)):
        return Quantity(float(ORDINALS[lower]), lower, "ordinal"), i + 1
    return _spelled(words, i)


def _figure(words: Sequence[Word], i: int) -> tuple[Quantity, int] | None:
    text = words[i].text
    code = _code_before(words, i)
    if code:
        return Quantity(0.0, code + text, "code"), i + 1
    if ":" in text:
        hours, _, minutes = text.partition(":")
        digits = minutes.replace(":", "")
        return Quantity(float(hours) + float(digits or 0) / 100, text), i + 1
    value, at = _decimal(text), i + 1
    glued = at < len(words) and words[at].start == words[i].start + len(text)
    following = words[at].text.lower() if at < len(words) else ""
    if glued and following in ("st", "nd", "rd", "th"):
        return Quantity(value, text + following, "ordinal"), at + 1
    if glued and following in ("k", "m", "b") and (following != "m" or _currency_before(words, i)):
        return Quantity(value * {"k": 1e3, "m": 1e6, "b": 1e9}[following], text + following), at + 1
    if following in _GLYPHS:
        return Quantity(value + _GLYPHS[following], text + following), at + 1
    value, at = _scaled(words, value, at)
    high = _second_end(words, at)
    if high is not None:
        _, top = high
        scaled, end = _scaled(words, top, high[0])
        low = value * (scaled / top) if top and scaled != top and value < top else value
        return Quantity(low, _span(words, i, end), high=scaled), end
    return Quantity(value, _span(words, i, at)), at


def _second_end(words: Sequence[Word], at: int) -> tuple[int, float] | None:
    """Return (index after, value) of the second figure of `10-12` or `10 to 12`."""
    if at + 1 >= len(words) or not words[at + 1].text[0].isdecimal() or ":" in words[at + 1].text:
        return None
    joined = words[at].text == "-" or (words[at].text == "to" and words[at - 1].text[0].isdecimal())
    return (at + 2, _decimal(words[at + 1].text)) if joined else None


def _spelled(words: Sequence[Word], i: int) -> tuple[Quantity, int] | None:
    lower = words[i].text.lower()
    following = words[i + 1].text.lower() if i + 1 < len(words) else ""
    if lower in ("a", "an", "half"):
        return _fractional(words, i) or _scale_alone(words, i)
    if lower in SCALES and lower not in ("bn", "mn", "tn", "dozen"):
        return None
    if lower not in SMALL and lower not in TENS:
        return None
    if lower == "one" and (following in ("of", "another") or _before(words, i) in _NOT_ONE):
        return None
    if fraction := _fractional(words, i):
        return fraction
    value, at = _cardinal_words(words, i)
    return Quantity(value, _span(words, i, at)), at


_NOT_ONE = frozenset("no any every each this that the another which some".split())


def _cardinal_words(words: Sequence[Word], i: int) -> tuple[float, int]:
    total, group, at = 0.0, 0.0, i
    while at < len(words):
        lower = words[at].text.lower()
        if lower in SMALL:
            group += SMALL[lower]
        elif lower in TENS:
            group += TENS[lower]
        elif lower == "hundred" and group:
            group *= 100
        elif lower in SCALES and group:
            total, group = total + group * SCALES[lower], 0.0
        elif not (lower in ("-", "and") and _continues(words, at, group)):
            break
        at += 1
    return total + group, at


def _continues(words: Sequence[Word], at: int, group: float) -> bool:
    if at + 1 >= len(words):
        return False
    following = words[at + 1].text.lower()
    if words[at].text == "-":
        return following in SCALES or (following in SMALL and 20 <= group % 100 <= 90)
    previous = words[at - 1].text.lower()
    return previous in ("hundred", "thousand", "million") and (following in SMALL or following in TENS)


def _fractional(words: Sequence[Word], i: int) -> tuple[Quantity, int] | None:
    """Read `three-quarters`, `a third of`, `half`, `half a million`, `one and a half`."""
    lower = words[i].text.lower()
    if lower == "half":
        at = i + 1
        if at < len(words) and words[at].text == "-":
            at += 1
        if at < len(words) and words[at].text.lower() in ("a", "an"):
            at += 1
        if at < len(words) and words[at].text.lower() in SCALES:
            return Quantity(0.5 * SCALES[words[at].text.lower()], _span(words, i, at + 1)), at + 1
        return Quantity(0.5, "half"), i + 1
    top = 1 if lower in ("a", "an") else SMALL.get(lower, 0)
    at = i + 1
    if at < len(words) and words[at].text == "-":
        at += 1
    part = _PARTS.get(words[at].text.lower()) if at < len(words) else None
    ends_in_of = at + 1 < len(words) and words[at + 1].text.lower() == "of"
    if part and top and (top > 1 or ends_in_of or words[at].text.lower() == "half"):
        return Quantity(top / part, _span(words, i, at + 1)), at + 1
    if top and [w.text.lower() for w in words[i + 1 : i + 4]] == ["and", "a", "half"]:
        value, end = _scaled(words, top + 0.5, i + 4)
        return Quantity(value, _span(words, i, end)), end
    return None


def _scale_alone(words: Sequence[Word], i: int) -> tuple[Quantity, int] | None:
    following = words[i + 1].text.lower() if i + 1 < len(words) else ""
    if following in SCALES:
        value, at = _scaled(words, SCALES[following], i + 2)
        return Quantity(value, _span(words, i, at)), at
    pair = {"couple": 2.0, "pair": 2.0, "decade": 1.0, "fortnight": 1.0, "century": 1.0}.get(following)
    if pair and words[i].text.lower() == "a":
        return Quantity(pair, f"a {following}"), i + 1 if pair == 1.0 else i + 2
    if following in _MEASURES and following not in ("second", "stone", "g", "m", "am"):
        return Quantity(1.0, f"{words[i].text.lower()} {following}"), i + 1
    return None


def _scaled(words: Sequence[Word], value: float, at: int) -> tuple[float, int]:
    while at < len(words):
        step = at + 1 if words[at].text == "-" else at
        if step >= len(words) or words[step].text.lower() not in SCALES:
            break
        value *= SCALES[words[step].text.lower()]
        at = step + 1
    return value, at


def _placed(words: Sequence[Word], quantity: Quantity, first: int, end: int) -> Quantity:
    """Add bound, unit and neighbouring nouns to a number read from `words[first:end]`."""
    if quantity.kind == "code":
        return replace(quantity, first=first, end=end, shown=quantity.text)
    unit, base, after = _unit(words, quantity.value, first, end)
    nouns = tuple(w.key for w in _phrase(words[after : after + _WINDOW]) if w.is_content)
    before = [w.key for w in _phrase(tuple(reversed(words[max(0, first - _WINDOW) : first]))) if w.is_content]
    return replace(
        quantity,
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
    return _span(words, first, after + len(following))


def _unit(words: Sequence[Word], value: float, first: int, end: int) -> tuple[str | None, float, int]:
    currency = _currency_before(words, first)
    if currency:
        return currency, value, end
    at = end
    if at < len(words) and words[at].text == "-":
        at += 1
    name = words[at].text.lower() if at < len(words) else ""
    if name == "per" and at + 1 < len(words) and words[at + 1].text.lower() == "cent":
        return "percent", value, at + 2
    if name == "percentage" and at + 1 < len(words) and words[at + 1].text.lower().startswith("point"):
        return "points", value, at + 2
    if name == "percent" and at + 1 < len(words) and words[at + 1].text.lower() in ("point", "points"):
        return "points", value, at + 2
    if name in _MONEY:
        return _MONEY[name], value, at + 1
    if name in _MEASURES:
        dimension, factor = _MEASURES[name]
        return (f"clock {name}" if dimension == "clock" else dimension), value * factor, at + 1
    return None, value, end


def _bound(words: Sequence[Word], first: int) -> Bound:
    at = first
    while at and (words[at - 1].text in _MONEY or words[at - 1].text.lower() in ("a", "an", "us")):
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


def _code_before(words: Sequence[Word], i: int) -> str:
    """Return the letters glued to a figure, as in `A320`, `COVID-19`, `F-16`; else an empty string."""
    at, edge = i - 1, words[i].start
    if at >= 1 and words[at].text == "-" and words[at].start == edge - 1:
        at, edge = at - 1, edge - 1
    if at < 0 or not words[at].text.isalpha() or words[at].start + len(words[at].text) != edge:
        return ""
    letters = words[at].text.lower()
    return "" if letters in _NOT_CODES or letters in SCALES else letters


def _currency_before(words: Sequence[Word], i: int) -> str | None:
    return _MONEY.get(words[i - 1].text) if i and not words[i - 1].text.isalpha() else None


def _is_glued_noun(words: Sequence[Word], i: int) -> bool:
    return i > 0 and (words[i - 1].text in ("-", "a", "per") or words[i - 1].text[0].isdecimal())


def _before(words: Sequence[Word], i: int) -> str:
    return words[i - 1].text.lower() if i else ""


def _decimal(text: str) -> float:
    whole, dot, rest = text.replace(",", "").partition(".")
    return float(f"{whole}.{rest.replace('.', '').replace(':', '')}" if dot else whole.replace(":", ""))


def _span(words: Sequence[Word], first: int, end: int) -> str:
    return " ".join(w.text for w in words[first:end]).replace(" - ", "-")
