"""`rag evaluate`, `rag compare`, `rag gate` and `rag questions`: batch evaluation from a terminal.

Results go to stdout, progress and every failed question to stderr. Exit 0 done, 1 some questions failed or the gate is
shut, 2 unusable input.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.cli.options import (
    cluster,
    engine,
    generator_option,
    index_option,
    json_option,
    k_option,
    on_option,
    settings_of,
)
from rag.cli.output import echo_json, echo_note, echo_table

if TYPE_CHECKING:
    from rag.cluster import Cluster
    from rag.evaluation.progress import Progress, Report
    from rag.evaluation.runs import Answering, RunResult
    from rag.generators.protocol import Generator

_RUN = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_unused_index_option = click.option("--index", expose_value=False, hidden=True)
_SHOWN = (
    "overall.right",
    "overall.error",
    "retrieval.R@5",
    "retrieval.Success@5",
    "retrieval.nDCG@10",
    "answers.contains",
    "answers.EM",
    "answers.F1",
    "answers.ROUGE-L",
    "citations.valid",
    "citations.support",
    "citations.precision",
    "citations.recall",
    "abstention.correct_refusal",
    "abstention.wrong_refusal",
    "abstention.AUROC",
    "judge.right",
    "judge.agreement",
    "judge.kappa",
    "latency_ms.p50",
    "latency_ms.p95",
)


@click.command(short_help="Answer a question set and measure the answers.")
@click.argument("questions", type=_FILE)
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Folder of the run.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N questions.")
@click.option("--no-answers", is_flag=True, help="Only search; measure retrieval and latency.")
@click.option("--resume", is_flag=True, help="Continue the run in DIR, or measure it again.")
@click.option("--evidence-key", default="evidence", metavar="KEY", help="Column of gold article ids.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Questions asked at a time.  [default: 1; with --on as many as there are cores]",
)
@click.option("--judge", metavar="NAME", help="local or openai: a language model as a second opinion.")
@click.option(
    "--ragas", type=click.Path(path_type=Path), metavar="FILE", help="Also write the rows as RAGAS reads them."
)
@on_option
@k_option
@generator_option
@index_option
@json_option
def evaluate(
    questions: Path,
    out: Path,
    limit: int | None,
    no_answers: bool,
    resume: bool,
    evidence_key: str,
    workers: int | None,
    judge: str | None,
    ragas: Path | None,
    on: str | None,
    k: int | None,
    generator: str | None,
    index: str | None,
    as_json: bool,
) -> None:
    """Answer every question of QUESTIONS (.jsonl, .csv or .txt) and write answers, figures and a report to DIR."""
    from rag.evaluation.exports import write_ragas
    from rag.evaluation.runs import run_evaluation

    flags: dict[str, Any] = {"k": k, "generator": generator, "index": index}
    with engine(**flags) as opened, cluster(on, **flags) as joined, progress_bar() as report:
        result = run_evaluation(
            opened,
            questions,
            out,
            limit=limit,
            answers=not no_answers,
            resume=resume,
            k=k,
            generator=generator,
            evidence_key=evidence_key,
            settings=recorded_settings(**flags),
            workers=workers or 1,
            answering=_answering(joined, workers),
            judge=_generator(judge, index),
            progress=report,
        )
    if ragas is not None:
        write_ragas(result.path, ragas)
    if as_json:
        echo_json(result.metrics)
    else:
        _echo_result(result)
    for name, cause in result.errors:
        echo_note(f"{questions}: question {name}: {cause}")
    if result.errors:
        raise SystemExit(1)


@click.command(short_help="Compare finished runs, question by question.")
@click.argument("runs", nargs=-1, required=True, type=_RUN)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Also write the comparison as a page.")
@_unused_index_option
@json_option
def compare(runs: tuple[Path, ...], out: Path | None, as_json: bool) -> None:
    """Compare each further RUN with the first: differences, intervals, and p-values adjusted for their number."""
    from rag.evaluation.compare_report import change_row, compare_page, comparison_json
    from rag.evaluation.comparison import compare_runs, load_run
    from rag.evaluation.folder import write_whole

    comparisons = compare_runs([load_run(run) for run in runs])
    if out is not None:
        write_whole(out, compare_page(comparisons))
    if as_json:
        echo_json({"comparisons": [comparison_json(one) for one in comparisons]})
        return
    for one in comparisons:
        click.echo(f"{one.other.name} against {one.base.name}: {one.common} questions in common")
        columns = ("measure", "base", "run", "difference", "95% interval", "p", "p adjusted", "n", "")
        echo_table(columns, [tuple(change_row(change).values()) for change in one.changes])


@click.command(short_help="Fail when a run lost significantly against another.")
@click.argument("run", type=_RUN)
@click.option("--against", required=True, type=_RUN, metavar="RUN", help="The run to hold.")
@click.option("--margin", default=0.01, show_default=True, type=click.FloatRange(0, 1), help="A loss that is no loss.")
@click.option("--measure", "measures", multiple=True, metavar="NAME", help="Gate only this, as answers.F1; repeatable.")
@click.option("--strict", is_flag=True, help="Fail also when there are too few questions to rule a loss out.")
@_unused_index_option
@json_option
def gate(run: Path, against: Path, margin: float, measures: tuple[str, ...], strict: bool, as_json: bool) -> None:
    """Exit 1 when RUN lost significantly, and by more than the margin, against another run of the same questions."""
    from rag.evaluation.comparison import PRIMARY, load_run
    from rag.evaluation.gating import gate as decide
    from rag.evaluation.gating import gate_json, gate_rows

    result = decide(load_run(run), load_run(against), margin=margin, measures=measures or PRIMARY, strict=strict)
    if as_json:
        echo_json(gate_json(result))
    else:
        echo_table(("measure", "gain", "95% interval", "p of loss", "outcome"), gate_rows(result))
        click.echo("passed" if result.passed else "failed")
    if not result.passed:
        raise SystemExit(1)


@click.command(short_help="Draft a question set from the indexed articles.")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="FILE", help="The .jsonl to write.")
@click.option("-n", "count", default=50, show_default=True, type=click.IntRange(min=1), help="Questions to draft.")
@generator_option
@index_option
@json_option
def questions(out: Path, count: int, generator: str | None, index: str | None, as_json: bool) -> None:
    """Draft questions from sentences of the articles, with answers and spans, for a person to check."""
    from rag.evaluation.drafting import draft_questions, write_drafts

    writer = _generator(generator, index)
    with engine(generator=generator, index=index) as opened:
        drafts = draft_questions((stored.article for stored in opened.articles()), count, generator=writer)
    write_drafts(out, drafts)
    if as_json:
        echo_json({"path": str(out), "questions": len(drafts)})
    else:
        click.echo(f"{len(drafts)} questions drafted to {out}, unchecked: read them before you trust their figures")


def recorded_settings(**flags: object) -> dict[str, Any]:
    """Return the settings that decide what is answered, as a run records them: no secret, no address, no login."""
    recorded = ("encoder", "k", "generator", "model", "openai_model", "abstain_threshold", "max_sentences")
    settings = settings_of(**flags).model_dump(mode="json")
    return {name: settings[name] for name in recorded}


@contextmanager
def progress_bar() -> Iterator[Report]:
    """Show progress with the time left on stderr; yield what takes the reports."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    left = (TimeRemainingColumn(), TextColumn("{task.description}"))
    columns = (TextColumn("questions"), BarColumn(), MofNCompleteColumn(), *left)
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def report(progress: Progress) -> None:
            failed = f"{progress.errors} failed" if progress.errors else ""
            bar.update(task, completed=progress.done, total=progress.total, description=failed)

        yield report


def _answering(joined: Cluster | None, at_a_time: int | None) -> Answering | None:
    if joined is None:
        return None
    from rag.cluster import ClusterAsker

    return ClusterAsker(joined, at_a_time).rows


def _generator(name: str | None, index: str | None) -> Generator | None:
    from rag.models import generator_of

    return None if name is None else generator_of(name, settings_of(index=index))


def _echo_result(result: RunResult) -> None:
    from rag.evaluation.report import shown_figure

    figures = [figure for name in _SHOWN if (figure := shown_figure(result.metrics, name)) is not None]
    rows = [(figure.name, figure.shown, figure.interval, figure.n, figure.meaning) for figure in figures]
    echo_table(("measure", "value", "95% interval", "n", "meaning"), rows)
    click.echo(f"report: {result.path / 'report.html'}")
