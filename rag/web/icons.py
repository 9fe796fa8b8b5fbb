"""The few line drawings of the page, inline SVG in the colour of the text around them, hidden from screen readers."""

from __future__ import annotations


def _icon(paths: str, *, filled: bool = False) -> str:
    paint = 'fill="currentColor"' if filled else 'fill="none" stroke="currentColor" stroke-width="1.8"'
    return (
        f'<svg class="icon" viewBox="0 0 24 24" width="16" height="16" {paint} stroke-linecap="round" '
        f'stroke-linejoin="round" aria-hidden="true" focusable="false">{paths}</svg>'
    )


COPY = _icon('<rect x="9" y="9" width="11" height="11" rx="2"/><path d="M5 15V6a2 2 0 0 1 2-2h9"/>')
DOWNLOAD = _icon('<path d="M12 4v11m0 0 4-4m-4 4-4-4M5 20h14"/>')
RETRY = _icon('<path d="M4 12a8 8 0 1 1 2.4 5.7M4 12V7m0 5h5"/>')
EDIT = _icon('<path d="M4 20h4L19 9l-4-4L4 16v4zM13.5 6.5l4 4"/>')
LINK = _icon(
    '<path d="M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.700l-1 1M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.700l1-1"/>'
)
OUT = _icon('<path d="M9 6H6a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-3M13 4h7v7M20 4l-9 9"/>')
BACK = _icon('<path d="M19 12H5m0 0 6-6m-6 6 6 6"/>')
BOOK = _icon(
    '<path d="M5 5.500A2.5 2.5 0 0 1 7.5 3H19v15H7.500A2.5 2.5 0 0 0 5 20.500zM5 20.500A2.5 2.5 0 0 0 7.5 21H19"/>'
)
ASK = _icon('<path d="M5 12h13m0 0-5-5m5 5-5 5"/>')
SUPPORTED = _icon('<path d="M5 12.5 10 17.5 19 7"/>')
PARTLY = _icon('<circle cx="12" cy="12" r="8"/><path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor"/>')
QUOTE = _icon(
    '<path d="M6 17c2-1 3-2.5 3-5H5V7h5v5c0 4-1.5 6-4 7zM15 17c2-1 3-2.5 3-5h-4V7h5v5c0 4-1.5 6-4 7z"/>', filled=True
)
DOUBT = _icon('<path d="M12 5v9m0 4v.5"/>')
NOTHING = _icon('<circle cx="11" cy="11" r="6.5"/><path d="m20 20-4.3-4.300M8.5 11h5"/>')
WARNING = _icon('<path d="M12 4 3 19h18zM12 10v4m0 2.500v.1"/>')
NEW = _icon('<path d="M12 5v14M5 12h14"/>')
HISTORY = _icon('<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/>')
THEME = _icon('<circle cx="12" cy="12" r="8.5"/><path d="M12 3.500a8.5 8.5 0 0 1 0 17z" fill="currentColor"/>')
FILTERS = _icon('<path d="M4 7h10m4 0h2M4 17h2m4 0h10"/><circle cx="16" cy="7" r="2"/><circle cx="8" cy="17" r="2"/>')
REMOVE = _icon('<path d="M5 7h14M10 7V4h4v3m3 0-1 13H8L7 7"/>')
ARTICLES = _icon('<rect x="4" y="4" width="16" height="16" rx="2"/><path d="M8 9h8M8 13h8M8 17h5"/>')
GOOD = _icon('<path d="M7 11v9H4v-9zM7 11l4-7a2 2 0 0 1 2 2v4h5a2 2 0 0 1 2 2.300l-1 6a2 2 0 0 1-2 1.700H7"/>')
BAD = _icon('<path d="M7 13V4H4v9zM7 13l4 7a2 2 0 0 0 2-2v-4h5a2 2 0 0 0 2-2.300l-1-6A2 2 0 0 0 17 4H7"/>')
EVALUATE = _icon('<path d="M4 20V4M4 20h16M8 16v-4M12 16V8M16 16v-6"/>')
