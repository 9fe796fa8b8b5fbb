"""Question sets: what is read, and that every fault is one clear error with its line and column."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import InputError
from rag.evaluation import read_questions
from rag.evaluation.folder import json_line
from rag.evaluation.lines import MAX_LINE_BYTES
from rag.evaluation.question_sets import GoldSpan, Question


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_jsonl_keeps_every_field_and_the_unknown_ones(tmp_path: Path) -> None:
    question = Question(
        "a1",
        "Who planted it?",
        ("Mira Tolan", "Tolan"),
        True,
        ("orchard",),
        evidence_weak=("choir",),
        spans=(GoldSpan("orchard", 0, 10),),
        history=(("user", "Is there an orchard?"), ("agent", "At Hale.")),
        type="who",
        question_date="2026-01-08",
        extra={"note": {"by": "me"}},
    )
    path = write(tmp_path, "q.jsonl", json_line(question.row()))
    assert read_questions(path) == [question]


def test_text_file_holds_one_question_a_line(tmp_path: Path) -> None:
    path = write(tmp_path, "q.txt", "\ufeffWho sings?\r\n\r\n  When?  \n")
    assert [question.question for question in read_questions(path)] == ["Who sings?", "When?"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_with_any_delimiter_holds_lists_and_line_breaks(tmp_path: Path, delimiter: str) -> None:
    cells = ['"Who\nsings?"', '"[""a|b"", ""c""]"', "harbour|choir", "yes"]
    path = write(tmp_path, "q.csv", delimiter.join(["question", "answers", "evidence", "answerable"]) + "\n")
    path.write_text(path.read_text() + delimiter.join(cells) + "\n")
    (question,) = read_questions(path)
    assert (question.question, question.answers) == ("Who\nsings?", ("a|b", "c"))
    assert (question.evidence, question.answerable) == (("harbour", "choir"), True)


def test_generated_ids_stay_when_the_file_is_reordered(tmp_path: Path) -> None:
    one, two = read_questions(write(tmp_path, "a.txt", "One?\nTwo?\n"))
    assert read_questions(write(tmp_path, "b.txt", "Two?\nOne?\n")) == [two, one]


def test_the_same_question_twice_gets_two_ids(tmp_path: Path) -> None:
    one, two = read_questions(write(tmp_path, "q.txt", "One?\nOne?\n"))
    assert one.question_id != two.question_id


def test_another_column_can_hold_the_gold_articles(tmp_path: Path) -> None:
    path = write(tmp_path, "q.jsonl", '{"question": "Q?", "evidence": ["book"], "chapters": ["book-1"]}\n')
    assert read_questions(path, evidence_key="chapters")[0].evidence == ("book-1",)


def test_answerable_is_known_only_when_the_row_says_so(tmp_path: Path) -> None:
    rows = '{"question": "a"}\n{"question": "b", "answers": ["x"]}\n{"question": "c", "answerable": false}\n'
    assert [q.answerable for q in read_questions(write(tmp_path, "q.jsonl", rows))] == [None, True, False]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("q.jsonl", b'{"question": "caf\xe9"}\n', "line 1: byte 18 (0xe9) is not UTF-8"),
        ("q.txt", "Who?".encode("utf-16"), "is UTF-16; save it as UTF-8"),
        ("q.jsonl", '{"question": "a"}\n{"answers": ["x"]}\n', "line 2 column question: is missing"),
        (
            "q.jsonl",
            '{"question": "a", "id": "1"}\n{"question": "b", "id": 1}\n',
            "line 2 column id: id '1' is already",
        ),
        ("q.jsonl", '{"question" "a"}\n', "line 1 column 13: not valid JSON"),
        ("q.jsonl", '{"question": NaN}\n', "line 1: not valid JSON: NaN"),
        ("q.jsonl", '["a"]\n', "line 1: a JSON list, not an object"),
        ("q.jsonl", "[" * 100_000 + "\n", "line 1: not valid JSON"),
        ("q.jsonl", '{"question": "  "}\n', "line 1 column question"),
        ("q.jsonl", '{"question": "a", "answers": {"x": 1}}\n', "line 1 column answers"),
        ("q.jsonl", '{"question": "a", "answerable": "perhaps"}\n', "line 1 column answerable"),
        ("q.jsonl", '{"question": "a", "question_date": "soon"}\n', "line 1 column question_date"),
        ("q.jsonl", '{"question": "\\ud800"}\n', "line 1 column 'question': holds half of a surrogate pair"),
        ("q.csv", "id,answer\n1,x\n", "line 1: no column is called 'question'"),
        ("q.csv", "question,type,type\na,b,c\n", "line 1: two columns are called 'type'"),
        ("q.csv", "question,answers\nWho?\n", "line 2: 1 cells, but the header names 2 columns"),
        ("q.csv", 'question,answers\nWho?,"[x"\n', "line 2 column answers: starts with '['"),
        ("q.csv", 'question\n"Who?\n', "line 2: not valid CSV"),
        ("q.csv", "question\rWho?\r", "line 1: not valid CSV"),  # found by fuzzing
        ("q.txt", b"Who\x00?\n", "line 1: holds a NUL character"),
        ("q.txt", "\n\n", "holds no question"),
        ("q.xlsx", "x", "'.xlsx' is no question set"),
    ],
)
def test_each_fault_is_named_with_its_place(tmp_path: Path, name: str, content: str | bytes, expected: str) -> None:
    path = write(tmp_path, name, content)
    with pytest.raises(InputError) as caught:
        read_questions(path)
    assert expected in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["q.jsonl", "q.csv", "q.txt"])
def test_an_endless_line_is_refused_without_being_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(1 << 30)  # sparse: one line of a gigabyte that takes no room on the disk
    with pytest.raises(InputError, match=f"line 1: longer than {MAX_LINE_BYTES >> 20} MB"):
        read_questions(path)


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"q\.txt: cannot be read: No such file"):
        read_questions(tmp_path / "q.txt")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["q.jsonl", "q.csv", "q.txt"]))
def test_any_bytes_are_questions_or_a_clear_error(tmp_path: Path, content: bytes, name: str) -> None:
    path = write(tmp_path, name, content)
    try:
        questions = read_questions(path)
    except InputError:
        return
    assert all(question.question and question.question_id for question in questions)
