"""`rag serve` and `rag settings`: the web chat, and what everything here runs with."""

from __future__ import annotations

from pathlib import Path

import click

from rag.cli.options import engine, generator_option, index_option, json_option
from rag.cli.output import echo_json, echo_table


@click.command(short_help="Serve the web chat.")
@click.option("--host", metavar="ADDRESS", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, metavar="N", help="Port to listen on.  [default: 7860]")
@click.option("--auth", metavar="LOGIN", help="user:password, or a file of lines from `rag password`.")
@generator_option
@index_option
def serve(host: str | None, port: int | None, auth: str | None, generator: str | None, index: str | None) -> None:
    """Serve the web chat until Ctrl-C. Models load behind the page."""
    from rag.web import serve as serve_page

    with engine(nonempty=True, host=host, port=port, auth=auth, generator=generator, index=index) as opened:
        settings = opened.settings
    serve_page(settings)


@click.command(short_help="Print a line of a login file for a password.")
@click.argument("name")
@index_option
def password(name: str, index: str | None) -> None:
    """Ask for a password and print NAME with its salted hash, a line for the file that `--auth` names."""
    from rag.web.logins import hashed

    if not name.strip() or ":" in name:
        raise click.UsageError("a login name has at least one letter and no colon")
    click.echo(f"{name}:{hashed(click.prompt('Password', hide_input=True, confirmation_prompt=True, err=True))}")


@click.command(short_help="Print each setting and where it came from.")
@index_option
@json_option
def settings(index: str | None, as_json: bool) -> None:
    """Print each setting, its value and where it came from: a default, rag.toml, the environment or a flag."""
    from rag.settings import load_settings

    rows = load_settings({"index": index}, directory=Path.cwd()).rows()
    if as_json:
        echo_json(
            {
                "settings": [
                    {"name": row.name, "value": row.value, "origin": row.origin, "description": row.description}
                    for row in rows
                ]
            }
        )
        return
    echo_table(
        ("setting", "value", "from", "meaning"),
        [(row.name, "" if row.value is None else row.value, row.origin, row.description) for row in rows],
    )
