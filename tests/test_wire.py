"""The JSON shapes: the names the contract fixes, offsets that can be checked, numbers that are plain."""

from __future__ import annotations

import json

from rag.records import (
    Answer,
    AnswerSentence,
    Article,
    Citation,
    Claim,
    Disagreement,
    Evidence,
    Hit,
    Metadata,
    Passage,
)
from rag.wire import answer_json, article_json, citation_json, hit_json, search_json

TEXT = "Der Fährmann 🚣 ruft. The ferry sank at dusk, the harbour master said. Nobody drowned."
QUOTE = "The ferry sank at dusk, the harbour master said."
START = TEXT.index(QUOTE)
END = START + len(QUOTE)
METADATA = Metadata(
    title="Ferry lost", outlet="Harbour Post", author="A. Reed", published="2026-02-03", url="https://example.org/ferry"
)
ARTICLE = Article("ferry", TEXT, METADATA, "corpus/ferry.md")
HIT = Hit(1, 0.123456789, Passage("ferry", START, END, QUOTE, 7), METADATA, dense=0.5, lexical=3.25)
EVIDENCE = Evidence("ferry", START, END, QUOTE, METADATA, score=0.987654321, context=TEXT)
ANSWER = Answer(
    question="When did it sink?",
    standalone_question="When did the ferry sink?",
    text="The ferry sank at dusk. [1]",
    abstained=False,
    sentences=(AnswerSentence("The ferry sank at dusk.", "supported", (1,)),),
    citations=(Citation(1, EVIDENCE),),
    hits=(HIT,),
    timings_ms={"retrieve": 1.26, "total": 20.04},
    generator="extractive",
    encoder="hashing",
    index_fingerprint="abc",
    confidence=0.87654321,
    disagreements=(Disagreement("the hour", (Claim("at dusk", (EVIDENCE,)),)),),
)
HIT_NAMES = "rank score passage_id article_id start end text title outlet published url"
CITATION_NAMES = "marker article_id title outlet published url start end quote"
ANSWER_NAMES = (
    "question standalone_question answer abstained sentences citations disagreements hits timings_ms generator encoder "
    "index_fingerprint"
)


def test_a_hit_has_every_name_of_the_contract_and_its_span() -> None:
    shape = hit_json(HIT)
    assert set(HIT_NAMES.split()) <= set(shape)
    assert (shape["rank"], shape["score"], shape["passage_id"]) == (1, 0.123457, 7)
    assert TEXT[START:END] == shape["text"]


def test_a_citation_has_every_name_of_the_contract_and_quotes_its_span() -> None:
    shape = citation_json(Citation(2, EVIDENCE))
    assert set(CITATION_NAMES.split()) <= set(shape)
    assert shape["marker"] == 2
    assert (shape["start"], shape["end"], shape["quote"]) == (START, END, QUOTE)


def test_an_answer_has_every_name_of_the_contract() -> None:
    shape = answer_json(ANSWER)
    assert set(ANSWER_NAMES.split()) <= set(shape)
    assert shape["answer"] == "The ferry sank at dusk. [1]"
    assert shape["sentences"] == [{"text": "The ferry sank at dusk.", "verdict": "supported", "markers": [1]}]
    assert shape["timings_ms"] == {"retrieve": 1.3, "total": 20.0}
    assert (shape["confidence"], shape["notice"]) == (0.8765, None)


def test_a_disagreement_names_what_it_is_about_and_who_claims_what() -> None:
    source = {
        "article_id": "ferry",
        "title": "Ferry lost",
        "outlet": "Harbour Post",
        "published": "2026-02-03",
        "url": "https://example.org/ferry",
        "group": "",
        "start": START,
        "end": END,
        "quote": QUOTE,
    }
    claims = [{"text": "at dusk", "sources": [source]}]
    expected = [{"about": "the hour", "kind": "value", "relation": "contradiction", "claims": claims}]
    assert answer_json(ANSWER)["disagreements"] == expected


def test_offsets_of_a_citation_hold_in_the_text_that_the_article_prints() -> None:
    printed = json.loads(json.dumps(article_json(ARTICLE)))
    cited = json.loads(json.dumps(citation_json(Citation(1, EVIDENCE))))
    assert printed["text"][cited["start"] : cited["end"]] == cited["quote"]
    assert printed["characters"] == len(TEXT)


def test_a_row_of_the_list_has_the_passages_and_not_the_text() -> None:
    row = article_json(ARTICLE, passages=4, text=False)
    assert row["passages"] == 4
    assert "text" not in row
    assert row["source"] == "corpus/ferry.md"


def test_unknown_metadata_is_null_and_nothing_is_made_up() -> None:
    shape = article_json(Article("bare", "Words.", Metadata(), "bare.txt"))
    assert [shape[name] for name in ("title", "outlet", "author", "published", "url", "language")] == [None] * 6


def test_a_search_is_its_question_hits_and_timings() -> None:
    shape = search_json("Where?", (HIT,), {"dense": 0.04})
    assert shape == {"question": "Where?", "hits": [hit_json(HIT)], "timings_ms": {"dense": 0.0}}
