"""The web chat: `serve` is all that other rooms need. Importing this loads neither Gradio nor a model."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from rag.cores import keep_products_whole

if TYPE_CHECKING:
    from rag.engine_process.child import OpenEngine
    from rag.settings import Settings
    from rag.web.door import ChatEngine

__all__ = ["serve"]


def serve(settings: Settings, open_engine: OpenEngine | None = None) -> None:
    """Serve the chat page until Ctrl-C, the engine of these settings behind it (or the one `open_engine` opens).

    The engine works in a process of its own, which `open_engine` is sent to: a module must hold it, or what it is made
    of. Raises RagError when the address cannot be listened on or the engine cannot be opened.
    """
    keep_products_whole()
    from rag.engine_process import EngineProcess
    from rag.web.server import start

    opening = open_engine or partial(_open, settings)
    serving = start(settings, lambda report: EngineProcess(opening).opened(report))
    print(f"Footnote is at {serving.url} (Ctrl-C ends it)", flush=True)
    serving.wait()


def _open(settings: Settings, report: Callable[[str], None]) -> ChatEngine:
    report("Opening the index…")
    from rag.engine import Engine

    return Engine.open(settings)
