"""What a slip of the keyboard in each question costs: answers with a gold string, and refusals.

    python benchmarks/bench_spelling.py QUESTIONS --index DIR [--limit 300]

One letter is added, left out, changed or exchanged with the next in the rarest word of each question, drawn with a
fixed seed. An answer with a notice that words were read as others would be a refusal without `rag/spelling.py`; so both
figures come from one run. Quotes only.
"""

from __future__ import annotations

import argparse
import random
import string
from pathlib import Path

from rag.engine import Engine
from rag.evaluation.answer_measures import contains
from rag.evaluation.question_sets import read_questions
from rag.prompts import READ_AS
from rag.settings import load_settings
from rag.words import content_words, words

_LETTERS = 5  # of the shortest word that is misspelt


def slipped(word: str, draw: random.Random) -> str:
    """Return a word with one slip in it; its first letter stays."""
    at = draw.randrange(1, len(word) - 1)
    letter = draw.choice(string.ascii_lowercase)
    made = draw.choice((
        word[:at] + letter + word[at:],
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    ))  # fmt: skip
    return made if made != word else slipped(word, draw)


def misspelt(question: str, draw: random.Random) -> str | None:
    """Return a question with a slip in its rarest long word, or None when it has none."""
    fit = [w for w in content_words(words(question)) if len(w.text) >= _LETTERS and w.text.isalpha()]
    if not fit:
        return None
    word = max(fit, key=lambda one: one.weight)
    return question[: word.start] + slipped(word.text, draw) + question[word.end :]


def main() -> None:
    """Ask each question as it is and misspelt, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--index", required=True)
    parser.add_argument("--limit", type=int, default=300)
    given = parser.parse_args()
    draw = random.Random(1)
    engine = Engine.open(load_settings({"index": given.index, "generator": "extractive"}).settings)
    asked = [q for q in read_questions(given.questions) if q.answers or not q.answerable]
    asked = draw.sample(asked, min(given.limit, len(asked)))
    for answerable in (True, False):
        chosen = [(q, slip) for q in asked if q.answerable == answerable and (slip := misspelt(q.question, draw))]
        if not chosen:
            continue
        again = READ_AS.split("{")[0]
        right = dict.fromkeys(("as it is", "misspelt", "not read again"), 0)
        refused = dict(right)
        for question, slip in chosen:
            clean, wrong = engine.ask(question.question), engine.ask(slip)
            given_up = wrong.abstained or (wrong.notice or "").startswith(again)
            held = {"as it is": clean.abstained, "misspelt": wrong.abstained, "not read again": given_up}
            texts = {"as it is": clean.text, "misspelt": wrong.text, "not read again": "" if given_up else wrong.text}
            for name in right:
                refused[name] += held[name]
                right[name] += bool(contains(texts[name], question.answers)) if question.answers else 0
        print(f"{len(chosen)} {'answerable' if answerable else 'unanswerable'} questions")
        for name in right:
            gold = f"gold answer in the quotes {right[name] / len(chosen):.3f}, " if answerable else ""
            print(f"  {name}: {gold}refused {refused[name] / len(chosen):.3f}")
    engine.close()


if __name__ == "__main__":
    main()
