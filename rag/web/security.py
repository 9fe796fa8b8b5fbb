"""What the page's server refuses, and the headers on everything it sends.

Gradio 6.31 leaves open: any Host header, an upload route without an upload field, a reload stream, a monitoring page,
bodies of any size. `middleware` closes them. The policy lets a page load only from this server; Gradio's own templates
need inline script and `eval`, so text of articles is escaped as well (`rag.web.text`) and never trusted to the policy.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rag.web.logins import Attempts

if TYPE_CHECKING:
    from starlette.middleware import Middleware
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from rag.settings import Settings

MAX_BODY_BYTES = 4_000_000
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'none'",
        "font-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'none'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
CLOSED = (
    "/gradio_api/dev", "/gradio_api/component_server", "/gradio_api/stream",
    "/gradio_api/process_recording", "/gradio_api/vibe", "/gradio_api/undo-vibe", "/gradio_api/proxy",
    "/gradio_api/profiling", "/gradio_api/run-history", "/gradio_api/runs", "/gradio_api/custom_component",
    "/gradio_api/deep_link", "/monitoring",
)  # fmt: skip
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


UPLOAD = "/gradio_api/upload"
LOGIN = "/login"


def may_edit(settings: Settings) -> bool:
    """Return whether visitors may add and remove articles: on this machine only, or with a login."""
    return bool(settings.auth) or settings.host in ("127.0.0.1", "localhost", "::1")


def may_name_folders(settings: Settings) -> bool:
    """Return whether visitors may add a folder of the server's disk: only when nobody but this machine can reach it."""
    return settings.host in ("127.0.0.1", "localhost", "::1") and not settings.auth and not settings.allowed_hosts


class Guard:
    """ASGI middleware: refuses foreign hosts and origins, closed routes, large bodies; adds headers to what is sent."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str], upload_bytes: int = 0) -> None:
        self._app, self._hosts, self._upload_bytes = app, hosts, upload_bytes
        self._logins = Attempts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if refused is not None:
            await _plain(_with_headers(send), *refused)
            return
        await self._app(scope, _limited(receive, self._most(scope)), _with_headers(send))

    def _most(self, scope: Scope) -> int:
        return self._upload_bytes if scope["path"].startswith(UPLOAD) else MAX_BODY_BYTES

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if _host(headers.get("host", "")) not in self._hosts:
            return 400, "This address is not one that this server answers to."
        if scope["method"] not in ("GET", "HEAD") and not self._same_site(headers):
            return 403, "Another site may not send requests to this one."
        if scope["path"].rstrip("/").endswith(LOGIN) and not self._logins.allowed(str((scope.get("client") or "?")[0])):
            return 429, "Too many logins were tried from here; wait a minute."
        most = self._most(scope)
        if scope["path"].startswith(CLOSED) or not most:
            return 404, "There is nothing here."
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > most:
            return 413, f"A request may have at most {most:,} bytes."
        return None

    def _same_site(self, headers: Mapping[str, str]) -> bool:
        """Return whether a request comes from a page of this server, or from a program (which sends no origin)."""
        origin = headers.get("origin")
        if origin is not None and _host(origin.partition("//")[2]) not in self._hosts:
            return False
        return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def middleware(settings: Settings) -> list[Middleware]:
    """Return the middleware for a server with these settings; uploads are open only to those who may edit."""
    from starlette.middleware import Middleware as Entry

    upload_bytes = 4 * settings.max_file_mb * 1_000_000 if may_edit(settings) else 0
    return [Entry(Guard, hosts=hosts(settings.host, settings.allowed_hosts), upload_bytes=upload_bytes)]


def hosts(host: str, allowed: str = "") -> frozenset[str]:
    """Return the names a browser may call this server by: this machine's own and those allowed, separated by commas.

    Never another site's, whose name might be made to point here (DNS rebinding).
    """
    named = {*_LOOPBACK, _host(host), *(_host(name) for name in allowed.split(",") if name.strip())}
    if host in ("0.0.0.0", "::"):
        name = socket.gethostname()
        named |= {name.lower(), socket.getfqdn().lower(), *_addresses(name)}
    return frozenset(named)


def _host(value: str) -> str:
    """Return the host of a Host header without its port, lower-case."""
    value = value.strip().lower()
    if value.startswith("["):
        return value.partition("]")[0] + "]"
    return f"[{value}]" if value.count(":") > 1 else value.partition(":")[0]


def _addresses(name: str) -> set[str]:
    try:
        return {str(info[4][0]) for info in socket.getaddrinfo(name, None)}
    except OSError:
        return set()


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            added = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
            message = {**message, "headers": [*message.get("headers", []), *added]}
        await send(message)

    return sending


def _limited(receive: Receive, most: int) -> Receive:
    """Count a body that comes without its length, and end it when it is too long."""
    seen = 0

    async def receiving() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b"") or b"")
        return {"type": "http.disconnect"} if seen > most else message

    return receiving


async def _plain(send: Send, status: int, sentence: str) -> None:
    headers: list[tuple[bytes, bytes]] = [(b"content-type", b"text/plain; charset=utf-8")]
    start: dict[str, Any] = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": sentence.encode()})
