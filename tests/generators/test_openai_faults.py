"""Twelve faults of an endpoint, through the whole engine: quotes stand in within the limit, and the answer says so."""

import contextlib
import json
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

_TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(_TESTS / "evidence"), str(_TESTS)]

from endpoint_fake import Endpoint, chunk, fail, send, stream  # noqa: E402
from evidence_fakes import FakeModels  # noqa: E402

from rag import engine as engine_module  # noqa: E402
from rag.engine import Engine  # noqa: E402
from rag.errors import GeneratorError  # noqa: E402
from rag.generators.openai import OpenAIGenerator  # noqa: E402
from rag.generators.protocol import Prompt  # noqa: E402
from rag.settings import Settings  # noqa: E402
from rag.verification import load_parser  # noqa: E402

ARTICLE = "The weir at Holm Mill was rebuilt in March. Engineer Petra Lind said that the new gate weighs nine tonnes."
ASKED, QUOTED = "Who said that the new gate weighs nine tonnes?", "Petra Lind"
PROMPT = Prompt(system="Be brief.", user="Who won?", max_new_tokens=20)
KEY = "sk-very-secret-0815"
WHOLE = (chunk("The "), chunk("ferry."), chunk(None, "stop"), b"data: [DONE]\n\n")
LIMIT_S = 0.3


def hang(handler, _):
    time.sleep(LIMIT_S + 0.4)


def drip(handler, _):
    send(handler, 200, "text/event-stream")
    with contextlib.suppress(OSError):
        for _ in range(12):
            handler.wfile.write(chunk("x"))
            handler.wfile.flush()
            time.sleep(0.1)


def flood(handler, _):
    with contextlib.suppress(OSError):
        send(handler, 200, "text/event-stream", chunk("x" * 10_000_000), *WHOLE[2:])


FAULTS = {
    "401": fail(401, {"error": {"message": f"no such key {KEY}"}}),
    "429": fail(429, {"error": {"message": "slow down"}}),
    "500": fail(500, {"error": {"message": "boom"}}),
    "hang": hang,
    "cut": stream(*WHOLE[:2]),
    "bad JSON": stream(b"data: {garbage\n\n"),
    "empty": stream(b""),
    "10 MB": flood,
    "wrong encoding": stream("data: {\"choices\": [{\"delta\": {\"content\": \"é\"}}]}\n\n".encode("utf-16")),
    "slow drip": drip,
    "TLS": None,
    "refused": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """An index of one article, its engine open with the models of the tests."""
    folder = tmp_path_factory.mktemp("index")
    (folder / "weir.md").write_text(f"---\ntitle: A new weir\n---\n{ARTICLE}", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_module, "Models", FakeModels)
        engine = Engine.open(Settings(index=str(folder / "ix")), create=True)
        engine.add([str(folder / "weir.md")])
        load_parser()  # what is loaded once is not part of the wait
        engine.ask(ASKED)
        OpenAIGenerator("m", base_url="http://127.0.0.1:9/v1")
        yield engine
        engine.close()


@pytest.fixture
def endpoint():
    opened = []

    def open_endpoint(answer):
        opened.append(Endpoint(answer))
        return opened[-1]

    yield open_endpoint
    for server in opened:
        server.close()


def address(fault, endpoint):
    if fault == "refused":
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            return f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
    url = endpoint(FAULTS[fault] or stream(*WHOLE)).url
    return url.replace("http:", "https:") if fault == "TLS" else url


@pytest.mark.parametrize("fault", FAULTS)
def test_quotes_stand_in_within_the_limit_and_say_so(index, endpoint, monkeypatch, fault):
    writer = OpenAIGenerator("m", base_url=address(fault, endpoint), api_key=KEY, timeout_s=LIMIT_S, retries=0)
    monkeypatch.setattr(engine_module, "generator_of", lambda name, settings: writer)
    monkeypatch.setattr(index, "_generators", {})
    began = time.monotonic()
    answer = index.ask(ASKED, generator="openai")
    assert time.monotonic() - began < LIMIT_S + 3
    assert QUOTED in answer.text
    assert answer.notice
    assert KEY not in answer.notice
    assert "\n" not in answer.notice


def test_a_refusal_for_the_moment_is_tried_again_after_the_time_it_names(endpoint):
    asked = []

    def busy_once(handler, body):
        asked.append(time.monotonic())
        if len(asked) > 1:
            return stream(*WHOLE)(handler, body)
        handler.send_response(429)
        handler.send_header("Retry-After", "1")
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(json.dumps({}).encode())
        return None

    generator = OpenAIGenerator("m", base_url=endpoint(busy_once).url, api_key=KEY)
    assert list(generator.stream(PROMPT)) == ["The ", "ferry."]
    assert 0.9 < asked[1] - asked[0] < 3


def test_no_more_answers_are_asked_for_at_once_than_allowed(endpoint):
    running, most, turn = [0], [0], threading.Lock()

    def slow(handler, body):
        with turn:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.1)
        with turn:
            running[0] -= 1
        stream(*WHOLE)(handler, body)

    generator = OpenAIGenerator("m", base_url=endpoint(slow).url, api_key=KEY, at_once=2)
    threads = [threading.Thread(target=lambda: list(generator.stream(PROMPT))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 2


def test_who_waits_too_long_for_a_turn_is_told_so_and_turns_are_given_back(endpoint):
    generator = OpenAIGenerator("m", base_url=endpoint(stream(*WHOLE)).url, api_key=KEY, at_once=1, timeout_s=0.2)
    held = generator.stream(PROMPT)
    next(held)
    with pytest.raises(GeneratorError, match="at work on 1 answers"):
        list(generator.stream(PROMPT))
    held.close()
    assert list(generator.stream(PROMPT)) == ["The ", "ferry."]
