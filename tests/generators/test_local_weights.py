"""The bundled language model on each runtime that is installed: deterministic, stoppable, bounded."""

import threading
import time

import pytest

from rag.errors import GeneratorError
from rag.generators import local
from rag.generators.protocol import Prompt

pytestmark = [pytest.mark.weights, pytest.mark.filterwarnings("default")]
TEXT = "Text: The ferry Adela left Port Ellery at dawn with a cargo of tin. Question: What did the ferry carry?"
PROMPT = Prompt(system="Answer from the text in one sentence.", user=TEXT, max_new_tokens=24)


@pytest.fixture(scope="module", params=["transformers", "llama.cpp"])
def generator(request):
    if request.param == "llama.cpp":
        pytest.importorskip("xllamacpp")
        return local.load_local()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local, "_has_llama_cpp", lambda: False)
        return local.load_local()


def test_the_same_prompt_gives_the_same_words_and_uses_the_text(generator):
    first = "".join(generator.stream(PROMPT))
    assert "tin" in first
    assert first == "".join(generator.stream(PROMPT))


def test_no_more_is_written_than_asked(generator):
    asked = Prompt(system="", user="Tell a long story about a river.", max_new_tokens=5)
    assert 1 <= len(list(generator.stream(asked))) <= 5


def test_a_closed_stream_stops_and_leaves_no_thread(generator):
    before = threading.active_count()
    pieces = generator.stream(Prompt(system="", user="Tell a long story about a river.", max_new_tokens=160))
    next(pieces)
    pieces.close()
    deadline = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert threading.active_count() == before


def test_a_prompt_beyond_the_context_is_an_error_not_a_cut(generator):
    with pytest.raises(GeneratorError, match="context"):
        list(generator.stream(Prompt(system="", user="river " * 9000)))
