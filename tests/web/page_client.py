"""A browser's half of the page, without a browser: keeps the conversation and asks one server or another."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx

WAIT_S = 120.0


@dataclass
class Visitor:
    """Somebody with a browser; `kept` is the conversation as that browser stores it."""

    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=WAIT_S))
    kept: str | None = None
    _sessions: dict[str, str] = field(default_factory=dict)
    _pages: dict[str, tuple[int, int, int]] = field(default_factory=dict)

    @classmethod
    def like(cls, other: Visitor | None) -> Visitor:
        """Return a new visitor who is logged in where another is."""
        return cls(httpx.Client(timeout=WAIT_S, cookies=other.http.cookies if other else None))

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def ask(self, url: str, question: str) -> dict[str, Any]:
        """Type a question into the page of a server; return the conversation that the browser then keeps."""
        event, trigger, ledger = self._page(url)
        data = [question, "extractive", "", "", "", "", "", self.kept]
        drawn = self._sent(url, {"data": data, "event_data": None, "fn_index": event, "trigger_id": trigger})
        conversation: dict[str, Any] = drawn[ledger]["conversation"]
        self.kept = json.dumps(conversation)
        return conversation

    def listed(self, url: str) -> str:
        """Return the page of articles as a server draws it."""
        config = self.http.get(f"{url}config").json()
        ledger = next(part["id"] for part in config["components"] if part["props"].get("elem_id") == "ledger")
        event = next(e["id"] for e in config["dependencies"] if [ledger, "library"] in e["targets"])
        drawn = self._sent(url, {"data": [], "event_data": {}, "fn_index": event, "trigger_id": ledger})
        return str(drawn[0])

    def login(self, url: str, name: str, password: str) -> bool:
        return self.http.post(f"{url}login", data={"username": name, "password": password}).is_success

    def user(self, url: str) -> object:
        """Return who the server takes this browser for."""
        return self.http.get(f"{url}gradio_api/user").json()

    def _page(self, url: str) -> tuple[int, int, int]:
        """Return the number of the event of asking, of what triggers it, and the place of what the browser keeps."""
        if url not in self._pages:
            config = self.http.get(f"{url}config").json()
            number = {part["props"].get("elem_id"): part["id"] for part in config["components"]}
            asking = next(e for e in config["dependencies"] if [number["question"], "submit"] in e["targets"])
            self._pages[url] = (asking["id"], number["question"], asking["outputs"].index(number["ledger"]))
        return self._pages[url]

    def _sent(self, url: str, event: dict[str, Any]) -> list[Any]:
        """Send an event and return its last outputs; raises RuntimeError when there are none."""
        session = self._sessions.setdefault(url, secrets.token_hex(8))
        joined = self.http.post(f"{url}gradio_api/queue/join", json={**event, "session_hash": session})
        if not joined.is_success:
            raise RuntimeError(f"HTTP {joined.status_code}: {joined.text[:200]}")
        told: dict[str, Any] = {}
        with self.http.stream("GET", f"{url}gradio_api/queue/data", params={"session_hash": session}) as stream:
            for line in stream.iter_lines():
                told = json.loads(line[5:]) if line.startswith("data:") else told
                if told.get("msg") == "process_completed":
                    break
        if not told.get("success"):
            raise RuntimeError(f"no answer: {json.dumps(told)[:300]}")
        data: list[Any] = told["output"]["data"]
        return data
