"""The command `rag`: turns words of a shell into calls of the engine, and whatever happens into an exit code.

Exit 0: done. 1: done, but some inputs failed (or an unforeseen error). 2: wrong usage or unusable input, said in one
line on stderr. 130: interrupted. A reader of the output that goes away ends the command quietly. RAG_DEBUG=1 in the
environment shows tracebacks. Knows nothing of the commands; `rag/cli/commands.py` holds their table.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

import click

from rag.cli.commands import rag
from rag.cores import keep_products_whole
from rag.errors import RagError

_SURROGATES = ("\ud800", "\udfff")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; `arguments` default to those of the process."""
    keep_products_whole()
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        _refuse_undecodable(words)
        code = rag.main(words, prog_name="rag", standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        return _say("interrupted", 130)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "rag"
        return _say(f"{error.format_message()} `{command} --help` shows the usage", 2)
    except click.ClickException as error:
        return _say(error.format_message(), 2)
    except RagError as error:
        if _debugging():
            raise
        return _say(str(error), 2)
    except Exception as error:  # the last door: a person gets a line, RAG_DEBUG=1 the traceback
        if _debugging():
            raise
        return _say(f"unexpected {type(error).__name__}: {error}; run with RAG_DEBUG=1 for the traceback", 1)
    return code if isinstance(code, int) else 0


def _debugging() -> bool:
    return os.environ.get("RAG_DEBUG", "") not in ("", "0")


def _refuse_undecodable(words: Sequence[str]) -> None:
    """Bytes that are no UTF-8 reach Python as lone surrogates, which neither a file of JSON nor the index can hold."""
    low, high = _SURROGATES
    for word in words:
        if any(low <= letter <= high for letter in word):
            shown = os.fsencode(word).decode(errors="backslashreplace")
            raise click.UsageError(f"the argument '{shown}' is not valid UTF-8.")


def _say(message: str, code: int) -> int:
    click.echo(f"rag: {' '.join(message.split())}", err=True)
    return code
