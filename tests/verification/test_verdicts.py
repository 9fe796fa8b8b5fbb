"""Whole verdicts on invented sentences: what must be accepted, what must not, and what claims nothing."""

import pytest

from rag.verification import Judgement, verify

CONFIRMED = (
    "Cuba confirmed the death of 32 Cuban security agents during the operation, most of them linked to the direct "
    "protection of the president"
)

SUPPORTED = [
    ("32 Cuban security agents died in the operation.", CONFIRMED),
    ("Cuba confirmed 32 deaths.", CONFIRMED),
    ("The minister resigned on Tuesday.", "Finance minister Ana Ruiz resigned on Tuesday after the vote."),
    ("A dozen people were hurt.", "12 people were injured in the crash."),
    ("Three-quarters of voters backed the plan.", "75% of voters supported the plan, the office said."),
    ("About 1,200 homes were flooded.", "In all, 1,187 homes were flooded."),
    ("The talks lasted one day.", "The talks lasted 24 hours."),
    ("The fire started on January 3.", "The fire started on 3 January 2026 in a barn."),
    ("The fire started on Saturday.", "The fire started on 3 January 2026 in a barn."),
    ("Ruiz left the party.", "Ana Ruiz left the party in spring."),
    ("Russia sent troops.", "Russian troops were sent across the river."),
    ("The United States signed the treaty.", "The U.S. signed the treaty on Monday."),
    ("The European Union approved the tax.", "The EU approved the tax."),
    ("Norden FC beat Alba United.", "Norden FC beat Alba United 2-1 on Sunday."),
    ("Alba United was beaten by Norden FC.", "Norden FC beat Alba United 2-1 on Sunday."),
    ("The court refused to approve the merger.", "The court did not approve the merger."),
    ("No one was injured.", "The explosion injured no one, police said."),
    ("The company may close the plant.", "The company may close the plant next year."),
    ("Ruiz said the law was unfair.", '"The law was unfair," said Ana Ruiz, the party leader.'),
    ('Ruiz called it "a great day".', "Ruiz called it “a great day for us all”."),
]

REFUSED = [
    ("32 Russian agents died.", CONFIRMED),
    ("Cuba denied the death of 32 agents.", CONFIRMED),
    ("No Cuban agents died.", CONFIRMED),
    ("33 Cuban security agents died in the operation.", CONFIRMED),
    ("More than 120 people attended.", "120 people attended."),
    ("120 people attended.", "More than 120 people attended."),
    ("The river is 30 miles long.", "The river is 30 kilometres long."),
    ("The fire started on January 4.", "The fire started on 3 January 2026 in a barn."),
    ("The fire started on Sunday.", "The fire started on 3 January 2026 in a barn."),
    ("Ana Ruiz left the party.", "Ruiz left the party in spring."),
    ("Alba United beat Norden FC.", "Norden FC beat Alba United 2-1 on Sunday."),
    ("The court did not approve the merger.", "The court approved the merger on Friday."),
    ("The court approved the merger.", "The court did not approve the merger on Friday."),
    ("Prices fell in May.", "Prices rose in May."),
    ("The company will close the plant.", "The company may close the plant."),
    ("He stole the painting.", "He allegedly stole the painting in 2019."),
    ("Perez said the law was unfair.", '"The law was unfair," said Ana Ruiz, who met Mr Perez on Monday.'),
    ('Ruiz called it "a bad day".', 'Ruiz called it "a great day for us all".'),
    ("The bridge collapsed before the storm.", "The bridge collapsed after the storm."),
    ("The strike is illegal.", "The court said the strike is legal."),
    ("The mayor of Velle resigned after a scandal.", "The mayor of Velle resigned on Monday."),
    ("The red lighthouse was sold to bankers.", "The red lighthouse was sold in June."),
    ("Lemurs sleep in tall trees at noon.", "The council raised the parking fee."),
]


@pytest.mark.parametrize(("claim", "evidence"), SUPPORTED)
def test_a_claim_that_the_evidence_states_is_supported(claim: str, evidence: str) -> None:
    assert verify(claim, [evidence]).verdict == "supported"


@pytest.mark.parametrize(("claim", "evidence"), REFUSED)
def test_a_claim_that_the_evidence_does_not_state_is_refused_with_a_reason(claim: str, evidence: str) -> None:
    judged = verify(claim, [evidence])
    assert judged.verdict in ("partly", "unsupported", "contradicted")
    assert judged.reasons


@pytest.mark.parametrize(
    "sentence",
    ["Here is the answer:", "Hello!", "What happened in Havana?", "Sure, here is a short summary:", "", "[1]", "..."],
)
def test_a_sentence_without_a_fact_claims_nothing(sentence: str) -> None:
    assert verify(sentence, [CONFIRMED]).verdict == "no_claim"


def test_a_greeting_that_carries_a_fact_is_a_claim() -> None:
    assert verify("Hello, 40 agents died in Lima.", [CONFIRMED]).verdict != "no_claim"


def test_nothing_cited_supports_nothing() -> None:
    assert verify("The bridge fell.", []) == Judgement("unsupported", 0.0, ("nothing is cited",))
    assert verify("The bridge fell.", ["  "]).verdict == "unsupported"


def test_contradicted_and_merely_absent_are_told_apart() -> None:
    evidence = ["The harbour at Velle reopened on 4 March after 12 days."]
    assert verify("The harbour at Velle reopened on 5 March.", evidence).verdict == "contradicted"
    assert verify("The mayor of Velle praised the divers.", evidence).verdict == "unsupported"


def test_a_hedge_that_the_claim_drops_makes_it_partly_supported() -> None:
    judged = verify("The ferry company will raise its fares.", ["The ferry company may raise its fares in May."])
    assert judged.verdict == "partly"
    assert "may" in judged.reasons[0]


def test_the_reason_names_the_number_that_is_missing() -> None:
    judged = verify("The flood killed 41 sheep.", ["The flood killed 14 sheep near Torvik."])
    assert any("41 sheep" in reason and "14 sheep" in reason for reason in judged.reasons)


def test_the_context_may_resolve_a_pronoun_but_gives_no_numbers() -> None:
    evidence, context = ["She resigned in May."], ["Ana Ruiz, 52, led the port for 9 years. She resigned in May."]
    assert verify("Ana Ruiz resigned in May.", evidence, context=context).verdict == "supported"
    assert verify("Ana Ruiz resigned in May after 9 years.", evidence, context=context).verdict != "supported"


def test_the_context_does_not_lend_a_name_to_a_sentence_about_someone_else() -> None:
    evidence, context = ["Tom Berg resigned in May."], ["Ana Ruiz led the port. Tom Berg resigned in May."]
    assert verify("Ana Ruiz resigned in May.", evidence, context=context).verdict != "supported"


def test_a_claim_may_be_credited_to_an_outlet_given_as_a_short_context() -> None:
    evidence = ["Tom Berg resigned in May."]
    claim = "According to the Velle Courier, Tom Berg resigned in May."
    assert verify(claim, evidence, context=["The Velle Courier"]).verdict == "supported"
    assert verify(claim, evidence).verdict != "supported"


def test_markers_and_lead_ins_are_not_part_of_the_claim() -> None:
    assert (
        verify("According to the article, Tom Berg resigned [1].", ["Tom Berg resigned in May."]).verdict == "supported"
    )


def test_a_patchwork_of_distant_sentences_is_no_copy() -> None:
    filler = " ".join(f"Row {word} of the ledger lists old rope and canvas." for word in "abcdefghijklmnopqrst")
    text = f"The bakery on Hill Street won a prize. {filler} A man was arrested for smuggling silver spoons."
    assert verify("The bakery was arrested for smuggling silver spoons.", [text]).verdict != "supported"
