"""Which format some bytes are in, by content first and by the file's name where content cannot tell.

Signatures: Wikipedia's list of file signatures; MIME Sniffing Standard for HTML. Knows how to recognise, not to parse.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from rag.errors import ReadError

HEAD_BYTES = 64 * 1024
"""How many leading bytes `kind_of` wants to see."""

_BY_SUFFIX = {
    ".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".json": "json", ".csv": "csv", ".tsv": "csv", ".html": "html", ".htm": "html", ".xhtml": "html", ".mhtml": "mail",
    ".mht": "mail", ".rss": "feed", ".atom": "feed", ".eml": "mail", ".mbox": "mbox", ".pdf": "pdf",
    ".docx": "docx", ".pptx": "pptx",
    ".epub": "epub", ".zip": "zip",
}  # fmt: skip
_FOREIGN = (
    (b"\x89PNG", "a PNG image"), (b"\xff\xd8\xff", "a JPEG image"), (b"GIF8", "a GIF image"), (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"), (b"\x1f\x8b", "a gzip archive"), (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"), (b"\xfd7zXZ", "an xz archive"), (b"{\\rtf", "an RTF document"),
    (b"%!PS", "a PostScript file"),
    (b"SQLite format 3", "a database"), (b"OggS", "a sound file"), (b"ID3", "a sound file"),
    (b"RIFF", "a sound or video file"),
    (b"II*\x00", "a TIFF image"), (b"MM\x00*", "a TIFF image"), (b"PAR1", "a Parquet file"), (b"wOF", "a font"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or encrypted Office or Outlook file"),
)  # fmt: skip
_HTML_START = re.compile(
    rb"\s*+(?>(?:<!--.*?-->\s*+)*)<(?:!doctype\s+html|html|head|body|meta|title|script|article|div|p|h[1-6])\b",
    re.I | re.S,
)
_XML_ROOT = re.compile(
    rb"\s*+(?>(?:(?><\?.*?\?>|<!--.*?-->|<!doctype[^>\[]*+(?:\[.*?\]\s*+)?>)\s*+)*+)<([\w:.-]+)", re.I | re.S
)
_FEED_ROOTS = {b"rss", b"feed", b"rdf:rdf", b"atom:feed", b"rdf"}
_MAIL_HEADERS = re.compile(rb"(?:[A-Z][\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}", re.I)
_MAIL_MARK = re.compile(rb"^(?:from|received|mime-version|message-id|return-path):", re.I | re.M)


_PASSED_OVER = frozenset(
    (
        ".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".ico", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".mp3",
        ".mp4", ".m4a", ".wav", ".ogg", ".webm", ".mov", ".avi", ".mkv", ".css", ".js", ".mjs", ".map", ".woff",
        ".woff2", ".ttf", ".otf", ".eot", ".py", ".pyc", ".so", ".dll", ".exe", ".o", ".class", ".jar", ".sqlite",
        ".db", ".faiss", ".bin", ".safetensors", ".lock", ".toml", ".ini", ".cfg", ".yaml", ".yml", ".sh", ".bat",
        ".tmp", ".bak", ".part", ".crdownload",
    )
)  # fmt: skip


def is_passed_over(name: str) -> bool:
    """Tell whether a file met in a folder or archive is media, code or a leftover by its suffix, and so not looked
    at.
    """
    return PurePosixPath(name.lower()).suffix in _PASSED_OVER


def kind_of(head: bytes, name: str) -> str:
    """Return the format of a file that begins with `head`. Raises ReadError naming what it is when it has no reader."""
    suffix = PurePosixPath(name.lower()).suffix
    for signature, what in _FOREIGN:
        if head.startswith(signature):
            raise ReadError(
                f"it is {what}, which cannot be read; save it as text, .docx, .eml or .pdf if it holds articles"
            )
    if head[4:8] == b"ftyp":
        raise ReadError("it is a video or image file, which cannot be read as articles")
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(head, suffix)
    return _kind_of_text(head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe"), suffix)


def _kind_of_zip(head: bytes, suffix: str) -> str:
    """Tell office files and books, which are zip archives, from plain ones."""
    if b"mimetypeapplication/epub+zip" in head[:200] or suffix == ".epub":
        return "epub"
    if b"word/" in head or suffix == ".docx":
        return "docx"
    if b"ppt/" in head or suffix == ".pptx":
        return "pptx"
    if b"xl/" in head or suffix in (".xlsx", ".xlsm"):
        raise ReadError("it is an Excel workbook; save the sheet as .csv")
    if b"opendocument" in head[:200]:
        raise ReadError("it is an OpenDocument file; save it as .docx or .txt")
    return "zip"


def _kind_of_text(head: bytes, suffix: str) -> str:
    """Tell markup, mail and data from plain text."""
    kind = _BY_SUFFIX.get(suffix)
    if kind in ("pdf", "docx", "pptx", "epub", "zip"):
        raise ReadError(f"the name says {suffix}, but the content is not" if head.strip() else "the file is empty")
    if kind in ("markdown", "jsonl", "json", "csv", "mail", "mbox"):
        return kind
    root = _XML_ROOT.match(head)
    if root and root[1].lower() in _FEED_ROOTS:
        return "feed"
    if _HTML_START.match(head) or (root and root[1].lower() == b"html"):
        return "html"
    if head.startswith(b"From ") and b"\nFrom: " in head:
        return "mbox"
    if kind is None and (match := _MAIL_HEADERS.match(head)) and _MAIL_MARK.search(match[0]):
        return "mail"
    if kind is None and root and head.lstrip().startswith(b"<?xml"):
        return "xml"
    return kind or "text"
