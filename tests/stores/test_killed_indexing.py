"""Whatever is done and whenever the process is killed, the index opens, has lost nothing and finds nothing stale."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from killed_indexing import WORDINGS, Expected, Killer, Step, assert_true, perform
from news_store import MANIFEST
from test_recovery import assert_whole

from rag.stores import PassageStore, open_store

KILLS = int(os.environ.get("FOOTNOTE_KILLS", "200"))
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # what a process wrote outlives its kill there too

_WORDING = st.tuples(st.integers(0, 7), st.integers(0, len(WORDINGS) - 1))
_SOME = st.lists(_WORDING, min_size=1, max_size=5, unique_by=lambda pair: pair[0]).map(tuple)
_STEP: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("index"), _SOME),
    st.tuples(st.just("index"), _SOME),
    st.tuples(st.just("remove"), _SOME),
    st.tuples(st.just("prune"), _SOME),
    st.tuples(st.just("flush"), st.just(())),
)


def machine(killer: Killer) -> Callable[[], RuleBasedStateMachine]:
    """Return a machine whose processes this killer kills."""

    class Killed(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self._folder = tempfile.TemporaryDirectory(dir=IN_MEMORY, ignore_cleanup_errors=True)
            self._location = str(Path(self._folder.name, "index"))
            self._expected = Expected()
            self._store: PassageStore = open_store(self._location, manifest=MANIFEST, create=True)
            self._reader = open_store(self._location, read_only=True)

        @initialize(steps=st.lists(_STEP, min_size=1, max_size=2))
        def begin(self, steps: list[Step]) -> None:
            for step in steps:
                self.here(step)

        @rule(step=_STEP)
        def here(self, step: Step) -> None:
            perform(self._store, step)
            self._expected.apply(step)
            assert_true(self._store, self._expected)
            assert_true(self._reader, self._expected)

        @rule(steps=st.lists(_STEP, min_size=2, max_size=6), when=st.floats(0, 3))
        def elsewhere_until_killed(self, steps: list[Step], when: float) -> None:
            done = killer.run(self._location, steps, when)
            for step in steps[:done]:
                self._expected.apply(step)
            if done < len(steps):
                self._expected.settle(steps[done], self._reader)
            assert_true(self._reader, self._expected)
            assert_whole(self._reader)

        @rule()
        def reopened(self) -> None:
            self._store.close()
            self._store = open_store(self._location)
            assert_true(self._store, self._expected)
            assert_whole(self._store)

        def teardown(self) -> None:
            self._reader.close()
            self._store.close()
            again = open_store(self._location)
            assert_true(again, self._expected)
            assert_whole(again)
            again.close()
            self._folder.cleanup()

    return Killed


def survive(kills: int, examples: int, steps: int) -> None:
    """Kill until enough processes died at work; random whatever the profile, or each round would be the first again."""
    killer = Killer()
    for _ in range(50 * kills):
        if len(killer.kills) >= kills:
            break
        run_state_machine_as_test(
            machine(killer),
            settings=settings(
                max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
                derandomize=False, phases=[Phase.generate], suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
    assert len(killer.kills) >= kills
    print(f"{len(killer.kills)} kills, by steps acknowledged before: {sorted(Counter(killer.kills).items())}")


def test_a_killed_indexing_loses_nothing_and_leaves_nothing_stale() -> None:
    survive(2, examples=2, steps=4)  # the first example is always the simplest


@pytest.mark.slow
def test_hundreds_of_kills_lose_nothing_and_leave_nothing_stale() -> None:
    survive(KILLS, examples=10, steps=16)
