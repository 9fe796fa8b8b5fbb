"""Asks any OpenAI-compatible chat endpoint through the `openai` client: streamed, with a time limit, one-line errors.

The key comes from the argument or OPENAI_API_KEY and is never logged nor repeated in a message. Nothing is sent before
the first stream. Endpoints that refuse `max_tokens`, `temperature` or `stream_options` by name are asked again without.
A refusal for the moment (429, 5xx) is tried again after the time the endpoint names. Only so many answers are asked for
at once; the others wait their turn here, within their time limit, and with them the questions behind them.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from typing import Any

from rag.errors import GeneratorError, InputError
from rag.generators.chat import messages
from rag.generators.protocol import Prompt, Usage

_RETRIES = 2
_CHARACTERS_PER_TOKEN = 40  # far above any language; a stream beyond it is not what was asked for
_AT_ONCE = 8
_KEYLESS = "none"


class OpenAIGenerator:
    """One model behind one endpoint. Safe to share between threads."""

    def __init__(
        self,
        model: str | None,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout_s: float = 60.0,
        retries: int = _RETRIES,
        at_once: int = _AT_ONCE,
    ) -> None:
        if not model:
            raise InputError("generator 'openai' needs a model name: set the model to one the endpoint serves")
        self._base_url = base_url or os.environ.get("OPENAI_BASE_URL") or None
        self._key = api_key or os.environ.get("OPENAI_API_KEY") or ""
        if not self._key and self._base_url is None:
            raise InputError("generator 'openai' needs a key: set OPENAI_API_KEY, or a base URL that asks for none")
        from openai import OpenAI

        self._model = model
        self._timeout_s = timeout_s
        self._at_once, self._turns = at_once, threading.BoundedSemaphore(at_once)
        self._client = OpenAI(
            api_key=self._key or _KEYLESS, base_url=self._base_url, timeout=timeout_s, max_retries=retries
        )

    @property
    def name(self) -> str:
        return f"openai:{self._model}"

    def stream(self, prompt: Prompt) -> Iterator[str]:
        deadline = time.monotonic() + self._timeout_s
        if not self._turns.acquire(timeout=self._timeout_s):
            raise GeneratorError(f"{self._where()} is at work on {self._at_once} answers: try later")
        try:
            yield from self._answer(prompt, deadline)
        finally:
            self._turns.release()

    def _answer(self, prompt: Prompt, deadline: float) -> Iterator[str]:
        allowed = prompt.max_new_tokens * _CHARACTERS_PER_TOKEN
        finished, length, pieces, told = False, 0, 0, None
        response = self._open(prompt)
        try:
            for piece, last, usage in self._pieces(response):
                finished, told, pieces = finished or last, usage or told, pieces + bool(piece)
                length += len(piece)
                if length > allowed:
                    raise GeneratorError(f"{self._where()} wrote far more than {prompt.max_new_tokens} tokens: stopped")
                if piece:
                    yield piece
                if time.monotonic() > deadline and not finished:
                    raise GeneratorError(f"{self._where()} took longer than {self._timeout_s:g} s: raise the timeout")
        finally:
            response.close()
            prompt.tell(told or Usage(None, pieces))
        if not finished:
            raise GeneratorError(f"{self._where()} ended its answer half-way: ask again or check the server")

    def _open(self, prompt: Prompt) -> Any:
        options: dict[str, Any] = {
            "max_tokens": prompt.max_new_tokens,
            "temperature": 0,
            "stream_options": {"include_usage": True},
        }
        turns: Any = messages(prompt)
        import openai

        while True:
            try:
                return self._client.chat.completions.create(model=self._model, messages=turns, stream=True, **options)
            except openai.BadRequestError as error:
                if error.param not in options:
                    raise self._translated(error) from error
                value = options.pop(error.param)
                if error.param == "max_tokens":
                    options["max_completion_tokens"] = value
            except Exception as error:
                raise self._translated(error) from error

    def _pieces(self, response: Any) -> Iterator[tuple[str, bool, Usage | None]]:
        """Yield each piece of text, whether the endpoint said that it is the last, and its count of tokens if given."""
        try:
            for chunk in response:
                counts = getattr(chunk, "usage", None)
                usage = Usage(counts.prompt_tokens, counts.completion_tokens) if counts else None
                if not chunk.choices and usage:
                    yield "", False, usage
                for choice in (chunk.choices or [])[:1]:
                    yield choice.delta.content or "", choice.finish_reason is not None, usage
        except GeneratorError:
            raise
        except Exception as error:
            raise self._translated(error) from error

    def _translated(self, error: Exception) -> GeneratorError:
        import openai

        where = self._where()
        if isinstance(error, openai.APITimeoutError):
            return GeneratorError(f"{where} did not answer within {self._timeout_s:g} s: check it or raise the timeout")
        if isinstance(error, openai.APIConnectionError):
            return GeneratorError(f"{where} cannot be reached: check the base URL and that the server runs")
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return GeneratorError(f"{where} refused the key (HTTP {error.status_code}): check OPENAI_API_KEY")
        if isinstance(error, openai.NotFoundError):
            return GeneratorError(f"{where} knows no model {self._model!r} or has no chat route (HTTP 404)")
        if isinstance(error, openai.RateLimitError):
            return GeneratorError(f"{where} says too many requests or no quota left (HTTP 429): try later")
        if isinstance(error, openai.APIStatusError):
            return GeneratorError(f"{where} failed with HTTP {error.status_code}: {self._reason(error)}")
        return GeneratorError(f"{where} sent an answer that cannot be read: {self._reason(error)}")

    def _where(self) -> str:
        return f"the endpoint {self._client.base_url.copy_with(userinfo=b'', query=None)}"

    def _reason(self, error: Exception) -> str:
        text = " ".join(str(error).split())[:200] or type(error).__name__
        return text.replace(self._key, "***") if self._key else text
