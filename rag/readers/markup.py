"""Fragments of HTML → paragraphs of plain text, every word kept: feed entries, text fields, mail bodies, book chapters.

No judgement of what is main content: whole web pages go to `rag.readers.html`. Parsed by lxml.
"""

from __future__ import annotations

import re
from typing import Any

_MARKUP = re.compile(r"</(?:p|div|span|a|li|b|i|em|strong|h[1-6]|blockquote)>|<(?:br|p)\s*/?>", re.IGNORECASE)
_PROLOG = re.compile(r"^\s*<\?xml[^>]*\?>|<!doctype[^>]*>", re.IGNORECASE)
_BLOCKS = frozenset(
    (
        "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "div", "dl",
        "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
        "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul",
    )
)  # fmt: skip
_CELLS = frozenset(("td", "th"))
_DROPPED = frozenset(
    ("script", "style", "noscript", "template", "head", "title", "svg", "math", "iframe", "object", "select")
)


def looks_like_markup(text: str) -> bool:
    """Tell whether a text field holds HTML rather than plain text."""
    return len(_MARKUP.findall(text, 0, 20_000)) >= 2


def paragraphs_of(markup: str) -> list[str]:
    """Return the paragraphs of an HTML fragment in order, table cells of a row joined by ` | `; [] when there is
    none.
    """
    from lxml import etree, html

    try:
        root = html.fromstring(f"<html><body>{_PROLOG.sub('', markup.replace(chr(0), ''))}</body></html>")
    except (etree.ParserError, ValueError):
        return []
    return paragraphs_in_tree(root)


def paragraphs_in_tree(root: Any) -> list[str]:
    """Return the paragraphs below an element that lxml has parsed."""
    parts: list[str] = []
    _collect(root, parts)
    return [line for part in "".join(parts).split("\n") if (line := part.strip(" \t|"))]


def _collect(root: Any, parts: list[str]) -> None:
    """Append the words of `root` to `parts`, a line end around each block; iterative, as pages nest deeply."""
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        node, done = stack.pop()
        name = node.tag if isinstance(node.tag, str) else ""
        dropped = not name or name in _DROPPED
        if done or dropped:
            if name in _BLOCKS:
                parts.append("\n")
            elif name in _CELLS:
                parts.append(" | ")
            parts.append(_flat(node.tail) if node is not root else "")
            continue
        if name in _BLOCKS:
            parts.append("\n")
        parts.append(_flat(node.text))
        stack.append((node, True))
        stack.extend((child, False) for child in reversed(node))


def _flat(text: str | None) -> str:
    return " ".join((" " + text + " ").split("\n")) if text and "\n" in text else text or ""
