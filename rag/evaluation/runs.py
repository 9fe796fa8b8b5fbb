"""A batch run: question set + engine → one self-contained folder of answers, figures and a report.

Asking and measuring are apart: answers go to `answers.jsonl` as they come, and everything else is made from that file
and the question set once all are there, so a run that was killed and resumed ends in the same report as one that was
not (timings aside). Memory holds the question set and some numbers a question, never the answers.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from rag import __version__
from rag.errors import InputError
from rag.evaluation.asking import Asker, Asking, EvaluatedEngine, Row
from rag.evaluation.folder import FORMAT, RunFolder, identity_of, json_line
from rag.evaluation.measuring import measure_run
from rag.evaluation.progress import ProgressMeter, Report
from rag.evaluation.question_sets import Question, read_questions
from rag.generators.protocol import Generator

# Gives the row of each question, in order, as `Asker` would.
Answering = Callable[[Sequence[Question], Asking], Iterator[Row]]

_WARMING_QUESTION = "Who is in the news?"


@dataclass(frozen=True, slots=True)
class RunResult:
    """A finished run: its folder, what `metrics.json` holds, and the (question id, cause) of each that failed."""

    path: Path
    metrics: dict[str, Any]
    errors: tuple[tuple[str, str], ...] = field(default=())


def run_evaluation(
    engine: EvaluatedEngine,
    questions: Path | str | Sequence[Question],
    out_dir: Path | str,
    *,
    limit: int | None = None,
    answers: bool = True,
    resume: bool = False,
    k: int | None = None,
    generator: str | None = None,
    evidence_key: str = "evidence",
    settings: Mapping[str, object] | None = None,
    workers: int = 1,
    answering: Answering | None = None,
    judge: Generator | None = None,
    progress: Report | None = None,
) -> RunResult:
    """Ask every question, measure, and write the folder; `settings` is recorded and must be the same to resume.

    `workers` above 1 asks in threads, which helps where the generator is a distant endpoint; `answering` asks
    elsewhere, and the engine is then only measured against; `judge` is a model that
    gives a second opinion (see `judging`). Raises InputError for a question set or folder that cannot be used; a
    question that fails is a row and an entry of `errors`.
    """
    if isinstance(questions, Path | str):
        asked = read_questions(Path(questions), limit=limit, evidence_key=evidence_key)
    else:
        asked = list(questions)[:limit]
    if not asked:
        raise InputError("no question to ask: the set is empty")
    asking = Asking(answers=answers, k=k, generator=generator)
    source = str(questions) if isinstance(questions, Path | str) else "given from Python"
    described = _description(engine, asked, asking, source, settings or {})
    with RunFolder(Path(out_dir)) as folder:
        done = folder.begin(described, asked, resume=resume)
        meter = ProgressMeter(len(asked), done, progress)
        fingerprint = next(filter(None, (row.get("index_fingerprint") for row in folder.rows())), None)
        if answering is None and done < len(asked):
            _warm(engine, asking)
        answered = answering or partial(_rows, engine, workers)
        for row in answered(asked[done:], asking):
            fingerprint = _same_index(folder.path, fingerprint, row)
            folder.append(row)
            meter.advance(failed=row["state"] == "error")
        metrics, errors = measure_run(folder, asked, engine, answers=answers, judge=judge)
    return RunResult(folder.path, metrics, errors)


def _warm(engine: EvaluatedEngine, asking: Asking) -> None:
    """Load what the questions need, so that the first does not seem slow and a broken index is known before any."""
    if asking.answers:
        engine.warm(asking.generator)
    else:
        engine.search(_WARMING_QUESTION, k=asking.k)


def _description(
    engine: EvaluatedEngine, questions: Sequence[Question], asking: Asking, source: str, settings: Mapping[str, object]
) -> dict[str, object]:
    """Return `settings.json`; `identity` covers all that must stay the same for a run to be continued."""
    lines = "".join(json_line(question.row()) for question in questions)
    described: dict[str, object] = {
        "format": FORMAT,
        "questions": {"count": len(questions), "sha256": hashlib.sha256(lines.encode()).hexdigest()},
        "asking": {"answers": asking.answers, "k": asking.k, "generator": asking.generator},
        "index": _index_state(engine),
        "settings": dict(settings),
    }
    described["identity"] = identity_of(described)
    described["path"] = source
    described["version"] = __version__
    described["begun"] = datetime.now(UTC).isoformat(timespec="seconds")
    described["warnings"] = _warnings(engine, questions)
    return described


def _index_state(engine: EvaluatedEngine) -> dict[str, object]:
    digest, count = hashlib.sha256(), 0
    for stored in engine.articles():
        digest.update(f"{stored.article.article_id}\x1f{stored.article.content_hash}\n".encode())
        count += 1
    return {"articles": count, "sha256": digest.hexdigest()}


def _warnings(engine: EvaluatedEngine, questions: Sequence[Question]) -> list[str]:
    gold = dict.fromkeys(article for question in questions for article in question.evidence)
    missing = [article for article in gold if engine.article(article) is None]
    if not missing:
        return []
    return [
        f"{len(missing)} of {len(gold)} gold articles are not in the index, so they cannot be found: "
        f"{', '.join(missing[:5])}{' …' if len(missing) > 5 else ''}"
    ]


def _same_index(path: Path, fingerprint: str | None, row: Row) -> str | None:
    """Return the fingerprint of the index that the run asks; raises when the row was answered from another."""
    found = row.get("index_fingerprint")
    if found and fingerprint and found != fingerprint:
        raise InputError(
            f"{path}: the index changed during the run (from {fingerprint} to {found}); run again into a new folder"
        )
    return fingerprint or found


def _rows(engine: EvaluatedEngine, workers: int, questions: Sequence[Question], asking: Asking) -> Iterator[Row]:
    """Yield a row for each question in order; with threads, at most twice their number are under way."""
    asker = Asker(engine, asking)
    if workers <= 1:
        yield from map(asker.row, questions)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[Row]] = deque()
        try:
            for question in questions:
                if len(waiting) >= 2 * workers:
                    yield waiting.popleft().result()
                waiting.append(pool.submit(asker.row, question))
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
