"""Batch evaluation: what a question set says of the answers, with intervals, and whether a change made them better.

    from rag.evaluation import run_evaluation
    run_evaluation(engine, "questions.jsonl", "runs/first").metrics["answers"]["contains"]

Everything is measured without a language model, unless a judge is asked for. Heavy libraries load on first use.
"""

from rag.evaluation.question_sets import Question, read_questions
from rag.evaluation.runs import RunResult, run_evaluation

__all__ = ["Question", "RunResult", "read_questions", "run_evaluation"]
