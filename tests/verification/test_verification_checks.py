"""The hard checks one by one, on invented sentences, in both directions."""

import pytest

from rag.verification.alignment import aligned
from rag.verification.certainty import check_certainty
from rag.verification.dates import check_dates, dates_in
from rag.verification.names import check_names
from rag.verification.numbers import check_numbers, quantities_of
from rag.verification.polarity import check_polarity
from rag.verification.quotes import check_quotes
from rag.verification.roles import check_roles
from rag.verification.speakers import check_speakers
from rag.verification.words import normalised, words_of


def severity(findings: list) -> str:
    return findings[0].severity if findings else "none"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a dozen eggs", 12), ("1,500 men", 1500), ("1.5 million people", 1.5e6), ("half a million", 5e5),
        ("two hundred and five", 205), ("twenty-five", 25), ("three-quarters", 0.75), ("one and a half", 1.5),
        ("the fifth", 5), ("2nd", 2), ("$3bn", 3e9), ("£20k", 2e4), ("a hundred", 100), ("0", 0), ("3 million", 3e6),
    ],
)  # fmt: skip
def test_a_number_is_read_as_its_value(text: str, value: float) -> None:
    assert [q.value for q in quantities_of(text)] == [pytest.approx(value)]


@pytest.mark.parametrize(
    ("claim", "evidence", "found"),
    [
        ("12 eggs broke", "a dozen eggs broke", "none"),
        ("12 eggs broke", "two dozen eggs broke", "conflict"),
        ("nearly 120 boats sank", "118 boats sank", "none"),
        ("nearly 120 boats sank", "126 boats sank", "conflict"),
        ("118 boats sank", "nearly 120 boats sank", "conflict"),
        ("about 77 boats sank", "about 75 boats sank", "conflict"),
        ("at least 120 boats sank", "120 boats sank", "none"),
        ("at least 120 boats sank", "more than 120 boats sank", "none"),
        ("more than 100 boats sank", "126 boats sank", "none"),
        ("120 boats sank", "up to 120 boats sank", "weak"),
        ("10 to 12 boats sank", "10-12 boats sank", "none"),
        ("10 boats sank", "10-12 boats sank", "weak"),
        ("it cost $5 million", "it cost 5 million dollars", "none"),
        ("it cost $5 million", "it cost £5 million", "missing"),
        ("it cost $5 million", "it cost $5 billion", "conflict"),
        ("prices rose 3%", "prices rose 3 percent", "none"),
        ("prices rose 3%", "prices rose 3 percentage points", "missing"),
        ("it ran 36 hours", "it ran 1.5 days", "none"),
        ("it ran 36 hours", "it ran 36 days", "conflict"),
        ("5 people died", "12 people died and 5 were injured", "conflict"),
        ("her second term", "her third term", "conflict"),
        ("the A320 landed", "the A321 landed", "missing"),
        ("thousands of bees", "12,000 bees", "none"),
        ("no digits here", "12,000 bees", "none"),
    ],
)
def test_numbers_need_their_value_unit_bound_and_noun(claim: str, evidence: str, found: str) -> None:
    assert severity(check_numbers(claim, [evidence])) == found


@pytest.mark.parametrize(
    ("claim", "evidence", "found"),
    [
        ("on January 3", "on 3 January 2026", "none"),
        ("on 3 January 2026", "on January 3, 2026", "none"),
        ("on 2026-01-03", "on Jan. 3, 2026", "none"),
        ("in 2026", "on 3 January 2026", "none"),
        ("on Saturday", "on 3 January 2026", "none"),
        ("on Sunday", "on 3 January 2026", "conflict"),
        ("on 4 January", "on 3 January 2026", "conflict"),
        ("in February", "on 3 January 2026", "conflict"),
        ("in 2025", "on 3 January 2026", "conflict"),
        ("on 3 January 2026", "on January 3", "weak"),
        ("on Friday", "on Thursday", "conflict"),
        ("on Friday", "in the spring", "missing"),
        ("in the 1990s", "in 1994", "none"),
        ("in 1994", "in the 1990s", "weak"),
    ],
)
def test_partial_dates_agree_and_other_dates_conflict(claim: str, evidence: str, found: str) -> None:
    assert severity(check_dates(f"It fell {claim}.", [f"It fell {evidence}."])) == found


def test_the_verb_may_is_no_month_and_march_may_be_a_walk() -> None:
    assert dates_in(words_of("They may march to the harbour")) == []
    assert [str(d.date) for d in dates_in(words_of("in May and on 9 March"))] == ["May", "9 March"]


@pytest.mark.parametrize(
    ("claim", "evidence", "found"),
    [
        ("Then José Pérez left.", "Jose Perez left.", "none"),
        ("The vote split Germany.", "German voters split.", "none"),
        ("The vote split Austria.", "Australian voters split.", "missing"),
        ("Aid came from the World Food Programme.", "Aid came from the WFP.", "none"),
        ("Mr Berg left.", "Tom Berg left.", "none"),
        ("Then Tom Berg left.", "Berg left.", "weak"),
        ("Then Tom Ruiz left.", "Tom Berg met Ana Ruiz.", "none"),
        ("Then Kari Lund left.", "Tom Berg left.", "missing"),
        ("Police left.", "Officers left.", "none"),
    ],
)
def test_names_match_in_any_of_their_forms(claim: str, evidence: str, found: str) -> None:
    assert severity(check_names(claim, [evidence])) == found


@pytest.mark.parametrize(
    ("claim", "evidence", "found"),
    [
        ('He said "we won\'t go".', "He said: “We won’t go”.", "none"),
        ('He said "we ... go home".', "He said: “We will all go home”.", "none"),
        ('He said "we [the crew] will go".', "He said: “We will go”.", "none"),
        ('He said "home we go".', "He said: “We go home”.", "missing"),
        ('He said "art".', "He liked party games.", "missing"),
        ("It's the crew's day.", "Nothing.", "none"),
    ],
)
def test_quotations_stand_word_for_word_in_the_evidence(claim: str, evidence: str, found: str) -> None:
    assert severity(check_quotes(claim, [evidence])) == found


@pytest.mark.parametrize(
    ("claim", "evidence", "agrees"),
    [
        ("The army did not attack the city.", "The army attacked the city.", False),
        ("The army attacked the city.", "The army never attacked the city.", False),
        ("The army bombed the port.", "The army did not attack the city but it bombed the port.", True),
        ("The plan is unlikely.", "The plan is likely.", False),
        ("The offer was accepted.", "The offer was rejected.", False),
        ("The tax rose.", "The tax did not fall; it rose.", True),
        ("The rule is not new.", "The rule is not new at all.", True),
        ("Work is not only hard.", "Work is hard.", False),
        ("Work is hard.", "Work is not only hard but long.", True),
    ],
)
def test_a_claim_and_its_evidence_need_the_same_sign(claim: str, evidence: str, agrees: bool) -> None:
    assert (check_polarity(claim, aligned(claim, [evidence])) == []) is agrees


@pytest.mark.parametrize(
    ("claim", "evidence", "agrees"),
    [
        ("The firm closed the mine.", "The firm plans to close the mine.", False),
        ("The firm plans to close the mine.", "The firm plans to close the mine.", True),
        ("The firm could close the mine.", "The firm might close the mine.", True),
        ("The firm will close the mine.", "The firm might close the mine.", False),
        ("The guard took the ring.", "The guard reportedly took the ring.", False),
        ("The guard took the ring, police said.", "The guard allegedly took the ring.", True),
        ("The guard may have taken the ring.", "The guard took the ring.", True),
    ],
)
def test_a_hedge_of_the_evidence_stays_in_the_claim(claim: str, evidence: str, agrees: bool) -> None:
    assert (check_certainty(claim, aligned(claim, [evidence])) == []) is agrees


@pytest.mark.parametrize(
    ("claim", "agrees"),
    [
        ("Lund praised Berg.", True),
        ("Berg was praised by Lund.", True),
        ("Berg praised Lund.", False),
        ("Lund was praised by Berg.", False),
    ],
)
def test_two_names_may_not_change_places_around_a_verb(claim: str, agrees: bool) -> None:
    evidence = "Kari Lund praised Tom Berg on Sunday."
    assert (check_roles(claim, aligned(claim, [evidence])) == []) is agrees


@pytest.mark.parametrize(
    ("claim", "evidence", "found"),
    [
        ("Lund said it was over.", "“It is over,” said Kari Lund.", "none"),
        ("According to Lund, it is over.", "Lund told reporters it is over.", "none"),
        ("Berg said it was over.", "“It is over,” said Kari Lund. Berg left.", "conflict"),
        ("Berg said it was over.", "It was over for Berg.", "weak"),
    ],
)
def test_a_speaker_of_the_claim_speaks_in_the_evidence(claim: str, evidence: str, found: str) -> None:
    assert severity(check_speakers(claim, [evidence])) == found


def test_typesetting_and_tokenisation_make_no_difference() -> None:
    assert normalised("He did n’t say `` no '' – U.S. aid") == 'He did not say " no " - US aid'
