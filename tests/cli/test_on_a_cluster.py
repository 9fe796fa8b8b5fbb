"""`--on`: what is a place, no Ray without a token, what is sent to workers, how work is cut into pieces."""

from __future__ import annotations

import json
import socket
import sys
import types
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from rag.cli import main
from rag.cluster import join
from rag.cluster.address import Place, place_of, require_token
from rag.cluster.encoding import pieces_of
from rag.cluster.jobs import order_of
from rag.errors import ClusterError, InputError
from rag.settings import Settings


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("ray", Place("ray")),
        ("ray://head.example:10001", Place("ray://head.example:10001", "head.example", 10001)),
        ("10.0.0.7:6379", Place("10.0.0.7:6379", "10.0.0.7", 6379)),
        ("[::1]:6379", Place("[::1]:6379", "::1", 6379)),
    ],
)
def test_a_place_is_this_machine_or_an_address_with_a_port(written: str, place: Place) -> None:
    assert place_of(written) == place
    assert place.local == (written == "ray")


@pytest.mark.parametrize(
    "written", ["", "auto", "ray://", "ray://head", "head:port", "head:99999", "ray://a:1/x", "a@b:1"]
)
def test_what_is_no_place_is_refused_by_its_name(written: str) -> None:
    with pytest.raises(InputError, match="names no cluster; give ray, ray://host:port or host:port"):
        place_of(written)


def test_no_cluster_is_joined_without_a_token(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="no token for the Ray cluster at head:6379; put the cluster's token into"):
        require_token(place_of("head:6379"), {"HOME": str(tmp_path)})


@pytest.mark.parametrize("named", ["RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH", "HOME"])
def test_a_token_is_taken_from_each_place_where_ray_looks_for_one(named: str, tmp_path: Path) -> None:
    file = tmp_path / ".ray" / "auth_token"
    file.parent.mkdir()
    file.write_text("secret")
    values = {"RAY_AUTH_TOKEN": "secret", "RAY_AUTH_TOKEN_PATH": str(file), "HOME": str(tmp_path)}
    environ = {"HOME": "/nonexistent", named: values[named]}
    require_token(place_of("head:6379"), environ)
    assert environ["RAY_AUTH_MODE"] == "token"


def test_ray_on_this_machine_is_given_a_new_token_each_time() -> None:
    first, second = ({"HOME": "/nonexistent"} for _ in range(2))
    for environ in (first, second):
        require_token(place_of("ray"), environ)
    assert len(first["RAY_AUTH_TOKEN"]) == 64
    assert first["RAY_AUTH_TOKEN"] != second["RAY_AUTH_TOKEN"]


def test_the_command_says_in_one_line_that_ray_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN"):  # so that what the command sets is taken back
        monkeypatch.setenv(name, "x" * 64)
    monkeypatch.setitem(sys.modules, "ray", None)
    (tmp_path / "a.md").write_text("A ferry sails.")
    assert main(["index", str(tmp_path / "a.md"), "--index", str(tmp_path / "index"), "--on", "ray"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("install it with: pip install 'footnote-rag[ray]'")


class RayWhoseServersDie(types.ModuleType):
    """Ray as a head has it whose servers for clients end at birth, so many times."""

    exceptions = types.SimpleNamespace(AuthenticationError=PermissionError, RayError=RuntimeError)

    def __init__(self, deaths: int) -> None:
        super().__init__("ray")
        self.deaths, self.tries = deaths, 0

    def init(self, address: str, **_options: object) -> None:
        self.tries += 1
        if self.tries <= self.deaths:
            raise ConnectionAbortedError("Initialization failure\nRuntimeError: Starting Ray client server failed. See")
        raise ValueError(f"{address} was reached")


@pytest.mark.parametrize(
    ("deaths", "said", "tries"),
    [(2, "cannot be joined: {place} was reached", 3), (3, "GRPC_ENABLE_FORK_SUPPORT=0", 3)],
)
def test_a_cluster_whose_servers_die_at_birth_is_tried_three_times(
    monkeypatch: pytest.MonkeyPatch, deaths: int, said: str, tries: int
) -> None:
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN"):
        monkeypatch.setenv(name, "x" * 64)
    ray = RayWhoseServersDie(deaths)
    monkeypatch.setitem(sys.modules, "ray", ray)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        place = place_of(f"ray://127.0.0.1:{listening.getsockname()[1]}")
        with pytest.raises(ClusterError) as refused:
            join(place, Settings())
    assert said.format(place=place.written) in str(refused.value)
    assert ray.tries == tries


def test_workers_are_sent_no_secret_and_whole_paths(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(openai_api_key=SecretStr("sk-1"), auth="me:pass", index="news")
    sent = order_of(settings).settings
    assert "sk-1" not in sent
    assert "me:pass" not in sent
    assert json.loads(sent)["index"] == str(tmp_path / "news")
    assert json.loads(sent)["threads"] == 1


@given(st.lists(st.integers(0, 5000)))
def test_every_text_is_in_one_piece_and_no_piece_is_much_more_work(lengths: list[int]) -> None:
    pieces = pieces_of(["x" * length for length in lengths])
    assert sorted(position for piece in pieces for position in piece) == list(range(len(lengths)))
    assert all(sum(lengths[i] for i in piece[:-1]) < 32 * 600 for piece in pieces)
