"""Is this sentence supported by these words? The check between what a model writes and what a reader sees."""

from rag.verification.judge import Judgement, verify
from rag.verification.syntax import load_parser

__all__ = ["Judgement", "load_parser", "verify"]
