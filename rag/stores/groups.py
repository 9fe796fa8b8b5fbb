"""Which articles are near-copies of each other: one voice, however many outlets print it.

Two articles belong together when they share a band of their signatures and `rag.likeness` finds one to be a near-copy
of the other; a group is all that hangs together so. It is named by its first article: the earliest whose day is known,
else the least id. All this depends on what is stored and not on the order in which it came. Everything is read from
tables, so that memory stays the same however many articles there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from rag.likeness import Profile, bands, is_near_copy, may_be_copies, profile, signature
from rag.stores.database import Database, places

_PROFILES = 64  # kept at hand while a group is compared
_MOST_COMPARED = 200  # of the articles that share a band, those that share most: keeps a flood of forms affordable


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is computed from a text before its transaction begins."""

    profile: Profile
    signature: bytes


class Groups:
    """Reads and changes the groups, within the transactions of its owner."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def sketch(self, text: str) -> Sketch:
        found = profile(text)
        return Sketch(found, signature(found))

    def place(self, article_id: str, sketch: Sketch) -> None:
        """Give an article that was just put its group, joining those that it is a copy of a member of."""
        self.forget([article_id])
        keys = bands(sketch.signature)
        alike = self._alike(keys, sketch)
        insert = "INSERT INTO voices (article_id, group_id, signature) VALUES (?, ?, ?)"
        number = self._db.execute(insert, (article_id, article_id, sketch.signature)).lastrowid
        self._db.executemany("INSERT OR IGNORE INTO voice_bands VALUES (?, ?)", [(key, number) for key in keys])
        if alike:
            self._join([article_id, *alike])

    def forget(self, article_ids: Sequence[str]) -> None:
        """Take articles out of their groups, before they are deleted; what is left of each group is grouped anew."""
        query = "SELECT number, group_id, signature FROM voices WHERE article_id IN"
        rows = self._db.among(query, dict.fromkeys(article_ids))
        for number, _, sketch in rows:
            self._db.executemany(
                "DELETE FROM voice_bands WHERE band = ? AND number = ?", [(key, number) for key in bands(sketch)]
            )
            self._db.execute("DELETE FROM voices WHERE number = ?", (number,))
        for group in sorted({row[1] for row in rows}):
            self._regroup(group)

    def all(self) -> dict[str, list[str]]:
        query = (
            "SELECT group_id, article_id FROM voices WHERE group_id IN"
            " (SELECT group_id FROM voices GROUP BY group_id HAVING count(*) > 1) ORDER BY group_id, article_id"
        )
        return {group: [row[1] for row in rows] for group, rows in groupby(self._db.rows(query), lambda row: row[0])}

    def _alike(self, keys: Sequence[int], own: Sketch) -> list[str]:
        """Return the groups with a member that shares a band with the text and is a near-copy of it."""
        query = (
            "SELECT group_id, article_id, signature FROM voice_bands JOIN voices USING (number)"
            f" WHERE band IN ({places(keys)}) GROUP BY number ORDER BY count(*) DESC, article_id LIMIT ?"
        )
        found: list[str] = []
        for group, article_id, other in self._db.rows(query, (*keys, _MOST_COMPARED)):
            if group in found or not may_be_copies(own.signature, other):
                continue
            if is_near_copy(own.profile, self._profile(article_id)):
                found.append(group)
        return found

    def _regroup(self, group: str) -> None:
        """Find out which members of a group that lost one still hang together."""
        query = "SELECT article_id, signature FROM voices WHERE group_id = ? ORDER BY number"
        signatures = dict(self._db.rows(query, (group,)))
        profiles = lru_cache(_PROFILES)(self._profile)

        def alike(one: str, other: str) -> bool:
            met = may_be_copies(signatures[one], signatures[other])
            return met and is_near_copy(profiles(one), profiles(other))

        parts: list[list[str]] = []
        for article_id in signatures:
            touched = [part for part in parts if any(alike(article_id, member) for member in part)]
            parts = [part for part in parts if part not in touched]
            parts.append([article_id, *(member for part in touched for member in part)])
        for part in parts:
            self._db.executemany("UPDATE voices SET group_id = ? WHERE article_id = ?", [(part[0], m) for m in part])
        for part in parts:
            self._join([part[0]])

    def _join(self, groups: Sequence[str]) -> None:
        """Make one group of several, and name it by its first article."""
        members = f"FROM voices JOIN articles USING (article_id) WHERE group_id IN ({places(groups)})"
        query = f"SELECT article_id {members} ORDER BY day = 0, day, article_id LIMIT 1"
        first = self._db.rows(query, groups)[0][0]
        rename = f"UPDATE voices SET group_id = ? WHERE group_id IN ({places(groups)})"
        self._db.execute(rename, (first, *groups))

    def _profile(self, article_id: str) -> Profile:
        return profile(self._db.rows("SELECT text FROM articles WHERE article_id = ?", (article_id,))[0][0])
