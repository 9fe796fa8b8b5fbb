"""Words that come from outside: escaping, links, dates."""

from __future__ import annotations

import pytest

from rag.web.text import day, esc, markdown, safe_url, shorten, site

REFUSED = [
    "javascript:alert(1)", "JAVASCRIPT:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)", "data:text/html,x",
    "vbscript:x", "file:///etc/passwd", "ftp://site.example/", "//site.example/", "/local", "", "site.example",
    "https://user@site.example/", "https://bank.example@evil.example/", "https://user:pass@site.example/",
    "https://еxample.org/", "https://site.example/\u202egpj.exe", "https://site.example/a b", "https://site.example/\n",
    "https:///nohost", "https://[::1", "https://site.example:99999/", "https://site.example\\@evil.example/",
    "http://site.example/" + "a" * 3000, "blob:https://site.example/1", "https://site.example/<script>\x00",
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED)
def test_a_url_that_is_not_plain_http_is_no_link(url: str) -> None:
    assert safe_url(url) is None


@pytest.mark.parametrize(
    "url", ["https://a.example/b?c=d#e", "http://a.example:8080/", "https://xn--e1afmkfd.example/"]
)
def test_a_plain_http_url_is_kept_as_it_is(url: str) -> None:
    assert safe_url(url) == url


def test_a_link_shows_the_host_it_leads_to() -> None:
    assert site("https://www.courier.example/x?y=https://other.example") == "courier.example"


def test_escaping_drops_characters_that_turn_text_around() -> None:
    assert esc("a\u202eb\u2066c\x00<") == "abc&lt;"


def test_markdown_of_foreign_words_holds_no_markup() -> None:
    assert markdown("![x](http://evil.example/p.png) <b>") == r"\!\[x\]\(http://evil.example/p.png\) \<b\>"


@pytest.mark.parametrize(
    ("published", "shown"),
    [
        ("2026-03-16", "16 March 2026"),
        ("2026-03-20T23:30:00+01:00", "20 March 2026"),
        ("spring", "spring"),
        (None, None),
    ],
)
def test_dates_are_shown_as_people_write_them(published: str | None, shown: str | None) -> None:
    assert day(published) == shown


def test_a_long_line_is_cut_at_a_word() -> None:
    assert shorten("one two three four", 12) == "one two…"
