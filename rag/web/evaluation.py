"""The page of evaluations: upload questions, run them with progress and cancel, read failures first, compare runs.

Runs lie in `runs/` inside the index folder, one folder each, in the form of `rag evaluate`; a download is that folder
as one zip. A run that was cancelled can be continued. Whoever may change articles may evaluate, as both cost the
machine its time; only one run is under way at once.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import gradio as gr

from rag.errors import InputError, RagError
from rag.evaluation.folder import METRICS, SETTINGS
from rag.evaluation.progress import Progress
from rag.locations import folder_beside
from rag.settings import Settings
from rag.web.asking import generator_of
from rag.web.door import Door
from rag.web.evaluation_view import comparison_html, outcome_html, overview_html, progress_html
from rag.web.handlers import Drawn
from rag.web.security import may_edit

_POLL_S = 0.25
_UNFIT = re.compile(r"[^\w-]+")
_DRAFTED = 20
_HEAD = """<header class="side"><h2>Evaluate</h2><p class="count">Ask a whole file of questions and measure the
answers. With only questions you get answers, citations and refusals; with gold answers or articles also how many are
right.</p></header>"""


class CancelledError(RagError):
    """A person stopped the run."""


class Evaluation:
    """The handlers of the page. `runs` are the folders of finished runs, newest first."""

    def __init__(self, door: Door, settings: Settings, generators: dict[str, str]) -> None:
        self._door, self._settings, self._generators = door, settings, generators
        self._allowed = may_edit(settings)
        self._folder = folder_beside(settings.index) / "runs"
        self._cancel = threading.Event()

    @property
    def runs(self) -> list[Path]:
        found = [path.parent for path in self._folder.glob(f"*/{METRICS}")]
        return sorted(found, key=lambda path: path.name, reverse=True)

    async def run(self, file: object, generator: object, only_search: object, limit: object) -> AsyncIterator[Drawn]:
        """Ask every question of a file; outputs are told, result, run, base, download."""
        try:
            self._refuse_unless_allowed()
            questions = _given(file)
            name = generator_of(generator, self._generators)
            folder = self._place(questions)
        except RagError as error:
            yield (outcome_html(f"Nothing was run: {error}"), *[gr.skip()] * 4)
            return
        async for drawn in self._running(folder, questions, name, not only_search, _count(limit)):
            yield drawn

    def cancel(self) -> None:
        """Stop the run under way after the question it is at."""
        self._cancel.set()

    def show(self, run: object) -> Drawn:
        """Draw a finished run; outputs are result and download."""
        try:
            folder = self._known(run)
            return overview_html(folder), _zipped(folder)
        except RagError as error:
            return outcome_html(str(error)), gr.skip()

    def compare(self, run: object, base: object) -> str:
        """Draw a run against another one."""
        try:
            return comparison_html(self._known(base), self._known(run))
        except RagError as error:
            return outcome_html(str(error))

    def draft(self) -> Drawn:
        """Draft questions from the articles; outputs are file and told."""
        from rag.evaluation.drafting import draft_questions, write_drafts

        path = Path(tempfile.mkdtemp(prefix="footnote-")) / "drafted-questions.jsonl"
        try:
            self._refuse_unless_allowed()
            drafts = draft_questions((stored.article for stored in self._door.engine.articles()), _DRAFTED)
            write_drafts(path, drafts)
        except RagError as error:
            return gr.skip(), outcome_html(f"Nothing was drafted: {error}")
        said = f"{len(drafts)} questions drafted, unchecked: download and read them before you trust their figures."
        return str(path), outcome_html(said)

    def listed(self) -> Drawn:
        """Offer the finished runs to show and to compare with."""
        names = [run.name for run in self.runs]
        return gr.Dropdown(choices=names), gr.Dropdown(choices=names)

    async def _running(
        self, folder: Path, questions: Path, generator: str, answers: bool, limit: int | None
    ) -> AsyncIterator[Drawn]:
        from rag.evaluation import run_evaluation

        latest: list[Progress] = []
        self._cancel.clear()

        def report(progress: Progress) -> None:
            latest[:] = [progress]
            if self._cancel.is_set():
                raise CancelledError(f"stopped after {progress.done:,} of {progress.total:,} questions")

        working = asyncio.ensure_future(
            asyncio.to_thread(
                run_evaluation, self._door.engine, questions, folder, generator=generator, answers=answers,
                limit=limit, resume=(folder / SETTINGS).exists(), progress=report,
            )
        )  # fmt: skip
        while not working.done():
            yield (progress_html(latest[0] if latest else None), *[gr.skip()] * 4)
            await asyncio.wait([working], timeout=_POLL_S)
        try:
            result = working.result()
        except CancelledError as stop:
            yield (outcome_html(f"{str(stop).capitalize()}. Run the same file again to go on."), *[gr.skip()] * 4)
        except RagError as error:
            yield (outcome_html(f"The run failed: {error}"), *[gr.skip()] * 4)
        else:
            names = [run.name for run in self.runs]
            said = outcome_html(f"{result.metrics['questions']:,} questions asked.", result.errors[:20])
            chosen = gr.Dropdown(choices=names, value=folder.name)
            yield (said, overview_html(folder), chosen, gr.Dropdown(choices=names), _zipped(folder))

    def _refuse_unless_allowed(self) -> None:
        if not self._allowed:
            raise InputError("evaluations can be run only on this machine or after a login; see --auth")

    def _place(self, questions: Path) -> Path:
        """Return the folder of a new run, or of a cancelled one of a file of this name."""
        stem = _UNFIT.sub("-", questions.stem).strip("-")[:60] or "questions"
        begun = sorted(self._folder.glob(f"????-??-??-??????-{stem}"), reverse=True)
        if begun and not (begun[0] / METRICS).exists() and _same_set(begun[0], questions):
            return begun[0]
        return self._folder / f"{datetime.now():%Y-%m-%d-%H%M%S}-{stem}"

    def _known(self, run: object) -> Path:
        """Return the folder of a run by its name, which must be one that is offered."""
        for folder in self.runs:
            if folder.name == run:
                return folder
        raise InputError("choose a finished run first")


def add_evaluation(evaluation: Evaluation, parts: dict[str, Any], generators: dict[str, str]) -> Callable[[Any], None]:
    """Lay the page out; return the function that wires it once everything else stands."""
    with gr.Column(elem_id="evaluation"):
        gr.HTML(_HEAD, apply_default_css=False, js_on_load=None)
        with gr.Row():
            parts["set"] = gr.File(
                label="Questions (.jsonl, .csv or .txt)", height=120, elem_id="question-set",
                file_types=[".jsonl", ".csv", ".txt"],
            )  # fmt: skip
            with gr.Column(min_width=240):
                parts["writer"] = gr.Dropdown(
                    [(words, name) for name, words in generators.items()], value="extractive", label="Answers",
                    elem_id="writer",
                )  # fmt: skip
                parts["most"] = gr.Number(label="At most so many questions (0: all)", value=0, precision=0, minimum=0)
                parts["only_search"] = gr.Checkbox(label="Only search, without answers", value=False)
        with gr.Row():
            parts["run"] = gr.Button("Run", variant="primary", elem_id="run")
            parts["cancel"] = gr.Button("Cancel", elem_id="cancel")
            parts["draft"] = gr.Button("Draft questions from the articles", elem_id="draft")
        parts["run_told"] = _canvas("run-told")
        with gr.Row():
            parts["which"] = gr.Dropdown([], label="Finished run", elem_id="which")
            parts["base"] = gr.Dropdown([], label="Compare with", elem_id="base")
            parts["download"] = gr.DownloadButton("Download the whole run", elem_id="take")
        parts["compared"] = _canvas("compared")
        parts["result"] = _canvas("result")

    def wire(quiet: dict[str, Any]) -> None:
        one = {"concurrency_limit": 1, "concurrency_id": "evaluation"}
        shown = [parts[name] for name in ("run_told", "result", "which", "base", "download")]
        asked = [parts[name] for name in ("set", "writer", "only_search", "most")]
        parts["run"].click(evaluation.run, asked, shown, **one, **quiet)
        parts["cancel"].click(evaluation.cancel, None, None, queue=False, **quiet)
        parts["draft"].click(evaluation.draft, None, [parts["set"], parts["run_told"]], **quiet)
        parts["which"].input(evaluation.show, parts["which"], [parts["result"], parts["download"]], **quiet)
        parts["base"].input(evaluation.compare, [parts["which"], parts["base"]], parts["compared"], **quiet)
        parts["ledger"].evaluation(evaluation.listed, None, [parts["which"], parts["base"]], **quiet)

    return wire


def _canvas(name: str) -> Any:
    return gr.HTML("", elem_id=name, apply_default_css=False, js_on_load=None)


def _given(file: object) -> Path:
    if not file:
        raise InputError("choose a file of questions first, or draft one from the articles")
    return Path(str(file))


def _count(limit: object) -> int | None:
    return int(limit) if isinstance(limit, int | float) and limit >= 1 else None


def _same_set(folder: Path, questions: Path) -> bool:
    """Tell whether a begun run asks the questions of this file, so that it can be continued."""
    from rag.evaluation.folder import QUESTIONS, json_line
    from rag.evaluation.question_sets import read_questions

    try:
        lines = "".join(json_line(question.row()) for question in read_questions(questions))
        return (folder / QUESTIONS).read_text(encoding="utf-8") == lines
    except (OSError, RagError):
        return False


def _zipped(run: Path) -> str:
    """Return the path of a zip of the whole folder, in a temporary place that the page's server may serve from."""
    place = Path(tempfile.mkdtemp(prefix="footnote-"))
    return shutil.make_archive(str(place / run.name), "zip", run)
