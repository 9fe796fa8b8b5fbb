"""Lengths in one byte, as tantivy and Lucene keep them: exact up to 40, then three significant bits.

BM25 divides by a length that was rounded down so; to score alike, the same rounding is needed here.
"""

from __future__ import annotations

from bisect import bisect_right

_EXACT = 40


def _decoded(code: int) -> int:
    if code < _EXACT:
        return code
    shift, mantissa = divmod(code - 24, 8)
    return 24 + (mantissa if shift == 0 else (8 + mantissa) << (shift - 1))


LENGTHS = tuple(_decoded(code) for code in range(256))


def length_code(tokens: int) -> int:
    """Return the code of the greatest length that is not above this one."""
    return bisect_right(LENGTHS, tokens) - 1
