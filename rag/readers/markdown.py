"""Markdown with YAML front matter → one article, by markdown-it-py (CommonMark and GFM tables).

Front matter names: see `rag.readers.assembly` (here `source` is a free note and not the outlet). All its values are
read as text, so that `title: No` and `id: 007` stay what was written. Image texts, raw HTML tags and link targets are
dropped. The first `# heading` is the title when front matter gives none; it stays in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.errors import ReadError
from rag.readers.assembly import NAMES, article, field, metadata_of
from rag.readers.canonical import one_line
from rag.readers.decoding import decode
from rag.readers.markup import paragraphs_of
from rag.readers.origin import Origin
from rag.records import Article

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_LONGEST_FRONT_MATTER = 64 * 1024


def parse(data: bytes, origin: Origin) -> Iterator[Article]:
    """Yield the one article of a Markdown file. Raises ReadError."""
    fields, body = front_matter(decode(data).text)
    metadata = metadata_of({key: value for key, value in fields.items() if key != "source"})
    heading, paragraphs = rendered(body)
    if metadata.title is None and heading:
        metadata = replace(metadata, title=heading)
    yield article(origin, paragraphs, metadata, field(fields, "id"))


def front_matter(text: str) -> tuple[dict[str, Any], str]:
    """Return the fields before the text, by lower-case name, and the text. Raises ReadError when they are not YAML."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    match = _FRONT_MATTER.match(text)
    if match is None or len(match[0]) > _LONGEST_FRONT_MATTER:
        return {}, text
    import yaml

    try:
        fields = yaml.load(match[1] or "", Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError) as error:
        where = getattr(error, "problem_mark", None)
        line = f" in line {where.line + 2}" if where else ""
        raise ReadError(f"the front matter is not YAML{line}; put values with a colon in quotes") from error
    if fields and not isinstance(fields, dict):
        return {}, text
    return {str(key).strip().lower(): value for key, value in (fields or {}).items()}, text[match.end() :]


def has_article_front_matter(text: str) -> bool:
    """Tell whether Markdown begins with front matter that names at least one field of an article."""
    try:
        fields, _ = front_matter(text)
    except ReadError:
        return True
    return any(field_name in fields for names in NAMES.values() for field_name in names)


def rendered(body: str) -> tuple[str | None, list[str]]:
    """Return the first level-1 heading, if any, and the plain paragraphs of Markdown."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(body)
    paragraphs: list[str] = []
    row: list[str] | None = None
    heading: str | None = None
    for position, token in enumerate(tokens):
        if token.type == "inline":
            text = _inline_text(token)
            if row is not None:
                row.append(text.strip())
                continue
            paragraphs.append(text)
            if heading is None and tokens[position - 1].type == "heading_open" and tokens[position - 1].tag == "h1":
                heading = one_line(text)
        elif token.type in ("fence", "code_block"):
            paragraphs.extend(token.content.splitlines())
        elif token.type == "html_block":
            paragraphs.extend(paragraphs_of(token.content))
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None:
            paragraphs.append(" | ".join(row))
            row = None
    return heading, paragraphs


def _inline_text(token: Token) -> str:
    """Return the words of a run of inline Markdown."""
    words = {"softbreak": " ", "hardbreak": " ", "html_inline": "", "image": ""}
    return "".join(words.get(child.type, child.content) for child in token.children or ())
