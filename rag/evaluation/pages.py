"""Self-contained pages from the templates of this room: style and script inside, no request to anywhere.

Owner of Jinja2. Every value is escaped; the policy in the page allows only its own style and script, by their hashes,
so that a slip in escaping could still run nothing.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def page(template: str, **values: object) -> str:
    """Return a page as HTML; a name that the template needs and is not given is an error."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    from importlib.resources import files

    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    folder = files("rag.evaluation") / "templates"

    def source(name: str) -> str:
        return (folder / name).read_text(encoding="utf-8")

    environment = Environment(
        loader=FunctionLoader(source), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    for kind, name in (("style", "page.css"), ("script", "page.js")):
        text = "\n" + source(name)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        environment.globals[kind] = Markup(text)
        environment.globals[f"{kind}_hash"] = Markup(digest)
    return environment
