"""Only what is new or has changed is encoded; what is the same, doubled, gone or unreadable is told apart."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hashing_encoder import HashingEncoder

from rag.chunking import Chunking
from rag.errors import IndexStateError
from rag.indexing import IndexSummary, index_paths
from rag.readers import Failure
from rag.records import Article, Metadata
from rag.stores import PassageStore, manifest_of, open_store

CHUNKING = Chunking(max_tokens=30)
FERRY = "The ferry resumed. Islanders cheered."
STORM = "A storm closed the harbour."


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def store(tmp_path: Path, encoder: HashingEncoder) -> Iterator[PassageStore]:
    manifest = manifest_of(encoder, CHUNKING.fingerprint)
    opened = open_store(str(tmp_path / "index"), manifest=manifest, create=True)
    yield opened
    opened.close()


def story(article_id: str, text: str, source: str | None = None, title: str | None = None) -> Article:
    return Article(article_id, text, Metadata(title=title), source or f"/news/{article_id}.md")


def index(store: PassageStore, encoder: HashingEncoder, *read: Article | Failure, prune: bool = False) -> IndexSummary:
    def reader(paths: Sequence[str]) -> Iterator[Article | Failure]:
        return iter(read)

    return index_paths(["/news"], store, encoder, CHUNKING, prune=prune, read=reader)


def tally(summary: IndexSummary) -> dict[str, int]:
    names = ("added", "updated", "unchanged", "duplicates", "removed")
    return {name: n for name in names if (n := getattr(summary, name))}


def texts(store: PassageStore) -> dict[str, str]:
    return {s.article.article_id: s.article.text for s in store.articles()}


def test_new_articles_are_added_and_their_passages_can_be_found(store: PassageStore, encoder: HashingEncoder) -> None:
    summary = index(store, encoder, story("ferry", FERRY), story("storm", STORM))
    assert tally(summary) == {"added": 2}
    assert (summary.articles, summary.passages) == store.counts() == (2, 2)


def test_unchanged_articles_are_not_encoded_again(store: PassageStore, encoder: HashingEncoder) -> None:
    index(store, encoder, story("ferry", FERRY), story("storm", STORM))
    before, fingerprint = encoder.encoded, store.fingerprint
    assert tally(index(store, encoder, story("ferry", FERRY), story("storm", STORM))) == {"unchanged": 2}
    assert encoder.encoded == before
    assert store.fingerprint == fingerprint


def test_a_changed_article_is_updated_under_its_id(store: PassageStore, encoder: HashingEncoder) -> None:
    index(store, encoder, story("ferry", FERRY))
    assert tally(index(store, encoder, story("ferry", STORM))) == {"updated": 1}
    assert texts(store) == {"ferry": STORM}


def test_changed_metadata_is_a_change(store: PassageStore, encoder: HashingEncoder) -> None:
    index(store, encoder, story("ferry", FERRY))
    assert tally(index(store, encoder, story("ferry", FERRY, title="Ferry"))) == {"updated": 1}


def test_only_changed_passages_are_encoded(store: PassageStore, encoder: HashingEncoder) -> None:
    body = "\n\n".join(
        f"Paragraph {i} tells a good deal of the ferry and the harbour and its storms." for i in range(20)
    )
    index(store, encoder, story("ferry", body))
    before = encoder.encoded
    index(store, encoder, story("ferry", body + "\n\nOne more."))
    assert encoder.encoded - before <= 2


def test_a_removed_article_that_comes_back_is_not_encoded_again(store: PassageStore, encoder: HashingEncoder) -> None:
    index(store, encoder, story("ferry", FERRY))
    store.remove(["ferry"])
    before = encoder.encoded
    assert tally(index(store, encoder, story("ferry", FERRY))) == {"added": 1}
    assert encoder.encoded == before


def test_the_same_text_elsewhere_is_one_article_with_two_sources(store: PassageStore, encoder: HashingEncoder) -> None:
    copy = story("copy", FERRY, title="Another headline")
    assert tally(index(store, encoder, story("ferry", FERRY), copy)) == {"added": 1, "duplicates": 1}
    assert tally(index(store, encoder, story("ferry", FERRY), copy)) == {"unchanged": 1, "duplicates": 1}
    assert store.sources() == {"/news/ferry.md": "ferry", "/news/copy.md": "ferry"}
    assert store.counts()[0] == 1


def test_an_id_taken_by_another_text_is_completed(store: PassageStore, encoder: HashingEncoder) -> None:
    other = story("ferry", STORM, source="/news/sub/ferry.md")
    assert tally(index(store, encoder, story("ferry", FERRY), other)) == {"added": 2}
    completed = next(i for i in texts(store) if i != "ferry")
    assert completed.startswith("ferry-")
    assert len(completed) == len("ferry-") + 6
    assert tally(index(store, encoder, story("ferry", FERRY), other)) == {"unchanged": 2}


def test_a_shared_article_stays_when_one_of_its_sources_changes(store: PassageStore, encoder: HashingEncoder) -> None:
    index(store, encoder, story("ferry", FERRY), story("copy", FERRY))
    changed = [story("ferry", STORM), story("copy", FERRY)]
    assert tally(index(store, encoder, *changed)) == {"updated": 2}
    assert sorted(texts(store).values()) == sorted([FERRY, STORM])
    assert tally(index(store, encoder, *changed)) == {"unchanged": 2}
    assert sorted(texts(store).values()) == sorted([FERRY, STORM])


def test_a_new_id_for_the_same_source_replaces_the_old_one(store: PassageStore, encoder: HashingEncoder) -> None:
    index(store, encoder, story("draft", FERRY, source="/news/a.md"))
    assert tally(index(store, encoder, story("final", FERRY, source="/news/a.md"))) == {"updated": 1}
    assert texts(store) == {"final": FERRY}


def test_an_id_given_twice_in_one_file_is_reported(store: PassageStore, encoder: HashingEncoder) -> None:
    rows = [story("7", FERRY, source="/news/all.jsonl#7"), story("7", STORM, source="/news/all.jsonl#7")]
    summary = index(store, encoder, *rows)
    assert [f.path for f in summary.failed] == ["/news/all.jsonl#7"]
    assert texts(store) == {"7": FERRY}


def test_what_cannot_be_read_is_reported_while_the_rest_goes_on(store: PassageStore, encoder: HashingEncoder) -> None:
    summary = index(store, encoder, Failure("/news/noise.txt", "not text"), story("ferry", FERRY))
    assert summary.as_json()["failed"] == [{"path": "/news/noise.txt", "error": "not text"}]
    assert tally(summary) == {"added": 1}


def test_pruning_drops_what_has_gone_and_nothing_else(store: PassageStore, encoder: HashingEncoder) -> None:
    elsewhere = story("kept", "Kept as it is.", source="/archive/kept.md")
    index(store, encoder, story("ferry", FERRY), story("storm", STORM), elsewhere)
    assert tally(index(store, encoder, story("ferry", FERRY), prune=True)) == {"unchanged": 1, "removed": 1}
    assert set(texts(store)) == {"ferry", "kept"}


def test_pruning_keeps_a_file_that_cannot_be_read_now(store: PassageStore, encoder: HashingEncoder) -> None:
    index(store, encoder, story("ferry", FERRY), story("row", STORM, source="/news/all.jsonl#row"))
    failures = Failure("/news/ferry.md", "locked"), Failure("/news/all.jsonl:4", "no text")
    assert tally(index(store, encoder, *failures, prune=True)) == {}
    assert set(texts(store)) == {"ferry", "row"}


def test_pruning_one_source_of_a_shared_article_keeps_it(store: PassageStore, encoder: HashingEncoder) -> None:
    index(store, encoder, story("ferry", FERRY), story("copy", FERRY))
    assert tally(index(store, encoder, story("copy", FERRY), prune=True)).get("removed") is None
    assert set(texts(store)) == {"ferry"}


def test_an_interruption_keeps_what_was_committed(store: PassageStore, encoder: HashingEncoder) -> None:
    def reader(paths: Sequence[str]) -> Iterator[Article | Failure]:
        for i in range(300):
            yield story(f"n{i}", f"Story {i} of the harbour.")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_paths(["/news"], store, encoder, CHUNKING, read=reader)
    kept = store.counts()[0]
    assert 0 < kept < 300
    summary = index(store, encoder, *(story(f"n{i}", f"Story {i} of the harbour.") for i in range(300)))
    assert tally(summary) == {"unchanged": kept, "added": 300 - kept}


def test_what_is_being_encoded_is_not_encoded_again(store: PassageStore, encoder: HashingEncoder) -> None:
    """200 articles of two passages, the first of which is the same text in all."""
    first = " ".join(f"word{i}" for i in range(30)) + "."
    articles = [story(f"n{i}", f"{first}\n\nEdition number {i}.") for i in range(200)]
    index(store, encoder, *articles)
    assert encoder.encoded == 201
    assert store.counts() == (200, 400)


def test_a_copy_of_an_article_that_is_being_encoded_is_a_duplicate(
    store: PassageStore, encoder: HashingEncoder
) -> None:
    fillers = [story(f"n{i}", f"Story {i} of the harbour.") for i in range(40)]
    again = story("n3", "Story 3 of the harbour.", source="/news/again.md")
    assert tally(index(store, encoder, *fillers, again)) == {"added": 40, "duplicates": 1}
    assert store.sources()["/news/again.md"] == "n3"


def test_a_text_that_another_article_is_about_to_lose_is_kept(store: PassageStore, encoder: HashingEncoder) -> None:
    index(store, encoder, story("ferry", FERRY))
    assert tally(index(store, encoder, story("ferry", STORM), story("copy", FERRY))) == {"updated": 1, "added": 1}
    assert texts(store) == {"ferry": STORM, "copy": FERRY}


def test_an_interruption_ends_the_encoding_under_way(store: PassageStore) -> None:
    begun, passed = threading.Event(), list[int]()

    class Slow(HashingEncoder):
        def encode(self, texts: object, *, progress: Callable[[int], None], **options: object) -> object:  # type: ignore[override]
            for i in range(len(texts)):  # type: ignore[arg-type]
                begun.set()
                progress(1)
                passed.append(i)
                time.sleep(0.05)
            return super().encode(texts, **options)  # type: ignore[arg-type]

    def reader(paths: Sequence[str]) -> Iterator[Article]:
        yield from (story(f"n{i}", f"Story {i} of the harbour.") for i in range(40))
        begun.wait(10)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_paths(["/news"], store, Slow(), CHUNKING, read=reader)
    assert len(passed) < 32
    assert store.counts() == (0, 0)


def test_a_failing_encoder_stops_the_run(store: PassageStore) -> None:
    class Broken(HashingEncoder):
        def encode(self, texts: object, **options: object) -> object:  # type: ignore[override]
            raise MemoryError("no room")

    with pytest.raises(MemoryError, match="no room"):
        index(store, Broken(), story("ferry", FERRY))
    assert store.counts() == (0, 0)


def test_encoding_is_batched_across_articles(store: PassageStore) -> None:
    sizes: list[int] = []

    class Noting(HashingEncoder):
        def encode(self, texts: object, **options: object) -> object:  # type: ignore[override]
            sizes.append(len(texts))  # type: ignore[arg-type]
            return super().encode(texts, **options)  # type: ignore[arg-type]

    index(store, Noting(), *(story(f"n{i}", f"Story {i} of the harbour.") for i in range(100)))
    assert len(sizes) <= 2


def test_progress_adds_up(store: PassageStore, encoder: HashingEncoder) -> None:
    class Told:
        def __init__(self) -> None:
            self.sources: list[str] = []
            self.expected = self.done = 0

        def reading(self, source: str) -> None:
            self.sources.append(source)

        def to_encode(self, passages: int) -> None:
            self.expected += passages

        def encoded(self, passages: int) -> None:
            self.done += passages

    told = Told()
    articles = [story("ferry", FERRY), story("storm", STORM)]
    index_paths(["/news"], store, encoder, CHUNKING, progress=told, read=lambda paths: iter(articles))
    assert told.sources == ["/news/ferry.md", "/news/storm.md"]
    assert told.expected == told.done == 2


def test_the_summary_prints_the_promised_fields(store: PassageStore, encoder: HashingEncoder) -> None:
    printed = json.loads(json.dumps(index(store, encoder, story("ferry", FERRY)).as_json()))
    counts = {"added", "updated", "unchanged", "duplicates", "removed"}
    assert set(printed) == counts | {"failed", "articles", "passages", "seconds"}


def test_files_are_read_updated_and_pruned_from_disk(
    tmp_path: Path, store: PassageStore, encoder: HashingEncoder
) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "ferry.txt").write_text(FERRY)
    (folder / "storm.txt").write_text(STORM)
    assert tally(index_paths([str(folder)], store, encoder, CHUNKING)) == {"added": 2}
    (folder / "ferry.txt").unlink()
    (folder / "storm.txt").write_text(STORM + " It passed.")
    assert tally(index_paths([str(folder)], store, encoder, CHUNKING, prune=True)) == {"updated": 1, "removed": 1}
    assert texts(store) == {"storm": STORM + " It passed."}


def test_a_store_that_is_being_written_refuses(
    store: PassageStore, encoder: HashingEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.stores.local.LOCK_WAIT_S", 0.1)
    other = open_store(str(tmp_path / "index"))
    with other.writing(), pytest.raises(IndexStateError, match="another process"):
        index(store, encoder, story("ferry", FERRY))
    other.close()
