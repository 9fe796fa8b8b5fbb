"""Markup payloads, articles that hold one in every field, and the scripted engine over them."""

from __future__ import annotations

from web_fakes import ARTICLES, PAYLOADS, FakeEngine

from rag.records import Article, Metadata

MORE_PAYLOADS = (
    "<img src=1 onerror=fetch('//evil.example')>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=javascript:alert(1)>x</a></svg>",
    "<object data=//evil.example>",
    "<embed src=//evil.example>",
    "<audio src=//evil.example autoplay>",
    "<picture><source srcset=//evil.example/p.png><img></picture>",
    "<input onfocus=alert(1) autofocus>",
    "<select onfocus=alert(1) autofocus>",
    "<textarea onfocus=alert(1) autofocus>",
    "<marquee onstart=alert(1)>",
    "<body onload=alert(1)>",
    "<table background=//evil.example/p.png>",
    "<div style=background:url(//evil.example/p.png)>x</div>",
    "<p style='position:fixed;inset:0'>over</p>",
    "<isindex action=javascript:alert(1)>",
    "<keygen autofocus onfocus=alert(1)>",
    "<dialog open>sign in</dialog>",
    "<slot onslotchange=alert(1)>",
    "</script><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "<ScRiPt>alert(1)</sCrIpT>",
    "<script/x>alert(1)</script>",
    "<<script>alert(1)//<</script>",
    "\x00<script>alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x]: //evil.example 'x'",
    "![x][y]\n\n[y]: //evil.example/p.png",
    "<javascript:alert(1)>",
    "https://evil.example/auto",
    "[[x]](//evil.example)",
    "$\\href{javascript:alert(1)}{x}$",
    "$$\\includegraphics{//evil.example/p.png}$$",
    "\\input{/etc/passwd}",
    "\\[\\unicode{<img src=1 onerror=alert(1)>}\\]",
    "```mermaid\ngraph TD; A[<img src=//evil.example>]\n```",
    "\u202e<tpircs>",
    "\u2066<b>\u2069",
    "a\u200bb<i>c</i>",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "&lt;img src=x onerror=alert(1)&gt;",
    "%3Cscript%3Ealert(1)%3C/script%3E",
)
ALL_PAYLOADS = (*PAYLOADS, *MORE_PAYLOADS)
ASKED = "The cost was this. <b>What</b> was the cost?"


def payload_articles(payloads: tuple[str, ...] = ALL_PAYLOADS) -> list[Article]:
    """Return one article for each payload with it in every field; each quote of an answer is one."""
    return [
        Article(f"a{n}", f"The cost was this. {p} So it was said.", Metadata(p, p, p, p, p), p)
        for n, p in enumerate(payloads)
    ]


def engine_of(kind: str) -> FakeEngine:
    return FakeEngine(payload_articles() if kind == "hostile" else ARTICLES)
