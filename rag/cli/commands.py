"""The table of subcommands. A command's module is imported only when that command runs, so `rag --help` is quick.

A room that brings commands of its own adds its rows here and nothing else. A test holds that each row's phrase is the
one the command itself shows.
"""

from __future__ import annotations

from importlib import import_module

import click

from rag import __version__

COMMANDS: dict[str, tuple[str, str]] = {
    "index": ("rag.cli.index:index", "Add or update articles from files, folders or URLs."),
    "articles": ("rag.cli.articles:articles", "List the stored articles."),
    "show": ("rag.cli.articles:show", "Print one stored article."),
    "remove": ("rag.cli.articles:remove", "Remove articles from the index."),
    "copy": ("rag.cli.copying:copy", "Copy an index to another folder or database."),
    "search": ("rag.cli.questions:search", "Print the passages nearest to a question."),
    "ask": ("rag.cli.questions:ask", "Answer one question with citations."),
    "chat": ("rag.cli.chat:chat", "Ask in a terminal, with follow-up questions."),
    "evaluate": ("rag.cli.evaluation:evaluate", "Answer a question set and measure the answers."),
    "compare": ("rag.cli.evaluation:compare", "Compare finished runs, question by question."),
    "gate": ("rag.cli.evaluation:gate", "Fail when a run lost significantly against another."),
    "questions": ("rag.cli.evaluation:questions", "Draft a question set from the indexed articles."),
    "serve": ("rag.cli.serving:serve", "Serve the web chat."),
    "password": ("rag.cli.serving:password", "Print a line of a login file for a password."),
    "settings": ("rag.cli.serving:settings", "Print each setting and where it came from."),
    "prepare": ("rag.cli.prepare:prepare", "Verify and prepare the model weights."),
}


class LazyGroup(click.Group):
    """A group that knows its commands' names and phrases, and imports a command only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order an article and a question travel."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command, or return None for a name that is not in the table."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}:{attribute} is not a click command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, with a proposal when the name is only nearly right."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise click.exceptions.NoSuchCommand(args[0], possibilities=COMMANDS, ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, phrase) for name, (_, phrase) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="rag")
def rag() -> None:
    """Footnote: answers from your own articles, every sentence with a citation that can be checked."""
