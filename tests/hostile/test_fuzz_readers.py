"""Fuzzing by hypothesis: every target for `FOOTNOTE_FUZZ_S` seconds (20 unless told), each time with other seeds."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest
from fuzz_rounds import seed_of_round
from good_files import good_files
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from reader_targets import SUFFIXES, TARGETS

SECONDS = float(os.environ.get("FOOTNOTE_FUZZ_S", "20"))
_ROUND = 50
_FILES = {**good_files(), "a.xml": b"<?xml version='1.0'?><doc><p>Words of Lunsk.</p></doc>"}
_DATES = (
    b"Mon, 09 Mar 2026 08:00:00 +0100",
    b"2026-03-09T08:00:00.123+05:30",
    b"9. M\xc3\xa4rz 2026",
    b"2026-W10-1",
    b"09/03/2026",
    b"March 9th, 2026 at 8:00 pm EST",
    b"20260309T080000Z",
    b"9 mars 2026",
    "2026年3月9日".encode(),
)
_PIECES = (
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"<",
    b">",
    b"&#x0;",
    b"&a;",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"---\n",
    b"\n\n",
    b"*",
    b"[",
    b"](",
    b"|",
    b'"',
    b"{",
    b"}",
    b":",
    b"&a",
    b"*a",
    b"!!",
    b"=?utf-8?q?=?=",
    b"--b\n",
    b"\r",
    b"9" * 30,
    b"\xe2\x80\xae",
    b"<table><tr><td>",
    b"</p>",
    b"obj",
    b"stream",
    b"%",
    b"/Length 99999",
    b"PK\x01\x02",
    b"<w:tbl>",
    b"charset=",
    b"date: ",
)


def seeds_of(target: str) -> list[bytes]:
    """Return valid inputs of a target to start from."""
    if target == "dates":
        return list(_DATES)
    if target == "front matter":
        return [b"title: Harbour\npublished: 2026-03-09\nauthor: [A, B]\na: &x [1]\nb: *x"]
    return [_FILES[f"a.{SUFFIXES[target]}"]] if target in SUFFIXES else list(_FILES.values())


@st.composite
def damaged(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """Draw a valid input with up to eight changes, or plain noise."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=300))
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 8))):
        start = draw(st.integers(0, len(data)))
        length = draw(st.sampled_from((0, 0, 1, 4, 40)))
        piece = draw(st.one_of(st.sampled_from(_PIECES), st.binary(max_size=6), st.just(bytes(data[:60]))))
        data[start : start + length] = piece * draw(st.sampled_from((1, 1, 1, 3, 100)))
    return bytes(data)


def fuzz(target: str, seconds: float) -> int:
    """Run rounds of examples until the time is over; return how many were run."""
    ends, rounds = time.monotonic() + seconds, 0
    checks = list(HealthCheck)
    while time.monotonic() < ends:
        wrapped = given(damaged(seeds_of(target)))(TARGETS[target])
        limited = settings(max_examples=_ROUND, database=None, deadline=None, suppress_health_check=checks)(wrapped)
        seed(seed_of_round(rounds))(limited)()
        rounds += 1
    return rounds * _ROUND


@pytest.mark.slow
@pytest.mark.parametrize("target", sorted(TARGETS))
def test_no_input_breaks_a_reader(target: str, record_property: Any) -> None:
    record_property("examples", fuzz(target, SECONDS))


@pytest.mark.parametrize("target", sorted(set(TARGETS) - {"pptx", "docx", "html"}))
def test_a_little_fuzzing_breaks_no_reader(target: str) -> None:
    fuzz(target, 0.01)
