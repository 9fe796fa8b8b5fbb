"""The endpoints as a real MCP client sees them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from web_fakes import ARTICLES, COST, NOWHERE

mcp = pytest.importorskip("mcp")
from mcp.client.streamable_http import streamablehttp_client  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def with_session(url: str, use: Any) -> Any:
    async def run() -> Any:
        async with (
            streamablehttp_client(f"{url.rstrip('/')}/gradio_api/mcp/") as (read, write, _),
            mcp.ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await use(session)

    return asyncio.run(run())


def called(url: str, tool: str, **arguments: object) -> Any:
    result = with_session(url, lambda session: session.call_tool(tool, arguments))
    assert not result.isError, result.content
    return json.loads(result.content[0].text)


def test_the_tools_are_the_three_endpoints_and_say_what_they_take(url: str) -> None:
    tools = {tool.name: tool for tool in with_session(url, lambda session: session.list_tools()).tools}
    assert set(tools) == {"ask", "search", "articles"}
    assert tools["ask"].inputSchema["required"] == ["question"]
    assert "YYYY-MM-DD" in tools["search"].inputSchema["properties"]["since"]["description"]


def test_ask_gives_an_answer_whose_quotes_can_be_checked(url: str) -> None:
    texts = {article.article_id: article.text for article in ARTICLES}
    answer = called(url, "ask", question=COST)
    assert answer["abstained"] is False
    assert all(texts[c["article_id"]][c["start"] : c["end"]] == c["quote"] for c in answer["citations"])


def test_ask_refuses_what_the_articles_do_not_hold(url: str) -> None:
    assert called(url, "ask", question=NOWHERE)["abstained"] is True


def test_search_and_articles_give_the_shapes_of_the_contract(url: str) -> None:
    assert [hit["rank"] for hit in called(url, "search", question=COST, k=1)["hits"]] == [1]
    assert {row["article_id"] for row in called(url, "articles")} == {a.article_id for a in ARTICLES}


def test_wrong_input_is_an_error_in_words(url: str) -> None:
    result = with_session(url, lambda session: session.call_tool("ask", {"question": "", "since": "soon"}))
    assert result.isError
    assert "Traceback" not in result.content[0].text
