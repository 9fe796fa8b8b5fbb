"""Tables for other tools: nothing in them can run, and ids survive white space."""

from __future__ import annotations

import csv
import io

import pytest

from rag.evaluation.question_sets import Question
from rag.evaluation.tables import csv_text, qrels_lines, run_lines


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1"])
def test_no_cell_can_start_a_formula(cell: str) -> None:
    ((read,),) = csv.reader(io.StringIO(csv_text([[cell]]), newline=""))
    assert read == f"'{cell}"


def test_other_cells_are_kept_as_they_are() -> None:
    row = ["Who, then?", 'a "quote"', "two\nlines", -1.5, None, "1911"]
    ((*read,),) = csv.reader(io.StringIO(csv_text([row]), newline=""))
    assert read == ["Who, then?", 'a "quote"', "two\nlines", "-1.5", "", "1911"]


def test_ids_with_white_space_stay_one_field() -> None:
    assert run_lines("q 1", {"a\tb%": 1.0}, "t") == "q%201 Q0 a%09b%25 1 1.000000000 t\n"
    assert qrels_lines(Question("q 1", "?", evidence=("a b",))) == "q%201 0 a%20b 1\n"
