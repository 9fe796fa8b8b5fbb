"""Conversations: what the browser keeps comes back equal, and what it should not is refused; exports verify."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from web_fakes import COST, COSTS, HARBOUR, INQUIRY, answer, evidence

from rag.errors import InputError
from rag.records import Filters
from rag.web.conversation import Conversation, dump, new_exchange, restore
from rag.web.exports import answer_document, answer_markdown

CITED = (evidence(HARBOUR, "“We worked in shifts for nine days”"), evidence(INQUIRY, "2.9 million crowns"))
STORED = {HARBOUR.article_id: HARBOUR.text, INQUIRY.article_id: INQUIRY.text}


def conversation(questions: int = 1) -> Conversation:
    begun = [
        new_exchange(COST, generator="extractive", filters=Filters(outlet="X"), articles=2, status="")
        for _ in range(questions)
    ]
    return Conversation("c1", tuple(e.finished(answer(COST, cited=CITED)) for e in begun))


def test_a_kept_conversation_comes_back_equal() -> None:
    kept = conversation(2)
    assert restore(json.dumps(dump(kept))) == kept


def test_a_conversation_kept_in_mid_answer_comes_back_as_stopped() -> None:
    running = new_exchange(COST, generator="extractive", filters=Filters(), articles=2, status="Searching…")
    restored = restore(json.dumps(dump(Conversation("c1", (running,))))).exchanges[0]
    assert (restored.status, restored.stopped) == (None, True)


@pytest.mark.parametrize(
    "kept",
    [
        "", "null", "[]", "{", "{}", 7, None, ["x"], '{"conversation_id": "\\"><script>", "exchanges": []}',
        '{"conversation_id": "c", "exchanges": [{"exchange_id": "a b"}]}', "[" * 100_000, "x" * 3_000_001,
    ],
)  # fmt: skip
def test_what_is_no_conversation_is_refused_with_a_reason(kept: object) -> None:
    with pytest.raises(InputError, match="this browser"):
        restore(kept)


def test_too_many_questions_are_refused() -> None:
    with pytest.raises(InputError, match="more than 200 questions"):
        restore(json.dumps(dump(conversation(201))))


def test_asking_again_drops_what_came_after() -> None:
    kept = conversation(3)
    assert kept.before(kept.exchanges[1].exchange_id).exchanges == kept.exchanges[:1]
    assert kept.before("unknown") == kept


def test_every_span_of_an_exported_document_verifies() -> None:
    exported = json.loads(answer_document(answer(COST, cited=CITED)))
    assert [c["marker"] for c in exported["citations"]] == [1, 2]
    assert all(STORED[c["article_id"]][c["start"] : c["end"]] == c["quote"] for c in exported["citations"])
    assert exported["index_fingerprint"] == "f00dfeed"


def test_exported_markdown_has_a_footnote_with_span_for_each_marker() -> None:
    exported = answer_markdown(answer(COST, cited=CITED))
    notes = re.findall(r"^\[\^(\d)\]: “(.+)” .*article `(\w+)`, characters (\d+)–(\d+)$", exported, re.MULTILINE)
    assert [int(number) for number, *_ in notes] == [1, 2]
    assert [STORED[article][int(start) : int(end)] for _, _, article, start, end in notes] == [e.quote for e in CITED]
    assert "<https://courier.example/harbour>" in exported
    assert exported.count("[^1]") == exported.count("[^2]") == 2


def test_exported_markdown_tells_who_says_what() -> None:
    exported = answer_markdown(replace(answer(COST, cited=CITED), disagreements=(COSTS,)))
    assert "The sources disagree: the cost of the repairs" in exported
    assert "- The Northern Post, 20 March 2026: 2.9 million crowns" in exported


def test_exported_markdown_of_a_refusal_has_no_footnote() -> None:
    assert "[^" not in answer_markdown(answer("Who won?", abstained=True))
