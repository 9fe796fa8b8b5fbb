"""What is drawn: hostile words stay words, markers and cards belong together, a refusal looks like one."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from web_fakes import ARTICLES, COST, COSTS, HARBOUR, INQUIRY, PAYLOADS, REPRINT, FakeEngine, answer, evidence

from rag.records import AnswerSentence, Article, Claim, Disagreement, Filters, Metadata
from rag.stores.protocol import StoredArticle
from rag.web.article_view import article_html, opened_html
from rag.web.conversation import Conversation, Exchange, new_exchange
from rag.web.render import conversation_html, searched_line, welcome_html
from rag.web.sources import articles_html, sources_html
from rag.web.standing import Standing

DRAWN = {
    "article", "blockquote", "button", "caption", "circle", "dd", "details", "div", "dl", "dt", "h2", "h3", "header",
    "i", "li", "mark", "ol", "p", "path", "rect", "section", "span", "strong", "summary", "svg", "table", "tbody", "td",
    "th", "thead", "time", "tr", "ul", "a", "h1",
}  # fmt: skip


class Page(HTMLParser):
    """The elements and the visible text of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.marks, self._mark = "", [""], 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._mark += tag == "mark"

    def handle_endtag(self, tag: str) -> None:
        if tag == "mark":
            self._mark -= 1
            self.marks.append("")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._mark:
            self.marks[-1] += data


def exchange(question: str = COST, **changes: object) -> Exchange:
    made = new_exchange(question, generator="extractive", filters=Filters(), articles=2, status="Searching…")
    return replace(made, **changes)  # type: ignore[arg-type]


def talk(*exchanges: Exchange) -> Conversation:
    return Conversation("c1", exchanges)


def hostile(payload: str) -> tuple[Article, Exchange]:
    article = Article(
        "a1", f"Before it. {payload} After it.", Metadata(payload, payload, payload, payload, payload), "s"
    )
    cited = evidence(article, payload)
    spoken = answer(payload, cited=[cited], articles=[article])
    side = Disagreement(payload, (Claim(payload, (cited,)),))
    return article, exchange(payload).finished(
        replace(spoken, disagreements=(side,), notice=payload, generator=payload)
    )


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_words_are_drawn_as_words(payload: str) -> None:
    article, spoken = hostile(payload)
    html = (
        conversation_html(talk(spoken), [payload])
        + sources_html(talk(spoken))
        + article_html(article, [], (11, 12))
        + opened_html(FakeEngine([]), "a1", "x", spoken.evidence, (11, 12), now=False)
        + articles_html([StoredArticle(article, 1)], 1) + welcome_html([payload], 1, 1, payload, payload)
    )  # fmt: skip
    page = Page(html)
    assert {tag for tag, _ in page.elements} <= DRAWN - {"a"}
    assert not [
        name for _, attributes in page.elements for name in attributes if name.startswith("on") or name == "style"
    ]
    assert page.text.count(payload) >= 8


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_problem_that_repeats_hostile_words_is_drawn_as_words(payload: str) -> None:
    page = Page(conversation_html(talk(exchange(payload, status=None, problem=payload, stopped=True))))
    assert {tag for tag, _ in page.elements} <= DRAWN


def test_each_marker_has_its_quote_and_each_quote_its_marker() -> None:
    cited = [evidence(HARBOUR, "Engineers replaced 14 bollards"), evidence(INQUIRY, "Inspector Tomas Reve")]
    conversation = talk(exchange().finished(answer(COST, cited=cited)))
    markers = [a for tag, a in Page(conversation_html(conversation)).elements if a.get("data-act") == "cite"]
    quotes = [a for tag, a in Page(sources_html(conversation)).elements if a.get("class") == "quote"]
    assert [(m["data-turn"], m["data-marker"]) for m in markers] == [(q["data-turn"], q["data-marker"]) for q in quotes]
    assert [q["id"] for q in quotes] == [f"cite-{m['data-turn']}-{m['data-marker']}" for m in markers]


def test_a_card_marks_exactly_the_quote() -> None:
    cited = evidence(HARBOUR, "“We worked in shifts for nine days”, she told the Courier.")
    assert Page(sources_html(talk(exchange().finished(answer(COST, cited=[cited]))))).marks[:-1] == [cited.quote]


def test_quotes_of_one_article_share_a_card() -> None:
    cited = [evidence(HARBOUR, "Ines Dahl"), evidence(INQUIRY, "warnings"), evidence(HARBOUR, "Skarholm")]
    page = Page(sources_html(talk(exchange().finished(answer(COST, cited=cited)))))
    assert sum(tag == "article" for tag, _ in page.elements) == 2


def test_a_whole_article_is_drawn_unchanged_with_the_span_in_focus() -> None:
    cited = evidence(HARBOUR, "Engineers replaced 14 bollards, said harbour master Ines Dahl.")
    page = Page(article_html(HARBOUR, [cited], (cited.start, cited.end)))
    assert HARBOUR.text in page.text
    assert page.marks[:-1] == [cited.quote]
    assert [a["id"] for tag, a in page.elements if tag == "mark"] == ["focus"]


def test_spans_that_overlap_are_marked_once() -> None:
    first, second = evidence(HARBOUR, "Engineers replaced 14 bollards"), evidence(HARBOUR, "replaced 14 bollards, said")
    page = Page(article_html(HARBOUR, [first, second], (second.start, second.end)))
    assert page.marks[:-1] == [second.quote]
    assert HARBOUR.text in page.text


def changed_engine(text: str) -> FakeEngine:
    engine = FakeEngine([replace(HARBOUR, text=text)])
    engine.earlier.append(HARBOUR)
    return engine


def opened(engine: FakeEngine, *, now: bool = False) -> Page:
    cited = evidence(HARBOUR, "Engineers replaced 14 bollards")
    return Page(opened_html(engine, "harbour", cited.version, [cited], (cited.start, cited.end), now=now))


def test_a_source_that_changed_since_is_shown_as_it_was_cited() -> None:
    page = opened(changed_engine("Quite another text than the one that was cited here."))
    assert "has changed since the answer was written" in page.text
    assert HARBOUR.text in page.text
    assert page.marks[:-1] == ["Engineers replaced 14 bollards"]
    assert [a["data-now"] for _, a in page.elements if "data-now" in a] == ["yes"]


def test_the_present_text_of_a_changed_source_marks_the_words_where_they_stand_now() -> None:
    text = "Corrected on Friday.\n\nEngineers replaced 14 bollards, and then two more."
    page = opened(changed_engine(text), now=True)
    assert "still stand in it" in page.text
    assert text in page.text
    assert page.marks[:-1] == ["Engineers replaced 14 bollards"]


def test_the_present_text_without_the_words_cited_marks_nothing() -> None:
    page = opened(changed_engine("Quite another text than the one that was cited here."), now=True)
    assert "no longer stand in it" in page.text
    assert page.marks == [""]


def test_a_source_that_was_removed_shows_what_was_cited_of_it() -> None:
    page = opened(FakeEngine([INQUIRY]))
    assert "was removed from the index" in page.text
    assert page.marks[:-1] == ["Engineers replaced 14 bollards"]


def test_an_article_that_is_gone_is_named() -> None:
    page = Page(opened_html(FakeEngine([]), "harbour", "", [], (0, 0), now=False))
    assert "The article harbour is no longer in the index." in page.text


def test_a_quote_that_is_not_at_its_span_is_told_and_not_marked() -> None:
    cited = evidence(HARBOUR, "Engineers replaced 14 bollards")
    page = Page(article_html(replace(HARBOUR, text="Another text than was cited."), [cited], (5, 9)))
    assert "no longer where it was cited from" in page.text
    assert cited.quote not in page.marks


def test_a_card_tells_that_its_source_changed_and_who_else_prints_it() -> None:
    cited = replace(evidence(HARBOUR, "Ines Dahl"), copies=("reprint", "unknown"))
    standing = Standing({("harbour", cited.version): "changed"}, {"reprint": REPRINT.metadata})
    page = Page(sources_html(talk(exchange().finished(answer(COST, cited=[cited]))), standing))
    assert "Changed since this was cited" in page.text
    assert "Also in: Skarholm Weekly" in page.text
    assert "reprint" in [a.get("data-article") for _, a in page.elements]


@pytest.mark.parametrize(
    ("relation", "caption"),
    [("contradiction", "The sources disagree: the cost of"), ("update", "Reports changed with time: the cost of")],
)
def test_a_disagreement_has_a_row_a_claim_whose_sources_open_at_the_words(relation: str, caption: str) -> None:
    told = replace(answer(COST), abstained=False, disagreements=(replace(COSTS, relation=relation),))  # type: ignore[arg-type]
    told = replace(told, sentences=(AnswerSentence("It is told.", "no_claim"),))
    page = Page(conversation_html(talk(exchange().finished(told))))
    spans = [
        (a["data-article"], int(a["data-start"] or 0))
        for _, a in page.elements
        if a.get("data-turn") and a.get("data-article")
    ]
    assert caption in page.text
    assert spans == [(e.article_id, e.start) for claim in COSTS.claims for e in claim.evidence]
    assert [tag for tag, _ in page.elements].count("tr") == 3


def test_a_refusal_cites_nothing_and_says_what_was_searched() -> None:
    refused = answer("Who won?", abstained=True)
    conversation = talk(exchange("Who won?").finished(refused))
    page = Page(conversation_html(conversation))
    assert any("refusal" in (a.get("class") or "") for _, a in page.elements)
    assert "Searched 2 articles; 2 passages of 2 articles read." in page.text
    assert HARBOUR.metadata.title in page.text
    assert sources_html(conversation) == ""


@pytest.mark.parametrize(
    ("verdict", "text", "shown"),
    [
        ("supported", "It cost money.", "supported"),
        ("partly", "It cost money.", "partly"),
        ("supported", "He says: Engineers replaced 14 bollards.", "quote"),
        ("contradicted", "It cost nothing.", "contradicted"),
    ],
)
def test_each_sentence_shows_its_verdict(verdict: str, text: str, shown: str) -> None:
    cited = answer(COST, cited=[evidence(HARBOUR, "Engineers replaced 14 bollards")])
    sentence = AnswerSentence(text, verdict, (1,))  # type: ignore[arg-type]
    page = Page(conversation_html(talk(exchange().finished(replace(cited, sentences=(sentence,))))))
    assert [a["data-verdict"] for _, a in page.elements if a.get("class") == "sentence"] == [shown]
    assert any(a.get("role") == "img" and a.get("aria-label") for _, a in page.elements)


def test_what_is_not_answered_is_plain_in_the_answer_and_named_under_the_fold() -> None:
    told = replace(answer(COST, cited=[evidence(HARBOUR, "Ines Dahl")]), missing=("who paid",), tokens={"prompt": 1200})
    told = replace(told, sentences=(*told.sentences, AnswerSentence("The articles do not say who paid.", "no_claim")))
    page = Page(conversation_html(talk(exchange().finished(told))))
    assert [a["data-verdict"] for _, a in page.elements if a.get("class") == "sentence"] == ["quote", "no_claim"]
    assert sum(a.get("role") == "img" for _, a in page.elements) == 1
    assert "Not answeredwho paid" in page.text
    assert "1,200 prompt" in page.text


def test_filters_are_part_of_what_was_searched() -> None:
    line = searched_line(5, (), Filters(outlet="The Coastal Courier", since="2026-01-02"))
    assert line == "Searched 5 articles (outlet The Coastal Courier, since 2 January 2026); nothing found."


def test_a_running_answer_is_busy_and_has_no_tools_yet() -> None:
    page = Page(conversation_html(talk(exchange()), ["And then?"]))
    assert any(a.get("aria-busy") == "true" for _, a in page.elements)
    assert not [a for _, a in page.elements if a.get("data-act") in ("copy", "retry", "ask")]


def test_a_link_leads_only_to_the_url_of_the_record() -> None:
    page = Page(sources_html(talk(exchange().finished(answer(COST, cited=[evidence(HARBOUR, "Ines Dahl")])))))
    links = [a for tag, a in page.elements if tag == "a"]
    assert [a["href"] for a in links] == [HARBOUR.metadata.url]
    assert set((links[0]["rel"] or "").split()) >= {"noreferrer", "noopener"}


def test_the_list_of_articles_tells_how_many_more_there_are() -> None:
    page = Page(articles_html([StoredArticle(a, 2) for a in ARTICLES], 1200))
    assert "1,200 articles to ask" in page.text
    assert "and 1,198 more" in page.text
