"""What the server keeps of each visitor: the values of `gr.State`, and nothing that can be had from the page itself.

Gradio 6.31 draws the settings of every component anew for each session, and keeps them with every value sent (the whole
drawn conversation among them), for links that bring back a page's state. Footnote offers no such links
(`rag.web.security` closes their route). A call of a named endpoint is a session too: without this it costs 10 ms and
60 kB that stay until a thousand sessions have come after it. Which events a session waits for, an empty set when it has
all, Gradio keeps for ever, and looks through for each answer that was ready before it was fetched.
"""

from __future__ import annotations

from collections.abc import Container
from types import SimpleNamespace
from typing import Any

from gradio.state_holder import SessionState, StateHolder

_SESSIONS = 256  # kept before it is looked for those to forget


class LeanState(SessionState):  # type: ignore[misc] # Gradio has no types
    """A session's values without the settings and drawn values of its components."""

    def __init__(self, blocks: Any) -> None:
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks={}))

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass


class LeanSessions(StateHolder):  # type: ignore[misc]
    """The sessions of a page, each of them lean."""

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            self.session_data[session_id] = LeanState(self.blocks)
        return super().__getitem__(session_id)


class AwaitedEvents(dict[str, set[str]]):
    """The events that each session waits for; those that wait for none, or can be told none, are forgotten in time."""

    def __init__(self, told: Container[str]) -> None:
        """`told` are the sessions that messages are kept for."""
        super().__init__()
        self._told, self._sweep_at = told, _SESSIONS

    def __setitem__(self, session: str, events: set[str]) -> None:
        if session not in self and len(self) >= self._sweep_at:
            for other in [one for one, left in self.items() if not left or one not in self._told]:
                del self[other]
            self._sweep_at = max(_SESSIONS, 2 * len(self))
        super().__setitem__(session, events)

    def __missing__(self, session: str) -> set[str]:
        return set()  # a session that was forgotten waits for nothing


def keep_lean_sessions(page: Any) -> None:
    """Make a launched page keep lean sessions from now on."""
    page.app.state_holder = LeanSessions()
    page.app.state_holder.set_blocks(page)
    queue = page._queue
    queue.pending_event_ids_session = AwaitedEvents(queue.pending_messages_per_session)
