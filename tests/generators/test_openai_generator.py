"""The OpenAI-compatible generator against endpoints that answer well, badly, half or not at all."""

import json
import socket
import time
from dataclasses import replace

import pytest
from endpoint_fake import Endpoint, chunk, fail, send, stream

from rag.errors import GeneratorError
from rag.generators.openai import OpenAIGenerator
from rag.generators.protocol import Prompt, Usage

PROMPT = Prompt(system="Be brief.", user="Who won?", max_new_tokens=20)
KEY = "sk-very-secret-0815"
WHOLE = (chunk("The "), chunk("ferry."), chunk(None, "stop"), b"data: [DONE]\n\n")


@pytest.fixture
def endpoint():
    opened = []

    def open_endpoint(answer):
        opened.append(Endpoint(answer))
        return opened[-1]

    yield open_endpoint
    for server in opened:
        server.close()


def ask(server, prompt=PROMPT, **options):
    options = {"api_key": KEY, "timeout_s": 5, "retries": 0, **options}
    return OpenAIGenerator("m", base_url=server.url, **options).stream(prompt)


def test_pieces_arrive_in_order(endpoint):
    assert list(ask(endpoint(stream(*WHOLE)))) == ["The ", "ferry."]


def test_the_count_of_the_endpoint_is_told_or_else_that_of_the_pieces(endpoint):
    counted = json.dumps({"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [],
                          "usage": {"prompt_tokens": 31, "completion_tokens": 4, "total_tokens": 35}})  # fmt: skip
    told = []
    for parts in ((*WHOLE[:3], b"data: " + counted.encode() + b"\n\n", WHOLE[3]), WHOLE):
        list(ask(endpoint(stream(*parts)), replace(PROMPT, on_usage=told.append)))
    assert told == [Usage(31, 4), Usage(None, 2)]


def test_the_request_is_greedy_and_carries_prompt_limit_and_key(endpoint):
    server = endpoint(stream(*WHOLE))
    list(ask(server))
    request = server.requests[0]
    assert [m["content"] for m in request["messages"]] == ["Be brief.", "Who won?"]
    assert (request["temperature"], request["max_tokens"], request["stream"]) == (0, 20, True)
    assert server.keys == [f"Bearer {KEY}"]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (fail(401, {"error": {"message": f"Incorrect key {KEY}"}}), "refused the key"),
        (fail(404, {"error": {"message": "no such model"}}), "knows no model 'm'"),
        (fail(429, {"error": {"message": "slow down"}}), "too many requests"),
        (fail(500, {"error": {"message": f"boom\nat {KEY}"}}), "HTTP 500"),
        (stream(*WHOLE[:2]), "half-way"),
        (stream(b"data: {garbage\n\n"), "cannot be read"),
        (stream(b"\xff\xfe\x00 not utf-8 \n\n"), "cannot be read"),
        (stream(b'data: {"choices": [{"delta": 7}]}\n\n'), "cannot be read"),
        (stream(b'data: {"error": {"message": "overloaded"}}\n\n'), "overloaded"),
        (stream(b""), "half-way"),
        (stream(*[chunk("spam " * 100)] * 50), "far more than 20 tokens"),
        (lambda handler, _: send(handler, 200, "text/html", b"<html>login</html>"), "half-way"),
        (lambda handler, _: handler.connection.close(), "cannot be reached"),
    ],
)
def test_each_fault_is_one_clear_line_without_the_key(endpoint, answer, message):
    with pytest.raises(GeneratorError, match=message) as caught:
        list(ask(endpoint(answer)))
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_pieces_before_a_cut_are_still_delivered(endpoint):
    pieces = ask(endpoint(stream(*WHOLE[:2])))
    assert [next(pieces), next(pieces)] == ["The ", "ferry."]


def test_a_silent_endpoint_times_out(endpoint):
    started = time.monotonic()
    with pytest.raises(GeneratorError, match=r"within 0\.3 s"):
        list(ask(endpoint(lambda *_: time.sleep(1)), timeout_s=0.3))
    assert time.monotonic() - started < 1


def test_a_slow_drip_is_stopped_at_the_time_limit(endpoint):
    def drip(handler, _):
        send(handler, 200, "text/event-stream")
        for _ in range(20):
            handler.wfile.write(chunk("x"))
            handler.wfile.flush()
            time.sleep(0.1)

    with pytest.raises(GeneratorError, match=r"longer than 0\.4 s"):
        list(ask(endpoint(drip), timeout_s=0.4))


def test_a_refused_connection_names_the_address():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        with pytest.raises(GeneratorError, match=rf"{url}/? cannot be reached"):
            list(OpenAIGenerator("m", base_url=url, retries=0).stream(PROMPT))


def test_a_parameter_the_endpoint_refuses_is_left_out(endpoint):
    def picky(handler, body):
        if "max_tokens" in body:
            fail(400, {"error": {"message": "use max_completion_tokens", "param": "max_tokens"}})(handler, body)
        else:
            stream(*WHOLE)(handler, body)

    server = endpoint(picky)
    assert "".join(ask(server)) == "The ferry."
    assert server.requests[1]["max_completion_tokens"] == 20


def test_a_closed_iterator_closes_the_connection(endpoint):
    broken = []

    def endless(handler, _):
        send(handler, 200, "text/event-stream")
        try:
            for _ in range(300):
                handler.wfile.write(chunk("x"))
                handler.wfile.flush()
                time.sleep(0.01)
        except OSError as error:
            broken.append(error)

    pieces = ask(endpoint(endless))
    next(pieces)
    pieces.close()
    deadline = time.monotonic() + 2
    while not broken and time.monotonic() < deadline:
        time.sleep(0.01)
    assert broken
