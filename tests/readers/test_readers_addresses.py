"""Server-side request forgery: over sixty ways to name an address inside, and not one connection to it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from rag.readers import Failure, ReadLimits, read
from rag.readers.web import is_public

QUICK = ReadLimits(timeout_s=3)
PUBLIC = "93.184.216.34"
NAMES = {
    "public.example": [PUBLIC], "inside.example": ["127.0.0.1"], "mixed.example": [PUBLIC, "10.0.0.1"],
    "six.example": ["::1"], "mapped.example": ["::ffff:169.254.169.254"], "cloud.example": ["169.254.169.254"],
    "localhost": ["127.0.0.1"], "localhost.": ["127.0.0.1"], "ip6-localhost": ["::1"], "host.internal": ["172.17.0.1"],
    "metadata.google.internal": ["169.254.169.254"], "127.0.0.1.nip.example": ["127.0.0.1"],
    "site-local.example": ["fec0::1"], "isatap.example": ["2001:db8:1::5efe:7f00:1"],
}  # fmt: skip
INSIDE = (
    "http://127.0.0.1:{port}/", "http://127.1:{port}/", "http://127.0.1:{port}/", "http://127.255.255.254:{port}/",
    "http://2130706433:{port}/", "http://0x7f000001:{port}/", "http://0x7f.0.0.1:{port}/", "http://0x7f.1:{port}/",
    "http://017700000001:{port}/", "http://0177.0.0.1:{port}/", "http://0177.1:{port}/", "http://127.0x0.0.1:{port}/",
    "http://0:{port}/", "http://0.0.0.0:{port}/", "http://0x0:{port}/", "http://00:{port}/",
    "http://[::1]:{port}/", "http://[0:0:0:0:0:0:0:1]:{port}/", "http://[::]:{port}/", "http://[0000::0001]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/", "http://[::ffff:7f00:1]:{port}/", "http://[::127.0.0.1]:{port}/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/", "http://[64:ff9b::7f00:1]:{port}/", "http://[2002:7f00:1::]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/", "http://[::ffff:0:127.0.0.1]:{port}/", "http://[fe80::1%25lo]:{port}/",
    "http://[fd00:ec2::254]/", "http://[fc00::1]/", "http://[fec0::1]/", "http://[ff02::1]/", "http://[3fff::1]/",
    "http://[2001:db8::5efe:7f00:1]/", "http://[2606:4700::5efe:a00:1]/", "http://[::ffff:a9fe:a9fe]/",
    "http://10.0.0.1/", "http://172.16.0.1/", "http://172.31.255.255/", "http://192.168.1.1/", "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/", "http://2852039166/", "http://0xa9fea9fe/", "http://169.254.170.2/v2/",
    "http://168.63.129.16/machine", "http://192.0.0.192/", "http://198.18.0.1/", "http://192.88.99.1/",
    "http://224.0.0.1/", "http://240.0.0.1/", "http://255.255.255.255/", "http://0.0.0.1/",
    "http://localhost:{port}/", "http://LOCALHOST:{port}/", "http://localhost.:{port}/", "http://ip6-localhost:{port}/",
    "http://inside.example:{port}/", "http://mixed.example:{port}/", "http://six.example:{port}/",
    "http://mapped.example/", "http://cloud.example/", "http://host.internal/", "http://metadata.google.internal/",
    "http://127.0.0.1.nip.example:{port}/", "http://site-local.example/", "http://isatap.example/",
    "http://127。0。0。1:{port}/", "http://①②⑦.⓪.⓪.①:{port}/", "http://%31%32%37.0.0.1:{port}/",
    "http://public.example@127.0.0.1:{port}/", "http://127.0.0.1:{port}#@public.example/", "https://127.0.0.1:{port}/",
    "http://127.0.0.1\t:{port}/", "http:///127.0.0.1:{port}/", "HTTP://127.0.0.1:{port}/",
)  # fmt: skip


class Recorder:
    """A server on this machine that counts who connects, and a resolver that knows only the names above."""

    def __init__(self) -> None:
        self.connections: list[Any] = []
        self.lookups: list[str] = []
        self.allowed: set[str] = set()

    def connect(self, address: Any, *rest: Any, **options: Any) -> Any:
        self.connections.append(address)
        if address[0] in self.allowed:
            return _create_connection(address, *rest, **options)
        raise ConnectionRefusedError(f"the test connects to nothing: {address}")

    def resolve(self, host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        self.lookups.append(name)
        addresses = NAMES.get(name.lower())
        if addresses is None:
            return _getaddrinfo(host, port, *rest, **{**options, "flags": socket.AI_NUMERICHOST})
        return [entry for address in addresses for entry in _getaddrinfo(address, port, *rest, **options)]


_create_connection: Callable[..., Any] = socket.create_connection
_getaddrinfo: Callable[..., Any] = socket.getaddrinfo


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr(socket, "create_connection", recorder.connect)
    monkeypatch.setattr("rag.readers.web.socket.getaddrinfo", recorder.resolve)
    return recorder


class Redirecting(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", parse_qs(urlsplit(self.path).query)["to"][0])
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def front(network: Recorder, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server that redirects anywhere, at the one address here that counts as public for the test."""
    server = ThreadingHTTPServer(("127.0.0.2", 0), Redirecting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr("rag.readers.web.is_public", lambda address: address == "127.0.0.2" or is_public(address))
    network.allowed.add("127.0.0.2")
    yield f"http://127.0.0.2:{server.server_port}/?to="
    server.shutdown()
    server.server_close()


def test_there_are_at_least_sixty_forms() -> None:
    assert len(set(INSIDE)) >= 60


@pytest.mark.parametrize("form", INSIDE)
def test_no_form_of_an_address_inside_is_connected_to(form: str, network: Recorder) -> None:
    url = form.format(port=8901)
    (outcome,) = read([url], QUICK)
    assert isinstance(outcome, Failure)
    assert network.connections == []


@pytest.mark.parametrize("form", [form for form in INSIDE if "\t" not in form and "#" not in form])
def test_no_redirect_leads_inside(form: str, front: str, network: Recorder) -> None:
    from urllib.parse import quote

    (failure,) = read([front + quote(form.format(port=8901), safe="")], ReadLimits(timeout_s=3, max_redirects=2))
    assert isinstance(failure, Failure)
    assert {address[0] for address in network.connections} <= {"127.0.0.2"}


def test_a_name_with_one_address_inside_is_refused_whole(network: Recorder) -> None:
    (failure,) = read(["http://mixed.example/"], QUICK)
    assert isinstance(failure, Failure)
    assert "10.0.0.1" in failure.error


def test_a_name_that_changes_its_address_is_connected_to_where_it_was_judged(
    network: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    monkeypatch.setitem(NAMES, "rebinding.example", next(answers))
    lookup = network.resolve

    def rebinding(host: Any, *rest: Any, **options: Any) -> Any:
        found = lookup(host, *rest, **options)
        NAMES["rebinding.example"] = next(answers, ["127.0.0.1"])
        return found

    monkeypatch.setattr("rag.readers.web.socket.getaddrinfo", rebinding)
    (failure,) = read(["http://rebinding.example/"], QUICK)
    assert isinstance(failure, Failure)
    assert network.connections == [(PUBLIC, 80)]
    assert network.lookups == ["rebinding.example"]
