"""Canonical text, encodings, dates and plain text."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import ReadError
from rag.readers.canonical import canonical, one_line
from rag.readers.dates import iso_date
from rag.readers.decoding import decode
from rag.readers.plain import paragraphs_in

CZECH = (
    "Ministr řekl, že příští týden začnou opravy mostu. Žádné další zdržení prý už nehrozí, šéf stavby to potvrdil. "
    * 6
)


@given(st.lists(st.text()))
def test_canonical_text_is_a_fixed_point_in_nfc(paragraphs: list[str]) -> None:
    text = canonical(paragraphs)
    assert canonical(text.split("\n\n")) == text
    assert unicodedata.is_normalized("NFC", text)
    assert not {"\0", "\r", "\u200b", "\u202e", "\ufeff", "\t"} & set(text)


@given(st.text())
def test_canonical_text_can_be_stored_as_utf_8(text: str) -> None:
    assert one_line(text + "\ud800").encode("utf-8").decode("utf-8") == one_line(text)


def test_invisible_characters_are_dropped_and_joiners_kept_where_needed() -> None:
    assert one_line("pay\u200bload\u202e x\u00ady\U000e0041") == "payload xy"
    assert one_line("می\u200cخواهم a\u200cb 👩\u200d🚀") == "می\u200cخواهم ab 👩\u200d🚀"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "cp1250", "iso8859_2"]
)
def test_text_is_decoded_by_its_true_encoding(encoding: str) -> None:
    assert decode(CZECH.encode(encoding)).text == CZECH


@pytest.mark.parametrize(("encoding", "text"), [
    ("cp1251", "Порт открылся в понедельник, сообщила администрация. Паром выйдет в четверг, если позволит ветер. "),
    ("shift_jis", "港は月曜日に再開した。復旧には春いっぱいかかると港長は話している。"),
    ("iso2022_jp", "港は月曜日に再開した。復旧には春いっぱいかかると港長は話している。"),
    ("cp1252", "La jetée a rouvert lundi après onze jours, a indiqué la capitainerie. « Il faudra », dit-elle. "),
])  # fmt: skip
def test_undeclared_encodings_are_detected(encoding: str, text: str) -> None:
    assert decode((text * 8).encode(encoding)).text == text * 8


def test_a_wrong_declaration_loses_to_utf_8() -> None:
    assert decode("Škoda už přijela".encode(), "iso-8859-1").text == "Škoda už přijela"


@pytest.mark.parametrize("data", [b"", b" \n", bytes(range(256)) * 8, b"text\x00with\x01\x02\x03control\x04bytes"])
def test_empty_and_binary_content_is_refused(data: bytes) -> None:
    with pytest.raises(ReadError, match=r"empty|binary"):
        decode(data)


@pytest.mark.parametrize(("written", "iso"), [
    ("2026-01-08", "2026-01-08"),
    ("2026-01-08T10:30:00+05:30", "2026-01-08T10:30:00+05:30"),
    ("2026-01-08T10:30:00Z", "2026-01-08T10:30:00+00:00"),
    ("2026-01-08T10:30:00", "2026-01-08"),
    ("Thu, 08 Jan 2026 10:30:00 -0500", "2026-01-08T10:30:00-05:00"),
    ("Jan 8, 2026", "2026-01-08"),
    ("Thursday, 8th January 2026", "2026-01-08"),
    ("8 janvier 2026", "2026-01-08"),
    ("8. März 2026", "2026-03-08"),
    ("2026年1月8日", "2026-01-08"),
    ("31/01/2026", "2026-01-31"),
    ("08.01.2026", "2026-01-08"),
    ("8. 1. 2026", "2026-01-08"),
    ("10:30 AM IST Jan 8, 2026", "2026-01-08"),
    ("ב-8 בינואר 2026", "2026-01-08"),
])  # fmt: skip
def test_dates_become_iso_8601(written: str, iso: str) -> None:
    assert iso_date(written) == iso


@pytest.mark.parametrize(
    "written",
    ["", "3 hours ago", "yesterday", "03/04/2026", "January 2026", "2026", "12 monkeys of 1995", "2026-02-31"],
)
def test_what_is_no_certain_date_is_unknown(written: str) -> None:
    assert iso_date(written) is None


def test_a_moment_keeps_its_offset() -> None:
    assert iso_date(datetime(2026, 1, 8, 10, tzinfo=UTC)) == "2026-01-08T10:00:00+00:00"


def test_hard_wrapped_lines_are_joined() -> None:
    text = (
        "The harbour of Lunsk reopened on Monday after eleven days\n"
        "of storm damage, the port authority said, and the ferry\nsails again.\n"
    )
    assert paragraphs_in(text) == [" ".join(text.split())]


def test_lines_that_were_not_wrapped_are_paragraphs() -> None:
    lines = [
        "A first paragraph on one line, which is longer than any line would be wrapped at, because nobody "
        "wrapped it here at all, ever.",
        "Two.",
    ]
    assert paragraphs_in("\n".join(lines)) == lines
