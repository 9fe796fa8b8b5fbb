"""The folder of one run on disk: what it holds, how it grows line by line, and how it survives being killed.

`settings.json` and `questions.jsonl` are written first, then `answers.jsonl` grows in the order of the questions, each
line flushed before the next question is asked and synced to the disk every second. A torn last line, all that a kill or
a power cut can leave, is cut off and its question asked again. Files other than `answers.jsonl` appear whole or not at
all. `identity` is a hash of question set, index and settings: a folder is only ever continued by the run that began it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, TextIO

from rag.errors import InputError
from rag.evaluation.question_sets import Question, read_questions

FORMAT = 1
ANSWERS = "answers.jsonl"
QUESTIONS = "questions.jsonl"
SETTINGS = "settings.json"
METRICS = "metrics.json"
SCORES = "scores.jsonl"
REPORT = "report.html"
_SYNC_EVERY_S = 1.0


def identity_of(description: Mapping[str, object]) -> str:
    """Return the hash that says whether two runs ask the same of the same."""
    canonical = json.dumps(description, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


@contextmanager
def writing_whole(path: Path) -> Iterator[TextIO]:
    """Give a file to write so that a reader sees either the old one or the new one; raises InputError if it cannot."""
    unfinished = path.with_name(path.name + ".part")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None


def write_whole(path: Path, text: str) -> None:
    """Write a text whole or not at all; raises InputError when it cannot be."""
    with writing_whole(path) as file:
        file.write(text)


def write_json(path: Path, value: object) -> None:
    """Write JSON fit to read; NaN is an error."""
    write_whole(path, json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file of a run; raises InputError when there is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path.parent}: no finished run ({path.name} is missing); run `rag evaluate` first") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None
    if not isinstance(value, dict):
        raise InputError(f"{path}: is not a JSON object, so it was not written by `rag evaluate`")
    return value


class RunFolder:
    """An evaluation folder, locked while it is open for writing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None
        self._synced = 0.0

    def begin(self, settings: Mapping[str, object], questions: Sequence[Question], *, resume: bool) -> int:
        """Make the folder, or continue it; return how many questions are answered already.

        Raises InputError when it holds a run and `resume` is false, when that run was another one, or when another
        process is writing it.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._file = (self.path / ANSWERS).open("a+b")
        except OSError as error:
            raise InputError(f"{self.path}: cannot be written: {error.strerror}") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            busy = "another process is writing this run; wait for it or choose another folder"
            raise InputError(f"{self.path}: {busy}") from None
        known = (self.path / SETTINGS).exists()
        if known and not resume:
            raise InputError(f"{self.path}: holds a run already; add --resume to continue it, or choose another folder")
        if known:
            self._check_same(settings)
        else:
            self._file.truncate(0)
            write_whole(self.path / QUESTIONS, "".join(json_line(question.row()) for question in questions))
            write_json(self.path / SETTINGS, settings)
        return self._recover([question.question_id for question in questions])

    def append(self, row: Mapping[str, object]) -> None:
        """Add a row: it survives the death of this process at once, and that of the machine within a second."""
        if self._file is None:
            raise RuntimeError("append before begin")
        try:
            self._file.write(json_line(row).encode())
            self._file.flush()
            now = time.monotonic()
            if now - self._synced > _SYNC_EVERY_S:
                os.fsync(self._file.fileno())
                self._synced = now
        except OSError as error:
            raise InputError(f"{self.path}: cannot be written: {error.strerror}; mend that and add --resume") from None

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the rows written so far, one at a time."""
        with (self.path / ANSWERS).open("rb") as file:
            for line in file:
                yield json.loads(line)

    def questions(self) -> list[Question]:
        """Return the question set of the run, as it was when the run began."""
        return read_questions(self.path / QUESTIONS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None

    def _check_same(self, settings: Mapping[str, object]) -> None:
        earlier = read_json(self.path / SETTINGS)
        if earlier.get("identity") == settings["identity"]:
            return
        compared = ("questions", "asking", "index", "settings")
        changed = [name for name in compared if earlier.get(name) != settings[name]]
        what = f"was begun with other {' and '.join(changed) or 'files'}"
        raise InputError(f"{self.path}: {what}, so it cannot be continued; run without --resume into a new folder")

    def _recover(self, ids: Sequence[str]) -> int:
        """Cut the file after its last whole row and return how many rows there are, in the order of the questions."""
        if self._file is None:
            raise RuntimeError("recover before begin")
        self._file.seek(0)
        done, whole = 0, 0
        for line in self._file:
            try:
                row = json.loads(line) if line.endswith(b"\n") else None
            except ValueError:
                row = None
            if not isinstance(row, dict):
                break
            if done >= len(ids) or row.get("id") != ids[done]:
                where = f"{self.path / ANSWERS} line {done + 1}"
                raise InputError(f"{where}: does not answer question {done + 1} of the set; run into a new folder")
            done, whole = done + 1, whole + len(line)
        self._file.truncate(whole)
        self._file.seek(0, os.SEEK_END)
        return done


def json_line(row: Mapping[str, object]) -> str:
    """Return a row as one line of JSON; line separators that some readers split at are escaped."""
    text = json.dumps(row, ensure_ascii=False, allow_nan=False)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085") + "\n"
