"""Numbers: each one a claim states must be stated by the evidence, with its unit, its bound and for the same thing.

Rounding counts only where the claim hedges ("about", "nearly"). A number of the evidence that belongs to other nouns
does not vouch for the claim's when the claim's nouns come with another number there.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rag.verification.findings import Finding
from rag.verification.quantities import Quantity, quantities_in
from rag.verification.words import normalised, words_of

_FIT, _LOOSE, _NONE = 2, 1, 0


@lru_cache(maxsize=2048)
def quantities_of(text: str) -> tuple[Quantity, ...]:
    """Return the numbers of a text, in order."""
    return tuple(quantities_in(words_of(text)))


def check_numbers(claim: str, evidence: Sequence[str]) -> list[Finding]:
    """Return a finding for each number of the claim that the evidence does not state as such."""
    claimed = quantities_of(claim)
    if not claimed:
        return []
    known = [quantity for span in evidence for quantity in quantities_of(span)]
    spelled = " ".join(f" {normalised(span).lower()} " for span in evidence)
    return [finding for quantity in claimed if (finding := _checked(quantity, known, spelled))]


def _checked(claimed: Quantity, known: Sequence[Quantity], spelled: str) -> Finding | None:
    if claimed.kind == "code":
        stated = claimed.text in spelled.replace(" ", "").replace("-", "")
        return None if stated else Finding("missing", f"{claimed.text} is not in the evidence")
    fits = [(max(_fit(claimed, other), 0), other) for other in known]
    best = max((fit for fit, _ in fits), default=_NONE)
    if best == _NONE:
        return _absent(claimed, known, spelled)
    if best == _LOOSE:
        other = next(other for fit, other in fits if fit == _LOOSE)
        return Finding("weak", f"the evidence gives {_stated(other)}, not {_stated(claimed)}")
    return _misplaced(claimed, [other for fit, other in fits if fit == _FIT], known)


def _absent(claimed: Quantity, known: Sequence[Quantity], spelled: str) -> Finding | None:
    both_ends = {claimed.value, claimed.high} <= {other.value for other in known}
    if claimed.high is not None and both_ends:
        return None
    if claimed.value == 1 and claimed.kind == "cardinal" and _stated_as_single(claimed, spelled):
        return None
    rivals = [o for o in known if o.kind == claimed.kind and (_measured_alike(o, claimed) or _shared_noun(o, claimed))]
    if rivals:
        rival = max(rivals, key=lambda other: _overlap(claimed, other))
        return Finding("conflict", f"number {_stated(claimed)} is not in the evidence, which has {_stated(rival)}")
    if claimed.value == 1 and not claimed.text[0].isdecimal():
        return None
    return Finding("missing", f"number {_stated(claimed)} is not in the evidence")


def _measured_alike(one: Quantity, other: Quantity) -> bool:
    return one.unit is not None and one.unit == other.unit


def _shared_noun(one: Quantity, other: Quantity) -> bool:
    return not set(one.nouns[:3]).isdisjoint(other.nouns[:3])


def _stated_as_single(claimed: Quantity, spelled: str) -> bool:
    """Say whether the evidence has `a`, `an`, `single` … before the noun that the claim counts one of."""
    words = words_of(spelled)
    if not claimed.nouns:
        return claimed.unit is None and any(w.text in ("one", "single", "lone") for w in words)
    for i, word in enumerate(words):
        if word.text in ("a", "an", "single", "one", "lone", "another") and any(
            w.key in claimed.nouns for w in words[i + 1 : i + 4]
        ):
            return True
    return False


def _misplaced(claimed: Quantity, fitting: Sequence[Quantity], known: Sequence[Quantity]) -> Finding | None:
    if not claimed.around or any(_overlap(claimed, other) > 0 or not other.around for other in fitting):
        return None
    rivals = [other for other in known if other.kind == claimed.kind and other not in fitting]
    rival = max(rivals, key=lambda other: _overlap(claimed, other), default=None)
    if rival is not None and _overlap(claimed, rival) > 1 and _same_unit(claimed, rival):
        return Finding("conflict", f"the evidence gives {_stated(rival)} there, not {_stated(claimed)}")
    return None


def _overlap(one: Quantity, other: Quantity) -> int:
    return 2 * len(set(one.nouns[:3]) & set(other.nouns[:3])) + len(one.around & other.around)


def _fit(claimed: Quantity, other: Quantity) -> int:
    if other.kind == "code" or not _units_agree(claimed, other):
        return _NONE
    if "vague" in (claimed.kind, other.kind):
        return _fit_vague(claimed, other)
    if (claimed.kind == "ordinal") != (other.kind == "ordinal"):
        return _NONE
    if claimed.high is not None or other.high is not None:
        return _fit_range(claimed, other)
    value, stated = _comparable(claimed, other)
    return _fit_bounds(claimed.bound, value, other.bound, stated)


def _units_agree(claimed: Quantity, other: Quantity) -> bool:
    if _same_unit(claimed, other):
        return True
    units = {claimed.unit, other.unit}
    if "percent" in units and None in units:
        return _is_fraction(claimed if claimed.unit is None else other)
    if None in units:
        bare = claimed if claimed.unit is None else other
        return not bare.nouns
    return False


def _same_unit(one: Quantity, other: Quantity) -> bool:
    return one.unit == other.unit


def _is_fraction(quantity: Quantity) -> bool:
    return 0 < quantity.value < 1 and not quantity.text[0].isdecimal()


def _comparable(claimed: Quantity, other: Quantity) -> tuple[float, float]:
    if claimed.unit == "percent" and _is_fraction(other):
        return claimed.value, other.value * 100
    if other.unit == "percent" and _is_fraction(claimed):
        return claimed.value * 100, other.value
    if claimed.unit is not None and claimed.unit == other.unit:
        return claimed.base, other.base
    return claimed.value, other.value


def _fit_vague(claimed: Quantity, other: Quantity) -> int:
    if claimed.kind == other.kind:
        return _FIT if claimed.value == other.value else _NONE
    vague, exact = (claimed, other) if claimed.kind == "vague" else (other, claimed)
    inside = 2 * vague.value <= exact.value < 1000 * vague.value
    if not inside:
        return _NONE
    return _FIT if vague is claimed else _LOOSE


def _fit_range(claimed: Quantity, other: Quantity) -> int:
    if claimed.high is not None and other.high is not None:
        return _FIT if (claimed.value, claimed.high) == (other.value, other.high) else _NONE
    if claimed.high is not None:
        return _LOOSE if other.value in (claimed.value, claimed.high) else _NONE
    return _LOOSE if claimed.value in (other.value, other.high) else _NONE


def _fit_bounds(bound: str, value: float, other_bound: str, stated: float) -> int:
    equal = _equal(value, stated)
    if bound in ("more", "at least"):
        if equal:
            return (
                _FIT if other_bound == bound or (bound == "at least" and other_bound in ("exact", "more")) else _LOOSE
            )
        return _FIT if value < stated <= 2 * value and other_bound == "exact" and _rounder(value, stated) else _NONE
    if bound in ("less", "at most"):
        if equal:
            return _FIT if other_bound == bound or (bound == "at most" and other_bound in ("exact", "less")) else _LOOSE
        near = value / 2 <= stated < value and _rounder(value, stated)
        return _FIT if near and other_bound == "exact" else _NONE
    if bound in ("about", "nearly"):
        if equal:
            return _LOOSE if other_bound in ("more", "less", "at least", "at most") else _FIT
        return _FIT if other_bound == "exact" and _rounds(value, stated, below=bound == "nearly") else _NONE
    if not equal:
        return _NONE
    return _FIT if other_bound == "exact" else _LOOSE


def _rounds(value: float, stated: float, *, below: bool) -> bool:
    """Say whether a hedged value is a fair rounding: rounder, within 5 %, and from below for "nearly"."""
    return abs(value - stated) <= 0.05 * abs(stated) and (not below or stated <= value) and _rounder(value, stated)


def _rounder(value: float, stated: float) -> bool:
    """Say whether a value has fewer significant digits than another."""
    return len(f"{value:.9g}".replace(".", "").strip("0")) < len(f"{stated:.9g}".replace(".", "").strip("0"))


def _equal(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other), 1e-9)


def _stated(quantity: Quantity) -> str:
    return quantity.shown if quantity.bound == "exact" else f"{quantity.bound} {quantity.shown}"
