"""JSON Lines, JSON, CSV and Markdown."""

from __future__ import annotations

import io
import json

import pytest

from rag.errors import ReadError
from rag.readers.markdown import parse as parse_markdown
from rag.readers.origin import Failure, Origin, ReadLimits
from rag.readers.tables import parse_csv, parse_json, parse_jsonl
from rag.records import Article, Metadata

ORIGIN = Origin("/data/wire.jsonl", "wire.jsonl")
ROW = {
    "id": "w-7", "title": "Harbour reopens", "publisher": "Lunsk Press",
    "body": "It reopened on Monday.\n\nThe ferry follows.",
    "date": "2026-03-09T08:00:00+01:00", "url": "https://lunsk.example/a", "author": "A. Brell", "language": "en-GB",
}  # fmt: skip


def jsonl(*lines: str) -> list[Article | Failure]:
    return list(parse_jsonl(io.BytesIO("\n".join(lines).encode()), ORIGIN, ReadLimits()))


def csv(text: str) -> list[Article | Failure]:
    return list(parse_csv(io.BytesIO(text.encode()), ORIGIN, ReadLimits()))


def markdown(text: str) -> Article:
    (article,) = parse_markdown(text.encode(), Origin("/data/a.md", "a.md"))
    return article


def test_a_row_of_json_lines_is_an_article_with_all_its_metadata() -> None:
    (article,) = jsonl(json.dumps(ROW))
    stated = Metadata(
        "Harbour reopens", "Lunsk Press", "A. Brell", "2026-03-09T08:00:00+01:00", "https://lunsk.example/a", "en"
    )
    assert article == Article("w-7", "It reopened on Monday.\n\nThe ferry follows.", stated, "/data/wire.jsonl#w-7")


def test_a_bad_line_is_a_failure_that_names_it_and_the_rest_goes_on() -> None:
    outcomes = jsonl(json.dumps(ROW), "", "{broken", '{"id": "x"}', '["no object"]', json.dumps(ROW))
    failures = [outcome.error.split(":")[0] for outcome in outcomes if isinstance(outcome, Failure)]
    assert failures == ["line 3", "line 4", "line 5"]
    assert len(outcomes) == 5


def test_a_row_without_an_id_keeps_its_id_when_rows_move() -> None:
    row = {key: value for key, value in ROW.items() if key != "id"}
    (first,) = jsonl(json.dumps(row))
    _, moved = jsonl(json.dumps(ROW), json.dumps(row | {"body": "Corrected."}))
    assert isinstance(first, Article)
    assert isinstance(moved, Article)
    assert first.article_id == moved.article_id


def test_fields_lose_only_what_is_furniture_beyond_doubt() -> None:
    (article,) = jsonl(json.dumps({"id": "a", "text": "One.\n\nAdvertisement\n\nComments\n\nTwo."}))
    assert isinstance(article, Article)
    assert article.text == "One.\n\nComments\n\nTwo."


def test_markup_in_a_field_becomes_paragraphs() -> None:
    (article,) = jsonl(json.dumps({"id": "a", "text": "<p>One &amp; only.</p><p>Two<br/>lines.</p>"}))
    assert isinstance(article, Article)
    assert article.text == "One & only.\n\nTwo\n\nlines."


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_columns_are_found_by_name_whatever_the_delimiter(delimiter: str) -> None:
    rows = [["ID", "Headline", "Content", "Published"], ["a", "Storm", '"One, two; three.\n\nFour."', "9 March 2026"]]
    (article,) = csv("\n".join(delimiter.join(row) for row in rows))
    assert isinstance(article, Article)
    assert (article.article_id, article.text) == ("a", "One, two; three.\n\nFour.")
    assert (article.metadata.title, article.metadata.published) == ("Storm", "2026-03-09")


def test_a_csv_row_without_text_is_a_failure_that_names_its_line() -> None:
    first, failure = csv("id,text\na,Words.\nb,\n")
    assert isinstance(first, Article)
    assert isinstance(failure, Failure)
    assert failure.error.startswith("line 3")


def test_a_csv_with_articles_under_an_unknown_name_says_so() -> None:
    with pytest.raises(ReadError, match="rename 'artikel'"):
        csv("id,artikel\n1," + "Viele Worte. " * 40)


def test_a_json_list_is_a_list_of_articles() -> None:
    data = json.dumps({"articles": [ROW, {"id": "empty"}]}).encode()
    article, failure = parse_json(data, ORIGIN)
    assert isinstance(article, Article)
    assert isinstance(failure, Failure)


def test_markdown_becomes_plain_text_with_its_headings() -> None:
    body = (
        "# Storm\n\nIt *reopened* on [Monday](https://x.example).\n\n- one\n- two\n\n| a | b |\n|---|---|\n| c | d |\n"
    )
    article = markdown(body)
    assert article.text == "Storm\n\nIt reopened on Monday.\n\none\n\ntwo\n\na | b\n\nc | d"
    assert article.metadata == Metadata(title="Storm")


def test_front_matter_is_metadata_read_as_written() -> None:
    article = markdown(
        "---\nid: 007\ntitle: No\noutlet:\nsource: retold\npublished: 2026-03-09\nlanguage: en\n---\nWords.\n"
    )
    assert (article.article_id, article.text) == ("007", "Words.")
    assert article.metadata == Metadata(title="No", published="2026-03-09", language="en")


def test_broken_front_matter_is_refused_with_its_line() -> None:
    with pytest.raises(ReadError, match=r"not YAML in line 2"):
        markdown("---\ntitle: a: b: c\n---\nWords.\n")
