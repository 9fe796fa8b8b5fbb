"""The door: paths and URLs → a stream of articles and failures, one file at a time, in a fixed order.

A folder gives its regular files, sorted by path; hidden files and folders, the resources of saved web pages
(`NAME_files/` next to `NAME.html`) and media or program files by suffix are passed over. So are README, CHANGELOG,
CONTRIBUTING and LICENSE files in it, unless they begin with front matter that names a field of an article: they speak
of the folder and are not articles. A file named outright is always read. The same file reached twice is read once.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from rag.errors import InputError, ReadError
from rag.readers.isolation import parsed_safely
from rag.readers.kinds import HEAD_BYTES, is_passed_over, kind_of
from rag.readers.origin import Failure, Origin, ReadLimits
from rag.readers.parsing import STREAMED, Outcome, guarded, streamed
from rag.records import Article

_INDEX_FILE = "index.db"  # what `rag index` builds in a folder, which may lie among the articles
_NAMED_FAILURES = 1000
_HOPELESS = 10  # so many times more failures than articles
_ABOUT_THE_FOLDER = frozenset(("readme", "changelog", "contributing", "license", "licence", "notice", "authors"))


def read(paths: Sequence[str], limits: ReadLimits | None = None) -> Iterator[Outcome]:
    """Yield every article of files, folders and URLs, and a failure for each that cannot be read.

    Raises InputError at once, before anything is yielded, for a path that does not exist or a folder without any file
    to read.
    """
    limits = limits or ReadLimits()
    return (outcome for place in inputs(paths) for outcome in _read_one(place, limits))


def inputs(paths: Sequence[str]) -> list[str]:
    """Return the files and URLs that `read` would read, in its order. Raises InputError as `read` does."""
    found: dict[str, str] = {}
    for path in paths:
        if is_url(path):
            found.setdefault(source_of(path), path)
            continue
        place = Path(path).expanduser()
        if not place.exists():
            raise InputError(f"no such file or folder: {path}")
        files = _files_under(place) if place.is_dir() else [place]
        if not files:
            raise InputError(f"no article files in the folder {path}; give a folder that holds texts, or a file")
        for file in files:
            found.setdefault(source_of(str(file)), str(file))
    return list(found.values())


def source_of(path: str) -> str:
    """Return the canonical `Article.source` of a file (absolute, links resolved) or URL (without its fragment)."""
    return path.strip().split("#", 1)[0] if is_url(path) else str(Path(path).expanduser().resolve())


def is_url(path: str) -> bool:
    """Tell whether a path is a web address."""
    return path.strip().lower().startswith(("http://", "https://"))


def _read_one(place: str, limits: ReadLimits) -> Iterator[Outcome]:
    """Yield what one file or URL holds; whatever goes wrong becomes a failure with its cause."""
    outcomes = _from_url(place, limits) if is_url(place) else _from_file(Path(place).expanduser(), limits)
    source = source_of(place)
    for outcome in guarded(_counted(outcomes, limits), place):
        if isinstance(outcome, Failure) and outcome.path == source:
            yield Failure(place, outcome.error)
        else:
            yield outcome


def _counted(outcomes: Iterator[Outcome], limits: ReadLimits) -> Iterator[Outcome]:
    """Yield the outcomes of one file: as many articles as are allowed, as many failures as anyone would read."""
    failures = 0
    for count, outcome in enumerate(outcomes):
        if count >= limits.max_articles:
            raise ReadError(f"more than {limits.max_articles} articles in one file; the rest was not read")
        failures += isinstance(outcome, Failure)
        if failures > _NAMED_FAILURES and failures > _HOPELESS * (count + 1 - failures):
            raise ReadError(f"nearly all of its first {count + 1} parts could not be read; the rest was not tried")
        if failures <= _NAMED_FAILURES or isinstance(outcome, Article):
            yield outcome
    if failures > _NAMED_FAILURES:
        raise ReadError(f"{failures - _NAMED_FAILURES} more parts of it could not be read")


def _from_file(file: Path, limits: ReadLimits) -> Iterator[Outcome]:
    """Yield what one file holds; its size is looked at before its content."""
    status = file.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ReadError("not a regular file")
    origin = Origin(source_of(str(file)), file.name)
    with file.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
        if not head:
            raise ReadError("the file is empty")
        stream.seek(0)
        kind = kind_of(head, file.name)
        limit = limits.max_table_bytes if kind in STREAMED else limits.max_file_bytes
        if status.st_size > limit:
            raise ReadError(
                f"{_mib(status.st_size)} is over the limit of {_mib(limit)} for one file; split it or raise the limit"
            )
        if kind in STREAMED:
            yield from streamed(kind)(stream, origin, limits)
            return
        data = stream.read(limit + 1)
    yield from parsed_safely(kind, data, origin, limits)


def _from_url(url: str, limits: ReadLimits) -> Iterator[Outcome]:
    """Fetch a URL and yield what it holds."""
    from rag.readers.web import fetch

    page = fetch(url.strip(), limits)
    yield from parsed_safely(page.kind, page.content, page.origin, limits)


def _files_under(folder: Path) -> list[Path]:
    """Return the files of a folder and its folders that may hold articles, sorted.

    Links to folders are not followed, and a folder that holds an index is passed over.
    """
    files: list[Path] = []
    if (folder / _INDEX_FILE).is_file():
        return files
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            if not entry.is_symlink() and not _is_page_resources(entry):
                files.extend(_files_under(entry))
        elif entry.is_file() and not is_passed_over(entry.name) and not _is_about_the_folder(entry):
            files.append(entry)
    return files


def _is_page_resources(folder: Path) -> bool:
    """Tell whether a folder holds the images and scripts that a browser saved beside a page."""
    if not folder.name.endswith(("_files", ".files")):
        return False
    return any(folder.with_name(folder.name[:-6] + suffix).exists() for suffix in (".html", ".htm", ".xhtml"))


def _is_about_the_folder(file: Path) -> bool:
    """Tell whether a file describes its folder: a README and its kind without article front matter."""
    if file.stem.lower() not in _ABOUT_THE_FOLDER or file.suffix.lower() not in (
        "",
        ".md",
        ".txt",
        ".rst",
        ".markdown",
    ):
        return False
    from rag.readers.markdown import has_article_front_matter

    with file.open("rb") as stream:
        return not has_article_front_matter(stream.read(HEAD_BYTES).decode("utf-8", "replace"))


def _mib(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MiB"
