"""The engine in a process of its own, so that a page stays quick while answers are made, and outlives what kills them.

    engine = EngineProcess(partial(open_my_engine, settings))   # starts the process and returns at once
    engine.opened(print)                                        # waits, told what is being done
    answer = engine.ask("Who commanded the contingent?")

Two Python processes use two cores where two threads take turns. Memory that runs out, or a library that crashes, ends
the answering process and not the page: it is started again by the next call. Records travel over a pipe between parent
and child that nobody else can open.
"""

from rag.engine_process.client import EngineProcess

__all__ = ["EngineProcess"]
