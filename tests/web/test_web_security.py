"""The server: what it refuses, the headers it sends, the logins it takes."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from rag.errors import InputError, SettingsError
from rag.settings import Settings
from rag.web.logins import Attempts, hashed, logins
from rag.web.security import CLOSED, MAX_BODY_BYTES, hosts
from rag.web.server import start


def test_every_response_carries_the_policy_and_its_companions(url: str) -> None:
    for path in ("", "config", "theme.css", "gradio_api/upload", "nothing-here"):
        headers = httpx.get(url + path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example:80", "", "[::2]", "127.0.0.2"],
)
def test_a_foreign_host_is_refused(url: str, host: str) -> None:
    assert httpx.get(url, headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:7860", "LOCALHOST", "[::1]:7860"])
def test_this_machine_by_its_own_names_is_served(url: str, host: str) -> None:
    assert httpx.get(url, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", CLOSED)
def test_routes_that_the_page_does_not_use_are_closed(url: str, path: str) -> None:
    for method in ("GET", "POST"):
        assert httpx.request(method, url.rstrip("/") + path).status_code == 404


@pytest.mark.parametrize(
    "path", ["etc/passwd", "../../etc/passwd", "%2fetc%2fpasswd", "file:///etc/passwd", "http://127.0.0.1/"]
)
def test_no_file_is_handed_out(url: str, path: str) -> None:
    assert httpx.get(f"{url}gradio_api/file={path}").status_code in (403, 404)


def test_a_large_body_is_refused(url: str) -> None:
    sent = httpx.post(f"{url}gradio_api/queue/join", content=b"x" * (MAX_BODY_BYTES + 1))
    assert sent.status_code == 413


def test_a_foreign_origin_is_not_let_in(url: str) -> None:
    answered = httpx.get(url + "config", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answered.headers


@pytest.mark.parametrize(
    "sent",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1.evil.example"},
     {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)  # fmt: skip
def test_another_site_cannot_make_a_browser_send_requests(url: str, sent: dict[str, str]) -> None:
    for path in ("queue/join", "call/ask", "run/ask", "cancel", "reset"):
        assert httpx.post(f"{url}gradio_api/{path}", json={"data": []}, headers=sent).status_code == 403


def test_the_page_names_no_other_origin_to_load_from(url: str) -> None:
    page = httpx.get(url).text
    assert "fonts.googleapis" not in page
    assert "cdnjs" not in page


def test_a_port_that_is_taken_is_told(url: str) -> None:
    port = int(url.rstrip("/").rpartition(":")[2])
    with pytest.raises(InputError, match=f"127.0.0.1:{port}"):
        start(Settings(port=port), lambda report: pytest.fail("opened an engine for a page that is not served"))


def test_only_a_wildcard_address_adds_the_names_of_this_machine() -> None:
    assert hosts("127.0.0.1") == {"127.0.0.1", "localhost", "[::1]"}
    assert hosts("10.0.0.7") == hosts("127.0.0.1") | {"10.0.0.7"}
    assert hosts("0.0.0.0") > hosts("127.0.0.1")


def test_a_login_is_a_pair_or_a_file_of_pairs(tmp_path: Path) -> None:
    file = tmp_path / "users.txt"
    file.write_text("ada:one:two\ngrace:three\n", encoding="utf-8")
    check = logins(str(file))
    assert check is not None
    assert (check("ada", "one:two"), check("grace", "three"), check("grace", "one"), check("nobody", "")) == (
        True,
        True,
        False,
        False,
    )
    assert logins("") is None


@pytest.mark.parametrize("auth", ["ada", "ada:", ":secret", "no-such-file.txt"])
def test_a_login_without_user_or_password_is_refused(auth: str) -> None:
    with pytest.raises(SettingsError, match="user:password"):
        logins(auth)


def test_a_hashed_password_is_salted_and_checked(tmp_path: Path) -> None:
    first, second = hashed("sésame"), hashed("sésame")
    assert first != second
    assert "sésame" not in first
    file = tmp_path / "logins"
    file.write_text(f"# who may enter\nada:{first}\nbob:plain\n", encoding="utf-8")
    check = logins(str(file))
    assert check is not None
    tried = [("ada", "sésame"), ("ada", first), ("ada", ""), ("bob", "plain"), ("eve", "sésame")]
    assert [check(*pair) for pair in tried] == [True, False, False, True, False]


@pytest.mark.parametrize("cut", [20, 30, 60])
def test_a_damaged_hash_is_refused_at_start(tmp_path: Path, cut: int) -> None:
    (tmp_path / "logins").write_text(f"ada:{hashed('x')[:cut]}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="cut off"):
        logins(str(tmp_path / "logins"))


def test_only_so_many_logins_are_tried_in_a_minute() -> None:
    now = [0.0]
    attempts = Attempts(tries=3, within_s=60, clock=lambda: now[0])
    assert [attempts.allowed("a") for _ in range(5)] == [True, True, True, False, False]
    assert attempts.allowed("b")
    now[0] = 61.0
    assert attempts.allowed("a")


def test_names_behind_a_proxy_can_be_allowed() -> None:
    assert {"desk.example", "127.0.0.1"} <= hosts("127.0.0.1", "Desk.example, ")
    assert "" not in hosts("127.0.0.1", " , ")
