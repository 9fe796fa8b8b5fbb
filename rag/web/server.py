"""Serves the page: Gradio here, the engine behind it.

Order matters for the first paint: importing Gradio is the longest part, so it comes first and alone, and the engine is
opened, in a process of its own, only when the page is being served: beside the import it would cost the page a second.
Nothing is sent to anyone: no analytics, no share link, no font or script from elsewhere.
"""

from __future__ import annotations

import io
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import InputError, RagError
from rag.settings import Settings
from rag.web.door import ChatEngine, Door

_HERE = Path(__file__).parent
_POLL_S = 0.005  # Gradio looks for work every millisecond, which takes a tenth of a core while nobody asks
_QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    # Gradio would draw up figures of the last events, with pandas, at each one, for a page that is closed here.
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
    "GRADIO_ANALYTICS_MAX_EVENTS": "100",
    "GRADIO_RUN_HISTORY": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}
_UNUSED = ("docs_url", "redoc_url", "openapi_url")
OpenEngine = Callable[[Callable[[str], None]], ChatEngine]


@dataclass(frozen=True, slots=True)
class Serving:
    """A page being served."""

    url: str
    door: Door
    page: Any

    def wait(self) -> None:
        """Serve until interrupted or told to end, then let answers under way finish for a few seconds, and close.

        Raises RagError as soon as the engine turns out not to open, SystemExit(0) after SIGTERM.
        """
        signal.signal(signal.SIGTERM, _ended)
        try:
            self.door.wait()
            if self.door.problem is not None:
                raise RagError(self.door.problem)
            self.page.block_thread()
        finally:
            self.close()

    def close(self) -> None:
        self.page.close(verbose=False)
        self.door.close()


def start(settings: Settings, open_engine: OpenEngine) -> Serving:
    """Serve the page and return; the engine is opened by `open_engine` in a thread.

    Raises InputError for an address that cannot be listened on.
    """
    port = _free_port(settings.host, settings.port)
    os.environ.update({name: value for name, value in _QUIET.items() if name not in os.environ})
    door = Door(open_engine, settings.generator)
    import gradio

    from rag.web.api import add_endpoints, speak_json
    from rag.web.logins import logins
    from rag.web.page import build
    from rag.web.passes import take_passes
    from rag.web.security import middleware
    from rag.web.sessions import keep_lean_sessions
    from rag.web.theme import theme

    page = build(door, settings)
    with page:
        add_endpoints(door, settings)
    check = logins(settings.auth)
    page.queue(max_size=64, default_concurrency_limit=4)
    page._queue.sleep_when_free = _POLL_S
    try:
        with redirect_stdout(io.StringIO()):  # Gradio announces its MCP server even when it is to be quiet
            app, url, _ = page.launch(
                server_name=settings.host, server_port=port, share=False, quiet=True, mcp_server=True, pwa=False,
                prevent_thread_lock=True, inbrowser=False, show_error=False, footer_links=[], run_history=False,
                enable_monitoring=False, ssr_mode=False, max_file_size=f"{settings.max_file_mb}mb",
                auth=check,
                app_kwargs={"middleware": middleware(settings), **dict.fromkeys(_UNUSED)},
                theme=theme(gradio), css_paths=[_HERE / "footnote.css"], state_session_capacity=1000,
            )  # fmt: skip
    except OSError as error:
        raise InputError(_taken(settings.host, port, error)) from None
    keep_lean_sessions(page)
    if check is not None:
        take_passes(app, check, settings.auth)
    speak_json(page)
    door.start()
    if settings.host not in ("127.0.0.1", "localhost", "::1") and not settings.auth:
        print(f"warning: {settings.host} is reachable by others and no login is set; see --auth", file=sys.stderr)
    return Serving(url, door, page)


def _ended(number: int, frame: object) -> None:
    raise SystemExit(0)


def _free_port(host: str, port: int) -> int:
    """Return the port if it is free, or a free one for 0; found out before the long import of Gradio."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    except OSError as error:
        raise InputError(_taken(host, port, error)) from None


def _taken(host: str, port: int, error: OSError) -> str:
    return f"cannot listen on {host}:{port} ({error.strerror or error}); choose another --port"
