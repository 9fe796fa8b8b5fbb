"""HTML, feeds, mail, Word, EPUB, PDF and zip, each built here by hand."""

from __future__ import annotations

import io
import zipfile

import pytest

from rag.errors import ReadError
from rag.readers.origin import Failure, Origin, ReadLimits
from rag.readers.parsing import parsed
from rag.records import Article, Metadata

BODY = [
    "The harbour of Lunsk reopened on Monday after eleven days of storm damage, the port authority said on its site.",
    "Crews cleared 42 containers from the main channel, and two cranes are still out of service, said the director.",
    "Fishing boats were the first to leave. The ferry to Orsk follows on Thursday, if the wind allows it at all.",
]
PAGE = f"""<!doctype html><html lang="en-GB"><head><title>Harbour reopens - Lunsk Press</title>
<meta property="og:site_name" content="Lunsk Press"><meta name="author" content="Ana Brell">
<link rel="canonical" href="https://lunsk.example/harbour"><script type="application/ld+json">
{{"@type": "NewsArticle", "headline": "Harbour reopens", "datePublished": "2026-03-09T08:00:00+01:00"}}</script></head>
<body><nav><a href="/">Home</a><a href="/s">Sport</a></nav><article><h1>Harbour reopens</h1>
{"".join(f"<p>{p}</p>" for p in BODY)}
<p>Sign up for our newsletter and get it delivered to your inbox.</p></article><footer>Imprint</footer></body></html>"""


def outcomes(kind: str, data: bytes, name: str = "a.x", limits: ReadLimits | None = None) -> list[Article | Failure]:
    return list(parsed(kind, data, Origin(f"/data/{name}", name), limits or ReadLimits()))


def one(kind: str, data: bytes, name: str = "a.x") -> Article:
    (article,) = outcomes(kind, data, name)
    assert isinstance(article, Article)
    return article


def zipped(files: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def word(paragraphs: list[str]) -> bytes:
    names = "http://schemas.openxmlformats.org"
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    part = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return zipped({
        "[Content_Types].xml": (
            f'<Types xmlns="{names}/package/2006/content-types">'
            f'<Override PartName="/word/document.xml" ContentType="{part}"/></Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{names}/package/2006/relationships"><Relationship Id="r" '
            f'Type="{names}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
            "</Relationships>"
        ),
        "word/document.xml": (
            f'<w:document xmlns:w="{names}/wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>'
        ),
    })  # fmt: skip


def pdf(lines: list[str]) -> bytes:
    shown = "".join(f"({line}) Tj T* " for line in lines)
    stream = f"BT /F 12 Tf 14 TL 50 700 Td {shown}ET"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        f"<</Length {len(stream)}>>stream\n{stream}\nendstream", "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]  # fmt: skip
    written = "".join(f"{number} 0 obj{text}endobj\n" for number, text in enumerate(objects, 1))
    return f"%PDF-1.4\n{written}trailer<</Root 1 0 R>>".encode()


def test_a_page_gives_its_article_and_what_it_declares() -> None:
    article = one("html", PAGE.encode())
    assert article.text == "\n\n".join(BODY)
    declared = (
        "Harbour reopens",
        "Lunsk Press",
        "Ana Brell",
        "2026-03-09T08:00:00+01:00",
        "https://lunsk.example/harbour",
        "en",
    )
    assert article.metadata == Metadata(*declared)


def test_a_date_in_the_text_of_a_page_is_not_its_publication_date() -> None:
    page = (
        "<html><body><article>"
        + "".join(f"<p>{p} On 4 May 2021 it had closed.</p>" for p in BODY)
        + "</article></body></html>"
    )
    assert one("html", page.encode()).metadata.published is None


def test_a_page_is_decoded_as_it_declares() -> None:
    head = '<html><head><meta charset="windows-1250"></head>'
    page = f"{head}<body><p>{'Příští týden začnou opravy mostu. ' * 5}</p></body></html>"
    assert one("html", page.encode("cp1250")).text.startswith("Příští týden začnou")


def test_a_feed_gives_its_items_and_names_those_without_text() -> None:
    feed = f"""<?xml version="1.0"?><rss version="2.0"><channel><title>Lunsk Press</title><language>en</language>
    <item><title>Harbour</title><link>https://lunsk.example/h</link><pubDate>Mon, 09 Mar 2026 08:00:00 +0100</pubDate>
    <description>&lt;p&gt;{BODY[0]}&lt;/p&gt;</description></item><item><title>Bare</title></item></channel></rss>"""
    article, failure = outcomes("feed", feed.encode())
    assert isinstance(article, Article)
    assert isinstance(failure, Failure)
    assert (article.text, article.metadata.published) == (BODY[0], "2026-03-09T08:00:00+01:00")
    assert article.metadata.outlet == "Lunsk Press"


def test_a_message_gives_its_plain_text_and_headers() -> None:
    head = "From: Ana Brell <ana@lunsk.example>\nSubject: Harbour\nDate: Mon, 09 Mar 2026 08:00:00 +0100\n\n"
    article = one("mail", (head + "\n\n".join(BODY)).encode())
    assert article.text == "\n\n".join(BODY)
    assert article.metadata == Metadata("Harbour", None, "Ana Brell", "2026-03-09T08:00:00+01:00")


def test_a_mailbox_gives_each_message() -> None:
    message = f"From x Mon Mar  9 08:00:00 2026\nFrom: a@b.example\nMessage-ID: <%d>\nSubject: %d\n\n{BODY[0]}\n\n"
    articles = outcomes("mbox", (message % (1, 1) + message % (2, 2)).encode())
    assert len({article.article_id for article in articles if isinstance(article, Article)}) == 2


def test_a_word_file_gives_its_paragraphs() -> None:
    assert one("docx", word(BODY), "a.docx").text == "\n\n".join(BODY)


def test_an_equation_in_a_word_file_becomes_text() -> None:
    math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    half = "<m:f><m:num><m:r><m:t>x</m:t></m:r></m:num><m:den><m:r><m:t>2a</m:t></m:r></m:den></m:f>"
    root = "<m:rad><m:e><m:r><m:t>b</m:t></m:r></m:e></m:rad>"
    inner = (
        f'y = </w:t></w:r><m:oMath xmlns:m="{math}">{half}<m:r><m:t>+</m:t></m:r>{root}</m:oMath><w:r><w:t>, he said.'
    )
    assert one("docx", word([inner]), "a.docx").text == "y = x/(2a)+√(b), he said."


def test_a_book_gives_its_chapters_in_order_and_its_metadata() -> None:
    package = """<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">
    <metadata><dc:title>Harbours</dc:title><dc:creator>Ana Brell</dc:creator><dc:language>en</dc:language></metadata>
    <manifest><item id="b" href="two.xhtml" media-type="application/xhtml+xml"/>
    <item id="a" href="one.xhtml" media-type="application/xhtml+xml"/></manifest>
    <spine><itemref idref="a"/><itemref idref="b"/></spine></package>"""
    container = '<container><rootfiles><rootfile full-path="o/p.opf"/></rootfiles></container>'
    book = {
        "META-INF/container.xml": container,
        "o/p.opf": package,
        "o/one.xhtml": f"<p>{BODY[0]}</p>",
        "o/two.xhtml": f"<p>{BODY[1]}</p>",
    }
    article = one("epub", zipped(book), "a.epub")
    assert (article.text, article.metadata) == (
        f"{BODY[0]}\n\n{BODY[1]}",
        Metadata("Harbours", None, "Ana Brell", language="en"),
    )


def test_a_pdf_gives_its_paragraphs_and_not_its_own_date() -> None:
    wrapped = ["The harbour of Lunsk reopened on Monday after", "eleven days of storm damage, the port said."]
    article = one("pdf", pdf(wrapped))
    assert (article.text, article.metadata) == (" ".join(wrapped), Metadata())


@pytest.mark.parametrize("kind", ["docx", "pptx", "epub", "pdf", "zip"])
def test_damaged_files_are_refused_with_a_cause(kind: str) -> None:
    for data in (b"%PDF-1.4 rubbish", b"PK\x03\x04 rubbish", zipped({"x": "y"})[:-20]):
        with pytest.raises(ReadError):
            outcomes(kind, data)


def test_an_archive_gives_the_articles_of_its_members_and_names_the_bad_ones() -> None:
    files: dict[str, str | bytes] = {
        "a.txt": BODY[0],
        "../../b.txt": BODY[1],
        "inner.zip": zipped({"c.txt": "c"}),
        "__MACOSX/d.txt": "d",
    }
    found = {o.source if isinstance(o, Article) else o.path: type(o) for o in outcomes("zip", zipped(files), "w.zip")}
    assert found == {"/data/w.zip#../../b.txt": Article, "/data/w.zip#a.txt": Article, "/data/w.zip#inner.zip": Failure}


@pytest.mark.parametrize(
    "limits", [ReadLimits(max_members=2), ReadLimits(max_unpacked_bytes=100), ReadLimits(max_ratio=2)]
)
def test_archive_bombs_are_refused(limits: ReadLimits) -> None:
    bomb = zipped({f"{i}.txt": "0" * 1_000_000 for i in range(3)})
    with pytest.raises(ReadError, match="over the limit"):
        outcomes("zip", bomb, limits=limits)
