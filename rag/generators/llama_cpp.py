"""Runs a GGUF file on llama.cpp through xllamacpp (optional; MIT, prebuilt): greedy, streamed, quantised weights as is.

The binding is a server object that also listens on a port of 127.0.0.1; nothing here uses that port, and a random key
closes it to other users of the machine. Its calls block and report through a callback, so each stream has a thread
that a closed iterator ends at the next token.
"""

from __future__ import annotations

import queue
import secrets
import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from rag.encoders.batching import available_cores
from rag.errors import GeneratorError
from rag.generators.chat import messages
from rag.generators.protocol import Prompt, Usage

_CONTEXT_TOKENS = 8192


class LlamaCppGenerator:
    """A GGUF model in memory; requests of several threads wait for each other."""

    def __init__(self, gguf: Path, name: str) -> None:
        xllamacpp: Any = import_module("xllamacpp")
        self._name = name
        params = xllamacpp.CommonParams()
        params.model.path = str(gguf)
        params.n_ctx = _CONTEXT_TOKENS
        params.n_parallel = 1
        params.warmup = False
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = available_cores()
        params.verbosity = -1
        params.cache_ram_mib = 0
        params.offline = True
        params.ui = False
        params.endpoint_slots = False
        params.api_keys = [secrets.token_hex(32)]
        try:
            self._server: Any = xllamacpp.Server(params)
        except Exception as error:
            raise GeneratorError(f"llama.cpp cannot load {gguf}: {error}") from error

    @property
    def name(self) -> str:
        return f"{self._name} (llama.cpp)"

    def stream(self, prompt: Prompt) -> Iterator[str]:
        events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        closed = threading.Event()
        usage = Usage(None, 0)
        request = {
            "messages": messages(prompt),
            "max_tokens": prompt.max_new_tokens,
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
            "cache_prompt": False,  # a reused prefix changes the last digits, and with them now and then a word
        }
        threading.Thread(target=self._write, args=(request, events, closed), daemon=True).start()
        try:
            while (event := events.get()) is not None:
                if piece := self._piece(event):
                    usage = Usage(usage.prompt, usage.completion + 1)
                    yield piece
                usage = _told(event) or usage
        finally:
            closed.set()
            prompt.tell(usage)

    def _write(self, request: dict[str, Any], events: queue.SimpleQueue[Any], closed: threading.Event) -> None:
        def receive(event: Any) -> bool:
            events.put(event)
            return closed.is_set()

        try:
            self._server.handle_chat_completions(request, receive)
        except Exception as error:  # noqa: BLE001 - handed to the reader of the stream, who raises it
            events.put({"error": {"message": str(error)}})
        finally:
            events.put(None)

    def _piece(self, event: Any) -> str:
        if not isinstance(event, dict):
            return ""
        if error := event.get("error"):
            message = str(error.get("message", error)).splitlines()[0]
            raise GeneratorError(f"{self.name} stopped: {message}")
        choices = event.get("choices") or [{}]
        return str(choices[0].get("delta", {}).get("content") or "")


def _told(event: Any) -> Usage | None:
    """Return the counts that the last event of a stream carries, if this is it."""
    counts = event.get("usage") if isinstance(event, dict) else None
    return Usage(int(counts["prompt_tokens"]), int(counts["completion_tokens"])) if counts else None
