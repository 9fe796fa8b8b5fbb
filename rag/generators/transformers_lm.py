"""Runs a causal language model with transformers: greedy, streamed token by token, fp32 on CPU, CUDA when there.

The loop is our own (prefill once, then one token a step on a KV cache), so that closing the iterator ends the work
between two tokens, in the caller's thread. Knows where no model comes from.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.errors import GeneratorError
from rag.generators.chat import messages
from rag.generators.protocol import Prompt, Usage


class TransformersGenerator:
    """A model folder (safetensors) in memory. Streams of several threads do not disturb each other."""

    def __init__(self, folder: Path, name: str) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        self._name = name
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        options = {"local_files_only": True, "trust_remote_code": False}
        dtype = torch.float32 if self._device == "cpu" else "auto"
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), **options)
            model = AutoModelForCausalLM.from_pretrained(str(folder), use_safetensors=True, dtype=dtype, **options)
            self._model: Any = model.eval().to(self._device)
        except Exception as error:  # readers of damaged files raise whatever they stumble over
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise GeneratorError(f"transformers cannot load {folder}: {reason}") from error
        self._context = int(getattr(self._model.config, "max_position_embeddings", 0) or 2048)
        self._ends = self._end_tokens()

    @property
    def name(self) -> str:
        return self._name

    def stream(self, prompt: Prompt) -> Iterator[str]:
        ids = self._ids(prompt)
        if len(ids) + prompt.max_new_tokens > self._context:
            raise GeneratorError(
                f"the prompt of {len(ids)} tokens and {prompt.max_new_tokens} to write exceed the context of "
                f"{self._name} ({self._context}): send fewer or shorter passages"
            )
        written: list[int] = []
        shown = ""
        try:
            for token in self._tokens(ids, prompt.max_new_tokens):
                written.append(token)
                text = self._tokenizer.decode(written, skip_special_tokens=True)
                if len(text) > len(shown) and not text.endswith("\ufffd"):  # a character may span several tokens
                    yield text[len(shown) :]
                    shown = text
        except (RuntimeError, MemoryError) as error:
            raise GeneratorError(f"{self._name} stopped: {str(error).splitlines()[0]}") from error
        finally:
            prompt.tell(Usage(len(ids), len(written)))

    def _tokens(self, ids: list[int], limit: int) -> Iterator[int]:
        from transformers import DynamicCache

        cache = DynamicCache(config=self._model.config)
        token = self._step(ids, cache)
        for left in range(limit - 1, -1, -1):
            if token in self._ends:
                return
            yield token
            if left:
                token = self._step([token], cache)

    def _step(self, ids: list[int], cache: Any) -> int:
        import torch

        with torch.inference_mode():
            tensor = torch.tensor([ids], device=self._device)
            output = self._model(input_ids=tensor, past_key_values=cache, use_cache=True, logits_to_keep=1)
            return int(output.logits[0, -1].argmax())

    def _ids(self, prompt: Prompt) -> list[int]:
        from jinja2 import TemplateError

        turns = messages(prompt, self._tokenizer.all_special_tokens)
        if not self._tokenizer.chat_template:
            return list(self._tokenizer("\n\n".join(turn["content"] for turn in turns) + "\n")["input_ids"])
        try:
            text = self._tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        except TemplateError:  # some templates know no system role
            merged = [{"role": "user", "content": "\n\n".join(turn["content"] for turn in turns)}]
            text = self._tokenizer.apply_chat_template(merged, add_generation_prompt=True, tokenize=False)
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _end_tokens(self) -> frozenset[int]:
        declared = getattr(self._model.generation_config, "eos_token_id", None)
        ends = declared if isinstance(declared, list) else [declared]
        return frozenset(int(end) for end in (*ends, self._tokenizer.eos_token_id) if end is not None)
