"""Measures the evaluation itself: what it costs, whether its figures are right, whether kills and noise change them.

    python benchmarks/bench_evaluation.py overhead [--questions 3039]     milliseconds a question, and memory, of a run
    python benchmarks/bench_evaluation.py reference RUN                   a run's figures recomputed by other code
    python benchmarks/bench_evaluation.py gate RUN                        seeded losses and resampled noise at the gate
    python benchmarks/bench_evaluation.py kills QUESTIONS --index DIR     five random kills against an unbroken run

`reference` uses trec_eval (through pytrec_eval), the definitions of the SQuAD 2.0 script, and rouge-score if it is
installed. `kills` needs an index; it writes its two runs to a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import signal
import string
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from rag.evaluation import Question, run_evaluation
from rag.evaluation.comparison import Run, load_run
from rag.evaluation.gating import gate
from rag.evaluation.scoring import answer_text
from rag.records import Answer, AnswerSentence, Article, Citation, Evidence, Hit, Metadata, Passage
from rag.stores.protocol import StoredArticle

TIMED = ("elapsed_ms", "timings_ms")
Row = dict[str, Any]


class InstantEngine:
    """Answers at once with ten hits of 900 characters, so that what remains is the cost of evaluation."""

    def __init__(self) -> None:
        sentence = "The bridge at Hale was opened by Mira Tolan in 1952, and trams cross it every 12 minutes."
        self._articles = {
            name: Article(name, " ".join([sentence] * 10), Metadata(title=name), name)
            for name in (f"article-{number}" for number in range(50))
        }
        self._length = len(sentence)

    def warm(self, generator: str | None = None) -> None:
        """Nothing to load."""

    def search(self, question: str, *, k: int | None = None) -> Any:
        raise NotImplementedError

    def ask(self, question: str, *, k: int | None = None, generator: str | None = None) -> Answer:
        seed = sum(map(ord, question))
        names = [f"article-{(seed + number) % 50}" for number in range(10)]
        hits = tuple(
            Hit(rank, 1 / rank, Passage(name, 0, 899, self._articles[name].text[:899], rank), Metadata(title=name))
            for rank, name in enumerate(names, start=1)
        )
        quote = self._articles[names[0]].text[: self._length]
        evidence = Evidence(names[0], 0, self._length, quote, Metadata(), 0.5)
        return Answer(
            question, question, f"{quote} [1]", False, (AnswerSentence(quote, "supported", (1,)),),
            (Citation(1, evidence),), hits, {"total": 0.0}, "instant", "none", "f", confidence=(seed % 97) / 97,
        )  # fmt: skip

    def article(self, article_id: str) -> Article | None:
        return self._articles.get(article_id)

    def articles(self) -> Iterator[StoredArticle]:
        return (StoredArticle(article, 1) for article in self._articles.values())


def overhead(count: int) -> Row:
    """Return the cost of a run over an engine that takes no time."""
    gold = ("Mira Tolan", "1952", "every 12 minutes", "Osman Vey")
    questions = [
        Question(str(i), f"Who opened bridge {i}?", (gold[i % 4],), True, (f"article-{i % 50}",), type=str(i % 7))
        if i % 2
        else Question(str(i), f"Who sold bridge {i}?", answerable=False, type="absent")
        for i in range(count)
    ]
    with tempfile.TemporaryDirectory() as folder:
        run_evaluation(InstantEngine(), questions[:20], Path(folder, "first"))
        started, processor = time.perf_counter(), time.process_time()
        metrics = run_evaluation(InstantEngine(), questions, Path(folder, "run")).metrics
        wall, cpu = time.perf_counter() - started, time.process_time() - processor
    figures = {"wall_ms": 1000 * wall / count, "cpu_ms": 1000 * cpu / count, **metrics["run"]}
    return {"questions": count, **{name: round(value, 3) for name, value in figures.items()}}


def reference(run: Path) -> Row:
    """Return for each figure the largest difference between a run and other code, over its questions."""
    questions = {row["id"]: row for row in _rows(run / "questions.jsonl")}
    answers = {row["id"]: row for row in _rows(run / "answers.jsonl")}
    scores = {row["id"]: row["scores"] for row in _rows(run / "scores.jsonl")}
    differences: dict[str, float] = {}
    for name, expected in (*_by_trec_eval(run), *_by_squad(questions, answers), *_by_rouge(questions, answers)):
        measure, question = name
        found = scores[question][measure]
        differences[measure] = max(differences.get(measure, 0.0), abs(found - expected))
    metrics = json.loads((run / "metrics.json").read_text())
    for measure in list(differences):
        section, _, short = measure.partition(".")
        mean = fmean(score[measure] for score in scores.values() if measure in score)
        differences[f"mean of {measure}"] = abs(mean - metrics[section][short])
    return {"questions": len(questions), "largest_difference": max(differences.values()), **differences}


def _by_trec_eval(run: Path) -> Iterator[tuple[tuple[str, str], float]]:
    import pytrec_eval

    with (run / "qrels.trec").open() as qrels, (run / "run.trec").open() as ranking:
        judged, ranked = pytrec_eval.parse_qrel(qrels), pytrec_eval.parse_run(ranking)
    answerable = {row["id"] for row in _rows(run / "questions.jsonl") if row["answerable"] is not False}
    measures = {"map": "AP", "recall_5": "R@5", "success_5": "Success@5", "ndcg_cut_10": "nDCG@10"}
    found = pytrec_eval.RelevanceEvaluator(judged, {"map", "recall", "success", "ndcg_cut"}).evaluate(ranked)
    for question in judged.keys() & answerable:
        for theirs, ours in measures.items():
            yield (f"retrieval.{ours}", question), found.get(question, {}).get(theirs, 0.0)


def _by_squad(questions: dict[str, Row], answers: dict[str, Row]) -> Iterator[tuple[tuple[str, str], float]]:
    for name, question in questions.items():
        has_answer = question["answerable"] is not False
        if has_answer and not question["answers"]:
            continue
        golds = [gold for gold in question["answers"] if _squad_tokens(gold)] if has_answer else []
        said = answer_text(answers[name])
        if not has_answer:
            said = "" if answers[name]["state"] == "abstained" else said or "an error"
        yield ("answers.squad2_EM", name), max(float(_squad_tokens(g) == _squad_tokens(said)) for g in golds or [""])
        yield ("answers.squad2_F1", name), max(_squad_f1(_squad_tokens(g), _squad_tokens(said)) for g in golds or [""])


def _squad_tokens(text: str) -> list[str]:
    kept = "".join(character for character in text.lower() if character not in set(string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", kept).split()


def _squad_f1(gold: list[str], said: list[str]) -> float:
    if not gold or not said:
        return float(gold == said)
    common = sum((Counter(gold) & Counter(said)).values())
    precision, recall = common / len(said), common / len(gold)
    return 2 * precision * recall / (precision + recall) if common else 0.0


def _by_rouge(questions: dict[str, Row], answers: dict[str, Row]) -> Iterator[tuple[tuple[str, str], float]]:
    try:
        from rouge_score.rouge_scorer import RougeScorer
    except ImportError:
        print("rouge-score is not installed: ROUGE-L is not recomputed", file=sys.stderr)
        return
    scorer = RougeScorer(["rougeL"])
    for name, question in questions.items():
        if question["answers"] and question["answerable"] is not False:
            said = answer_text(answers[name])
            values = [scorer.score(gold, said)["rougeL"].fmeasure for gold in question["answers"]]
            yield ("answers.ROUGE-L", name), max(values)


def gates(path: Path, resamplings: int = 100) -> Row:
    """Return how often the gate fails a seeded three-point loss, and how often it passes noise without a loss."""
    run = load_run(path)
    rng = np.random.default_rng(3)
    ids = list(run.scores)
    caught = passed = 0
    for _ in range(resamplings):
        drawn = rng.choice(ids, 1000)
        base = {str(i): run.scores[name] for i, name in enumerate(drawn)}
        caught += not gate(_run(run, _spoilt(base, 0.03, rng)), _run(run, base)).passed
        passed += gate(_run(run, _noisy(base, 0.05, rng)), _run(run, _noisy(base, 0.05, rng))).passed
    return {"questions": 1000, "losses_caught": caught, "noise_passed": passed, "of": resamplings}


def _run(run: Run, scores: dict[str, Any]) -> Run:
    return replace(run, scores=scores)


def _spoilt(base: dict[str, Any], share: float, rng: np.random.Generator) -> dict[str, Any]:
    """Make right answers wrong, as many as that share of all questions."""
    right = [name for name, scores in base.items() if scores.get("overall.right") == 1.0]
    chosen = set(rng.choice(right, min(len(right), round(share * len(base))), replace=False))
    return {name: _zeroed(scores) if name in chosen else scores for name, scores in base.items()}


def _noisy(base: dict[str, Any], share: float, rng: np.random.Generator) -> dict[str, Any]:
    """Turn a share of the questions round, right to wrong and wrong to right, as a sampling generator would."""
    turned = rng.random(len(base)) < share
    return {
        name: {measure: 1.0 - value if 0 <= value <= 1 else value for measure, value in scores.items()}
        if turn
        else scores
        for (name, scores), turn in zip(base.items(), turned, strict=True)
    }


def _zeroed(scores: dict[str, float]) -> dict[str, float]:
    due = ("overall.right", "answers.contains", "answers.F1", "abstention.correct_refusal")
    return {name: 0.0 if name in due else value for name, value in scores.items()}


def kills(questions: Path, index: str, times: int, limit: int) -> Row:
    """Return whether a run that was killed at random moments ends like one that was not."""
    with tempfile.TemporaryDirectory() as folder:
        whole, killed = Path(folder, "whole"), Path(folder, "killed")
        started = time.perf_counter()
        if _start(questions, index, limit, whole).wait() == 2:
            raise SystemExit("the run cannot be made; see the line above")
        seconds = time.perf_counter() - started
        rng, count = random.Random(5), sum(1 for _ in _rows(whole / "answers.jsonl"))
        for moment in sorted(rng.sample(range(1, count), times)):
            process = _start(questions, index, limit, killed)
            while _lines(killed / "answers.jsonl") < moment and process.poll() is None:
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
            process.wait()
        _start(questions, index, limit, killed).wait()
        same = _untimed(whole) == _untimed(killed)
        report = _untimed_report(whole) == _untimed_report(killed)
    return {"questions": count, "kills": times, "seconds": round(seconds, 1), "same": same, "same_report": report}


def _start(questions: Path, index: str, limit: int, out: Path) -> subprocess.Popen[bytes]:
    words = ["evaluate", str(questions), "--index", index, "--out", str(out), "--limit", str(limit), "--resume"]
    return subprocess.Popen(
        [sys.executable, "-m", "rag", *words, "--generator", "extractive"], stdout=subprocess.DEVNULL
    )


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _untimed(run: Path) -> tuple[list[Row], Row]:
    rows = [{name: value for name, value in row.items() if name not in TIMED} for row in _rows(run / "answers.jsonl")]
    metrics = json.loads((run / "metrics.json").read_text())
    for tree in (metrics, *metrics["by_type"].values()):
        for part in (tree, tree["intervals_95"], tree["counts"]):
            part.pop("latency_ms", None)
    metrics.pop("run")
    return rows, metrics


def _untimed_report(run: Path) -> list[str]:
    """Return the lines of the report that hold no time."""
    text = (run / "report.html").read_text(encoding="utf-8")
    text = re.sub(r'<svg[^>]*aria-label="Latency".*?</svg>', "", text, flags=re.DOTALL)
    return [line for line in text.splitlines() if not re.search(r"\d ms|begun|<td>path", line)]


def _rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one measurement and print it as a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(dest="part", required=True)
    parts.add_parser("overhead").add_argument("--questions", type=int, default=3039)
    for name in ("reference", "gate"):
        parts.add_parser(name).add_argument("run", type=Path)
    killing = parts.add_parser("kills")
    killing.add_argument("questions", type=Path)
    killing.add_argument("--index", default="embeddings")
    killing.add_argument("--times", type=int, default=5)
    killing.add_argument("--limit", type=int, default=1_000_000)
    chosen = parser.parse_args(arguments)
    if chosen.part == "overhead":
        print(json.dumps(overhead(chosen.questions)))
    elif chosen.part == "kills":
        print(json.dumps(kills(chosen.questions, chosen.index, chosen.times, chosen.limit)))
    else:
        print(json.dumps((reference if chosen.part == "reference" else gates)(chosen.run)))


if __name__ == "__main__":
    main()
