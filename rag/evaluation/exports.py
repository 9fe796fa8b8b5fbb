"""A run for other tools: the rows that RAGAS reads (`EvaluationDataset.from_jsonl`, single-turn samples)."""

from __future__ import annotations

from pathlib import Path

from rag.evaluation.folder import RunFolder, json_line, write_whole


def write_ragas(run: Path, target: Path) -> int:
    """Write the answered and refused questions of a run as RAGAS samples, one JSON a line; return how many.

    `retrieved_contexts` are the passages in rank order, `reference` the first gold answer. Errors are left out, as
    RAGAS has no state for them.
    """
    folder = RunFolder(run)
    lines = []
    for question, row in zip(folder.questions(), folder.rows(), strict=True):
        if row["state"] == "error":
            continue
        sample: dict[str, object] = {
            "user_input": question.question,
            "response": row.get("answer", ""),
            "retrieved_contexts": [hit["text"] for hit in row["hits"]],
        }
        if question.answers and question.answerable is not False:
            sample["reference"] = question.answers[0]
        lines.append(json_line(sample))
    write_whole(target, "".join(lines))
    return len(lines)
