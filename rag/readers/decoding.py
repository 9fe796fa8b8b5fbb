"""Bytes → text by their true encoding: mark, declaration, UTF-8, then detection (charset-normalizer).

Labels mean what browsers take them to mean (WHATWG Encoding Standard: `iso-8859-1` is windows-1252, `gb2312` is GB
18030). Knows no format; raises ReadError for content that is not text at all.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from rag.errors import ReadError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LABELS = {
    "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252",
    "iso-8859-9": "cp1254", "iso-8859-11": "cp874", "tis-620": "cp874", "gb2312": "gb18030", "gbk": "gb18030",
    "x-gbk": "gb18030", "shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932", "sjis": "cp932",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "ksc5601": "cp949", "big5": "big5hkscs", "x-cp1251": "cp1251",
    "x-cp1252": "cp1252", "x-euc-jp": "euc_jp", "iso-8859-8-i": "iso8859-8", "unicode": "utf-16",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman", "x-mac-cyrillic": "mac_cyrillic", "utf8": "utf-8",
}  # fmt: skip
_ESCAPES = ((b"\x1b$)C", "iso2022_kr"), (b"\x1b$B", "iso2022_jp_ext"), (b"\x1b$@", "iso2022_jp_ext"))
_CENTRAL = ("Polish", "Czech", "Slovak", "Hungarian", "Croatian", "Slovene", "Romanian")
_WESTERN = (
    "English",
    "French",
    "German",
    "Spanish",
    "Portuguese",
    "Italian",
    "Dutch",
    "Swedish",
    "Norwegian",
    "Danish",
)
_LATIN = re.compile(r"cp125[02478]|iso8859_(?:1|2|3|4|9|10|13|14|15|16)|latin_1")
_NO_CHARSETS = ("punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "utf_7")
_UPPER_CONTROLS = bytes(range(0x80, 0xA0))
_SAMPLE = 256 * 1024
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_UPPER_CONTROL = re.compile("[\x80-\x9f]")
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffd\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text and the Python name of the encoding it was in."""

    text: str
    encoding: str


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """Return the text of `data`; `declared` is the encoding its own header or its transport names, if any.

    Raises ReadError when it is binary or empty. A declaration that does not fit loses to UTF-8 and then to detection.
    """
    if not data.strip(b"\x00 \t\r\n"):
        raise ReadError("the file is empty")
    for mark, marked in _MARKS:
        if data.startswith(mark):
            return _checked(Decoded(data[len(mark) :].decode(marked, "replace"), marked))
    if wide := _wide_encoding(data):
        return _checked(Decoded(data.decode(wide, "replace"), wide))
    for escape, encoding in _ESCAPES:
        if escape in data[:_SAMPLE]:
            return _checked(Decoded(data.decode(encoding, "replace"), encoding))
    sample = data[:_SAMPLE]
    if len(_CONTROL.findall(sample)) > len(sample) // 100:
        raise ReadError("the content is binary, not text")
    named, label = codec_name(declared), codec_name(declared, as_browsers=False)
    for encoding in filter(None, ("utf-8" if named == "cp1252" else None, label, named, "utf-8")):
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if not (encoding == label != named and _UPPER_CONTROL.search(text)):
            return _checked(Decoded(text, encoding))
    return _checked(_lenient(data, named) or _detected(data))


def codec_name(label: str | None, *, as_browsers: bool = True) -> str | None:
    """Return the Python codec for an encoding label, as browsers read it or by its own name; None when there is
    none.
    """
    if not label:
        return None
    name = label.strip().strip("\"'").lower()
    name = _LABELS.get(name, name) if as_browsers else name
    try:
        b"a".decode(name, "replace")  # without a byte to decode, Python does not look the name up
    except (LookupError, ValueError):
        return None
    return None if codecs.lookup(name).name.replace("-", "_") in _NO_CHARSETS else name


def _wide_encoding(data: bytes) -> str | None:
    """Recognise UTF-16 and UTF-32 without a mark by where their zero bytes fall."""
    head = data[:4096]
    quarter = [head[i::4].count(0) * 4 / max(len(head), 4) for i in range(4)]
    if len(data) % 4 == 0 and len(head) >= 8:
        if min(quarter[1:]) > 0.7 and quarter[0] < 0.1:
            return "utf-32-le"
        if min(quarter[:3]) > 0.7 and quarter[3] < 0.1:
            return "utf-32-be"
    even, odd = (quarter[0] + quarter[2]) / 2, (quarter[1] + quarter[3]) / 2
    if len(head) >= 4 and odd > 0.3 and even < 0.05:
        return "utf-16-le"
    if len(head) >= 4 and even > 0.3 and odd < 0.05:
        return "utf-16-be"
    return None


def _lenient(data: bytes, named: str | None) -> Decoded | None:
    """Read a few broken bytes over: the declared encoding, or UTF-8, when less than one character in 200 is lost."""
    for encoding in (named, "utf-8"):
        if encoding is None:
            continue
        text = data.decode(encoding, "replace")
        lost, foreign = text.count("\ufffd"), sum(byte > 127 for byte in data[:_SAMPLE])
        if lost * 200 <= len(text) and (named == encoding or lost * 20 <= foreign):
            return Decoded(text, encoding)
    return None


def _detected(data: bytes) -> Decoded:
    """Ask charset-normalizer, on a sample where the file is long."""
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE], enable_fallback=True).best()
    if best is None:
        raise ReadError("the encoding could not be told; save the file as UTF-8")
    encoding = _usual_encoding(data, best.encoding, best.language)
    return Decoded(data.decode(encoding, "replace"), encoding)


def _usual_encoding(data: bytes, detected: str, language: str) -> str:
    """Return the code page its language is written in, where detection names a look-alike that differs in a few
    letters.

    The bytes 80-9F are letters and quotation marks in Windows code pages and unused in ISO ones: that tells the two
    apart.
    """
    if not _LATIN.fullmatch(detected) or language not in _CENTRAL + _WESTERN:
        return detected
    has_windows_bytes = len(data.translate(None, _UPPER_CONTROLS)) < len(data)
    usual = "cp1252" if language in _WESTERN else "cp1250" if has_windows_bytes else "iso8859_2"
    try:
        data.decode(usual)
    except UnicodeDecodeError:
        return detected
    return usual


def _checked(decoded: Decoded) -> Decoded:
    """Refuse what decodes but is no text: more than one character in 20 a control, private or broken one."""
    sample = decoded.text[:_SAMPLE]
    if len(_NOT_TEXT.findall(sample)) * 20 > len(sample):
        raise ReadError("the content is binary, not text")
    return decoded
