"""The door: which files are read, in which order, and what becomes of bad ones."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from rag.errors import InputError
from rag.readers import Failure, ReadLimits, inputs, read, source_of
from rag.records import Article

TEXT = "The harbour of Lunsk reopened on Monday after eleven days of storm damage, the port authority said."


def test_a_missing_path_is_wrong_usage_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    with pytest.raises(InputError, match="no such file or folder"):
        read([str(tmp_path / "a.txt"), str(tmp_path / "missing")])


def test_a_folder_without_files_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no article files"):
        inputs([str(tmp_path)])


def test_a_bad_file_is_a_failure_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "b.txt").write_bytes(b"")
    (tmp_path / "c.txt").write_text(TEXT)
    first, second, third = read([str(tmp_path)])
    assert isinstance(first, Failure)
    assert "binary" in first.error
    assert isinstance(second, Failure)
    assert "empty" in second.error
    assert isinstance(third, Article)
    assert third.text == TEXT


def test_a_huge_file_fails_at_once_without_being_read(tmp_path: Path) -> None:
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as stream:
        stream.write(b"words ")
        stream.truncate(200 * 1024 * 1024)
    started = time.perf_counter()
    (failure,) = read([str(huge)])
    assert isinstance(failure, Failure)
    assert "200.0 MiB is over the limit" in failure.error
    assert time.perf_counter() - started < 1


def test_an_image_named_txt_is_called_an_image(tmp_path: Path) -> None:
    (tmp_path / "photo.txt").write_bytes(b"\xff\xd8\xff\xe0" + bytes(1000))
    (failure,) = read([str(tmp_path / "photo.txt")])
    assert isinstance(failure, Failure)
    assert "JPEG image" in failure.error


def test_folders_are_read_in_order_without_hidden_files_and_readmes(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", ".git/x.txt", ".hidden.txt", "README.md", "page_files/menu.txt", "logo.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(TEXT)
    (tmp_path / "page.html").write_text(f"<p>{TEXT}</p>")
    names = [Path(path).relative_to(tmp_path).as_posix() for path in inputs([str(tmp_path)])]
    assert names == ["a/z.txt", "b.txt", "page.html"]


def test_a_readme_with_article_front_matter_is_an_article(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(f"---\ntitle: On readmes\n---\n\n{TEXT}")
    (article,) = read([str(tmp_path)])
    assert isinstance(article, Article)
    assert article.metadata.title == "On readmes"


def test_a_file_reached_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    assert len(inputs([str(tmp_path), str(tmp_path / "a.txt"), str(tmp_path / "." / "a.txt")])) == 1


def test_the_id_is_the_stem_and_the_source_the_resolved_path(tmp_path: Path) -> None:
    (tmp_path / "000_679cb92d3b3c7e14.txt").write_text(TEXT)
    (tmp_path / "on the harbour!.txt").write_text(TEXT)
    first, second = read([str(tmp_path)])
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert (first.article_id, second.article_id) == ("000_679cb92d3b3c7e14", "on-the-harbour")
    assert (
        first.source
        == source_of(str(tmp_path / "000_679cb92d3b3c7e14.txt"))
        == str((tmp_path / "000_679cb92d3b3c7e14.txt").resolve())
    )


def test_the_file_date_is_never_the_publication_date(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    (article,) = read([str(tmp_path)])
    assert isinstance(article, Article)
    assert article.metadata.published is None


def test_what_is_no_regular_file_is_a_failure() -> None:
    (failure,) = read(["/dev/zero"])
    assert isinstance(failure, Failure)
    assert "not a regular file" in failure.error


def test_more_articles_than_allowed_is_a_failure_after_the_allowed_ones(tmp_path: Path) -> None:
    (tmp_path / "many.jsonl").write_text('{"id": "a", "text": "One."}\n{"id": "b", "text": "Two."}\n')
    first, failure = read([str(tmp_path)], ReadLimits(max_articles=1))
    assert isinstance(first, Article)
    assert isinstance(failure, Failure)


def test_importing_the_readers_loads_no_parser() -> None:
    heavy = "trafilatura lxml pypdfium2 mammoth pptx feedparser httpx dateparser yaml charset_normalizer markdown_it"
    code = f"import sys, rag.readers; print([m for m in '{heavy}'.split() if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_a_folder_that_holds_an_index_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    for name in ("index.db", "index.db-wal", "notes.txt"):
        (tmp_path / "index" / name).write_text("The ferry resumed its service on Monday.")
    (tmp_path / "ferry.txt").write_text("The ferry resumed its service on Monday.")
    assert [Path(path).name for path in inputs([str(tmp_path)])] == ["ferry.txt"]
