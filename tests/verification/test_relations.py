"""Who did what to whom: what the clauses of a sentence are, and claims that put its words together differently."""

import json
from pathlib import Path

import pytest

from rag.verification import verify
from rag.verification.clauses import parse_of
from rag.verification.relations import arcs_of

STORM = (
    "Villagers rescued three climbers who were trapped by an avalanche on Mount Kerel. "
    "The guide, Sam Oduya, had warned the park authority about the slope a week earlier."
)


def clauses(text: str) -> dict[str, tuple[list[str], list[str]]]:
    parse = parse_of(text)
    said = [node.text for node in parse.nodes]
    return {said[c.verb]: ([said[i] for i in c.doers], [said[i] for i in c.targets]) for c in parse.clauses}


@pytest.mark.parametrize(
    ("text", "verb", "doers", "targets"),
    [
        ("The town sued the shipper.", "sued", ["town"], ["shipper"]),
        ("The shipper was sued by the town.", "sued", ["town"], ["shipper"]),
        ("The valve supplied by the firm broke.", "supplied", ["firm"], ["valve"]),
        ("The plant, which supplies the island, was shut.", "supplies", ["plant"], ["island"]),
        ("Farmers and drivers blocked the port.", "blocked", ["Farmers", "drivers"], ["port"]),
        ("The firm closed the mine and sold the land.", "sold", ["firm"], ["land"]),
        ("The court asked the firm to pay the fine.", "pay", ["firm"], ["fine"]),
    ],
)
def test_a_clause_has_its_doer_and_its_target(text: str, verb: str, doers: list[str], targets: list[str]) -> None:
    assert clauses(text)[verb] == (doers, targets)


@pytest.mark.parametrize(
    "claim",
    [
        "Three climbers rescued villagers.",
        "The park authority had warned the guide about the slope.",
        "Sam Oduya was trapped by an avalanche.",
        "Villagers were trapped by an avalanche.",
    ],
)
def test_words_of_the_evidence_put_together_differently_are_refused(claim: str) -> None:
    judged = verify(claim, [STORM])
    assert judged.verdict in ("partly", "unsupported", "contradicted")
    assert judged.reasons


@pytest.mark.parametrize(
    "claim",
    [
        "Three climbers were rescued by villagers.",
        "An avalanche trapped three climbers on Mount Kerel.",
        "Sam Oduya, the guide, had warned the park authority.",
        "Climbers trapped by an avalanche were rescued.",
    ],
)
def test_the_same_said_with_another_build_is_supported(claim: str) -> None:
    assert verify(claim, [STORM]).verdict == "supported"


def test_a_pronoun_stands_for_anyone() -> None:
    arcs = arcs_of("Ana Ruiz sold the red boat.", ["Ana Ruiz came back in May.", "She sold the red boat."])
    assert arcs
    assert all(arc.holds for arc in arcs)


def test_cause_and_effect_that_change_places_contradict() -> None:
    evidence = "The turbine cracked because the bolts rusted."
    assert verify("The bolts rusted because the turbine cracked.", [evidence]).verdict == "contradicted"
    assert verify("The turbine cracked because the bolts had rusted.", [evidence]).verdict == "supported"


def test_a_word_the_evidence_has_not_is_no_relation() -> None:
    assert arcs_of("Lemurs slept.", ["The council raised the parking fee."]) == []


def test_of_a_whole_page_no_relation_is_called_wrong() -> None:
    filler = " ".join(f"Shelf {n} of the archive holds maps of the coast." for n in range(60))
    evidence = f"Farmers blocked the port of Hale. {filler} Police cleared the road."
    judged = verify("Police blocked the port of Hale.", [evidence])
    assert not any("does not say" in reason for reason in judged.reasons)


def test_at_most_a_quarter_of_the_bent_sentences_pass_and_nearly_all_true_ones_do() -> None:
    lines = (Path(__file__).parent / "bent_sentences.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    accepted = [verify(row["claim"], [row["evidence"]]).verdict == "supported" for row in rows]
    bent = [said for row, said in zip(rows, accepted, strict=True) if row["kind"] != "true"]
    true = [said for row, said in zip(rows, accepted, strict=True) if row["kind"] == "true"]
    assert len(bent) >= 60
    assert sum(bent) <= len(bent) / 4
    assert sum(true) >= 0.9 * len(true)
