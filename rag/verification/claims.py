"""Which sentences claim nothing: questions, greetings, and talk about the answer itself.

Strict on purpose: a sentence that also carries a fact is a claim.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rag.verification.words import normalised, words_of

_MARKERS = re.compile(r"\s*\[\d+(?:\s*,\s*\d+)*\]|\*\*|^\s*(?:\d{1,2}[.)]|[-*•])\s+(?=\S)")
_LEAD_IN = re.compile(
    r"(?:according to|based on|from|as per) (?:the|this|these) (?:provided |given |cited |above )?"
    r"(?:articles?|sources?|evidence|passages?|texts?|documents?|context|reports?|information),?\s+"
    r"|(?:the|this) (?:article|source|passage|text|document|evidence) (?:says|states|reports|mentions|notes)"
    r"(?: that)?\s+",
    re.IGNORECASE,
)
_META = re.compile(
    r"(?:(?:sure|certainly|of course|okay|ok|hello|hi)[,!.]? )?"
    r"(?:here(?: is| are|'s)|below (?:is|are)|the following (?:is|are)) (?:the|a|an|my|your|some)?\s?"
    r"(?:short |brief |concise |quick |full )?(?:answer|summary|response|overview|list|points?|details)[^.]*[.:]?"
    r"|(?:sure|certainly|of course|hello|hi|hey|thanks|thank you|you(?:'re| are) welcome|okay|ok|great question|"
    r"good (?:morning|afternoon|evening|question))(?: there)?[^\w]*(?:here(?: is|'s) the answer)?[.!,:]*"
    r"|i hope (?:this|that) helps[.!]*|(?:please )?let me know if you .*|(?:in summary|in short|answer|sources?)\s*:?"
    r"|(?:is there|do you have) anything else.*",
    re.IGNORECASE,
)


def claim_text(sentence: str, labels: Sequence[str] = ()) -> str:
    """Return the sentence without citation markers and without a lead-in such as "According to the article,".

    `labels` are outlets or headlines that a claim may be credited to in such a lead-in as well.
    """
    text = _LEAD_IN.sub("", _MARKERS.sub("", normalised(sentence)), count=1).strip()
    for label in labels:
        text = _credit(normalised(label)).sub("", text, count=1)
    return text.strip()


@lru_cache(maxsize=512)
def _credit(label: str) -> re.Pattern[str]:
    name = rf"(?:the )?{re.escape(label.removeprefix('The ').removeprefix('the '))}"
    return re.compile(
        rf"^(?:according to|as reported by|as per) {name},? |^{name} (?:says|said|reports|reported|writes)(?: that|,)? "
        rf"|,? (?:according to {name}|{name} (?:says|said|reports|reported))(?=\.?$)",
        re.IGNORECASE,
    )


def claims_nothing(sentence: str) -> bool:
    """Say whether a sentence states no fact that evidence could support."""
    text = claim_text(sentence)
    if not any(word.is_content for word in words_of(text)) or _META.fullmatch(text):
        return True
    return text.endswith("?") and text.count(".") == 0
