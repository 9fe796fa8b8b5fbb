"""Units and currencies: how a text names them, and what it takes to compare two of one dimension.

Lengths, masses, spans of time and so on are brought to one unit a dimension (`24 hours` = one day); currencies are told
apart, never converted. Knows no number but the one it is given.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.verification.words import Word

MONEY = {
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
MEASURES: dict[str, tuple[str, float]] = {
    name: (dimension, factor)
    for dimension, table in _MEASURE_TABLE.items()
    for names, factor in table.items()
    for name in names.split()
}


def unit_of(words: Sequence[Word], value: float, first: int, end: int) -> tuple[str | None, float, int]:
    """Return (unit or None, value in the base unit, index after the unit) of a number that takes `words[first:end]`."""
    currency = currency_before(words, first)
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
    if name in MONEY:
        return MONEY[name], value, at + 1
    if name in MEASURES:
        dimension, factor = MEASURES[name]
        return (f"clock {name}" if dimension == "clock" else dimension), value * factor, at + 1
    return None, value, end


def currency_before(words: Sequence[Word], i: int) -> str | None:
    """Return the currency whose sign stands before a number, or None."""
    return MONEY.get(words[i - 1].text) if i and not words[i - 1].text.isalpha() else None
