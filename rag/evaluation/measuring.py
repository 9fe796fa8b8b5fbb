"""A complete `answers.jsonl` → the figures and every file made from them, in one pass over the rows.

Needs no model, only the stored texts, against which citations are checked. Measuring the same answers again gives the
same files, but for the seconds and the memory of the run.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from rag.evaluation.asking import EvaluatedEngine
from rag.evaluation.folder import (
    METRICS,
    REPORT,
    SCORES,
    SETTINGS,
    RunFolder,
    json_line,
    read_json,
    write_json,
    write_whole,
    writing_whole,
)
from rag.evaluation.judging import judge_run
from rag.evaluation.metrics import measure_names, metrics_of
from rag.evaluation.question_sets import Question
from rag.evaluation.report import report_page
from rag.evaluation.retrieval_measures import RankedPassage, RetrievalJudge, article_ranking
from rag.evaluation.scoring import ArticleText, Scored, Scorer, answer_text
from rag.evaluation.support import supports
from rag.evaluation.tables import csv_text, qrels_lines, run_lines
from rag.generators.protocol import Generator

RUN_TAG = "footnote"
Failures = tuple[tuple[str, str], ...]


def measure_run(
    folder: RunFolder,
    questions: Sequence[Question],
    engine: EvaluatedEngine,
    *,
    answers: bool,
    judge: Generator | None = None,
) -> tuple[dict[str, Any], Failures]:
    """Write every file of the folder but the answers; return what `metrics.json` holds, and what failed."""
    article_text = _texts(engine)
    judgements = judge_run(judge, questions, folder.rows(), folder.path) if judge is not None and answers else {}
    scorer = Scorer(article_text, supports, answers=answers, judgements=judgements)
    scored, failures = _scored(folder, questions, scorer)
    metrics = metrics_of(scored) | {"run": _run_figures(scored)}
    write_json(folder.path / METRICS, metrics)
    with writing_whole(folder.path / SCORES) as file:
        file.writelines(json_line(_score_row(one)) for one in scored)
    _write_table(folder, questions, scored)
    settings = read_json(folder.path / SETTINGS)
    report = report_page(settings, metrics, questions, scored, folder.rows(), article_text)
    write_whole(folder.path / REPORT, report)
    return metrics, failures


def _scored(folder: RunFolder, questions: Sequence[Question], scorer: Scorer) -> tuple[list[Scored], Failures]:
    """Score every row, and write the rankings as they pass."""
    judge, scored, failures = RetrievalJudge(), list[Scored](), list[tuple[str, str]]()
    with writing_whole(folder.path / "run.trec") as run, writing_whole(folder.path / "qrels.trec") as qrels:
        for question, row in zip(questions, folder.rows(), strict=True):
            hits = [RankedPassage(hit["article_id"], hit["start"], hit["end"]) for hit in row["hits"]]
            further = row.get("further", ())
            ranking = article_ranking(hits, further, ignored=question.weak_only)
            judge.add(question, hits, further)
            run.write(run_lines(question.question_id, ranking, RUN_TAG))
            qrels.write(qrels_lines(question))
            scored.append(scorer.score(question, row))
            if row["state"] == "error":
                failures.append((question.question_id, row["error"]))
    retrieval = judge.scores()
    for one in scored:
        one.scores.update({f"retrieval.{name}": value for name, value in retrieval.get(one.question_id, {}).items()})
    return scored, tuple(failures)


def _texts(engine: EvaluatedEngine) -> ArticleText:
    @lru_cache(maxsize=512)
    def text(article_id: str) -> str | None:
        article = engine.article(article_id)
        return None if article is None else article.text

    return text


def _score_row(scored: Scored) -> dict[str, object]:
    return {
        "id": scored.question_id,
        "type": scored.type,
        "state": scored.state,
        "answerable": scored.answerable,
        "confidence": scored.confidence,
        "elapsed_ms": scored.elapsed_ms,
        "scores": {name: round(value, 6) for name, value in scored.scores.items()},
    }


def _write_table(folder: RunFolder, questions: Sequence[Question], scored: Sequence[Scored]) -> None:
    """Write `questions.csv`: a row for each question with its answer and every score, for a spreadsheet."""
    names = measure_names(scored)
    header = ["id", "type", "question", "gold", "answerable", "state", "answer", "confidence", "elapsed_ms", *names]
    rows: list[Sequence[object]] = [header]
    for question, one, row in zip(questions, scored, folder.rows(), strict=True):
        gold = " | ".join(question.answers)
        asked = (one.question_id, one.type, question.question, gold, one.answerable)
        told = (one.state, answer_text(row), one.confidence, one.elapsed_ms)
        rows.append((*asked, *told, *(one.scores.get(name) for name in names)))
    write_whole(folder.path / "questions.csv", csv_text(rows))


def _run_figures(scored: Sequence[Scored]) -> dict[str, float]:
    """Return the speed of asking over all sessions of the run, and the most memory that this one held."""
    seconds = sum(one.elapsed_ms for one in scored) / 1000
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    figures = {"asking_s": round(seconds, 3), "peak_memory_mb": round(peak / 1e6, 1)}
    return figures | ({"questions_per_s": round(len(scored) / seconds, 3)} if seconds else {})
