"""Bits flip, files end early, blocks are zeroed: the answers stay the same or the index is refused; none is wrong."""

from __future__ import annotations

import logging
import random
import shutil
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from news_store import ENCODER, MANIFEST, NEWS, put

from rag.errors import IndexStateError
from rag.records import Article, Filters
from rag.stores import PassageStore, dense, open_store

QUESTIONS = ("harbour storm", "rye bread prize", "ferry harbour islanders")
FILTERS = (Filters(), Filters(outlet="Evening Ledger"), Filters(since="2026-03-13"))
MENDED_BY = "rag index"


def answers(store: PassageStore) -> list[Any]:
    """Return all that a reader can see of some questions: ids, scores to four digits, texts, metadata, articles."""
    seen: list[Any] = [store.fingerprint]
    for question in QUESTIONS:
        vector = ENCODER.encode([question])[0]
        for filters in FILTERS:
            for found in (store.dense(vector, 10, filters), store.lexical(question, 10, filters)):
                passages = store.passages([i for i, _ in found])
                names = sorted({p.article_id for p in passages})
                seen += [sorted((i, round(s, 4)) for i, s in found), passages, store.metadata(names)]
                seen += [sorted(store.article_scores(question, names)), [store.article(name) for name in names]]
    return seen


def build(folder: Path, *, compressed: bool, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Make a small index, with a compressed body and removals beside it if asked, and return its answers."""
    if compressed:
        monkeypatch.setattr(dense, "FLAT_UP_TO", 20)
    store = open_store(str(folder), manifest=MANIFEST, create=True)
    for n in range(12):
        for article in NEWS:
            name = f"{article.article_id}{n}"
            put(store, replace(article, article_id=name, source=name, text=_told(article, n)))
    store.flush()
    store.remove(["storm3", "ferry5"])
    store.close()
    for path in [*folder.glob("lexical-*"), *folder.glob("articles-*")]:
        shutil.rmtree(path)  # tantivy counts removed texts in its statistics until they are merged away
    again = open_store(str(folder))
    again.flush()
    seen = answers(again)
    again.close()
    monkeypatch.undo()
    return seen


def _told(article: Article, n: int) -> str:
    return f"{article.text} It was told {n} times over by {n + 2} people at quay {n * 7}."


def damage(folder: Path, chance: random.Random) -> str:
    """Harm one file of an index; return which and how."""
    part = chance.choice(sorted(p for p in folder.iterdir() if p.is_dir() or p.stat().st_size))
    file = chance.choice(sorted(f for f in part.iterdir() if f.stat().st_size)) if part.is_dir() else part
    data = bytearray(file.read_bytes())
    at = chance.randrange(len(data))
    how = chance.choice(["bit", "bit", "bit", "cut", "zeros", "noise", "gone"])
    if how == "bit":
        data[at] ^= 1 << chance.randrange(8)
    elif how == "cut":
        del data[at:]
    elif how in ("zeros", "noise"):
        end = min(len(data), at + chance.randrange(1, 600))
        data[at:end] = bytes(end - at) if how == "zeros" else chance.randbytes(end - at)
    file.unlink()
    if how != "gone":
        file.write_bytes(data)
    return f"{how} in {file.relative_to(folder)} at {at}"


@dataclass(frozen=True, slots=True)
class Outcome:
    what: str
    harm: str


def outcome(sound: Path, expected: list[Any], seed: int, scratch: Path) -> Outcome:
    """Harm a copy of a sound index, open it and ask."""
    logging.disable()
    folder = scratch / f"{sound.name}-{seed}"
    shutil.copytree(sound, folder)
    harm = damage(folder, random.Random(seed))
    try:
        store = open_store(str(folder), read_only=bool(seed % 2))
        try:
            same = answers(store) == expected
        finally:
            store.close()
    except IndexStateError as error:
        return Outcome("refused" if MENDED_BY in str(error) else f"refused without a remedy: {error}", harm)
    except Exception as error:  # noqa: BLE001 - a finding
        return Outcome(f"uncaught {error!r}", harm)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Outcome("same answers" if same else "WRONG ANSWERS", harm)


def assert_never_wrong(tmp_path: Path, times: int, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Damage two kinds of index so many times, in a child process that a crash would end; return the outcomes."""
    outcomes = []
    for compressed in (False, True):
        sound = tmp_path / f"sound-{compressed}"
        expected = build(sound, compressed=compressed, monkeypatch=monkeypatch)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as child:
            n = range(times // 2)
            outcomes += list(child.map(outcome, [sound] * len(n), [expected] * len(n), n, [tmp_path] * len(n)))
    assert {o for o in outcomes if o.what not in ("same answers", "refused")} == set()
    return Counter(o.what for o in outcomes)


def test_the_indexes_to_be_damaged_are_of_both_kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for compressed in (False, True):
        expected = build(tmp_path / f"{compressed}", compressed=compressed, monkeypatch=monkeypatch)
        assert bool(list(tmp_path.glob(f"{compressed}/dense-*/body.faiss"))) is compressed
        again = open_store(str(tmp_path / f"{compressed}"))
        assert answers(again) == expected
        again.close()


def test_some_damaged_indexes_give_the_same_answers_or_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert assert_never_wrong(tmp_path, 24, monkeypatch).total() == 24


@pytest.mark.slow
def test_a_thousand_damaged_indexes_give_the_same_answers_or_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = assert_never_wrong(tmp_path, 1000, monkeypatch)
    assert found.total() == 1000
    assert found["refused"] > 100
    print(dict(sorted(found.items())))


def test_a_flipped_bit_within_a_stored_text_is_refused_even_without_a_seal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(tmp_path / "index", compressed=False, monkeypatch=monkeypatch)
    file = tmp_path / "index" / "index.db"
    file.with_name("index.db.sha256").unlink()
    data = file.read_bytes()
    file.write_bytes(data.replace(b"Islanders cheered", b"Islanders jeered!"))
    store = open_store(str(tmp_path / "index"))
    with pytest.raises(IndexStateError, match=r"damaged.*rag index"):
        answers(store)
    store.close()


def test_a_damaged_seal_is_told_from_a_damaged_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = build(tmp_path / "index", compressed=False, monkeypatch=monkeypatch)
    seal = tmp_path / "index" / "index.db.sha256"
    seal.write_bytes(b"0" + seal.read_bytes()[1:])
    store = open_store(str(tmp_path / "index"))
    assert answers(store) == expected
    store.close()
