"""The web chat: `serve` is all that other rooms need. Importing this loads neither Gradio nor a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rag.cores import keep_products_whole

if TYPE_CHECKING:
    from rag.settings import Settings
    from rag.web.door import ChatEngine

__all__ = ["serve"]


def serve(settings: Settings, open_engine: Callable[[Callable[[str], None]], ChatEngine] | None = None) -> None:
    """Serve the chat page until Ctrl-C, the engine of these settings behind it (or the one `open_engine` opens).

    Raises RagError when the address cannot be listened on or the engine cannot be opened.
    """
    keep_products_whole()
    from rag.web.server import start

    serving = start(settings, open_engine or (lambda report: _open(settings, report)))
    print(f"Footnote is at {serving.url} (Ctrl-C ends it)", flush=True)
    serving.wait()


def _open(settings: Settings, report: Callable[[str], None]) -> ChatEngine:
    report("Opening the index…")
    from rag.engine import Engine

    return Engine.open(settings)
