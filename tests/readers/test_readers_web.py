"""URLs: which addresses are refused, and that limits hold, against a server on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rag.readers import Failure, ReadLimits, read
from rag.readers.web import is_public
from rag.records import Article

WORDS = "The harbour of Lunsk reopened on Monday after eleven days of storm damage, the port authority said."
OPEN = ReadLimits(allow_private_addresses=True, timeout_s=5, max_file_bytes=10_000)


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/hop"):
            self.send_response(302)
            self.send_header(
                "Location",
                {"/hop": "/article.txt", "/hop-loop": "/hop-loop", "/hop-file": "file:///etc/passwd"}[self.path],
            )
            self.end_headers()
            return
        body = WORDS.encode() if self.path == "/article.txt" else b"x" * 50_000 if self.path == "/big.txt" else b""
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("address", [
    "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1",
])  # fmt: skip
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://2130706433/",
        "http://[::1]/",
        "http://0x7f.1/",
        "https://169.254.169.254/",
    ],
)
def test_private_addresses_are_refused_by_default(url: str) -> None:
    (failure,) = read([url])
    assert isinstance(failure, Failure)
    assert "private address" in failure.error


def test_an_address_with_a_password_is_refused() -> None:
    (failure,) = read(["http://user:secret@127.0.0.1/"], OPEN)
    assert isinstance(failure, Failure)
    assert "secret" not in failure.error


def test_a_page_behind_a_redirect_is_read_under_the_address_given(site: str) -> None:
    (article,) = read([f"{site}/hop#top"], OPEN)
    assert isinstance(article, Article)
    assert (article.text, article.source, article.metadata.url) == (WORDS, f"{site}/hop", f"{site}/article.txt")


@pytest.mark.parametrize(("path", "cause"), [
    ("/hop-loop", "more than 5 redirects"), ("/hop-file", "only http and https"), ("/big.txt", "over the limit"),
    ("/none", "answered 404"),
])  # fmt: skip
def test_what_cannot_be_fetched_is_a_failure_with_its_cause(site: str, path: str, cause: str) -> None:
    (failure,) = read([site + path], OPEN)
    assert isinstance(failure, Failure)
    assert cause in failure.error


def test_a_redirect_to_a_private_address_is_refused(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = iter([True, False])
    monkeypatch.setattr("rag.readers.web.is_public", lambda _: next(judged))
    (failure,) = read([f"{site}/hop"])
    assert isinstance(failure, Failure)
    assert "private address" in failure.error
