"""Where sources say different things about what the question asks: who says what, and when."""

from rag.disagreement.finding import find_disagreements

__all__ = ["find_disagreements"]
