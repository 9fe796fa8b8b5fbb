"""Several `rag serve` over one database, and users whose conversations go from server to server.

Every conversation asks the same follow-ups, which mean something else in each: an answer that belongs to another user's
conversation differs from the one this conversation got when it was held alone.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import postgres_paths  # noqa: F401  (first: it says where the others are found)
from page_client import Visitor

FOLLOW_UPS = ("Who said so?", "When was that?")
OPENINGS = (
    "Who commanded the Russian contingent in Venezuela?",
    "Who is Russia's ambassador in Venezuela?",
    "Where were Maduro and his wife taken?",
    "How many Cuban security agents died in the operation?",
    "What was the U.S. operation called?",
)
_START_S = 240.0

Held = list[dict[str, Any]]  # the exchanges of a conversation, as the browser keeps them
Waits = list[tuple[float, float]]


@dataclass
class Seen:
    """What the users saw: begin and end of each answered question, what failed, and what was not theirs."""

    answered: Waits = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


@contextlib.contextmanager
def serving(location: str, servers: int, **environment: str) -> Iterator[tuple[list[str], list[int]]]:
    """Serve an index from so many processes; yield their addresses once they listen, and the ids of the processes."""
    known = {**os.environ, "RAG_INDEX": location, "RAG_PORT": "0", "RAG_GENERATOR": "extractive", **environment}
    command = [sys.executable, "-m", "rag", "serve"]
    begun = [subprocess.Popen(command, env=known, stdout=subprocess.PIPE, text=True) for _ in range(servers)]
    try:
        yield [_address(process) for process in begun], [process.pid for process in begun]
    finally:
        for process in begun:
            process.terminate()
        for process in begun:
            process.communicate(timeout=30)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    found = re.search(r"http://\S+/", process.stdout.readline())
    assert found is not None, "a server did not start"
    return found[0]


def alone(url: str, like: Visitor | None = None) -> dict[str, Held]:
    """Hold each conversation by itself at one server, logged in like somebody; return opening → its exchanges."""
    held: dict[str, Held] = {}
    for opening in OPENINGS:
        with Visitor.like(like) as visitor:
            for question in (opening, *FOLLOW_UPS):
                conversation = visitor.ask(url, question)
            held[opening] = conversation["exchanges"]
    meant = {exchange["answer"]["standalone_question"] for exchanges in held.values() for exchange in exchanges[1:]}
    assert len(meant) == len(OPENINGS) * len(FOLLOW_UPS), f"follow-ups mean the same in two conversations: {meant}"
    return held


def load(urls: Sequence[str], held: dict[str, Held], users: int, seconds: float, like: Visitor | None = None) -> Seen:
    """Let users converse for so many seconds, each question at another server than the one before."""
    seen, ends = Seen(), time.monotonic() + seconds
    threads = [threading.Thread(target=_user, args=(urls, held, number, ends, seen, like)) for number in range(users)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def _user(
    urls: Sequence[str], held: dict[str, Held], number: int, ends: float, seen: Seen, like: Visitor | None
) -> None:
    places = itertools.cycle([*urls[number % len(urls) :], *urls[: number % len(urls)]])
    openings = itertools.cycle([*OPENINGS[number % len(OPENINGS) :], *OPENINGS[: number % len(OPENINGS)]])
    while time.monotonic() < ends:
        with Visitor.like(like) as visitor:
            converse(visitor, places, held[next(openings)], ends, seen)


def converse(visitor: Visitor, places: Iterator[str], expected: Held, ends: float, seen: Seen) -> None:
    """Hold one conversation and compare it, after each answer, with how it goes when held alone."""
    for turn, exchange in enumerate(expected, 1):
        began = time.monotonic()
        if began >= ends:
            return
        try:
            found = visitor.ask(next(places), exchange["question"])["exchanges"]
        except Exception as error:  # noqa: BLE001 - whatever goes wrong for a user is what is counted
            seen.errors.append(f"{type(error).__name__}: {error}"[:300])
            return
        seen.answered.append((began, time.monotonic()))
        if said(found) != said(expected[:turn]):
            seen.foreign.append(f"{said(found)} is not {said(expected[:turn])}")


def said(exchanges: Held) -> list[tuple[object, ...]]:
    """Return what was asked, how it was understood, and what was answered."""
    return [
        (e["question"], e["problem"], *((e["answer"] or {}).get(name) for name in ("standalone_question", "text")))
        for e in exchanges
    ]


def settled(urls: Sequence[str], like: Visitor | None = None) -> None:
    """Wait until every server has loaded its models."""
    deadline = time.monotonic() + _START_S
    for url in urls:
        with Visitor.like(like) as visitor:
            while not visitor.ask(url, OPENINGS[0])["exchanges"][0]["answer"]:
                assert time.monotonic() < deadline, f"{url} answers nothing"
                time.sleep(0.5)
