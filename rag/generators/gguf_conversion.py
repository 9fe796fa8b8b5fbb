"""Converts a GGUF file to safetensors once, because transformers needs most of a minute to read one.

The converted model is read back and compared with the first: the same logits, bit for bit, and the same greedy tokens
on a fixed prompt, or the conversion is refused. Both are fp32: bf16 is many times slower on most CPUs.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rag.errors import WeightsError

_CHECK_PROMPT = "The ferry left the harbour at dawn, and when the fog lifted its passengers saw"
_CHECK_TOKENS = 12


def convert(gguf: Path, folder: Path) -> Mapping[str, Any]:
    """Write model and tokenizer into `folder`; return what was checked. Raises WeightsError when outputs differ."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    options = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name, **options)
        first = AutoModelForCausalLM.from_pretrained(
            str(gguf.parent), gguf_file=gguf.name, dtype=torch.float32, **options
        ).eval()
    except Exception as error:  # readers of damaged files raise whatever they stumble over
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise WeightsError(f"transformers cannot read {gguf}: {reason}") from error
    expected = _greedy(first, tokenizer)
    first.hf_quantizer = None
    del first.config.quantization_config
    first.save_pretrained(folder, safe_serialization=True)
    tokenizer.save_pretrained(folder)
    del first
    again = AutoModelForCausalLM.from_pretrained(
        str(folder), use_safetensors=True, dtype=torch.float32, **options
    ).eval()
    found = _greedy(again, AutoTokenizer.from_pretrained(str(folder), **options))
    if not torch.equal(expected[0], found[0]) or expected[1] != found[1]:
        raise WeightsError(f"{gguf} converted to safetensors gives other outputs than the GGUF itself; not used")
    return {"source": gguf.name, "prompt": _CHECK_PROMPT, "tokens": found[1], "logits_equal": True}


def _greedy(model: Any, tokenizer: Any) -> tuple[Any, list[int]]:
    import torch

    ids = tokenizer(_CHECK_PROMPT, return_tensors="pt")["input_ids"]
    tokens: list[int] = []
    with torch.inference_mode():
        logits = model(input_ids=ids).logits
        step = logits
        for _ in range(_CHECK_TOKENS):
            tokens.append(int(step[0, -1].argmax()))
            ids = torch.cat([ids, torch.tensor([[tokens[-1]]])], dim=1)
            step = model(input_ids=ids).logits
    return logits, tokens
