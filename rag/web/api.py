"""The page's named endpoints for programs: `ask`, `search`, `articles`, in the JSON shapes of the contract.

`gradio_client` reaches them (`client.predict(question, api_name="/ask")`), and so does an MCP client, for which they
are tools at `/gradio_api/mcp/`; input is checked as the page's own is.
"""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from rag.errors import RagError
from rag.settings import Settings
from rag.web.asking import ASKED_AT_ONCE, filters_of, generator_of, k_of, question_of
from rag.web.door import Door
from rag.web.page import generators
from rag.wire import answer_json, article_json, search_json


def add_endpoints(door: Door, settings: Settings) -> None:
    """Add the endpoints to the page being built."""
    offered = generators(settings)

    def ask(
        question: str, generator: str = "", k: int = 0, outlet: str = "", since: str = "", until: str = "",
        author: str = "", language: str = "",
    ) -> dict[str, Any]:  # fmt: skip
        """Answer a question from the articles, each sentence with an exact quote that can be checked, or refuse.

        Args:
            question: what to ask, in plain words
            generator: how the answer is written; empty for the server's own choice
            k: passages to read, 0 for the server's own choice
            outlet: only articles of this outlet, empty for all
            since: only articles published on or after this day, YYYY-MM-DD
            until: only articles published on or before this day, YYYY-MM-DD
            author: only articles of this author, empty for all
            language: only articles in this language, an ISO 639-1 code such as en, empty for all
        """
        try:
            name = generator_of(generator or settings.generator, offered)
            chosen = filters_of(outlet, since, until, author, language)
            answer = door.engine.ask(question_of(question), k=k_of(k), filters=chosen, generator=name)
        except RagError as error:
            raise gr.Error(str(error), print_exception=False) from None
        return answer_json(answer)

    def search(
        question: str, k: int = 0, outlet: str = "", since: str = "", until: str = "", author: str = "",
        language: str = "",
    ) -> dict[str, Any]:  # fmt: skip
        """Find the passages of the articles nearest to a question, the best first, without writing an answer.

        Args:
            question: what to look for
            k: passages to return, 0 for the server's own choice
            outlet: only articles of this outlet, empty for all
            since: only articles published on or after this day, YYYY-MM-DD
            until: only articles published on or before this day, YYYY-MM-DD
            author: only articles of this author, empty for all
            language: only articles in this language, an ISO 639-1 code such as en, empty for all
        """
        try:
            chosen = filters_of(outlet, since, until, author, language)
            found = door.engine.search(question_of(question), k=k_of(k), filters=chosen)
        except RagError as error:
            raise gr.Error(str(error), print_exception=False) from None
        return search_json(found.question, found.hits, found.timings_ms)

    def articles() -> list[dict[str, Any]]:
        """List the stored articles without their texts."""
        try:
            return [article_json(row.article, passages=row.passages, text=False) for row in door.engine.articles()]
        except RagError as error:
            raise gr.Error(str(error), print_exception=False) from None

    gr.api(ask, api_name="ask", concurrency_limit=ASKED_AT_ONCE, concurrency_id="asking")
    gr.api(search, api_name="search", concurrency_limit=4)
    gr.api(articles, api_name="articles", concurrency_limit=4)


def speak_json(page: Any) -> None:
    """Make the tools of a launched page return JSON: Gradio would return what `str()` makes of a dict."""
    server = page.mcp_server_obj

    def as_json(data: Any, root_url: str) -> list[Any]:
        return [server.types.TextContent(type="text", text=json.dumps(one, ensure_ascii=False)) for one in data]

    server.postprocess_output_data = as_json
