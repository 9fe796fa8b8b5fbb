"""Questions of a run answered by the workers of a cluster, which each open the index for themselves. Knows no Ray."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.cluster.connection import Cluster
from rag.cluster.jobs import answer
from rag.evaluation.asking import Asking, Row
from rag.evaluation.question_sets import Question

_PIECE_QUESTIONS = 4


class ClusterAsker:
    """Gives the row of each question, in order; `at_a_time` limits how many are being answered."""

    def __init__(self, cluster: Cluster, at_a_time: int | None = None) -> None:
        self._cluster, self._at_a_time = cluster, at_a_time

    def rows(self, questions: Sequence[Question], asking: Asking) -> Iterator[Row]:
        """Yield a row for each question; raises ClusterError when the workers cannot open the index."""
        few = len(questions) < 4 * _PIECE_QUESTIONS * self._cluster.workers
        size = 1 if few or self._at_a_time is not None else _PIECE_QUESTIONS
        order, starts = self._cluster.order, range(0, len(questions), size)
        pieces = ((order, asking, list(questions[start : start + size])) for start in starts)
        for rows in self._cluster.map(answer, pieces, ahead=self._at_a_time):
            yield from rows
