"""What a worker of a cluster does: encodes texts, or answers questions. Runs in the workers' processes; knows no Ray.

A worker loads its encoder or engine with the first piece it is given and keeps it for the pieces that follow. It takes
secrets from its own environment or `rag.toml`, as none are sent to it.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rag import __version__
from rag.encoders.protocol import Encoder, Vectors
from rag.engine import Engine
from rag.errors import ClusterError, IndexStateError
from rag.evaluation.asking import Asker, Asking, Row
from rag.evaluation.question_sets import Question
from rag.locations import is_postgres
from rag.models import Models
from rag.settings import Settings, load_settings
from rag.stores import open_store

_SECRETS = frozenset({"openai_api_key", "auth"})
_PLACES = ("index", "encoder", "model", "models_dir", "reranker")


@dataclass(frozen=True, slots=True)
class Order:
    """What all pieces of a run have in common: its settings as JSON, and the version they belong to."""

    settings: str
    version: str = __version__


@dataclass(frozen=True, slots=True)
class Standing:
    """What a worker says of itself before it is given work."""

    version: str
    asks_for_a_token: bool


def order_of(settings: Settings) -> Order:
    """Return the order of these settings: folders made absolute, one thread unless told else, no secrets."""
    values = settings.model_dump(mode="json", exclude=set(_SECRETS))
    values["threads"] = settings.threads or 1
    for name in _PLACES:
        path = Path(values[name]).expanduser()
        if values[name] and not is_postgres(values[name]) and (name == "index" or path.exists()):
            values[name] = str(path.resolve())
    return Order(json.dumps(values, sort_keys=True))


def stand() -> Standing:
    """Return the version of this worker, and whether its cluster was started with a token."""
    return Standing(__version__, os.environ.get("RAY_AUTH_MODE") == "token")


def encode(order: Order, fingerprint: str, texts: Sequence[str]) -> Vectors:
    """Encode passages. Raises ClusterError when this worker's encoder would give other vectors than `fingerprint`."""
    encoder = _encoder(order)
    if encoder.fingerprint != fingerprint:
        held = f"holds other weights of the encoder {encoder.name} ({encoder.fingerprint}, not {fingerprint})"
        raise ClusterError(f"the worker on {socket.gethostname()} {held}; install the same packages on every machine")
    return encoder.encode(texts)


def answer(order: Order, asking: Asking, questions: Sequence[Question]) -> list[Row]:
    """Answer questions, a row each. Raises what opening the index raises."""
    asker = Asker(_engine(order, asking), asking)
    return [asker.row(question) for question in questions]


@cache
def _encoder(order: Order) -> Encoder:
    return Models(_settings(order)).encoder


@cache
def _engine(order: Order, asking: Asking) -> Engine:
    settings = _settings(order)
    try:
        engine = Engine(settings, open_store(settings.index, read_only=True))
    except IndexStateError as error:
        where = f"{socket.gethostname()} must see the index at the same place, in a shared folder or a database"
        raise IndexStateError(f"a worker cannot open the index ({error}); {where}") from None
    if asking.answers:
        engine.warm(asking.generator)
    return engine


def _settings(order: Order) -> Settings:
    if order.version != __version__:
        versions = f"holds Footnote {__version__}, the command is {order.version}"
        raise ClusterError(f"the worker on {socket.gethostname()} {versions}; install the same on every machine")
    values = json.loads(order.settings)
    unset = {name: None for name, value in values.items() if value is None}
    return load_settings(values).settings.model_copy(update=unset)
