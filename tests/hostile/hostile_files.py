"""Hostile and broken files by the hundred, the same ones for the same seed: name → bytes.

Mutations of valid files of every format, valid files under wrong names, and files built to exhaust time or memory, to
escape or to fetch. Nothing here is dangerous beyond the process that parses it.
"""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
from collections.abc import Callable, Iterator

from good_files import WORDS, book, feed, good_files, message, packed_pdf, page, pdf, word, zipped

SEED = 20261122
MIB = 1024 * 1024
_LAUGHS = (
    "<!DOCTYPE l [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 12)) + "]>"
)
_XXE = "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>"


def mutated(data: bytes, kind: str, chance: random.Random) -> bytes:
    """Return a valid file damaged in one of the ways that files get damaged."""
    place, size = chance.randrange(max(len(data), 1)), len(data)
    if kind == "cut":
        return data[:place]
    if kind == "flip":
        damaged = bytearray(data)
        for _ in range(max(1, size // 100)):
            damaged[chance.randrange(size)] = chance.randrange(256)
        return bytes(damaged)
    if kind == "zeros":
        return data[:place] + bytes(chance.randrange(1, 2000)) + data[place:]
    if kind == "twice":
        return data[:place] + data
    if kind == "hole":
        return data[:place] + data[min(size, place + chance.randrange(1, 200)) :]
    if kind == "marks":
        return b"\xff\xfe" + data if chance.random() < 0.5 else b"\xef\xbb\xbf\xef\xbb\xbf" + data
    if kind == "wide":
        return data.decode("latin-1").encode(chance.choice(["utf-16", "utf-16-be", "utf-32-le"]))
    noise = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 400)))
    return data[:place] + noise + data[place:]


MUTATIONS = ("cut", "flip", "zeros", "twice", "hole", "marks", "wide", "noise")


def damaged_files(rounds: int) -> Iterator[tuple[str, bytes]]:
    """Yield each valid file in each mutation, so many times."""
    chance = random.Random(SEED)
    for name, data in good_files().items():
        stem, suffix = name.split(".")
        for kind in MUTATIONS:
            for number in range(rounds):
                yield f"{stem}-{kind}-{suffix}-{number}.{suffix}", mutated(data, kind, chance)


def misnamed_files() -> Iterator[tuple[str, bytes]]:
    """Yield each valid file under the endings of others."""
    files = good_files()
    suffixes = [name.split(".")[1] for name in files]
    for i, (name, data) in enumerate(files.items()):
        for step in (1, 4, 7):
            own = name.split(".")[1]
            yield f"really-{own}-{step}.{suffixes[(i + step) % len(suffixes)]}", data
        yield f"really-{own}-none", data


def _archive(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _encrypted(archive: bytes) -> bytes:
    """Return an archive whose members say that they are encrypted."""
    data = bytearray(archive)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(signature)
        while place >= 0:
            data[place + offset] |= 1
            place = data.find(signature, place + 4)
    return bytes(data)


def _link_member() -> bytes:
    info = zipfile.ZipInfo("link.txt")
    info.external_attr = 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, "/etc/passwd")
        archive.writestr("b.txt", WORDS[0])
    return buffer.getvalue()


def _lying_archive() -> bytes:
    """Return an archive that claims a member to be small and unpacks to much more."""
    data = bytearray(_archive(("a.txt", b"0" * 50 * MIB)))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.find(signature) + offset, 100)
    return bytes(data)


def _word_xml(inner: str, prolog: str = "") -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return word(f'{prolog}<w:document xmlns:w="{space}"><w:body>{inner}</w:body></w:document>')


def archive_bombs() -> dict[str, Callable[[], bytes]]:
    """Return archives that unpack to too much, name what they must not, or cannot be opened."""
    return {
        "flat.zip": lambda: zipped({"a.txt": b"0" * 600 * MIB}),
        "many.zip": lambda: zipped({f"{i}.txt": "x" for i in range(10_500)}),
        "nested.zip": lambda: zipped({"b.zip": zipped({"c.zip": zipped({"d.txt": b"0" * MIB})})}),
        "lying.zip": _lying_archive,
        "link.zip": _link_member,
        "encrypted.zip": lambda: _encrypted(good_files()["a.zip"]),
        "traversal.zip": lambda: _archive(
            *(
                (name, WORDS[0].encode())
                for name in (
                    "../../etc/cron.d/x.txt",
                    "/etc/passwd.txt",
                    "..\\..\\x.txt",
                    "C:\\x.txt",
                    "a/../../b.txt",
                    "~/x.txt",
                    "a\x00b.txt",
                    "\u202etxt.exe.txt",
                    "x" * 5000 + ".txt",
                    "a\nb.txt",
                    "con.txt",
                    "%2e%2e/x.txt",
                )
            )
        ),
        "twins.zip": lambda: _archive(*[("a.txt", WORDS[i % 3].encode()) for i in range(20)]),
        "slow-members.zip": lambda: zipped({f"{i}.html": _attributes() for i in range(6)} | {"z.txt": WORDS[0]}),
        "mixed.zip": lambda: zipped({"a.html": _attributes(), **{f"g{i}.txt": WORDS[i] for i in range(3)}}),
        "encrypted.docx": lambda: _encrypted(word()),
        "ole.docx": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4000),
        "zeros.docx": lambda: word(b"0" * 300 * MIB),
        "laughs.docx": lambda: _word_xml("<w:p>&a9;</w:p>", _LAUGHS),
        "xxe.docx": lambda: _word_xml("<w:p><w:r><w:t>&e;</w:t></w:r></w:p>", _XXE),
        "deep.docx": lambda: _word_xml("<w:tbl><w:tr><w:tc>" * 30_000),
        "nothing.docx": lambda: zipped({"word/x": "y"}),
        "deep-closed.docx": lambda: _word_xml("<w:tbl><w:tr><w:tc>" * 200 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 200),
        "wide.docx": lambda: _word_xml("<w:p><w:r><w:t>a</w:t></w:r></w:p>" * 400_000),
        "equations.docx": lambda: _word_xml(
            '<w:p><m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math">'
            + "<m:rad><m:e>" * 240
            + "<m:r><m:t>x</m:t></m:r>"
            + "</m:e></m:rad>" * 240
            + "</m:oMath></w:p>"
        ),
        "xxe.epub": lambda: book(
            container=f"{_XXE}<container><rootfiles><rootfile full-path='&e;'/></rootfiles></container>"
        ),
        "outside.epub": lambda: book(container="<container><rootfile full-path='../../etc/passwd'/></container>"),
        "laughs.epub": lambda: book(f"{_LAUGHS}<html><body>&a9;</body></html>"),
        "chapter.epub": lambda: book("<p>" * 500_000),
        "zeros.pptx": lambda: zipped({"ppt/presentation.xml": b"0" * 300 * MIB}),
    }


def _attributes() -> bytes:
    return page("<p " + " ".join(f"a{i}='{i}'" for i in range(300_000)) + ">x</p>")


def page_bombs() -> dict[str, Callable[[], bytes]]:
    """Return web pages, feeds and messages that take too long, nest too deeply or try to fetch."""
    return {
        "attributes.html": _attributes,
        "cells.html": lambda: page("<table><tr>" + "<td>x</td>" * 200_000 + "</tr></table>"),
        "rows.html": lambda: page("<table>" + "<tr><td>a<td>b" * 100_000 + "</table>"),
        "links.html": lambda: page("<a href='/x'>more</a> " * 100_000),
        "paragraphs.html": lambda: page("<p>The ferry sails again on Thursday at nine.</p>" * 300_000),
        "deep.html": lambda: page("<div>" * 200_000),
        "deep-inline.html": lambda: page("<b><i>" * 100_000 + "x"),
        "deep-lists.html": lambda: page("<ul><li>" * 50_000),
        "deep-quotes.html": lambda: page("<blockquote>" * 3000),
        "line.html": lambda: page("<p>" + "word " * 4_000_000 + "</p>"),
        "entities.html": lambda: page("&amp;" * 2_000_000),
        "comment.html": lambda: page("<!--" + "-" * 5_000_000),
        "comments.html": lambda: b"<!-- -->" * 8000 + page(),
        "questions.html": lambda: b"<?a?>" * 12_000 + page(),
        "doctype.html": lambda: b"<!doctype a[" + b"]" * 60_000 + page(),
        "title.html": lambda: page(head="<title>" + "x" * 5_000_000 + "</title>"),
        "schema.html": lambda: page(head=f'<script type="application/ld+json">{"[" * 200_000}</script>'),
        "schemas.html": lambda: page(head='<script type="application/ld+json">{"@type":"Article"}</script>' * 50_000),
        "dates.html": lambda: page(
            "<time datetime='" + "1" * 100_000 + "'></time><p>" + "1.1.2020 " * 100_000 + "</p>"
        ),
        "metas.html": lambda: page(head="<meta name='date' content='March 45 20201 2020'>" * 50_000),
        "headings.html": lambda: page("<h1>Harbour reopens</h1><p>9 March 2026</p>" * 30_000),
        "svg.html": lambda: page("<svg>" + "<use href='#a'/>" * 100_000 + "</svg>"),
        "scripts.html": lambda: page("<script>" * 100_000),
        "nul.html": lambda: page("\0" * 3_000_000),
        "fetch.html": lambda: page(
            "<img src='http://127.0.0.1:9/a'><link href='file:///etc/passwd'><iframe src='//127.0.0.1:9'/>"
        ),
        "xhtml-laughs.xhtml": lambda: f"<?xml version='1.0'?>{_LAUGHS}<html><body><p>&a11;</p></body></html>".encode(),
        "laughs.rss": lambda: feed("<item><description>&a11;</description></item>", _LAUGHS),
        "xxe.rss": lambda: feed("<item><description>&e;</description></item>", _XXE),
        "items.rss": lambda: feed(f"<item><description>{WORDS[0]}</description></item>" * 20_000),
        "deep.rss": lambda: feed("<item>" * 100_000),
        "cdata.rss": lambda: feed("<![CDATA[" * 100_000),
        "parts.eml": lambda: message(head="Content-Type: multipart/mixed; boundary=b\n", body="--b\n\nx\n" * 200_000),
        "deep.eml": lambda: "".join(
            f"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n" for i in range(5000)
        ).encode(),
        "headers.eml": lambda: message(head="X-A: b\n" * 300_000),
        "header.eml": lambda: message(head="Subject: " + "a " * 2_000_000 + "\n"),
        "addresses.eml": lambda: b"From: " + b"a <a@b.example>, " * 50_000 + b"\nSubject: x\n\nWords of a message.\n",
        "encoded.eml": lambda: (
            b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\nFrom: a@b.example\n\nWords of a message.\n"
        ),
        "comments.eml": lambda: b"From: " + b"(" * 50_000 + b" a@b.example\nDate: " + b"(" * 50_000 + b"\n\nWords.\n",
        "charset.eml": lambda: message(head="MIME-Version: 1.0\nContent-Type: text/plain; charset=idna\n"),
        "charsets.eml": lambda: message(
            head="MIME-Version: 1.0\nContent-Type: text/plain; charset*0=a; charset*1*=%ff\n"
        ),
        "base64.eml": lambda: message(
            head="MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n", body="A" * 3_000_000
        ),
        "messages.mbox": lambda: b"From a\n" * 300_000,
        "empty.mht": lambda: b"Snapshot-Content-Location: x\nA: b\n\n",
    }


def document_bombs() -> dict[str, Callable[[], bytes]]:
    """Return PDFs, texts and tables that take too long, are too large, or nest too deeply."""
    deep = "[" * 5_000_000
    return {
        "operators.pdf": lambda: packed_pdf(b"BT /F 1 Tf 1 0 0 1 1 1 Tm (a) Tj ET " * 700_000),
        "paths.pdf": lambda: packed_pdf(b"0 0 m 1 1 l S q Q " * 1_000_000),
        "states.pdf": lambda: packed_pdf(b"q " * 3_000_000),
        "flate.pdf": lambda: packed_pdf(b"0 " * 300 * MIB, 2),
        "loop.pdf": lambda: pdf(pages="[2 0 R 2 0 R]"),
        "self.pdf": lambda: pdf(pages="[3 0 R" + " 3 0 R" * 50_000 + "]"),
        "arrays.pdf": lambda: pdf(("[" * 200_000).encode()),
        "trailer.pdf": lambda: pdf(more="/A" + "[" * 100_000),
        "dicts.pdf": lambda: pdf(more="/A" + "<<" * 100_000),
        "locked.pdf": lambda: pdf(
            more=f"/Encrypt<</Filter/Standard/V 1/R 2/O<{'00' * 32}>/U<{'00' * 32}>/P -4>>/ID[<00><00>]"
        ),
        "text.pdf": lambda: packed_pdf(b"BT /F 1 Tf (" + b"a" * 20_000_000 + b") Tj ET"),
        "header.pdf": lambda: b"%PDF-1.7\n" * 10_000,
        "line.txt": lambda: b"word " * 6_000_000,
        "letters.txt": lambda: b"a" * 20_000_000,
        "blank.txt": lambda: b"\n" * 20_000_000,
        "short-lines.txt": lambda: b"Home\n" * 2_000_000,
        "prose.txt": lambda: (" ".join(WORDS) + "\n\n").encode() * 100_000,
        "names.txt": lambda: ("by " + "Ab, and " * 5000 + "\n").encode() * 5,
        "seps.txt": lambda: b" | " * 10_000 + b"x",
        "bylines.txt": lambda: b"By Ana Brell\nMarch 9, 2026\n" * 100_000,
        "commas.txt": lambda: b"A, " * 10_900,
        "cookies.txt": lambda: b"we use cookies to " * 1800,
        "replies.txt": lambda: b"Reply\n3 hours ago\n" * 50_000,
        "quotes.txt": lambda: ('"' * 30_000 + "'.").encode(),
        "dots.txt": lambda: b"a." * 16_000,
        "marks.txt": lambda: "\u0301".encode() * 1_000_000,
        "bom.txt": lambda: b"\xff\xfe",
        "boms.txt": lambda: b"\xef\xbb\xbf" * 1000,
        "half.txt": lambda: "Häfen".encode("utf-16")[:-1],
        "surrogates.txt": lambda: WORDS[0].encode() + b"\xed\xa0\x80\xed\xb0\x80",
        "escapes.txt": lambda: b"\x1b$B" * 10_000,
        "nul.txt": lambda: bytes(5_000_000),
        "utf7.txt": lambda: b"+AGE-" * 10_000,
        "bidi.txt": lambda: "\u202e\u2066a".encode() * 100_000,
        "brackets.md": lambda: b"[" * 30_000,
        "big-brackets.md": lambda: b"[a](" * 500_000,
        "stars.md": lambda: b"*a_" * 10_000,
        "quotes.md": lambda: b">" * 30_000,
        "lists.md": lambda: b"".join(b" " * i + b"- a\n" for i in range(240)),
        "ticks.md": lambda: b"".join(b"`" * i + b" " for i in range(240)),
        "table.md": lambda: b"|a" * 8000 + b"|\n" + b"|-" * 8000 + b"|\n",
        "links.md": lambda: b"[a]: b\n" * 4000,
        "html.md": lambda: b"<a " * 10_000,
        "entities.md": lambda: b"&#x1;" * 6000,
        "aliases.md": lambda: (
            "---\na0: &a0 [x, x]\n"
            + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))
            + "author: *a11\ntext: *a11\n---\nWords.\n"
        ).encode(),
        "deep-yaml.md": lambda: b"---\na: " + b"[" * 30_000 + b"\n---\nWords.\n",
        "keys.md": lambda: b"---\n? [a]\n: b\n{}: c\n---\nWords.\n",
        "tags.md": lambda: (
            b"---\na: !!python/object/apply:os.system [id]\ntitle: !!binary x\n---\nWords of an article.\n"
        ),
        "anchors.md": lambda: b"---\na: &a [*a]\nauthor: *a\n---\nWords.\n",
        "dates.md": lambda: b"---\ndate: " + b"9" * 60_000 + b"\n---\nWords.\n",
        "deep.json": lambda: deep.encode(),
        "deep.jsonl": lambda: deep.encode() + b"\n",
        "lists.json": lambda: b"[" + b"[]," * 10_000_000 + b"[]]",
        "digits.jsonl": lambda: b'{"text": ' + b"9" * 1_000_000 + b"}\n",
        "lone.jsonl": lambda: b'{"id": "\\ud800", "text": "a \\udfff b"}\n',
        "nan.jsonl": lambda: b'{"text": NaN}\n{"text": "Words.", "id": Infinity}\n',
        "line.jsonl": lambda: b'{"text": "' + b"a " * 10_000_000 + b'"}',
        "types.jsonl": lambda: b"\n".join(
            json.dumps({"text": t, "title": t, "date": t, "id": t}).encode()
            for t in (1, [], {}, None, True, [[1]], {"a": 1}, 1e999, "", " ", "\0", ["a", ["b"]])
        ),
        "ids.jsonl": lambda: b"\n".join(
            json.dumps({"id": i, "text": "Words."}).encode()
            for i in ("../../etc/passwd", "a\0b", "\u202e", "x" * 100_000, "#", "/", "..", "\n", "' OR 1=1 --")
        ),
        "line.csv": lambda: b"id,text\n1," + b"a" * 30_000_000,
        "quote.csv": lambda: b'id,text\n1,"' + b"a\n" * 10_000_000,
        "columns.csv": lambda: b"text" + b"," * 2_000_000 + b"\n",
        "header.csv": lambda: b"a" * 30_000_000,
        "nul.csv": lambda: b"id,text\n1,a\0b\n2,Words.\n",
        "plain.csv": lambda: b"a,b\n" + b"1,2\n" * 5_000_000,
        "wide.csv": lambda: "id,text\n1,Words.\n".encode("utf-16"),
    }


def bombs() -> dict[str, Callable[[], bytes]]:
    """Return everything that is hostile on purpose, by name; each is built when called."""
    return {**archive_bombs(), **page_bombs(), **document_bombs()}
