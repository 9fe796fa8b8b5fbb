"""What the learned score is made of: cover by neighbouring sentences, copied runs, words of one group."""

import pytest

from rag.verification import verify
from rag.verification.alignment import aligned
from rag.verification.features import DIRECTIONS, features_of
from rag.verification.relations import check_relations, misplaced
from rag.verification.synonyms import SYNONYMS

HARBOUR = "The harbour office hired two divers. They raised the barge on Monday. Nobody was hurt. Rain fell all week."


def features(claim: str, evidence: str) -> dict[str, float]:
    return features_of(claim, aligned(claim, [evidence]))


def test_every_feature_has_a_direction() -> None:
    assert features("The barge sank.", HARBOUR).keys() == DIRECTIONS.keys()


def test_neighbouring_sentences_cover_more_than_either_and_distant_ones_do_not() -> None:
    together = features("Two divers raised the barge.", HARBOUR)["beside"]
    apart = features("Two divers worked in the rain all week.", HARBOUR)["beside"]
    assert together == 1.0
    assert apart < 0.7


def test_only_runs_of_two_words_count_as_copied() -> None:
    assert features("They raised the barge on Monday", HARBOUR)["copied"] == 1.0
    assert features("Barge Monday raised", HARBOUR)["copied"] == 0.0


def test_a_number_in_other_words_counts_as_covered_beside() -> None:
    assert features("A dozen people slept.", "12 people slept in the hall.")["beside"] == 1.0


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The treaty was a collective defense pact.", "The treaty was a collective defence pact."),
        ("Sleep is essential.", "Sleep is vital."),
        ("The dog ate mainly fish.", "The dog ate mostly fish."),
    ],
)
def test_a_word_of_the_same_meaning_is_not_missing(claim: str, evidence: str) -> None:
    assert features(claim, evidence)["missing"] == 0.0
    assert verify(claim, [evidence]).verdict == "supported"


def test_no_group_of_synonyms_holds_a_word_twice_or_alone() -> None:
    assert all(len(group) == len(set(group)) > 1 for group in SYNONYMS)


def test_a_relation_out_of_place_is_a_finding_among_a_few_sentences_and_weighs_among_many() -> None:
    evidence = "The guide warned the mayor. The mayor thanked the baker."
    alignment = aligned("The baker warned the mayor.", [evidence])
    long = aligned("The baker warned the mayor.", [evidence + " Snow fell on the hills." * 20])
    assert check_relations("The baker warned the mayor.", alignment)
    assert not check_relations("The baker warned the mayor.", long)
    assert misplaced("The baker warned the mayor.", long)[0] > 0


@pytest.mark.parametrize("evidence", ["...", "\u200b \u2060", "—"])
def test_evidence_without_a_word_supports_nothing(evidence: str) -> None:
    assert verify("A dog barked.", [evidence]).verdict == "unsupported"
