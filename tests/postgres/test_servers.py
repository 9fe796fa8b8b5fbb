"""Two real web servers over one database: conversations, logins and articles are at home in neither."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from page_client import Visitor
from postgres_server import Server
from served_together import OPENINGS, Held, Seen, alone, converse, load, said, serving, settled

from rag.engine import Engine
from rag.settings import Settings

pytestmark = [pytest.mark.postgres, pytest.mark.weights]
USERS, SECONDS = 6, float(os.environ.get("FOOTNOTE_LOAD_S", "8"))
OUTAGE_S = float(os.environ.get("FOOTNOTE_OUTAGE_S", "3"))
CORPUS = Path(__file__).parents[2] / "corpus"


@dataclass
class Site:
    """A database with the bundled articles, and two servers over it."""

    database: Server
    urls: list[str]
    held: dict[str, Held]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    database = Server()
    database.start()
    try:
        engine = Engine.open(Settings(index=database.location, generator="extractive"), create=True)
        engine.add([str(CORPUS)])
        engine.close()
        with serving(database.location, 2, RAG_AUTH="ada:secret", RAG_THREADS="1") as (urls, _), Visitor() as visitor:
            visitor.login(urls[0], "ada", "secret")
            settled(urls, visitor)
            yield Site(database, urls, alone(urls[0], visitor))
    finally:
        database.stop()


@pytest.fixture
def visitor(site: Site) -> Iterator[Visitor]:
    with Visitor() as arrived:
        arrived.login(site.urls[0], "ada", "secret")
        yield arrived


def test_users_who_go_from_server_to_server_see_their_own_conversation(site: Site, visitor: Visitor) -> None:
    seen = load(site.urls, site.held, USERS, SECONDS, visitor)
    assert len(seen.answered) > USERS
    assert (seen.errors, seen.foreign) == ([], [])


def test_an_article_put_in_elsewhere_is_answered_from_and_listed_by_every_server(
    site: Site, visitor: Visitor, tmp_path: Path
) -> None:
    text = "The lighthouse of Vargnes was painted green in May. Keeper Tove Aas said that the mayor chose the colour."
    (tmp_path / "lighthouse.md").write_text(f"---\ntitle: A green lighthouse\n---\n{text}", encoding="utf-8")
    engine = Engine.open(Settings(index=site.database.location, generator="extractive"))
    engine.add([str(tmp_path / "lighthouse.md")])
    for url in site.urls:
        visitor.kept = None
        told = visitor.ask(url, "Who is the keeper of the lighthouse of Vargnes?")["exchanges"][0]["answer"]
        assert "Tove Aas" in told["text"]
        assert "A green lighthouse" in visitor.listed(url)
    engine.remove([stored.article.article_id for stored in engine.articles() if "Vargnes" in stored.article.text])
    engine.close()
    visitor.kept = None
    assert visitor.ask(site.urls[1], "Who is the keeper of the lighthouse of Vargnes?")["exchanges"][0]["answer"][
        "abstained"
    ]


def test_while_the_database_is_gone_it_is_said_so_and_afterwards_conversations_go_on(
    site: Site, visitor: Visitor
) -> None:
    expected = site.held[OPENINGS[0]]
    visitor.ask(site.urls[0], OPENINGS[0])
    before = visitor.kept
    site.database.kill()
    back = threading.Timer(OUTAGE_S, site.database.start)
    back.start()
    ends, problems = time.monotonic() + OUTAGE_S + 40, list[str]()
    for url in itertools.cycle(site.urls):
        visitor.kept = before
        last = visitor.ask(url, expected[1]["question"])["exchanges"][-1]
        if last["problem"] is None or time.monotonic() > ends:
            break
        problems.append(last["problem"])
    back.join()
    assert all("database" in problem and "\n" not in problem for problem in problems)
    for url in site.urls:
        visitor.kept, seen = None, Seen()
        converse(visitor, itertools.repeat(url), expected, time.monotonic() + 60, seen)
        assert (seen.errors, seen.foreign, len(seen.answered)) == ([], [], len(expected))
    assert said([last])[0][3] == said(expected)[1][3]
