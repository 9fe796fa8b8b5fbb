"""What the commands share: their options, the settings those make, and the engine those settings open."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rag.errors import IndexStateError, InputError
from rag.locations import shown
from rag.records import Filters

if TYPE_CHECKING:
    from rag.cluster import Cluster
    from rag.engine import Engine
    from rag.settings import Settings
    from rag.stores import NamedBy

Command = TypeVar("Command", bound=Callable[..., Any])
_MAX_QUESTION_CHARACTERS = 2000


class Day(click.ParamType[str]):
    """A day as ISO 8601 writes it, `2026-01-31`."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the day, or refuse it by name."""
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is not a day; write it like 2026-01-31.", param, ctx)
        return day.isoformat()


class Language(click.ParamType[str]):
    """A language as ISO 639-1 writes it, `en`."""

    name = "language"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the code in lower case, or refuse what is none."""
        code = str(value).strip().lower()
        if not (len(code) == 2 and code.isascii() and code.isalpha()):
            self.fail(f"'{value}' is not a language code; write two letters, like en.", param, ctx)
        return code


index_option = click.option("--index", metavar="DIR", help="Folder of the index.  [default: embeddings]")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
generator_option = click.option("--generator", metavar="NAME", help="extractive, local or openai.")
on_option = click.option("--on", metavar="PLACE", help="Spread the work: ray, ray://HOST:PORT or HOST:PORT.")
k_option = click.option("-k", "k", type=int, metavar="N", help="Passages to retrieve.  [default: 10]")


def filter_options(command: Command) -> Command:
    """Add the options that say which articles a question is asked of."""
    for option in (
        click.option("--until", type=Day(), metavar="DAY", help="Only articles of this day or before."),
        click.option("--since", type=Day(), metavar="DAY", help="Only articles of this day or after."),
        click.option("--language", type=Language(), metavar="CODE", help="Only articles in this language, like en."),
        click.option("--author", metavar="NAME", help="Only articles by this author."),
        click.option("--outlet", metavar="NAME", help="Only articles of this outlet."),
    ):
        command = option(command)
    return command


def filters(
    outlet: str | None, author: str | None, language: str | None, since: str | None, until: str | None
) -> Filters:
    """Return the filters; a blank name, or a span of days that holds none, is refused."""
    for flag, name in (("--outlet", outlet), ("--author", author)):
        if name is not None and not name.strip():
            raise InputError(f"{flag} is blank; give a name, or leave it out")
    if since and until and since > until:
        raise InputError(f"--since {since} is later than --until {until}: no article can be in between")
    return Filters(outlet=outlet, author=author, language=language, since=since, until=until)


def unknown_names(opened: Engine, passing: Filters) -> list[str]:
    """Return a line for each outlet, author or language that is filtered by and that no article has."""
    from rag.stores.filters import fold

    lines = []
    fields: tuple[NamedBy, ...] = ("outlet", "author", "language")
    for field in fields:
        wanted: str | None = getattr(passing, field)
        if wanted is not None:
            known = opened.names(field)
            if fold(wanted) not in map(fold, known):
                lines.append(f"no article has the {field} '{wanted}'{_nearest(wanted, known)}")
    return lines


def _nearest(wanted: str, known: Collection[str]) -> str:
    """Return a hint that names those known that are most like the wanted one or hold it."""
    folded = {name.casefold(): name for name in sorted(known)}
    close = difflib.get_close_matches(wanted.casefold(), folded, n=3, cutoff=0.5)
    held = [key for key in folded if wanted.strip().casefold() in key]
    hints = [folded[key] for key in dict.fromkeys((*close, *held))][:3]
    return f"; nearest: {', '.join(hints)}" if hints else "; `rag articles` lists them"


def question_of(words: tuple[str, ...]) -> str:
    """Return the question; words without quotes around them are joined."""
    question = " ".join(" ".join(words).split())
    if not question:
        raise InputError("the question is empty; write it behind the command, in quotes")
    if len(question) > _MAX_QUESTION_CHARACTERS:
        raise InputError(f"the question has {len(question)} characters; at most {_MAX_QUESTION_CHARACTERS} are read")
    return question


def settings_of(**flags: object) -> Settings:
    """Return the settings for this run; a flag of None was not given."""
    from rag.settings import load_settings

    return load_settings(flags).settings


def open_engine(settings: Settings, *, create: bool = False) -> Engine:
    """Open the engine. The one place where the command line reaches it, and where tests put theirs."""
    from rag.engine import Engine

    return Engine.open(settings, create=create)


@contextmanager
def cluster(on: str | None, **flags: object) -> Iterator[Cluster | None]:
    """Join the cluster that `--on` names for these flags, and leave it at the end; without a name there is none."""
    if on is None:
        yield None
        return
    from rag.cluster import join, place_of

    with join(place_of(on), settings_of(**flags)) as joined:
        yield joined


@contextmanager
def engine(*, create: bool = False, nonempty: bool = False, **flags: object) -> Iterator[Engine]:
    """Open the engine for these flags and close it at the end; `nonempty` refuses an index without articles."""
    settings = settings_of(**flags)
    with closing(open_engine(settings, create=create)) as opened:
        where = shown(settings.index)
        if nonempty and next(iter(opened.articles()), None) is None:
            raise IndexStateError(f"the index in {where} is empty; add articles with: rag index PATH… --index {where}")
        yield opened
