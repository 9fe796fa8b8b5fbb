"""Fuzzing what no reader does: markers, settings, question sets, kept conversations; time in FOOTNOTE_FUZZ_S."""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fuzz_rounds import seed_of_round
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from rag.answering import Composer
from rag.attribution import as_quote, dated_label
from rag.drafts import draft_sentences
from rag.errors import InputError
from rag.evaluation.question_sets import read_questions
from rag.generators.protocol import Prompt
from rag.records import Evidence, Metadata
from rag.settings import load_settings
from rag.web.conversation import Conversation, dump, restore
from rag.web.text import esc, markdown, plain, safe_url

SECONDS = float(os.environ.get("FOOTNOTE_FUZZ_S", "20"))
MARKER = re.compile(r"[\[［【〔〖⟦]\s*\^?\d+\s*[\]］】〕〗⟧]")
TEXT = st.text(
    st.one_of(st.characters(), st.sampled_from("[]1９²［］【】^“”\"'‘.!?\n\r\u202e\u200b\x00<>&:$\\`*_(){}#")),
    max_size=80,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=15,
)
KEYS = st.sampled_from(("question", "answers", "answer", "id", "evidence", "date", "answerable", "x", "gold"))
FIELDS = ("index", "k", "port", "auth", "generator", "threads", "abstain_threshold", "max_file_mb", "openai_api_key")


class Says:
    """A generator that writes what it is given, a piece at a time."""

    name = "says"

    def __init__(self, text: str, size: int) -> None:
        self.text, self.size = text, size

    def stream(self, prompt: Prompt) -> Any:
        yield from (self.text[i : i + self.size] for i in range(0, len(self.text), self.size))


def check_markers(given: tuple[str, int]) -> None:
    for sentence in draft_sentences(Says(*given), Prompt("", "", 120), 20):
        assert not MARKER.search(sentence)
        assert "\n" not in sentence


def check_quotes(given: tuple[str, str, str]) -> None:
    words, outlet, day = given
    evidence = Evidence("a", 0, len(words), words, Metadata(outlet=outlet, published=day), 0.9)
    composer = Composer()
    composer.say(as_quote(evidence), "supported", [evidence])
    assert MARKER.findall(composer.text) == ["[1]"]
    assert not set('“”"«»') & set(dated_label(Metadata(outlet=outlet or None), "a"))


def refusal_of(call: Callable[[], object]) -> str | None:
    """Return the sentence with which a call refuses its input, or None; any other exception is a fault."""
    try:
        call()
    except InputError as error:
        return str(error)
    return None


def check_settings(given: tuple[str, dict[str, str], dict[str, Any]]) -> None:
    toml, environment, flags = given
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "rag.toml").write_bytes(toml.encode(errors="surrogatepass"))
        told = refusal_of(lambda: load_settings(flags, directory=Path(folder), environ=environment))
    secret = environment.get("RAG_OPENAI_API_KEY", "")
    assert told is None or told.strip()
    others = {**environment, "RAG_OPENAI_API_KEY": "", "toml": toml, "flags": str(flags)}
    if told is not None and len(secret) >= 6 and not any(secret in value for value in others.values()):
        assert secret not in told


def check_questions(given: tuple[str, bytes]) -> None:
    suffix, data = given
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"set.{suffix}"
        file.write_bytes(data)
        told = refusal_of(lambda: read_questions(file))
    assert told is None or told.strip()


def check_conversation(given: object) -> None:
    try:
        restored = restore(given)
    except InputError:
        return
    assert restore(json.dumps(dump(restored))) == restored


def check_shown(text: str) -> None:
    assert not set("<>\"'\x00\u202e\u200b") & set(esc(text))
    assert "\n" not in plain(text)
    assert not re.search(r"(?<!\\)(?:\\\\)*[\[\]<>`*_!]", markdown(text))
    assert (address := safe_url(text)) is None or address.startswith(("http://", "https://"))


def lines(rows: list[Any]) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode(errors="surrogatepass")


ROWS = st.lists(st.dictionaries(KEYS | TEXT, JSON, max_size=5) | JSON, max_size=4)
_kept = dump(Conversation("c1", ()))
TARGETS: dict[str, tuple[st.SearchStrategy[Any], Callable[[Any], None]]] = {
    "markers": (st.tuples(TEXT, st.integers(1, 9)), check_markers),
    "quotes": (st.tuples(TEXT, TEXT, TEXT), check_quotes),
    "settings": (
        st.tuples(
            TEXT | st.builds(lambda k, v: f"{k} = {json.dumps(v)}", st.sampled_from(FIELDS), TEXT | st.integers()),
            st.dictionaries(st.sampled_from([f"RAG_{f.upper()}" for f in FIELDS]), TEXT, max_size=3),
            st.dictionaries(st.sampled_from(FIELDS) | TEXT, JSON, max_size=2),
        ),
        check_settings,
    ),
    "evaluation files": (
        st.tuples(
            st.sampled_from(("jsonl", "csv", "txt")),
            st.binary(max_size=200) | ROWS.map(lines),
        ),
        check_questions,
    ),
    "conversations": (
        JSON | JSON.map(json.dumps) | st.lists(st.dictionaries(st.sampled_from(("exchange_id", "question", "asked_at",
            "generator", "answer", "hits", "filters")), JSON, max_size=7), max_size=3).map(
                lambda rows: json.dumps({**_kept, "exchanges": rows})), check_conversation,
    ),
    "shown text": (TEXT, check_shown),
}  # fmt: skip


def fuzz(target: str, seconds: float, examples: int = 100) -> int:
    """Run rounds of examples until the time is over; return how many were run."""
    strategy, check = TARGETS[target]
    ends, rounds = time.monotonic() + seconds, 0
    while rounds == 0 or time.monotonic() < ends:
        wrapped = given(strategy)(check)
        options = {"max_examples": examples, "database": None, "deadline": None}
        limited = settings(**options, suppress_health_check=list(HealthCheck))(wrapped)
        seed(seed_of_round(rounds))(limited)()
        rounds += 1
    return rounds * examples


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_a_little_fuzzing_breaks_nothing(target: str) -> None:
    fuzz(target, 0, 25)


@pytest.mark.slow
@pytest.mark.parametrize("target", sorted(TARGETS))
def test_no_input_breaks_anything(target: str) -> None:
    print(target, fuzz(target, SECONDS), "examples")
