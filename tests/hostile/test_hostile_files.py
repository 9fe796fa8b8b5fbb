"""No file of a stranger stops the reader: each is read or named with its cause, in bounded time and memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from good_files import WORDS, good_files
from hostile_files import bombs, damaged_files, misnamed_files

from rag.readers import Failure, read
from rag.records import Article

QUICK_BOMBS = (
    "nested.zip", "lying.zip", "link.zip", "encrypted.zip", "traversal.zip", "twins.zip", "encrypted.docx", "ole.docx",
    "laughs.docx", "xxe.docx", "nothing.docx", "equations.docx", "xxe.epub", "outside.epub", "laughs.epub",
    "comments.html", "questions.html", "doctype.html", "xhtml-laughs.xhtml", "laughs.rss", "xxe.rss", "charset.eml",
    "charsets.eml", "empty.mht", "loop.pdf", "locked.pdf", "header.pdf", "bom.txt", "boms.txt", "half.txt",
    "surrogates.txt", "escapes.txt", "aliases.md", "deep-yaml.md", "keys.md", "tags.md", "anchors.md", "digits.jsonl",
    "lone.jsonl", "nan.jsonl", "types.jsonl", "ids.jsonl", "nul.csv", "wide.csv",
)  # fmt: skip
SECONDS, MEMORY_MIB = 20, 1024


def reported(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """Return what a process of its own reports of the files, its memory last."""
    command = [sys.executable, str(Path(__file__).with_name("read_files.py"))]
    run = subprocess.run(command, input="\n".join(map(str, paths)), capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    return [json.loads(line) for line in run.stdout.splitlines()]


def assert_harmless(reports: Sequence[dict[str, Any]]) -> None:
    """Check time, memory, and that each file was read or named in one line."""
    *files, memory = reports
    slow = [(file["path"], file["seconds"]) for file in files if file["seconds"] > SECONDS]
    silent = [file["path"] for file in files if not file["articles"] and not file["failures"]]
    unclear = [file for file in files if any("\n" in line or not line or len(line) > 400 for line in file["failures"])]
    read_secrets = [file["path"] for file in files if "SECRET READ" in file["failures"]]
    assert (slow, silent, unclear, read_secrets) == ([], [], [], [])
    assert max(memory["reader_mib"], memory["parser_mib"]) <= MEMORY_MIB


def written(folder: Path, files: Iterable[tuple[str, bytes]]) -> list[Path]:
    paths = []
    for name, data in files:
        (folder / name).write_bytes(data)
        paths.append(folder / name)
    return paths


def test_every_valid_file_is_read(tmp_path: Path) -> None:
    written(tmp_path, good_files().items())
    outcomes = list(read([str(tmp_path)]))
    assert [outcome for outcome in outcomes if isinstance(outcome, Failure)] == []
    assert len(outcomes) == len(good_files()) + 1
    assert all(isinstance(outcome, Article) and WORDS[0][:40] in outcome.text for outcome in outcomes)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_few_hostile_files_of_each_kind_are_read_or_named(tmp_path: Path) -> None:
    chosen = [*list(damaged_files(1))[::4], *list(misnamed_files())[::3], *((n, bombs()[n]()) for n in QUICK_BOMBS)]
    assert_harmless(reported(written(tmp_path, chosen)))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_hundreds_of_hostile_files_are_read_or_named_within_time_and_memory(tmp_path: Path) -> None:
    files = [*damaged_files(2), *misnamed_files(), *((name, build()) for name, build in bombs().items())]
    assert len(files) >= 300
    assert_harmless(reported(written(tmp_path, files)))


def test_good_neighbours_of_broken_files_are_read(tmp_path: Path) -> None:
    written(tmp_path, [*((f"x-{i}-{name}", data) for i, (name, data) in enumerate(list(damaged_files(1))[::9]))])
    written(tmp_path, [(f"good-{name}", data) for name, data in good_files().items()])
    sources = {o.source.split("#")[0] for o in read([str(tmp_path)]) if isinstance(o, Article)}
    assert {f"good-{name}" for name in good_files()} <= {Path(source).name for source in sources}


def test_links_pipes_and_odd_names_neither_hang_nor_lead_outside(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "secret.txt").write_text(WORDS[0])
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "outside").symlink_to(tmp_path / "out", target_is_directory=True)
    (folder / "dangling.txt").symlink_to(tmp_path / "nowhere")
    (folder / "self.txt").symlink_to(folder / "self.txt")
    (folder / "page.html").mkdir()
    os.mkfifo(folder / "pipe.txt")
    Path(os.fsdecode(os.fsencode(folder) + b"/n\xff\x01.txt")).write_text(WORDS[1])
    (only,) = read([str(folder)])
    assert isinstance(only, Article)
    assert only.text == WORDS[1]


def test_an_archive_writes_nothing_whatever_its_names(tmp_path: Path) -> None:
    (file,) = written(tmp_path, [("traversal.zip", bombs()["traversal.zip"]())])
    articles = [outcome for outcome in read([str(file)]) if isinstance(outcome, Article)]
    assert articles
    assert list(tmp_path.iterdir()) == [file]
    assert not any(set("/\\\n\0") & set(article.article_id) for article in articles)


@pytest.mark.slow
def test_a_parser_that_wants_too_much_memory_is_stopped(tmp_path: Path) -> None:
    (file,) = written(tmp_path, [("flate.pdf", bombs()["flate.pdf"]())])
    report, memory = reported([file])
    assert report["articles"] == 0
    assert "memory" in report["failures"][0]
    assert memory["parser_mib"] <= MEMORY_MIB
    assert memory["reader_mib"] <= 100
