"""One small valid file of every format that is read, built by hand; what the hostile ones are made from."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping

WORDS = (
    "The harbour of Lunsk reopened on Monday after eleven days of storm damage, the port authority said.",
    "Crews cleared 42 containers from the main channel, and two cranes are still out of service.",
    "Fishing boats were the first to leave. The ferry to Orsk follows on Thursday, if the wind allows it.",
)
_NAMES = "http://schemas.openxmlformats.org"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """Return a zip archive of the files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def word(document: str | bytes | None = None, more: Mapping[str, str | bytes] | None = None) -> bytes:
    """Return a Word file with `document` as its main part, or one with the words above."""
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in WORDS)
    usual = f'<w:document xmlns:w="{_NAMES}/wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>'
    return zipped({
        "[Content_Types].xml": (
            f'<Types xmlns="{_NAMES}/package/2006/content-types">'
            f'<Override PartName="/word/document.xml" ContentType="{_MAIN}"/></Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{_NAMES}/package/2006/relationships"><Relationship Id="r" '
            f'Type="{_NAMES}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
            "</Relationships>"
        ),
        "word/document.xml": usual if document is None else document,
        **(more or {}),
    })  # fmt: skip


def pdf(content: bytes | None = None, *, more: str = "", filters: str = "", pages: str = "[3 0 R]") -> bytes:
    """Return a PDF of one page with `content` as its stream, or one with the words above."""
    shown = "".join(f"({line}) Tj T* " for line in WORDS)
    stream = f"BT /F 12 Tf 14 TL 50 700 Td {shown}ET".encode() if content is None else content
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids{pages}/Count 1>>".encode(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        f"<</Length {len(stream)}{filters}>>stream\n".encode() + stream + b"\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]  # fmt: skip
    written = b"".join(b"%d 0 obj" % number + text + b"endobj\n" for number, text in enumerate(objects, 1))
    return b"%PDF-1.4\n" + written + f"trailer<</Root 1 0 R{more}>>".encode()


def packed_pdf(content: bytes, rounds: int = 1) -> bytes:
    """Return a PDF whose page is `content`, compressed so many times."""
    for _ in range(rounds):
        content = zlib.compress(content, 9)
    return pdf(content, filters=f"/Filter[{'/FlateDecode' * rounds}]")


def slides() -> bytes:
    """Return a presentation of one slide."""
    from pptx import Presentation

    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text, slide.placeholders[1].text = WORDS[0], WORDS[1]
    buffer = io.BytesIO()
    show.save(buffer)
    return buffer.getvalue()


def book(chapter: str | None = None, container: str | None = None) -> bytes:
    """Return a book of one chapter."""
    package = """<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">
    <metadata><dc:title>Harbours</dc:title></metadata><manifest>
    <item id="a" href="one.xhtml" media-type="application/xhtml+xml"/></manifest>
    <spine><itemref idref="a"/></spine></package>"""
    usual = '<container><rootfiles><rootfile full-path="o/p.opf"/></rootfiles></container>'
    text = "".join(f"<p>{line}</p>" for line in WORDS)
    return zipped({
        "mimetype": "application/epub+zip", "META-INF/container.xml": container or usual, "o/p.opf": package,
        "o/one.xhtml": chapter or f"<html><body>{text}</body></html>",
    })  # fmt: skip


def page(body: str = "", head: str = "") -> bytes:
    """Return a web page with the words above and more."""
    text = "".join(f"<p>{line}</p>" for line in WORDS)
    return (
        f"<!doctype html><html><head><title>Harbour reopens</title>{head}</head><body><nav><a href='/'>Home</a></nav>"
        f"<article><h1>Harbour reopens</h1>{text}{body}</article></body></html>"
    ).encode()


def message(body: str = "", head: str = "") -> bytes:
    """Return an e-mail message."""
    text = "\n\n".join(WORDS)
    return (
        f"From: Ana Brell <ana@lunsk.example>\nSubject: Harbour\nDate: Mon, 09 Mar 2026 08:00:00 +0100\n{head}\n"
        f"{text}\n{body}"
    ).encode()


def feed(items: str = "", prolog: str = "") -> bytes:
    """Return an RSS feed."""
    return (
        f'<?xml version="1.0"?>{prolog}<rss version="2.0"><channel><title>Lunsk Press</title><item><title>Harbour'
        f"</title><guid>1</guid><description>{WORDS[0]}</description></item>{items}</channel></rss>"
    ).encode()


def good_files() -> dict[str, bytes]:
    """Return a valid file of every format, by its name."""
    text = "\n\n".join(WORDS)
    row = {"id": "h-1", "title": "Harbour", "text": text, "date": "2026-03-09"}
    multipart = "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n"
    web_archive = (
        "From: <saved>\nSnapshot-Content-Location: https://lunsk.example/a\nSubject: a\nMIME-Version: 1.0\n"
        f"Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n{page().decode()}\n--b--\n"
    )
    return {
        "a.txt": text.encode(), "a.md": f"---\ntitle: Harbour\npublished: 2026-03-09\n---\n# H\n\n{text}".encode(),
        "a.html": page(), "a.pdf": pdf(), "a.docx": word(), "a.pptx": slides(), "a.epub": book(), "a.rss": feed(),
        "a.eml": message(head=multipart, body=f"--b\nContent-Type: text/html\n\n<p>{text}</p>\n--b--\n"),
        "a.mht": web_archive.encode(), "a.mbox": b"From x Mon Mar  9 08:00:00 2026\n" + message() + b"\n\n",
        "a.json": json.dumps([row]).encode(), "a.jsonl": (json.dumps(row) + "\n").encode(),
        "a.csv": f'id,title,text\nh-1,Harbour,"{text}"\n'.encode(),
        "a.zip": zipped({"one.txt": text, "two.html": page()}),
    }  # fmt: skip
