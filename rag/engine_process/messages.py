"""What parent and child say to each other; `number` tells which call is meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """Call a method of the engine, or read a property; with `progress`, tell how far it has come."""

    number: int
    method: str
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] | None = None
    progress: bool = False


@dataclass(frozen=True, slots=True)
class More:
    """Give the next items of the iterator that a call returned."""

    number: int


@dataclass(frozen=True, slots=True)
class Enough:
    """No more items are wanted."""

    number: int


@dataclass(frozen=True, slots=True)
class Goodbye:
    """Nothing more will be asked for."""


@dataclass(frozen=True, slots=True)
class Value:
    """What a call returned."""

    number: int
    value: Any


@dataclass(frozen=True, slots=True)
class Items:
    """The next items of an iterator; none means that it has ended."""

    number: int
    items: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """A method of the caller's progress is to be called with this argument."""

    number: int
    method: str
    argument: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """What a call raised."""

    number: int
    error: Exception


@dataclass(frozen=True, slots=True)
class Opening:
    """What is being done until the engine is open; None when it is."""

    status: str | None


@dataclass(frozen=True, slots=True)
class Ended:
    """The process is gone. Nobody sends this: it is what a reader of the pipe makes of its end."""

    number: int = 0


Request = Call | More | Enough | Goodbye
Reply = Value | Items | Progress | Failed | Opening | Ended
OPENING = 0  # the number of the opening itself, which nobody calls
