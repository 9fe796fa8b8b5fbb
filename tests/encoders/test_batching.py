"""Batching: sorted by tokens, within the budget, nothing lost."""

from hypothesis import given
from hypothesis import strategies as st

from rag.encoders.batching import RUN_TOKENS, encodable, plan_batches

lengths = st.lists(st.integers(1, 300), max_size=80)


@given(lengths)
def test_every_text_is_in_exactly_one_batch(lengths):
    assert sorted(i for batch in plan_batches(lengths, batch_tokens=512) for i in batch) == list(range(len(lengths)))


@given(lengths)
def test_no_shared_batch_exceeds_the_token_budget(lengths):
    for batch in plan_batches(lengths, batch_tokens=512):
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= 512


def test_passages_of_mixed_lengths_are_padded_by_less_than_two_percent():
    lengths = [40 + (i * 37) % 210 for i in range(1000)]
    padded = sum(len(batch) * max(lengths[i] for i in batch) for batch in plan_batches(lengths))
    assert padded / sum(lengths) < 1.02


def test_lone_surrogates_become_question_marks_and_emoji_stay():
    assert encodable("", ["a\ud800b", "🏏", "plain"]) == ["a?b", "🏏", "plain"]


@given(lengths)
def test_no_text_is_padded_by_more_than_a_run_costs(lengths):
    for batch in plan_batches(lengths):
        assert max(lengths[i] for i in batch) - min(lengths[i] for i in batch) <= RUN_TOKENS


def test_few_texts_are_spread_over_the_workers():
    assert [len(batch) for batch in plan_batches([30] * 10, workers=2)] == [5, 5]


def test_batches_of_many_passages_need_almost_no_padding():
    lengths = [40 + (i * 37) % 120 for i in range(4000)]
    padded = sum(len(batch) * max(lengths[i] for i in batch) for batch in plan_batches(lengths, workers=2))
    assert padded / sum(lengths) < 1.002
