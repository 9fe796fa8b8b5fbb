"""Articles and questions enough to keep two workers busy for some seconds, drawn from lists of words."""

from __future__ import annotations

import json
import random
from pathlib import Path

_TOWNS = (
    "Ostrel",
    "Wyneford",
    "Karlshamn",
    "Duntrow",
    "Mirabel",
    "Tolvane",
    "Penquay",
    "Arrowby",
    "Lindale",
    "Sorrento",
)
_PEOPLE = ("mayor", "harbour master", "head teacher", "auditor", "museum director", "fire chief", "bishop", "engineer")
_THINGS = ("bridge", "ferry", "library", "reservoir", "market hall", "tram line", "lighthouse", "archive", "orchard")
_DEEDS = ("opened", "closed", "repaired", "painted", "sold", "inspected", "flooded", "renamed", "measured", "fenced")
_WHY = ("after a long dispute", "to save money", "because of the storm", "with help from abroad", "against all advice")


def _sentence(draw: random.Random) -> str:
    town, person, thing = draw.choice(_TOWNS), draw.choice(_PEOPLE), draw.choice(_THINGS)
    when, cost = draw.randint(1950, 2025), draw.randint(3, 970)
    deed = f"The {person} of {town} {draw.choice(_DEEDS)} the {thing} in {when} {draw.choice(_WHY)}"
    return f"{deed}, which cost {cost} thousand crowns."


def write_articles(path: Path, count: int, sentences: int = 24) -> Path:
    """Write articles of about three passages each, the same for the same numbers; one line is no article."""
    draw = random.Random(count)
    rows = [
        {
            "id": f"n{i:03d}",
            "title": f"{draw.choice(_TOWNS)} {i}",
            "text": " ".join(_sentence(draw) for _ in range(sentences)),
        }
        for i in range(count)
    ]
    lines = [json.dumps(row) for row in rows]
    lines.insert(len(lines) // 2, '{"id": "broken"')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_questions(path: Path, count: int) -> Path:
    draw = random.Random(count)
    rows = []
    for i in range(count):
        town, person, thing = draw.choice(_TOWNS), draw.choice(_PEOPLE), draw.choice(_THINGS)
        asked = f"When was the {thing} in {town} {draw.choice(_DEEDS)} by the {person}?"
        rows.append({"id": f"q{i:03d}", "question": asked, "answerable": True})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
