"""The named endpoints take whatever a program sends: an answer or one sentence, never a server error or a traceback."""

from __future__ import annotations

import json
import os
import socket
import time
from functools import cache
from typing import Any

import httpx
import pytest
from fuzz_rounds import seed_of_round
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from page_served import served

from rag.web.asking import MAX_QUESTION_CHARS
from rag.web.logins import Attempts
from rag.web.security import MAX_BODY_BYTES

SECONDS = float(os.environ.get("FOOTNOTE_FUZZ_S", "20"))
ENDPOINTS = ("ask", "search")
LEAKS = ("Traceback", 'File "', "site-packages", '.py"', "Error:")
ODD = (
    None, True, -1, 0, 10**30, 1e308, [], {}, [[]], {"a": {"b": []}}, "", " ", "\x00", "a\x00b", "\ud800", "\udfff x",
    "x" * 2001, "x" * 100_000, "\u202eevil", "<script>", "';--", "{{7*7}}", "%s%n", "../../etc/passwd", "2026-13-45",
    "9999-12-31", "-1", "NaN", "\n" * 3000, "🏴" * 500, "cost", "How much did it cost?",
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(ODD),
    st.text(max_size=60),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8)),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
        max_leaves=12,
    ),
)


def call(url: str, endpoint: str, data: Any) -> tuple[int, str]:
    """Call an endpoint as a program does: join the queue, then read its events; return status and all text seen."""
    body = json.dumps({"data": data}).encode()
    headers = {"content-type": "application/json"}
    joined = httpx.post(f"{url}gradio_api/call/{endpoint}", content=body, headers=headers, timeout=30)
    if joined.status_code != 200:
        return joined.status_code, joined.text
    event = joined.json()["event_id"]
    told = httpx.get(f"{url}gradio_api/call/{endpoint}/{event}", timeout=30)
    return told.status_code, told.text


@cache
def defaults(url: str, endpoint: str) -> tuple[Any, ...]:
    """Return a valid value for each parameter of an endpoint, as it describes itself."""
    told = httpx.get(f"{url}gradio_api/info", timeout=30).json()["named_endpoints"][f"/{endpoint}"]["parameters"]
    return tuple(p["parameter_default"] if p["parameter_has_default"] else "How much did it cost?" for p in told)


def asked_with(url: str, endpoint: str, *given: Any, at: int = 0) -> tuple[int, str]:
    """Call an endpoint with these values from the place `at` on, and valid ones elsewhere."""
    data = list(defaults(url, endpoint))
    data[at : at + len(given)] = given
    return call(url, endpoint, data[: len(defaults(url, endpoint))])


def assert_no_leak(status: int, told: str) -> None:
    assert status < 500, told[:300]
    assert '{"error": null}' not in told, "an exception was not turned into a sentence"
    assert not any(leak in told for leak in LEAKS), told[:500]


@pytest.mark.parametrize("value", ODD[::3], ids=lambda v: repr(v)[:20])
def test_an_odd_question_is_answered_or_refused_in_a_sentence(url: str, value: object) -> None:
    assert_no_leak(*asked_with(url, "ask", value))


@pytest.mark.parametrize("place", range(1, 6))
def test_an_odd_argument_is_refused_in_a_sentence(url: str, place: int) -> None:
    for value in ({"a": 1}, "\ud800", 10**30):
        assert_no_leak(*asked_with(url, "ask", value, at=place))


@pytest.mark.parametrize("data", [None, {}, "text", [], [1] * 50, {"question": "x"}], ids=repr)
def test_arguments_of_another_number_are_refused(url: str, data: object) -> None:
    status, told = call(url, "search", data)
    assert "Traceback" not in told
    assert status in (200, 400, 413, 422, 500)  # Gradio's own check of the number of values is not ours to word


def test_deep_json_is_survived(url: str) -> None:
    body = b'{"data": ' + b"[" * 5000 + b"]" * 5000 + b"}"
    sent = httpx.post(f"{url}gradio_api/call/ask", content=body, headers={"content-type": "application/json"})
    assert "Traceback" not in sent.text
    assert httpx.get(url).status_code == 200


def test_a_question_beyond_the_limit_is_refused_in_a_sentence(url: str) -> None:
    for size in (MAX_QUESTION_CHARS + 1, MAX_BODY_BYTES // 2):
        _, told = asked_with(url, "ask", "x" * size)
        assert f"at most {MAX_QUESTION_CHARS:,} are read" in told, told[:300]


def test_an_upload_beyond_the_limit_is_refused_before_it_is_read(url: str) -> None:
    host, _, port = url.removeprefix("http://").rstrip("/").partition(":")
    head = f"POST /gradio_api/upload HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {10**12}\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(head.encode())
        assert line.recv(100).startswith(b"HTTP/1.1 413")


def test_guessing_a_password_is_slowed_down() -> None:
    attempts = Attempts(clock=lambda: 0.0)
    assert sum(attempts.allowed("guesser") for _ in range(500)) == 10


def test_logins_are_refused_after_ten_wrong_ones() -> None:
    with served(auth="ada:secret") as url:
        sent = [httpx.post(f"{url}login", data={"username": "ada", "password": f"x{n}"}).status_code for n in range(14)]
    assert set(sent[:10]) == {400}
    assert set(sent[10:]) == {429}


def fuzz(url: str, endpoint: str, seconds: float, examples: int = 50) -> int:
    """Call an endpoint with drawn values until the time is over; return how many calls were made."""
    ends, calls = time.monotonic() + seconds, 0

    def check(data: list[Any]) -> None:
        nonlocal calls
        if time.monotonic() < ends:
            calls += 1
            assert_no_leak(*asked_with(url, endpoint, *data))

    while time.monotonic() < ends:
        options = {"max_examples": examples, "database": None, "deadline": None}
        limited = settings(**options, suppress_health_check=list(HealthCheck))
        seed(seed_of_round(calls))(limited(given(st.lists(VALUES, min_size=1, max_size=6))(check)))()
    return calls


@pytest.mark.slow
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_no_call_of_an_endpoint_gives_a_server_error(url: str, endpoint: str) -> None:
    print(endpoint, fuzz(url, endpoint, SECONDS), "calls")
