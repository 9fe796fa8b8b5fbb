"""What has become of the sources of an answer since it was written: whether each still stands, and who else prints it.

Knows nothing of engines: `rag.web.door` finds it out, the drawing modules read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag.records import Evidence, Metadata

if TYPE_CHECKING:
    from rag.engine import SourceState

NOTES = {
    "changed": "Changed since this was cited",
    "removed": "Removed since this was cited",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of each cited (article id, version), and the metadata of articles that have near-copies."""

    states: Mapping[tuple[str, str], SourceState] = field(default_factory=dict)
    copies: Mapping[str, Metadata] = field(default_factory=dict)

    def note(self, evidence: Evidence) -> str | None:
        """Return what to tell a reader of the article of this evidence; None when it stands as cited."""
        return NOTES.get(self.states.get((evidence.article_id, evidence.version), "current"))

    def printed_by(self, evidence: Evidence) -> list[tuple[str, str]]:
        """Return (article id, outlet or title) of the near-copies found with this evidence."""
        known = [(key, self.copies[key]) for key in evidence.copies if key in self.copies]
        return [(key, metadata.outlet or metadata.title or key) for key, metadata in known]
