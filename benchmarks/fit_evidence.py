"""Fit the models of `rag/evidence/coefficients.json` on question sets, and print how well they do on held-out folds.

    python benchmarks/fit_evidence.py --data DIR [--work DIR] [--write]

DIR holds `squad2`, `clapnq` and `realtimeqa_2022` in the form of their READMEs: a corpus and questions with answers,
evidence and answerability. Each corpus is indexed and searched as the product does it. A sentence is a positive when it
holds a gold answer (squad2, realtimeqa) or is a gold sentence (clapnq). Besides the questions that are unanswerable in
the data, every answerable one is asked again with its gold evidence taken away, so that the models also learn what "on
the topic, but not the answer" looks like. Weights are bounded to the sign their feature's meaning gives them. Figures
are from five folds by question; the coefficients written are fitted on all. The threshold is the highest hundredth at
which, over these folds, no set has more than WRONGLY_REFUSED of its answerable questions refused.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from sklearn.metrics import roc_auc_score

from rag.evidence.candidates import Candidate, candidates
from rag.evidence.contrasts import contrasts
from rag.evidence.features import FEATURES
from rag.evidence.selection import SUMMARY, measured, summary
from rag.indexing import index_paths
from rag.models import Models, chunking_of
from rag.questions import analyse
from rag.records import Hit
from rag.retrieval import retrieve
from rag.settings import load_settings
from rag.stores import manifest_of, open_store

SETS = {
    "squad2": ("corpus_paragraphs.jsonl", 1200),
    "clapnq": ("corpus.jsonl", 300),
    "realtimeqa_2022": ("corpus.jsonl", 300),
}
SHARE = {"squad2": 3.0, "clapnq": 1.0, "realtimeqa_2022": 1.5}  # of the whole, whatever a set's size
FALLING = ("missing", "absent", "negation_unmatched", "opposite")
FREE = ("log_words", "new_information", "question_words")
# squad2 counts for more where near misses are told from answers: it was made of them.
SHARE_OF_ANSWERS = SHARE | {"squad2": 5.0}
# What tells good from bad within one search says little between searches, cosines least of all on a small corpus about
# one event; of the rest, what is not here adds nothing on held-out folds.
ANSWERABLE = (
    "log_odds",
    "best_coverage_article",
    "best_names_context",
    "best_names_article",
    "best_numbers_context",
    "token_all",
    "token_names_least",
    "token_new",
    "negation_unmatched",
    "opposite",
    "question_words",
)
COST = 1.0
WRONGLY_REFUSED = 0.08
TARGET = Path(__file__).parents[1] / "rag" / "evidence" / "coefficients.json"


@dataclass
class Asked:
    """A question with its candidates' features, their labels, and whether the corpus answers it.

    `contrast` measures the question against its candidate i, each once.
    """

    set: str
    contrast: Callable[[int], np.ndarray]
    rows: np.ndarray
    labels: np.ndarray
    answerable: bool
    fold: int
    made: bool = False


@dataclass
class Fitted:
    """A logistic regression whose weights keep the sign their name gives them."""

    names: Sequence[str]
    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    bias: float

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-(((rows - self.mean) / self.scale) @ self.weights + self.bias)))

    def as_json(self) -> dict[str, Any]:
        columns = zip(self.names, self.mean, self.scale, self.weights, strict=True)
        return {
            "bias": round(float(self.bias), 5),
            "columns": {
                n: {"mean": round(float(m), 5), "scale": round(float(s), 5), "weight": round(float(w), 5)}
                for n, m, s, w in columns
            },
        }


def fit(rows: np.ndarray, labels: np.ndarray, shares: np.ndarray, names: Sequence[str]) -> Fitted:
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    standard, share = (rows - mean) / scale, shares / shares.mean()
    penalty = 1 / (COST * len(labels))

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        bias, weights = parameters[0], parameters[1:]
        p = 1 / (1 + np.exp(-(standard @ weights + bias)))
        value = -(share * (labels * np.log(p + 1e-12) + (1 - labels) * np.log(1 - p + 1e-12))).mean()
        slope = share * (p - labels)
        gradient = np.r_[slope.mean(), standard.T @ slope / len(labels) + penalty * weights]
        return value + penalty / 2 * (weights**2).sum(), gradient

    bounds = [(None, None), *(_bound(name) for name in names)]
    found = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    return Fitted(names, mean, scale, found[1:], float(found[0]))


def _bound(name: str) -> tuple[float | None, float | None]:
    if any(free in name for free in FREE):
        return None, None
    return (None, 0.0) if any(falling in name for falling in FALLING) else (0.0, None)


def normalised(text: str) -> str:
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", re.sub(r"[^\w\s]", " ", text.lower())).split())


def is_positive(name: str, question: dict[str, Any], candidate: Candidate) -> bool:
    article, text = candidate.hit.passage.article_id, f" {normalised(candidate.text)} "
    if article not in gold_articles(question):
        return False
    if name == "clapnq":
        gold = [set(normalised(g).split()) for group in question["selected_sentences"] for g in group]
        return any(g and len(g & set(text.split())) / len(g) > 0.7 for g in gold)
    return any(f" {normalised(a)} " in text for a in question["answers"] if normalised(a))


def gold_articles(question: dict[str, Any]) -> set[str]:
    return set(question.get("evidence_paragraphs", question["evidence"])) | set(question.get("evidence_weak", ()))


def measure(name: str, data: Path, work: Path, models: Models) -> list[Asked]:
    corpus, most = SETS[name]
    settings = load_settings({"index": str(work / name)}).settings
    chunking = chunking_of(settings)
    store = open_store(settings.index, manifest=manifest_of(models.encoder, chunking.fingerprint), create=True)
    print(name, index_paths([str(data / name / corpus)], store, models.encoder, chunking).as_json(), flush=True)
    with (data / name / "questions.dev.jsonl").open() as lines:
        questions = [json.loads(line) for line in lines]
    random.Random(7).shuffle(questions)
    asked: list[Asked] = []
    for i, question in enumerate(questions[:most]):
        hits, *_ = retrieve(question["question"], store, models.encoder, k=settings.k)
        asked += _rows_of(name, question, hits, models, i % 5)
        if name != "clapnq" and question["answerable"]:
            asked += _without_gold(name, question, hits, models, i % 5)
    store.close()
    return asked


def _rows_of(
    name: str, question: dict[str, Any], hits: Sequence[Hit], models: Models, fold: int, *, made: bool = False
) -> list[Asked]:
    text = question["question"]
    vector = models.encoder.encode([text], role="query")[0]
    found, rows = measured(analyse(text), candidates(hits), vector, models.texts, models.words)
    labels = np.array([not made and question["answerable"] and is_positive(name, question, c) for c in found], float)
    asked = analyse(text)

    @cache
    def contrast(i: int) -> np.ndarray:
        return contrasts(asked, found[i].text, models.tokens)

    return [Asked(name, contrast, rows, labels, question["answerable"] and not made, fold, made)] if found else []


def _without_gold(name: str, question: dict[str, Any], hits: Sequence[Hit], models: Models, fold: int) -> list[Asked]:
    answers = [normalised(a) for a in question["answers"] if normalised(a)]
    left = [
        hit
        for hit in hits
        if hit.passage.article_id not in gold_articles(question)
        and not any(a in normalised(hit.passage.text) for a in answers)
    ]
    return _rows_of(name, question, left, models, fold, made=True) if len(left) >= 2 else []


def both(asked: list[Asked]) -> tuple[Fitted, Fitted]:
    """Fit the model of sentences on the questions as given, that of answerability on those without gold as well."""
    real = [a for a in asked if not a.made]
    size = {name: sum(a.set == name for a in real) for name in SETS}
    of_sentences = fit(
        np.vstack([a.rows for a in real]),
        np.concatenate([a.labels for a in real]),
        np.concatenate([np.full(len(a.labels), SHARE[a.set] / size[a.set]) for a in real]),
        FEATURES,
    )
    columns = [SUMMARY.index(n) for n in ANSWERABLE]
    rows = np.array([told(a, of_sentences) for a in asked])[:, columns]
    labels = np.array([a.answerable for a in asked], float)
    shares = np.array([SHARE_OF_ANSWERS[a.set] / size[a.set] for a in asked])
    return of_sentences, fit(rows, labels, shares, ANSWERABLE)


def told(asked: Asked, of_sentences: Fitted) -> np.ndarray:
    scores = of_sentences(asked.rows)
    best_first = np.argsort(-scores, kind="stable")
    return summary(asked.rows[best_first], scores[best_first], asked.contrast(int(best_first[0])))


def cross_validated(asked: list[Asked]) -> list[tuple[Asked, np.ndarray, float]]:
    """Return each question with its sentence scores and its confidence, from models fitted without its fold."""
    results: list[tuple[Asked, np.ndarray, float]] = []
    for fold in range(5):
        of_sentences, of_answers = both([a for a in asked if a.fold != fold])
        columns = [SUMMARY.index(n) for n in of_answers.names]
        for a in asked:
            if a.fold == fold:
                confidence = of_answers(told(a, of_sentences)[columns][None, :])[0]
                results.append((a, of_sentences(a.rows), float(confidence)))
    return results


def chosen_threshold(results: list[tuple[Asked, np.ndarray, float]]) -> float:
    """Return the highest hundredth at which no set has more than WRONGLY_REFUSED answerable questions refused."""
    sure = {name: [c for a, _, c in results if a.set == name and a.answerable] for name in SETS}
    below = [
        t / 100 for t in range(1, 100) if all(np.mean(np.array(c) < t / 100) <= WRONGLY_REFUSED for c in sure.values())
    ]
    return max(below, default=0.0)


def report(results: list[tuple[Asked, np.ndarray, float]], threshold: float) -> None:
    for name in SETS:
        real = [r for r in results if r[0].set == name and not r[0].made]
        found = [(a, s) for a, s, _ in real if a.labels.any()]
        first = [np.mean([a.labels[np.argsort(-s)[:n]].any() for a, s in found]) for n in (1, 2, 3)]
        truth, sure = np.array([a.answerable for a, _, _ in real]), np.array([c for _, _, c in real])
        gone = [c for a, _, c in results if a.set == name and a.made]
        line = f"{name:16} gold in the first 1, 2, 3: {first[0]:.3f} {first[1]:.3f} {first[2]:.3f}"
        line += f"  AUROC {roc_auc_score(truth, sure):.3f}"
        line += f"  wrong refusals {np.mean(sure[truth] < threshold):.3f}"
        line += f"  right refusals {np.mean(sure[~truth] < threshold):.3f}"
        if gone:
            of_made = roc_auc_score([1] * int(truth.sum()) + [0] * len(gone), [*sure[truth], *gone])
            line += f"  AUROC against gold taken away {of_made:.3f}"
        print(line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("runs/fit_evidence"), help="where indexes are kept")
    parser.add_argument("--write", action="store_true", help="write the coefficients into the package")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    models = Models(load_settings().settings)
    asked = [a for name in SETS for a in measure(name, options.data, options.work, models)]
    results = cross_validated(asked)
    threshold = chosen_threshold(results)
    print(f"threshold {threshold}")
    report(results, threshold)
    of_sentences, of_answers = both(asked)
    for fitted in (of_sentences, of_answers):
        print(
            {
                n: round(float(w), 2)
                for n, w in sorted(zip(fitted.names, fitted.weights, strict=True), key=lambda p: -abs(p[1]))
                if abs(w) > 0.005
            }
        )
    if options.write:
        provenance = {
            "data": {n: sum(a.set == n and not a.made for a in asked) for n in SETS},
            "made_unanswerable": sum(a.made for a in asked),
            "passage_tokens": load_settings().settings.chunk_tokens,
            "date": datetime.now(UTC).date().isoformat(),
            "threshold": f"highest with at most {WRONGLY_REFUSED:.0%} wrong refusals on each set, five folds",
            "command": "python benchmarks/fit_evidence.py --data DIR --write",
        }
        fields = {"provenance": provenance, "threshold": threshold}
        fields |= {"sentence": of_sentences.as_json(), "answerable": of_answers.as_json()}
        TARGET.write_text(json.dumps(fields, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
