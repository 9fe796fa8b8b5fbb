"""A llama-server from xllamacpp with the bundled model, in a process of its own: prints its address, ends when told.

Usage: openai_server.py KEY PORT (0: any)
"""

from __future__ import annotations

import signal
import sys
from importlib import import_module

from rag import weights
from rag.encoders.batching import available_cores

xllamacpp = import_module("xllamacpp")  # of the extra `gguf`
params = xllamacpp.CommonParams()
params.model.path = str(weights.locate(weights.SMOLLM2, None))
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = available_cores()
params.n_ctx, params.n_parallel = 4096, 2
params.warmup, params.offline, params.ui, params.verbosity = False, True, False, -1
params.hostnames, params.port, params.api_keys = ["127.0.0.1"], int(sys.argv[2]), [sys.argv[1]]
server = xllamacpp.Server(params)
print(f"{server.listening_address}/v1", flush=True)
signal.pause()
