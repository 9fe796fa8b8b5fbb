"""The sentences that could be evidence."""

from __future__ import annotations

from evidence_fakes import hit

from rag.evidence.candidates import candidates, is_heading

TEXT = "What happened\n\nThe storm came at dawn. Fourteen boats sank in it. Nobody was hurt on land."


def test_a_candidate_lies_where_it_says_in_the_article() -> None:
    article = "x" * 40 + TEXT
    found = candidates([hit(TEXT, start=40)])
    assert [article[c.start : c.end] for c in found] == [c.text for c in found]


def test_a_heading_is_context_but_no_candidate() -> None:
    found = candidates([hit(TEXT)])
    assert found[0].text == "The storm came at dawn."
    assert found[0].before == "What happened"


def test_a_sentence_in_two_passages_is_taken_once_from_the_better_hit() -> None:
    first, second = hit("Fourteen boats sank in it.", start=39), hit(TEXT, rank=2)
    assert [c.hit.rank for c in candidates([first, second]) if "Fourteen" in c.text] == [1]


def test_neighbours_are_those_of_the_passage() -> None:
    middle = candidates([hit(TEXT)])[1]
    assert (middle.before, middle.after) == ("The storm came at dawn.", "Nobody was hurt on land.")


def test_a_long_line_without_a_full_stop_is_no_heading() -> None:
    assert not is_heading("From the capital officials admitted that the fall of the bridge had been expected for years")
    assert is_heading("Signs of weakness in the bridge")
