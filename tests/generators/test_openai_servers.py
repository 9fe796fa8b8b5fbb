"""The OpenAI-compatible generator against real servers: llama-server and `transformers serve`."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from rag.errors import GeneratorError
from rag.generators import local
from rag.generators.openai import OpenAIGenerator
from rag.generators.protocol import Prompt

pytestmark = pytest.mark.weights
KEY = "a-key-of-the-tests"
TEXT = "Text: The ferry Adela left Port Ellery at dawn with a cargo of tin. Question: What did the ferry carry?"
PROMPT = Prompt(system="Answer from the text in one sentence.", user=TEXT, max_new_tokens=24)
LONG = Prompt(system="", user="Tell a long story about a river.", max_new_tokens=400)
HERE = Path(__file__).parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def llama_server(port=0):
    command = [sys.executable, str(HERE / "openai_server.py"), KEY, str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return process, process.stdout.readline().strip()


def ended(process):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


@pytest.fixture(scope="module")
def llama():
    pytest.importorskip("xllamacpp")
    process, url = llama_server()
    yield OpenAIGenerator("SmolLM2", base_url=url, api_key=KEY, timeout_s=60)
    ended(process)


@pytest.fixture(scope="module")
def transformers_serve(tmp_path_factory):
    if not all(map(find_spec, ("fastapi", "uvicorn"))):
        pytest.skip("transformers serve needs fastapi and uvicorn")
    folder, port = str(local._folder(local._source(None, None), None)), free_port()
    command = [str(Path(sys.executable).with_name("transformers")), "serve", folder, "--host", "127.0.0.1"]
    home = str(tmp_path_factory.mktemp("hub"))
    process = subprocess.Popen(
        [*command, "--port", str(port), "--device", "cpu"], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": home, "OMP_WAIT_POLICY": "PASSIVE"},
    )  # fmt: skip
    url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/health", timeout=2).is_success:
                break
        except httpx.TransportError:
            time.sleep(0.3)
    yield OpenAIGenerator(folder, base_url=f"{url}/v1", api_key="none", timeout_s=120)
    ended(process)


@pytest.fixture(params=["llama", "transformers_serve"])
def generator(request):
    return request.getfixturevalue(request.param)


def test_the_answer_is_streamed_from_the_text_and_is_the_same_again(generator):
    pieces = list(generator.stream(PROMPT))
    assert len(pieces) > 3
    assert "tin" in "".join(pieces)
    assert list(generator.stream(PROMPT)) == pieces


def test_no_more_is_written_than_asked_and_it_is_counted(generator):
    told = []
    pieces = list(generator.stream(Prompt(system="", user="Tell a story.", max_new_tokens=5, on_usage=told.append)))
    assert 1 <= len(pieces) <= 5
    assert told[0].completion <= 5


def test_a_closed_stream_leaves_the_server_ready_for_the_next(generator):
    pieces = generator.stream(LONG)
    next(pieces)
    pieces.close()
    assert "tin" in "".join(generator.stream(PROMPT))


def test_eight_at_once_are_all_answered(llama):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append("".join(llama.stream(PROMPT)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert all("tin" in answer for answer in answers)


def test_a_wrong_key_is_one_line_that_does_not_show_it(llama):
    wrong = OpenAIGenerator("SmolLM2", base_url=str(llama._client.base_url), api_key="another-key")
    with pytest.raises(GeneratorError, match="refused the key") as refused:
        list(wrong.stream(PROMPT))
    assert "another-key" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_prompt_beyond_the_context_is_told_by_the_server(llama):
    with pytest.raises(GeneratorError, match=r"HTTP 400.*context"):
        list(llama.stream(Prompt(system="", user="river " * 9000)))


def test_a_server_that_goes_away_is_told_in_one_line_and_answers_again_when_it_is_back():
    pytest.importorskip("xllamacpp")
    port = free_port()
    process, url = llama_server(port)
    generator = OpenAIGenerator("SmolLM2", base_url=url, api_key=KEY, timeout_s=20, retries=0)
    pieces = generator.stream(LONG)
    next(pieces)
    process.send_signal(signal.SIGKILL)
    with pytest.raises(GeneratorError) as cut:
        list(pieces)
    with pytest.raises(GeneratorError, match="cannot be reached"):
        list(generator.stream(PROMPT))
    assert "\n" not in str(cut.value)
    ended(process)
    process, _ = llama_server(port)
    assert "tin" in "".join(generator.stream(PROMPT))
    ended(process)
