"""What a web page declares about itself → `Metadata`: JSON-LD (schema.org), Open Graph, Dublin Core, `link`, `time`.

trafilatura fills in title, author and site name where the declarations are silent, htmldate the date, without its
search of the text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rag.readers.assembly import language_code, metadata_of
from rag.readers.dates import iso_date
from rag.records import Metadata

_ARTICLE_TYPES = ("article", "posting", "report", "webpage", "review")
_DATE_METAS = (
    "article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date", "sailthru.date",
    "cxenseparse:recs:publishtime",
    "dc.date.issued", "dcterms.created", "dc.date", "dcterms.issued", "dcterms.date", "pubdate", "publishdate",
    "publish-date", "publish_date", "publication_date", "date", "article.published", "article_date_original",
    "originalpublicationdate",
    "bt:pubdate", "rnews:datepublished", "citation_publication_date", "ptime", "displaydate",
)  # fmt: skip
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
    return Metadata(
        stated.title,
        stated.outlet,
        stated.author,
        _published(tree, schema, metas, guess.date),
        stated.url,
        language_code(stated.language),
    )


def _published(tree: Any, schema: list[Mapping[str, Any]], metas: Mapping[str, str], guess: str | None) -> str | None:
    """Return the first declared publication date that can be read."""
    times = tree.xpath(
        "//time[@pubdate or @itemprop='datePublished' or contains(@class, 'publish')]/@datetime"
        " | //meta[@itemprop='datePublished']/@content"
    )
    stated = [_first(schema, "datePublished"), *(metas.get(name) for name in _DATE_METAS), *times[:3], guess]
    return next(filter(None, map(iso_date, filter(None, stated))), None)


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
            continue
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
    return next((node[key] for node in schema if isinstance(node.get(key), str) and node[key].strip()), None)


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
