"""What a web page declares about itself → `Metadata`: JSON-LD (schema.org), Open Graph, Dublin Core, `link`, `time`.

trafilatura fills in title, author and site name where the declarations are silent; the date is the business of
`rag.readers.pagedates`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from rag.readers.assembly import language_code, metadata_of
from rag.readers.pagedates import published_on
from rag.records import Metadata

_ARTICLE_TYPES = ("article", "posting", "report", "webpage", "review")
_DAY_IN_BROKEN_JSON = re.compile(r'"datePublished"\s*:\s*"([^"]{4,80})"')
_MAX_NODES = 10_000


def declared_metadata(tree: Any, url: str | None) -> Metadata:
    """Return the metadata of a page; what it does not declare is None. `url` is where it was fetched, if it was."""
    from trafilatura.metadata import extract_metadata

    guess = extract_metadata(
        tree,
        default_url=url,
        date_config={"extensive_search": False, "original_date": True, "outputformat": "%Y-%m-%d"},
    )
    schema = list(_schema_articles(tree))
    metas = _metas(tree)
    links = tree.xpath("//link[@rel='canonical']/@href")
    languages = tree.xpath("/html/@lang | /html/@*[local-name()='lang']")
    stated = metadata_of({
        "title": _first(schema, "headline") or metas.get("og:title") or guess.title,
        "outlet": metas.get("og:site_name") or _first_name(schema, "publisher") or guess.sitename,
        "author": guess.author or _first_name(schema, "author"),
        "url": next(filter(_is_absolute, [*links, metas.get("og:url") or "", url or ""]), None),
        "language": next(filter(None, (*languages, metas.get("og:locale"), metas.get("content-language"))), None),
    })  # fmt: skip
    published = published_on(tree, _all(schema, "datePublished"), metas, stated.title, guess.date)
    return Metadata(stated.title, stated.outlet, stated.author, published, stated.url, language_code(stated.language))


def _metas(tree: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("http-equiv") or "").strip().lower()
        if name and (content := (meta.get("content") or "").strip()):
            found.setdefault(name, content)
    return found


def _schema_articles(tree: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the schema.org objects of the page that are articles, news articles first."""
    nodes: list[Mapping[str, Any]] = []
    for script in tree.xpath("//script[@type='application/ld+json']/text()"):
        try:
            pending = [json.loads(script, strict=False)]
        except (ValueError, RecursionError):
            pending = [{"@type": "Article", "datePublished": day} for day in _DAY_IN_BROKEN_JSON.findall(script)[:1]]
        while pending and len(nodes) < _MAX_NODES:
            value = pending.pop()
            if isinstance(value, list):
                pending.extend(reversed(value))
            elif isinstance(value, dict):
                nodes.append(value)
                pending.extend(part for part in value.values() if isinstance(part, (list, dict)))
    for wanted in _ARTICLE_TYPES:
        yield from (node for node in nodes if wanted in str(node.get("@type", "")).lower())


def _first(schema: list[Mapping[str, Any]], key: str) -> str | None:
    return next(_all(schema, key), None)


def _all(schema: list[Mapping[str, Any]], key: str) -> Iterator[str]:
    return (node[key] for node in schema if isinstance(node.get(key), str) and node[key].strip())


def _first_name(schema: list[Mapping[str, Any]], key: str) -> str | None:
    """Return the name of the first person or organisation under `key`."""
    for node in schema:
        values = node.get(key)
        for value in values if isinstance(values, list) else [values]:
            name = value.get("name") if isinstance(value, dict) else value
            if isinstance(name, str) and name.strip() and not name.startswith("http"):
                return name
    return None


def _is_absolute(url: str) -> bool:
    return url.startswith(("http://", "https://"))
