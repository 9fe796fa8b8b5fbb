"""Seeded conflicts through the whole pipeline: index invented articles, ask, look at the disagreements shown.

    python benchmarks/bench_disagreement.py [--half dev|held] [--show] [--seed 7]

Stories are in conflict_stories.toml (all invented); each is written into cases by a seeded script: conflicts (two
values, causes, speakers, outcomes; of one day, of several days, within one article) and twins without conflict (other
wording, rounding, numbers of something else, syndicated copies). All articles of all cases stand in one index, so the
articles of other cases are distractors. A conflict counts as found when the answer shows a row with each distinct claim
in its own place; a false alarm is any row on a twin. Prints recall and false alarms by kind, then the time a row costs.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import tomllib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from rag.engine import Engine
from rag.records import Answer
from rag.settings import Settings

STORIES = Path(__file__).with_name("conflict_stories.toml")
OUTLETS = (
    "Harbour Gazette|Northern Courier|The Daily Lantern|Valley Tribune|Meridian News|Radio Ostfeld|The Evening Anchor"
).split("|")
ONSETS = "Tar Bel Os Kes Mar Var Pol Hes Quil Dru Sap Il Nor Cas Bre Ol Tras Lin Zel Ket Yar Pel Un Ash Mor Gal".split()
MIDDLES = "vo mun tra si lu de gra ter la mo per ves wen ta vi me sko dmo bi ter ro lwo der kel va".split()
ENDINGS = "n nd rd by l r m sk st th ck ne".split()
FIRST = "Anna Milan Greta Tomas Edda Viktor Lena Oskar Petra Ruben Ines Karl Mira Anton Selma Hugo".split()
FIRMS = "Works|Group|Lines|Systems|Foods|Union".split("|")
SPEAKERS = (("the government", "relief workers"), ("police", "organisers"), ("the ministry", "local doctors"))
SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


@dataclass(frozen=True, slots=True)
class Case:
    """A question, what each distinct claim must show, and the articles; no claims where nothing is in conflict."""

    id: str
    half: str
    kind: str
    form: str
    question: str
    claims: tuple[tuple[str, ...], ...]
    relation: str
    articles: tuple[dict[str, str], ...] = field(repr=False)


class Writer:
    """Writes the cases of one story."""

    def __init__(self, story: dict[str, Any], random_: random.Random, taken: set[str]) -> None:
        self.story, self.random, self.taken, self.count = story, random_, taken, 0

    def cases(self) -> list[Case]:
        """Return all cases of the story."""
        return self._sided() if "sides" in self.story else self._valued()

    def _valued(self) -> list[Case]:
        listed, cases = self.story.get("values"), []
        for _ in range(2):
            if listed:
                one, two = self.random.sample(listed, 2)
                cases.append(self._case("same day", [(one[0], 0), (two[-1], 0)]))
                cases.append(self._case("agree", [(one[0], 0), (one[-1], 0)], conflict=False))
                continue
            one, two = self._numbers()
            cases.append(self._case("same day", [(one, 0), (two, 0), (one, 0)]))
            cases.append(
                self._case("later", [(one, 0), (two, 2)], relation="update" if self.story["grows"] else "contradiction")
            )
            cases.append(self._case("agree", [(one, 0), (one, 1), (one, 0)], conflict=False, worded=True))
            cases.append(self._case("rounded", [(one, 0), (self._rounded(one), 0)], conflict=False))
            cases.append(self._case("bounded", [(one, 0), (self._bounded(one), 0)], conflict=False))
        if not listed:
            one, two = self._numbers()
            cases.append(self._case("one article", [(one, 0), (two, 0)], together=True))
            cases.append(self._case("copies", [(one, 0)] * 3, conflict=False, copied=True))
        return cases

    def _sided(self) -> list[Case]:
        one, two = self.story["sides"]
        cases = []
        for i in range(3):
            pair = [(self.random.choice(one), 0), (self.random.choice(two), 0 if i < 2 else 1)]
            cases.append(self._case("same day" if i < 2 else "later", pair, relation="" if i == 2 else "contradiction"))
        for side in (one, two):
            cases.append(self._case("agree", [(s, 0) for s in self.random.sample(side, 2)], conflict=False))
        cases.append(self._case("copies", [(self.random.choice(one), 0)] * 2, conflict=False, copied=True))
        return cases

    def _case(
        self,
        form: str,
        said: list[tuple[Any, int]],
        *,
        conflict: bool = True,
        relation: str = "contradiction",
        together: bool = False,
        copied: bool = False,
        worded: bool = False,
    ) -> Case:
        self.count += 1
        names = self._names()
        day = date(2026, 1, 5) + timedelta(days=self.random.randrange(120))
        wordings = self.random.sample(
            self.story.get("says", [""] * 9), min(len(said), len(self.story.get("says", "x" * 9)))
        )
        sentences = [self._sentence(s, wordings[i], names, worded=worded and i == 1) for i, (s, _) in enumerate(said)]
        if together:
            who = self.random.choice(SPEAKERS)
            joined = f"According to {who[0]}, {_lowered(sentences[0])} According to {who[1]}, {_lowered(sentences[1])}"
            bodies = [(self._body([joined], names), day)]
        elif copied:
            bodies = [(self._body(sentences[:1], names), day)] * len(said)
        else:
            bodies = [
                (self._body([s], names), day + timedelta(days=d)) for s, (_, d) in zip(sentences, said, strict=True)
            ]
        outlets = self.random.sample(OUTLETS, len(bodies))
        articles = tuple(
            {"title": title, "text": text, "outlet": outlet, "published": str(published)}
            for ((title, text), published), outlet in zip(bodies, outlets, strict=True)
        )
        claims = tuple(dict.fromkeys((s,) for s in sentences)) if conflict else ()
        if conflict and len(said) == 3:
            claims = ((sentences[0], sentences[2]), (sentences[1],))
        name = f"{self.story['name']}-{self.count}"
        question = self.story["question"].format(**names)
        return Case(name, self.story["half"], self.story["kind"], form, question, claims, relation, articles)

    def _names(self) -> dict[str, str]:
        people = [f"{self.random.choice(FIRST)} {self._new_name()}" for _ in range(2)]
        return {
            "place": self._new_name(),
            "river": self._new_name(),
            "firm": f"{self._new_name()} {self.random.choice(FIRMS)}",
            "person": people[0],
            "person2": people[1],
        }

    def _new_name(self) -> str:
        """Return an invented name that no case has yet: places are what keeps the cases apart."""
        while (name := "".join(self.random.choice(part) for part in (ONSETS, MIDDLES, ENDINGS))) in self.taken:
            pass
        self.taken.add(name)
        return name

    def _sentence(self, said: Any, wording: str, names: dict[str, str], *, worded: bool) -> str:
        if not wording:
            return str(said).format(**names)
        text = said if isinstance(said, str) else self._number(said, worded=worded)
        return wording.format(n=text, N=text[0].upper() + text[1:], **names)

    def _body(self, sentences: list[str], names: dict[str, str]) -> tuple[str, str]:
        story = self.story
        other = self.random.sample(story["other"], 2)
        middle = [*sentences, other[0]]
        if self.random.random() < 0.4:
            middle = [other[0], *sentences]
        text = " ".join([self.random.choice(story["leads"]), *middle]) + "\n\n" + other[1]
        return self.random.choice(story["titles"]).format(**names), text.format(**names)

    def _numbers(self) -> tuple[float, float]:
        low, high = self.story["low"], self.story["high"]
        one = self.random.randint(low, int(low + (high - low) * 0.5))
        two = int(one * self.random.uniform(1.3, 2.4)) + 1
        return _spoken(one), _spoken(two)

    def _number(self, value: float, *, worded: bool = False) -> str:
        unit = self.story.get("money", "")
        if worded and value == 12 and not unit:
            return "a dozen"
        text = _in_words(int(value)) if worded and value < 100 else f"{int(value):,}"
        return f"{text} {unit}".strip()

    def _rounded(self, value: float) -> str:
        step = 10 if value < 200 else 100 if value < 3000 else 1000
        near = round(value / step) * step
        if not near or abs(near - value) > 0.1 * value:
            near = value
        word = self.random.choice(("about", "around", "nearly" if near > value else "roughly"))
        return f"{word} {int(near):,} {self.story.get('money', '')}".strip()

    def _bounded(self, value: float) -> str:
        step = 5 if value < 50 else 10 if value < 1000 else 1000
        below = (value - 1) // step * step
        word = self.random.choice(("more than", "at least", "over"))
        return (
            f"{word} {int(below) or int(value)} {self.story.get('money', '')}".strip() if below else self._number(value)
        )


def _spoken(value: int) -> int:
    return value if value < 2000 else round(value, -2)


def _in_words(value: int) -> str:
    if value < 20:
        return SMALL[value]
    return TENS[value // 10 - 2] + (f"-{SMALL[value % 10]}" if value % 10 else "")


def _lowered(sentence: str) -> str:
    return sentence if sentence.split()[0] in FIRST else sentence[0].lower() + sentence[1:]


def hand_written(cases: list[dict[str, Any]]) -> list[Case]:
    """Return the cases that were written whole."""
    return [
        Case(c["name"], c["half"], c["kind"], c["form"], c["question"], tuple(tuple(x) for x in c["claims"]),
             c.get("relation", "contradiction"), tuple(c["articles"]))
        for c in cases
    ]  # fmt: skip


def all_cases(seed: int) -> list[Case]:
    """Return every case, the same for the same seed."""
    data = tomllib.loads(STORIES.read_text(encoding="utf-8"))
    random_, taken = random.Random(seed), set[str]()
    return [c for story in data["story"] for c in Writer(story, random_, taken).cases()] + hand_written(
        data.get("case", [])
    )


def index_cases(cases: list[Case], folder: Path) -> Engine:
    """Return an engine over one index of all articles of all cases."""
    file = folder / "cases.jsonl"
    rows = [{"id": f"{c.id}-{i}", **a} for c in cases for i, a in enumerate(c.articles)]
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    engine = Engine.open(Settings(index=str(folder / "index"), generator="extractive"), create=True)
    engine.add([str(file)])
    return engine


def found(case: Case, answer: Answer) -> bool:
    """Say whether a row shows each claim of the case apart from the others."""
    for row in answer.disagreements:
        shown = [{" ".join(e.quote.split()).casefold() for e in claim.evidence} for claim in row.claims]
        held = [
            {i for i, quotes in enumerate(shown) if any(t.casefold() in q for t in told for q in quotes)}
            for told in case.claims
        ]
        apart = len(held) == 2 and any(i != j for i in held[0] for j in held[1])
        if row.kind == case.kind and apart:
            return True
    return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=("dev", "held"))
    parser.add_argument("--show", action="store_true", help="print the cases that went wrong")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    cases = all_cases(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        engine = index_cases(cases, Path(folder))
        asked = [c for c in cases if options.half in (None, c.half)]
        answers = {c.id: engine.ask(c.question) for c in asked}
        engine.close()
    for half in sorted({c.half for c in asked}):
        report([c for c in asked if c.half == half], answers, half, show=options.show)
    times = sorted(a.timings_ms["disagreement"] for a in answers.values())
    print(
        f"ms an answer: p50 {times[len(times) // 2]:.1f}, p95 {times[int(len(times) * 0.95)]:.1f}, most {times[-1]:.1f}"
    )


def report(cases: list[Case], answers: dict[str, Answer], half: str, *, show: bool) -> None:
    """Print recall, false alarms and the share of right relations of these cases."""
    right: dict[str, list[bool]] = defaultdict(list)
    alarms: dict[str, list[bool]] = defaultdict(list)
    related: list[bool] = []
    for case in cases:
        answer = answers[case.id]
        if case.claims:
            ok = found(case, answer)
            for name in ("all", case.kind, f"form {case.form}"):
                right[name].append(ok)
            if ok and case.relation:
                related.append(answer.disagreements[0].relation == case.relation)
        else:
            for name in ("all", case.kind, f"form {case.form}"):
                alarms[name].append(bool(answer.disagreements))
        if show and (not found(case, answer) if case.claims else answer.disagreements):
            print_case(case, answer)
    print(f"\n{half}: {len(right['all'])} conflicts, {len(alarms['all'])} without")
    for name in sorted({*right, *alarms}):
        told = f"recall {sum(right[name])}/{len(right[name])}" if right[name] else ""
        false = f"false alarms {sum(alarms[name])}/{len(alarms[name])}" if alarms[name] else ""
        print(f"  {name:22} {told:18} {false}")
    print(
        f"  all: recall {_share(right['all'])}, false alarms {_share(alarms['all'])}, right relation {_share(related)}"
    )


def print_case(case: Case, answer: Answer) -> None:
    print(f"\n{case.id} [{case.form}] {case.question} (refused: {answer.abstained})")
    for told in case.claims:
        print("   wanted:", told)
    if not case.claims:
        print("   wanted: nothing;", *(a["text"][:240] for a in case.articles[:2]), sep="\n      ")
    for row in answer.disagreements:
        print("   shown:", row.kind, row.relation, [(c.text, [e.quote for e in c.evidence]) for c in row.claims])


def _share(flags: list[bool]) -> str:
    return f"{sum(flags) / len(flags):.3f}" if flags else "-"


if __name__ == "__main__":
    main()
