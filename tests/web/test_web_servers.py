"""Several servers behind one address: what a visitor relies on is with the visitor, in no process."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from page_client import Visitor
from web_fakes import COST, CREW, REPRINT, FakeEngine

from rag.errors import IndexStateError
from rag.records import Filters
from rag.web import door
from rag.web.conversation import new_conversation, new_exchange
from rag.web.passes import VALID_S, Passes
from rag.web.standing import Standing

_SERVE = """
import sys
sys.path.insert(0, sys.argv[1])
from web_fakes import FakeEngine
from rag.settings import Settings
from rag.web.server import start
settings = [Settings(port=0, index=place, auth="ada:secret") for place in sys.argv[2:]]
servings = [start(one, lambda report: FakeEngine()) for one in settings]
print(*(serving.url for serving in servings), flush=True)
servings[0].wait()
"""
Arrive = Callable[..., Visitor]


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Two servers with the same logins, in one process only because that starts sooner."""
    places = [str(tmp_path_factory.mktemp("index")) for _ in range(2)]
    command = [sys.executable, "-c", _SERVE, str(Path(__file__).parent), *places]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()
        process.terminate()


@pytest.fixture
def arrive(urls: list[str]) -> Iterator[Arrive]:
    """Make visitors, who have logged in at the first server unless told otherwise."""
    with contextlib.ExitStack() as stack:

        def arrived(password: str = "secret") -> Visitor:
            visitor = stack.enter_context(Visitor())
            visitor.login(urls[0], "ada", password)
            return visitor

        yield arrived


def test_a_conversation_goes_on_at_another_server(urls: list[str], arrive: Arrive) -> None:
    visitor, asked = arrive(), [COST, CREW, "Who leads the inquiry?"]
    for question, url in zip(asked, [*urls, urls[0]], strict=True):
        conversation = visitor.ask(url, question)
    assert [e["question"] for e in conversation["exchanges"]] == asked
    assert all(e["answer"] for e in conversation["exchanges"])


def test_two_visitors_of_one_server_share_no_conversation(urls: list[str], arrive: Arrive) -> None:
    arrive().ask(urls[0], COST)
    assert [e["question"] for e in arrive().ask(urls[0], CREW)["exchanges"]] == [CREW]


def test_a_login_counts_at_every_server_with_the_same_logins(urls: list[str], arrive: Arrive) -> None:
    assert [arrive().user(url) for url in urls] == ["ada", "ada"]
    assert [arrive("wrong").user(url) for url in urls] == [None, None]


def test_without_a_login_nothing_is_answered(urls: list[str], arrive: Arrive) -> None:
    with pytest.raises((RuntimeError, KeyError)):
        arrive("wrong").ask(urls[0], COST)


def test_logging_out_takes_the_pass_from_the_browser(urls: list[str], arrive: Arrive) -> None:
    visitor = arrive()
    visitor.http.get(f"{urls[1]}logout")
    assert visitor.user(urls[0]) is None


def test_what_another_process_indexed_is_listed_at_the_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine()
    opened = door.Door(lambda report: engine)
    opened.start()
    while not opened.complete:
        time.sleep(0.01)
    engine.stored[REPRINT.article_id] = REPRINT
    opened.look_again()
    before = opened.corpus.total
    monkeypatch.setattr(door, "_LOOK_S", 0.0)
    opened.look_again()
    assert (before, opened.corpus.total) == (2, 3)
    assert "Skarholm Weekly" in opened.corpus.outlets


def test_an_index_that_cannot_be_read_leaves_lists_and_conversations_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = FakeEngine()
    opened = door.Door(lambda report: engine)
    opened.start()
    while not opened.complete:
        time.sleep(0.01)
    monkeypatch.setattr(door, "_LOOK_S", 0.0)
    monkeypatch.setattr(FakeEngine, "fingerprint", property(lambda _: _fail()))
    monkeypatch.setattr(engine, "source_state", lambda *_: _fail())
    opened.look_again()
    exchange = new_exchange(COST, generator="extractive", filters=Filters(), articles=2, status="")
    asked = new_conversation().with_last(exchange.finished(engine.ask(COST)))
    assert opened.corpus.total == 2
    assert opened.standing(asked) == Standing()


def _fail() -> NoReturn:
    raise IndexStateError("the database has gone")


def test_a_pass_holds_for_its_days_and_not_if_a_letter_of_it_was_changed() -> None:
    now = [1_000_000.0]
    passes = Passes("ada:secret", clock=lambda: now[0])
    issued = passes.issue("Ada Løve")
    assert passes[issued] == "Ada Løve"
    for at, letter in enumerate(issued):
        assert passes.get(issued[:at] + ("A" if letter != "A" else "B") + issued[at + 1 :]) is None
    for forged in ("", ".", "..", "QQ.9999999999.", issued.rpartition(".")[0], "é" * 3000, None):
        assert passes.get(forged) is None  # type: ignore[call-overload]
    now[0] += VALID_S + 1
    assert passes.get(issued) is None


def test_a_pass_of_other_logins_is_none() -> None:
    assert Passes("ada:other").get(Passes("ada:secret").issue("ada")) is None
