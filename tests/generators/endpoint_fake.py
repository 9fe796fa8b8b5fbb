"""An OpenAI-compatible endpoint on loopback that answers each request as the test scripts it."""

import json
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def chunk(text: str | None, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text} if text is not None else {}, "finish_reason": finish}
    event = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(event).encode() + b"\n\n"


class Server(ThreadingHTTPServer):
    """Says nothing when a client has hung up in the middle of an answer."""

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Endpoint:
    """`answer` gets the handler and the request body; `requests` holds the bodies and keys seen."""

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler, dict], None]) -> None:
        self.requests: list[dict] = []
        self.keys: list[str | None] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.requests.append(body)
                endpoint.keys.append(self.headers.get("Authorization"))
                answer(self, body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def send(handler: BaseHTTPRequestHandler, status: int, content_type: str, *parts: bytes) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", content_type)
    handler.end_headers()
    for part in parts:
        handler.wfile.write(part)
        handler.wfile.flush()


def stream(*parts: bytes) -> Callable[[BaseHTTPRequestHandler, dict], None]:
    return lambda handler, _: send(handler, 200, "text/event-stream", *parts)


def fail(status: int, body: dict) -> Callable[[BaseHTTPRequestHandler, dict], None]:
    return lambda handler, _: send(handler, status, "application/json", json.dumps(body).encode())
