"""Paths, URLs → `Article`s and `Failure`s. The door is `read`; one module a format, loaded when first needed.

Knows nothing of passages, encoders or the index. Two sources with the same `article_id` are both handed on: the index,
which knows what it holds, decides by `Article.source`.
"""

from rag.readers.origin import Failure, ReadLimits
from rag.readers.reading import inputs, read, source_of

__all__ = ["Failure", "ReadLimits", "inputs", "read", "source_of"]
