"""An index copied to another store and back is the same, nothing is encoded, and an interrupted copy goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import Place
from news_store import CHUNKING, ENCODER, MANIFEST, NEWS, put

from rag.cli.commands import rag
from rag.errors import IndexStateError
from rag.records import Filters
from rag.stores import manifest_of, open_store
from rag.stores.copying import copy_index

pytestmark = pytest.mark.postgres


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """A local index with copies, a second source and an earlier version."""
    store = open_store(str(tmp_path / "local"), manifest=MANIFEST, create=True)
    for article in (*NEWS, replace(NEWS[0], article_id="again", source="again.md")):
        put(store, article)
    put(store, replace(NEWS[1], text="A storm closed the harbour for a day."))
    store.add_source("bakery", "bakery-copy.md")
    store.close()
    return str(tmp_path / "local")


def state(location: str) -> object:
    store = open_store(location, read_only=True)
    vector = ENCODER.encode(["harbour storm"])[0]
    texts = {p.passage_id: p.text for s in store.articles() for p in store.passages_of(s.article.article_id)}
    found = [(texts[i], round(score, 5)) for i, score in store.dense(vector, 20, Filters())]
    words = sorted((texts[i], round(score, 4)) for i, score in store.lexical("harbour storm rye", 20, Filters()))
    held = store.fingerprint, store.counts(), dict(store.sources()), store.groups()
    versions = [v.article for v in store.versions("storm")]
    store.close()
    return held, versions, sorted(found), words


def test_a_copy_and_a_copy_of_the_copy_are_what_was_there(folder: str, tmp_path: Path, place: Place) -> None:
    database, back = place(str(tmp_path)), str(tmp_path / "back")
    for source, target in ((folder, database), (database, back)):
        encoded = ENCODER.encoded
        result = CliRunner().invoke(rag, ["copy", source, target, "--json"])
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["copied"] == len(NEWS) + 1
        assert ENCODER.encoded == encoded
    assert state(database) == state(folder) == state(back)


def test_an_interrupted_copy_goes_on_where_it_stopped(
    folder: str, tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = open_store(folder, read_only=True)
    target = open_store(place(str(tmp_path)), manifest=MANIFEST, create=True)
    whole, puts = target.put, []

    def failing(*what: object) -> None:
        puts.append(what)
        if len(puts) == 3:
            raise KeyboardInterrupt
        whole(*what)  # type: ignore[arg-type]

    monkeypatch.setattr(target, "put", failing)
    with pytest.raises(KeyboardInterrupt):
        copy_index(origin, target, "there")
    monkeypatch.undo()
    assert target.counts()[0] == 2
    assert copy_index(origin, target, "there") == len(NEWS) - 1
    assert copy_index(origin, target, "there") == 0
    origin.close()
    target.close()


def test_a_target_with_other_articles_is_refused(folder: str, tmp_path: Path, place: Place) -> None:
    target = open_store(place(str(tmp_path)), manifest=MANIFEST, create=True)
    put(target, replace(NEWS[0], article_id="stranger"))
    target.close()
    result = CliRunner().invoke(rag, ["copy", folder, place(str(tmp_path))])
    assert isinstance(result.exception, IndexStateError)
    assert "stranger" in str(result.exception)


def test_a_target_built_with_something_else_is_refused_in_one_line(folder: str, tmp_path: Path, place: Place) -> None:
    other = manifest_of(ENCODER, f"not {CHUNKING.fingerprint}")
    open_store(place(str(tmp_path)), manifest=other, create=True).close()
    result = CliRunner().invoke(rag, ["copy", folder, place(str(tmp_path))])
    assert isinstance(result.exception, IndexStateError)
    assert "was built with the chunking" in str(result.exception)
    assert "\n" not in str(result.exception)


def test_a_copy_that_lost_something_is_noticed(
    folder: str, tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = open_store(folder, read_only=True)
    target = open_store(place(str(tmp_path)), manifest=MANIFEST, create=True)
    whole = target.put
    monkeypatch.setattr(target, "put", lambda article, passages, vectors: whole(article, passages, -vectors))
    with pytest.raises(IndexStateError, match="passages and vectors in there differ"):
        copy_index(origin, target, "there")
    origin.close()
    target.close()
