"""What fuzzing and hostile files have found: each input once hung, crashed, vanished or was misread."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import pytest

from rag.errors import ReadError
from rag.readers import Failure, read
from rag.readers.dates import iso_date
from rag.readers.decoding import decode
from rag.readers.kinds import kind_of
from rag.readers.origin import Origin, ReadLimits
from rag.readers.parsing import parsed
from rag.readers.tables import parse_csv
from rag.records import Article

WORDS = "The harbour of Lunsk reopened on Monday after eleven days of storm damage, the port authority said."
ORIGIN = Origin("/data/a", "a")


def outcomes(kind: str, data: bytes) -> list[Article | Failure]:
    return list(parsed(kind, data, ORIGIN, ReadLimits()))


@pytest.mark.parametrize("head", [b"<!-- -->" * 8000, b"<?a?>" * 12_000, b"<!doctype a[]>" * 4000, b"<!--" * 16_000])
def test_a_format_is_told_in_no_time_whatever_stands_in_front(head: bytes) -> None:
    started = time.perf_counter()
    kind_of(head + b"x", "a.txt")
    assert time.perf_counter() - started < 1


def test_front_matter_that_repeats_itself_by_reference_stays_small() -> None:
    lines = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    text = "\n".join(["---", "a0: &a0 [x, x]", *lines, "author: *a8", "---", WORDS])
    (article,) = outcomes("markdown", text.encode())
    assert isinstance(article, Article)
    assert article.metadata.author is None


def test_many_lines_like_dates_are_read_in_time() -> None:
    lines = "".join(
        f"Foo {i % 28 + 1} of {1900 + i % 200}\nJuin {i % 28 + 1} of {1900 + i % 200}\n" for i in range(250)
    )
    started = time.perf_counter()
    outcomes("text", f"{WORDS}\n\n{WORDS}\n\n{lines}".encode())
    assert time.perf_counter() - started < 6


@pytest.mark.parametrize("text", ["2026-03-09T08:02+05.30", "2026-03-09T08:02:00-05:30:00.5"])
def test_an_offset_finer_than_a_second_leaves_the_day(text: str) -> None:
    assert iso_date(text) == "2026-03-09"


def test_a_member_of_an_archive_without_a_name_does_not_hide_the_others() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("folder/", "")
        for name in ("a.txt", "b.txt"):
            archive.writestr(name, WORDS)
        archive.filelist[-1].filename = ""  # in the list of contents, as the file was found
    named, read_first = sorted(outcomes("zip", packed.getvalue()), key=lambda one: isinstance(one, Article))
    assert isinstance(named, Failure)
    assert "\n" not in named.error
    assert isinstance(read_first, Article)


def test_a_member_packed_by_lzma_and_damaged_is_called_damaged() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.txt", WORDS)
    begin = packed.getvalue().index(b"a.txt") + len(b"a.txt")
    damaged = bytearray(packed.getvalue())
    damaged[begin + 4] = 0xFF  # the first of the properties behind version and size
    (failure,) = outcomes("zip", bytes(damaged))
    assert isinstance(failure, Failure)
    assert failure.error.startswith("it is damaged or packed in an unknown way")


def test_a_mailbox_without_messages_is_named() -> None:
    with pytest.raises(ReadError, match="no message"):
        outcomes("mbox", b"From a\n" * 5)


@pytest.mark.parametrize(
    "date", [f"Mon, {'9' * 32} Mar 2026 08:00:00 +0100", f"Mon, 9 Mar 2026 08:00:00 +{'9' * 32}00"]
)
@pytest.mark.parametrize(("kind", "before"), [("mail", ""), ("mbox", "From x Mon Mar  9 08:00:00 2026\n")])
def test_a_date_too_large_for_a_clock_is_no_date(kind: str, before: str, date: str) -> None:
    head = f"{before}From: Ana Brell <ana@lunsk.example>\nSubject: Harbour\nDate: {date}\n\n"
    (article,) = outcomes(kind, f"{head}{WORDS}\n\n{WORDS}\n".encode())
    assert isinstance(article, Article)
    assert (article.metadata.title, article.metadata.published) == ("Harbour", None)


def test_a_table_of_a_header_only_is_named() -> None:
    with pytest.raises(ReadError, match="only a header"):
        outcomes("csv", b"id,text\n")


def test_a_line_too_long_for_any_article_is_refused_without_being_held() -> None:
    with pytest.raises(ReadError, match="longer than"):
        list(parse_csv(io.BytesIO(b"a" * 9_000_000), ORIGIN, ReadLimits()))


def test_thousands_of_bad_rows_are_counted_and_not_all_named(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("".join(f'{{"text": "Words {i}."}}\n' for i in range(300)) + "{}\n" * 1500 + '{"text": "Last."}\n')
    found = list(read([str(file)]))
    assert isinstance(found[-2], Article)
    assert isinstance(found[-1], Failure)
    assert (len(found), found[-1].error) == (1302, "500 more parts of it could not be read")


def test_a_table_of_nothing_but_bad_rows_is_given_up(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("{}\n" * 50_000)
    *named, last = read([str(file)])
    assert isinstance(last, Failure)
    assert "the rest was not tried" in last.error
    assert len(named) == 1000


@pytest.mark.parametrize("label", ["\x80", "hex", "punycode", "unicode_escape", "no-such-charset"])
def test_a_label_that_names_no_charset_is_passed_over(label: str) -> None:
    assert decode(("Häfen. " * 60).encode() + b"\xff", label).text.startswith("Häfen. ")


def test_a_date_that_htmldate_guesses_from_an_ambiguous_one_is_not_taken() -> None:
    page = f"<html><head><meta name='date' content='11/01/2023'></head><body><nav>a</nav><p>{WORDS}</p></body></html>"
    (article,) = outcomes("html", page.encode())
    assert isinstance(article, Article)
    assert article.metadata.published is None


@pytest.mark.parametrize(("near", "published"), [
    ("<h1>Harbour reopens</h1><p>Lunsk, 9 March 2026</p>", "2026-03-09"),
    ("<p>09.03.2026 - Redaktion: A. Brell</p><h1>Harbour reopens</h1>", "2026-03-09"),
    ("<h1>Harbour reopens</h1><p>Written: 2026-03-09 15:03:30 / Updated: 2026-03-11 15:30:46</p>", "2026-03-09"),
    ("<h1>Harbour reopens</h1><p>Updated 11 March 2026</p>", None),
    ("<h1>Harbour reopens</h1><p>9 March 2026</p><p>12 March 2026</p>", None),
    (f"<h1>Harbour reopens</h1><p>{WORDS} It had closed on 26 February 2026.</p>", None),
])  # fmt: skip
def test_a_date_printed_beside_the_headline_is_the_publication_date(near: str, published: str | None) -> None:
    page = f"<html><head><title>Harbour reopens</title></head><body><nav>a</nav>{near}<p>{WORDS}</p></body></html>"
    (article,) = outcomes("html", page.encode())
    assert isinstance(article, Article)
    assert article.metadata.published == published


def test_a_date_in_broken_json_counts() -> None:
    script = '<script type="application/ld+json">{"a": 1}, {"datePublished": "2026-03-09T08:00:00+01:00"}</script>'
    page = f"<html><head>{script}</head><body><nav>a</nav><p>{WORDS}</p></body></html>"
    (article,) = outcomes("html", page.encode())
    assert isinstance(article, Article)
    assert article.metadata.published == "2026-03-09T08:00:00+01:00"


def test_a_title_cut_at_a_blank_ends_with_a_word() -> None:
    page = f"<html><head><title>{'a' * 999} harbour</title></head><body><h1>{'a' * 999} harbour</h1><p>{WORDS}</p>"
    (article,) = outcomes("html", page.encode())
    assert isinstance(article, Article)
    assert article.metadata.title == "a" * 999


def test_a_feed_of_one_escape_is_refused_in_a_sentence() -> None:
    with pytest.raises(ReadError, match="no article text in it"):
        outcomes("feed", b"\x1b$)C")


def test_a_date_with_an_endless_number_is_unknown() -> None:
    assert iso_date("Mon, 09 Mar 2026 08:99999999999999999999999999999900:00 +0100") is None
