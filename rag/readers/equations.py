"""Equations in Word files (Office Math, ECMA-376 part 1, 22.1) → plain characters on one line, such as `x^2/(2a)`.

mammoth reads no equations; here each becomes a run of ordinary text before mammoth sees the file. Knows fractions,
roots, and what stands above or below; of everything else the characters are kept in their order.
"""

from __future__ import annotations

import io
from typing import Any
from zipfile import ZIP_STORED, ZipFile

from rag.readers.archives import member_bytes
from rag.readers.origin import ReadLimits

_MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_DOCUMENT = "word/document.xml"
_MARKS = {"den": "/", "sup": "^", "sub": "_", "deg": ""}
_OPERANDS = ("num", "den", "sup", "sub")
_MADE_HERE = "equation"
_DEEPEST = 100


def with_equations_as_text(data: bytes, archive: ZipFile, limits: ReadLimits) -> bytes:
    """Return the Word file with every equation as a run of text; `data` itself when there is none or it is damaged."""
    if _DOCUMENT not in archive.namelist():
        return data
    document = member_bytes(archive, archive.getinfo(_DOCUMENT), limits)
    if _MATH.encode() not in document:
        return data
    from lxml import etree

    try:
        root: Any = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return data
    for equation in list(root.iter(f"{{{_MATH}}}oMath")):
        run = etree.Element(f"{{{_WORD}}}r")
        beside = equation.getprevious()
        apart = " " if beside is not None and beside.get(_MADE_HERE) else ""
        run.set(_MADE_HERE, "1")
        etree.SubElement(run, f"{{{_WORD}}}t").text = apart + _linear(equation)
        run.tail = equation.tail
        equation.getparent().replace(equation, run)
    for group in list(root.iter(f"{{{_MATH}}}oMathPara")):
        parent = group.getparent()
        for run in group.iter(f"{{{_WORD}}}r"):
            group.addprevious(run)
        parent.remove(group)
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_STORED) as written:
        for info in archive.infolist():
            content = etree.tostring(root) if info.filename == _DOCUMENT else member_bytes(archive, info, limits)
            written.writestr(info.filename, content)
    return buffer.getvalue()


def _linear(node: Any, depth: int = 0) -> str:
    """Return the characters of an equation in reading order."""
    from lxml import etree

    if depth > _DEEPEST:
        return "".join(node.itertext(f"{{{_MATH}}}t"))
    parts: list[str] = []
    for child in node.iterchildren("{*}*"):
        name = etree.QName(child).localname
        if name == "t":
            parts.append(child.text or "")
        elif name != "ctrlPr":
            inner = _linear(child, depth + 1)
            is_compound = (name in _OPERANDS and len(inner) > 1 and not inner.isdecimal()) or name == "d"
            is_under_root = name == "e" and node.tag == f"{{{_MATH}}}rad"
            parts.append(_MARKS.get(name, "") if inner else "")
            parts.append(("√" if is_under_root else "") + (f"({inner})" if is_compound or is_under_root else inner))
    return "".join(parts)
