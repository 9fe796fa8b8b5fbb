"""Measure and fit the verifier: human-labelled pairs, altered real sentences, invented bent ones.

    python benchmarks/bench_verification.py --data DIR [--only held|all]
    python benchmarks/bench_verification.py --bent
    python benchmarks/bench_verification.py --data DIR --fit

DIR holds the folders qags, wice, attributionbench, faithbench (`pairs.dev.jsonl`; wice also `docs.jsonl`) and
realtimeqa_2022, clapnq (`corpus.jsonl`). The fit uses all pairs; it prints what five-fold cross-validation by evidence
document gives, what a fit on the documents of even hash gives on the others ("held") and the other way around, and what
a fit on two sets gives on the third. Nothing of the data is stored but trees and counts. `--bent` judges the invented
sentences of tests/verification/bent_sentences.jsonl: words of the evidence put together differently.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.verification import verify
from rag.verification.alignment import aligned
from rag.verification.claims import claim_text, claims_nothing
from rag.verification.copies import repeats_a_sentence
from rag.verification.features import DIRECTIONS, features_of
from rag.verification.judge import findings_of
from rag.verification.names import forms_around

FITTED_ON = ("qags", "wice", "attributionbench")
TARGETS = {"qags": 0.72, "wice": 0.70, "attributionbench": 0.68}
BOOSTING = {"max_iter": 60, "learning_rate": 0.08, "max_depth": 3, "min_samples_leaf": 40, "l2_regularization": 5.0,
            "max_bins": 48}  # fmt: skip
BENT = Path(__file__).parent.parent / "tests" / "verification" / "bent_sentences.jsonl"
MODEL = Path(__file__).parent.parent / "rag" / "verification" / "score.json"


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim, its evidence, whether people found it supported, and the hash of what it is evidence from."""

    claim: str
    evidence: tuple[str, ...]
    supported: bool
    document: int

    @property
    def held(self) -> bool:
        """Say whether the pair is kept from the fit."""
        return self.document % 2 == 1


def digest(text: str) -> int:
    """Return a stable hash of a text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def rows_of(path: Path) -> list[dict[str, object]]:
    """Return the records of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def pairs_of(data: Path, name: str) -> list[Pair]:
    """Return the pairs of one set; a pair is held when the hash of its evidence is odd."""
    documents = {str(d["id"]): d for d in rows_of(data / "wice" / "docs.jsonl")} if name == "wice" else {}
    pairs = []
    for row in rows_of(data / name / "pairs.dev.jsonl"):
        key = row.get("evidence_doc")
        if key is not None:
            evidence: tuple[str, ...] = ("\n".join(documents[str(key)]["sentences"]),)  # type: ignore[arg-type]
        else:
            evidence = tuple(row["evidence"])  # type: ignore[arg-type]
        document = digest(str(row.get("question") or key or evidence[0][:200]))
        pairs.append(Pair(str(row["claim"]), evidence, row["label"] == "supported", document))
    return pairs


def balanced(pairs: Sequence[Pair], accepted: Sequence[bool]) -> float:
    """Return the mean of the shares of supported pairs accepted and of the others refused."""
    truth, said = np.array([p.supported for p in pairs]), np.array(accepted)
    return float((said[truth].mean() + (~said[~truth]).mean()) / 2)


def report_pairs(data: Path, only: str) -> None:
    """Print one row a labelled set."""
    print(f"\n| set | pairs ({only}) | balanced accuracy | target | supported accepted | others accepted | ms a pair |")
    print("|---|---|---|---|---|---|---|")
    for name in (*FITTED_ON, "faithbench"):
        pairs = [p for p in pairs_of(data, name) if only == "all" or name == "faithbench" or p.held]
        started = time.perf_counter()
        accepted = [verify(p.claim, p.evidence).verdict == "supported" for p in pairs]
        per_pair = (time.perf_counter() - started) / len(pairs) * 1e3
        truth = np.array([p.supported for p in pairs])
        said = np.array(accepted)
        print(
            f"| {name} | {len(pairs)} | {balanced(pairs, accepted):.3f} | {TARGETS.get(name, '–')} "
            f"| {said[truth].mean():.3f} | {said[~truth].mean():.3f} | {per_pair:.1f} |"
        )


@dataclass(frozen=True, slots=True)
class Table:
    """Features, labels, sets, evidence hashes of all pairs, a row each; `decided` is +1 or -1 where no score is asked.

    A claim that repeats a sentence is accepted (+1), one that a hard check refuses or that claims nothing is not (-1).
    """

    x: NDArray[np.floating]
    supported: NDArray[np.bool_]
    sets: NDArray[np.str_]
    documents: NDArray[np.uint64]
    decided: NDArray[np.int8]

    @property
    def held(self) -> NDArray[np.bool_]:
        """Say of each row whether the hash of its evidence is odd."""
        return self.documents % np.uint64(2) == 1

    def accepted(self, scores: NDArray[np.floating], threshold: float) -> NDArray[np.bool_]:
        """Return which claims count as supported."""
        return ((scores >= threshold) & (self.decided == 0)) | (self.decided > 0)

    def balanced(self, accepted: NDArray[np.bool_], rows: NDArray[np.bool_]) -> dict[str, float]:
        """Return the balanced accuracy of each set on some rows."""
        found = {}
        for name in FITTED_ON:
            here = rows & (self.sets == name)
            if here.any():
                right = accepted[here & self.supported].mean(), (~accepted[here & ~self.supported]).mean()
                found[name] = float(np.mean(right))
        return found


def table_of(data: Path) -> Table:
    """Return the features of every pair, and what is decided without them."""
    rows = []
    for name in FITTED_ON:
        for pair in pairs_of(data, name):
            claim, spans = claim_text(pair.claim), [span for span in pair.evidence if span.strip()]
            alignment = aligned(claim, spans, forms_around(claim, spans, ()))
            if claims_nothing(pair.claim) or not spans:
                decided = -1
            elif repeats_a_sentence(claim, spans):
                decided = 1
            else:
                decided = -1 if findings_of(claim, spans, alignment, ()) else 0
            features = features_of(claim, alignment)
            rows.append(([features[n] for n in DIRECTIONS], pair.supported, name, pair.document, decided))
    x, supported, sets, documents, decisions = zip(*rows, strict=True)
    return Table(
        np.array(x), np.array(supported), np.array(sets), np.array(documents, dtype=np.uint64), np.array(decisions)
    )


def fit(table: Table) -> dict[str, object]:
    """Fit on all pairs; print and return what fits on a part of them give on the rest."""
    everything = np.ones(len(table.sets), dtype=bool)
    measured = {
        "on_the_fitted_pairs": table.balanced(_accepted(table, everything), everything),
        "five_fold_by_document": _folded(table),
        "even_half_fitted_odd_half_judged": table.balanced(_accepted(table, ~table.held), table.held),
        "odd_half_fitted_even_half_judged": table.balanced(_accepted(table, table.held), ~table.held),
        "two_sets_fitted_third_judged": {
            name: table.balanced(_accepted(table, table.sets != name), table.sets == name)[name] for name in FITTED_ON
        },
    }
    measured = {what: {name: round(ba, 3) for name, ba in found.items()} for what, found in measured.items()}
    for what, found in measured.items():
        print(f"{what}: {found}")
    model, threshold = _fitted(table, everything)
    return {
        "start": round(float(model._baseline_prediction[0, 0]), 4),
        "trees": [_question(trees[0].nodes, 0) for trees in model._predictors],
        "supported_from": round(threshold, 2),
        "partly_from": round(threshold / 2, 2),
        "fitted_pairs": int((table.decided == 0).sum()),
        "balanced_accuracy": measured,
    }


def _folded(table: Table) -> dict[str, float]:
    """Return the mean over five ways to put the documents into five folds."""
    rounds = []
    for way in range(5):
        folds = np.array([digest(f"{way} {document}") % 5 for document in table.documents])
        accepted = np.zeros(len(table.sets), dtype=bool)
        for fold in range(5):
            accepted[folds == fold] = _accepted(table, folds != fold)[folds == fold]
        rounds.append(table.balanced(accepted, np.ones(len(table.sets), dtype=bool)))
    return {name: float(np.mean([found[name] for found in rounds])) for name in FITTED_ON}


def _accepted(table: Table, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which of all claims a model fitted on some rows accepts."""
    model, threshold = _fitted(table, rows)
    return table.accepted(model.predict_proba(table.x)[:, 1], threshold)


def _fitted(table: Table, rows: NDArray[np.bool_]) -> tuple[Any, float]:
    """Return a fitted model and the threshold that is best on the same rows; every set and label weighs alike."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    cells = [f"{s} {label}" for s, label in zip(table.sets, table.supported, strict=True)]
    counts = Counter(cell for cell, used in zip(cells, rows, strict=True) if used)
    weight = np.array([1.0 / max(counts[cell], 1) for cell in cells])
    train = rows & (table.decided == 0)
    model = HistGradientBoostingClassifier(
        **BOOSTING, monotonic_cst=list(DIRECTIONS.values()), early_stopping=False, random_state=0
    )
    model.fit(table.x[train], table.supported[train], sample_weight=weight[train] / weight[train].mean())
    scores = model.predict_proba(table.x)[:, 1]

    def mean(threshold: float) -> float:
        return float(np.mean(list(table.balanced(table.accepted(scores, threshold), rows).values())))

    grid = np.arange(0.2, 0.8, 0.01)
    smooth = np.convolve([mean(t) for t in grid], np.ones(7) / 7, mode="same")[3:-3]
    return model, float(grid[3:-3][int(np.argmax(smooth))])


def _question(nodes: NDArray[np.void], at: int) -> dict[str, object] | float:
    """Return a node of a tree and what is below it in the form in which `rag.verification.score` reads it."""
    node = nodes[at]
    if node["is_leaf"]:
        return round(float(node["value"]), 4)
    return {
        "feature": list(DIRECTIONS)[node["feature_idx"]],
        "at_most": round(float(node["num_threshold"]), 4),
        "yes": _question(nodes, node["left"]),
        "no": _question(nodes, node["right"]),
    }


NUMBER_WORDS = "two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty".split()
MONTHS = "January February March April June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
UNITS = {
    "percent": "dollars", "%": " miles", "million": "billion", "billion": "million", "miles": "kilometers",
    "kilometers": "miles", "feet": "inches", "hours": "days", "days": "weeks", "weeks": "months", "months": "years",
    "years": "months", "minutes": "hours", "dollars": "euros", "pounds": "tons", "thousand": "million",
}  # fmt: skip
AUXILIARIES = r"\b(is|are|was|were|has|have|had|will|would|can|could|should|may|might|must|did|does|do)\b"
HEDGES = (
    (r"\b(?:allegedly|reportedly|possibly|probably|perhaps|apparently|likely|supposedly|potentially) ", ""),
    (r"\b(?:may|might|could) have been ", "was "), (r"\b(?:may|might|could) be ", "is "),
    (r"\b(?:may|might|could) (?!have|not|be)(\w+)", r"will \1"), (r"\balleged ", ""), (r"\bsuspected (?=\w)", ""),
    (r"\b(?:appears|seems|appeared|seemed) to be ", "is "), (r"\b(?:plans|hopes|intends|wants) to (\w+)", r"will \1"),
    (r"\b(?:is|are) (?:expected|believed|thought|likely) to (\w+)", r"will \1"),
)  # fmt: skip
SPEECH = r"(?:said|says|told|added|announced|wrote|warned|argued|explained|confirmed)"
NAME = r"[A-Z][a-z]+(?: [A-Z][a-z]+)+"


@dataclass(frozen=True, slots=True)
class Real:
    """A sentence of a corpus with the text around it, the outlet, and names of the same article."""

    text: str
    context: str
    outlet: str
    names: tuple[str, ...]


def real_sentences(data: Path, count: int) -> list[Real]:
    """Return `count` well-formed sentences of the two corpora, chosen by hash, at most two an article."""
    found: list[tuple[int, Real]] = []
    for folder in ("realtimeqa_2022", "clapnq"):
        for row in rows_of(data / folder / "corpus.jsonl"):
            text = str(row["text"])
            names = tuple(dict.fromkeys(re.findall(NAME, text)))
            usable = list(re.finditer(r"(?:^|(?<=[.!?]\s))[A-Z][^\n]*?[a-z0-9%][.](?=\s|$)", text, re.MULTILINE))
            usable = [m for m in usable if 8 <= len(m.group().split()) <= 40 and m.group().count('"') % 2 == 0]
            usable.sort(key=lambda m: digest(m.group()))
            for match in usable[:2]:
                context = text[max(0, match.start() - 500) : match.end() + 500]
                outlet = str(row.get("source") or "The Daily Ledger")
                found.append((digest(match.group()), Real(match.group(), context, outlet[:40], names)))
    return [real for _, real in sorted(found, key=lambda pair: pair[0])[:count]]


def falsified(real: Real, foreign: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (kind, false claim) for every way in which a sentence can be made to say something else."""
    text, pick = real.text, digest(real.text)
    if not re.search(r"\b(?:not|no|never|n't|nor|without|if|whether)\b|n't", text):
        negated = re.sub(AUXILIARIES, r"\1 not", text, count=1)
        if negated != text:
            yield "negate", negated
    elif " not " in text:
        yield "negate", text.replace(" not ", " ", 1)
    for match in list(re.finditer(r"(?<![\w.,$-])\d[\d,]*(?:\.\d+)?(?![\w-])", text))[:1]:
        number = match.group()
        changed = re.sub(r"\d(?=\D*$)", lambda m: str((int(m.group()) + 1 + pick % 8) % 10), number)
        if changed not in text and not re.fullmatch(r"(?:1[89]|20)\d\d", number):
            yield "number", text[: match.start()] + changed + text[match.end() :]
    words = [w for w in NUMBER_WORDS if re.search(rf"\b{w}\b", text)]
    if words:
        other = next(w for w in NUMBER_WORDS[pick % 10 :] + NUMBER_WORDS if w not in text.lower())
        yield "number", re.sub(rf"\b{words[0]}\b", other, text, count=1)
    for unit, other in UNITS.items():
        swapped = re.sub(rf"(?<=\d)(\s?){re.escape(unit)}(?!\w)", rf"\1{other}", text, count=1)
        if swapped != text and other.strip() not in text:
            yield "unit", swapped
            break
    yield from _entities(real, foreign, pick)
    yield from _dates(text, pick)
    for pattern, plain in HEDGES:
        bold = re.sub(pattern, plain, text, count=1)
        if bold != text and not re.search(SPEECH, text) and not re.search(pattern, bold):
            yield "hedge", bold[0].upper() + bold[1:]
            break


def _entities(real: Real, foreign: Sequence[str], pick: int) -> Iterator[tuple[str, str]]:
    own = re.findall(NAME, real.text)
    near = [name for name in real.names if not set(name.split()) & set(real.text.replace(",", " ").split())]
    for label, pool in (("entity (same article)", near), ("entity (other article)", foreign)):
        pool = [name for name in pool if not set(name.split()) & set(real.text.split())]
        if own and pool:
            yield label, real.text.replace(own[0], pool[pick % len(pool)])
        speaker = re.search(rf"({NAME}),? {SPEECH}|{SPEECH} ({NAME})", real.text)
        if speaker and pool:
            yield (
                label.replace("entity", "speaker"),
                real.text.replace(speaker[1] or speaker[2], pool[(pick // 7) % len(pool)]),
            )
    joined = re.search(rf"({NAME}) (?!and |or |, )((?:\w+ ){{1,4}})({NAME})", real.text)
    acts = joined and re.search(r"(?:ed|s|by) $|beat|told|met ", joined[2])
    if joined and acts and joined[1] != joined[3] and not re.search(r"\b(?:and|with|is|was|as|of)\b", joined[2]):
        swapped = f"{joined[3]} {joined[2]}{joined[1]}"
        yield "exchanged roles", real.text[: joined.start()] + swapped + real.text[joined.end() :]


def _dates(text: str, pick: int) -> Iterator[tuple[str, str]]:
    for pool in (MONTHS, DAYS):
        for old in pool:
            if re.search(rf"\b{old}\b", text):
                new = next(x for x in pool[pick % len(pool) :] + pool if x not in text)
                yield "date", re.sub(rf"\b{old}\b", new, text, count=1)
                break
    year = re.search(r"\b(?:19|20)\d\d\b", text)
    if year:
        new_year = str(int(year.group()) + 1 + pick % 5)
        if new_year not in text:
            yield "date", text[: year.start()] + new_year + text[year.end() :]


def faithful(real: Real) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield (kind, true claim, context) for an unchanged sentence and its light paraphrases."""
    text = real.text
    yield "unchanged", text, (real.context,)
    yield "attribution added", f"According to {real.outlet}, {text}", (real.outlet, real.context)
    clause = re.split(r", (?:which|who|but|while|although|where)\b| - | because | after ", text)[0]
    if clause != text and len(clause.split()) >= 7 and not re.match(r"(?:If|When|While|Although|After|As)\b", clause):
        yield "trimmed to a clause", clause.rstrip(" .,") + ".", (real.context,)
    passive = re.fullmatch(rf"({NAME}) (was|were) (\w+ed) by ({NAME})(.*)\.", text)
    if passive:
        yield "active for passive", f"{passive[4]} {passive[3]} {passive[1]}{passive[5]}.", (real.context,)
    appositive = re.match(r"([^,]+), [^,]{5,60}, ((?:said|told|was|were|is|has|had|will) .*)", text)
    if appositive:
        yield "apposition dropped", f"{appositive[1]} {appositive[2]}", (real.context,)


def report_perturbations(data: Path, count: int, show: int) -> None:
    """Print how many false claims are accepted and how many true ones are, by kind."""
    reals = real_sentences(data, count)
    foreign = sorted({name for real in reals[::7] for name in real.names if len(name.split()) == 2})
    tally: dict[tuple[bool, str], list[int]] = defaultdict(lambda: [0, 0])
    shown: Counter[str] = Counter()
    for real in reals:
        cases = [(False, kind, claim, (real.context,)) for kind, claim in falsified(real, foreign)]
        cases += [(True, *case) for case in faithful(real)]
        for true, kind, claim, context in cases:
            judged = verify(claim, (real.text,), context=context)
            accepted = judged.verdict == "supported"
            tally[true, kind][0] += accepted
            tally[true, kind][1] += 1
            if accepted != true and shown[kind] < show:
                shown[kind] += 1
                print(f"  {kind}: {claim}\n      from: {real.text}\n      {judged.verdict} {judged.reasons}")
    for true, title, target in ((False, "false claims accepted", "≤ 2 %"), (True, "true claims accepted", "≥ 97 %")):
        print(f"\n| {title} ({len(reals)} sentences, target {target}) | cases | accepted | share |\n|---|---|---|---|")
        rows = [(kind, *n) for (t, kind), n in sorted(tally.items()) if t == true]
        for kind, accepted, cases_ in (*rows, ("all", sum(r[1] for r in rows), sum(r[2] for r in rows))):
            print(f"| {kind} | {cases_} | {accepted} | {accepted / cases_:.1%} |")


def report_bent(show: int) -> None:
    """Print how many bent sentences, and how many true ones about the same evidence, are accepted, by kind.

    `tuned_on` says that a sentence was looked at while the checks were written; the others were written afterwards.
    """
    tally: dict[tuple[bool, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows_of(BENT):
        claim, kind = str(row["claim"]), str(row["kind"])
        judged = verify(claim, (str(row["evidence"]),))
        accepted = judged.verdict == "supported"
        for label in (kind, *(["all bent"] if kind != "true" else [])):
            tally[bool(row["tuned_on"]), label][0] += accepted
            tally[bool(row["tuned_on"]), label][1] += 1
        if show and accepted == (kind != "true"):
            print(f"  {kind}: {claim}\n      {judged.verdict} {judged.reasons}")
    print("\n| invented sentences | looked at: accepted | written afterwards: accepted |\n|---|---|---|")
    for kind in sorted({kind for _, kind in tally}):
        seen, fresh = tally[True, kind], tally[False, kind]
        print(f"| {kind} | {seen[0]} of {seen[1]} | {fresh[0]} of {fresh[1]} |")


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder that holds the evaluation sets")
    parser.add_argument("--fit", action="store_true", help="fit the coefficients anew and store them")
    parser.add_argument("--bent", action="store_true", help="judge the invented bent sentences only")
    parser.add_argument("--only", choices=("held", "all"), default="all", help="which pairs to report on")
    parser.add_argument("--sentences", type=int, default=800, help="real sentences of the perturbation suite")
    parser.add_argument("--show", type=int, default=0, help="print so many failures of each kind")
    parser.add_argument("--skip-pairs", action="store_true", help="run the perturbation suite only")
    arguments = parser.parse_args()
    if arguments.bent:
        report_bent(arguments.show)
        return
    if arguments.data is None:
        parser.error("--data is needed, or --bent")
    if arguments.fit:
        model = fit(table_of(arguments.data))
        stored = {
            "method": f"scikit-learn HistGradientBoostingClassifier, monotone, {BOOSTING}; every set and label alike",
            "data": "development halves of qags, wice, attributionbench; pairs that no hard check refuses",
            "command": "python benchmarks/bench_verification.py --data DIR --fit",
            "date": date.today().isoformat(),
            "model": model,
        }
        MODEL.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
        return
    if not arguments.skip_pairs:
        report_pairs(arguments.data, arguments.only)
    report_perturbations(arguments.data, arguments.sentences, arguments.show)
    report_bent(arguments.show)


if __name__ == "__main__":
    main()
