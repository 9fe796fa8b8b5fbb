"""What a browser shows after a login, so that no server has to remember who logged in.

Gradio keeps logins in the process: another server, or the same one after a restart, would ask again. A pass holds the
name and the day it ends, signed (HMAC-SHA256) with a key derived from the logins themselves (scrypt, RFC 7914). So
every server that was given the same logins takes it, and a changed login file ends every pass; logging out removes it
from the browser, not from the world.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable, Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

from rag.web.logins import Check, lines_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

VALID_S = 7 * 24 * 3600
_MOST_CHARS = 2000


class Passes(MutableMapping[str, str]):
    """Passes as Gradio looks them up: the pass → the name it was given to. Holds none."""

    def __init__(self, auth: str, clock: Callable[[], float] = time.time) -> None:
        secret = "\n".join(lines_of(auth)).encode()
        self._key = hashlib.scrypt(secret, salt=b"footnote pass", n=2**14, r=8, p=1, dklen=32)
        self._clock = clock

    @property
    def purpose(self) -> str:
        """Return a name for these logins, the same on every server that has them."""
        return hmac.new(self._key, b"purpose", "sha256").hexdigest()[:16]

    def issue(self, name: str) -> str:
        """Return a pass for somebody who has logged in."""
        said = base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")
        return self._signed(f"{said}.{int(self._clock()) + VALID_S}")

    def __getitem__(self, shown: str) -> str:
        said, _, ends = str(shown)[:_MOST_CHARS].rpartition(".")[0].partition(".")
        genuine = hmac.compare_digest(self._signed(f"{said}.{ends}").encode(), str(shown).encode("utf-8", "replace"))
        if not genuine or int(ends) < self._clock():
            raise KeyError(shown)
        try:
            return base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)).decode()
        except (binascii.Error, ValueError):
            raise KeyError(shown) from None

    def __setitem__(self, shown: str, name: str) -> None:
        """Do nothing: only `issue` makes passes."""

    def __delitem__(self, shown: str) -> None:
        """Do nothing: a pass ends by itself."""

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def _signed(self, text: str) -> str:
        return f"{text}.{hmac.new(self._key, text.encode('utf-8', 'replace'), 'sha256').hexdigest()}"


def take_passes(app: Any, check: Check, auth: str) -> None:
    """Make a launched Gradio app give and take passes instead of remembering logins."""
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    passes = Passes(auth)
    app.tokens, app.cookie_id = passes, passes.purpose

    async def login(request: Request) -> Response:
        form = await request.form()
        name, password = str(form.get("username", "")).strip(), str(form.get("password", ""))
        if not await run_in_threadpool(check, name, password):
            return JSONResponse({"detail": "Incorrect credentials."}, 400)
        response, issued = JSONResponse({"success": True}), passes.issue(name)
        response.set_cookie(f"access-token-{passes.purpose}", issued, httponly=True, samesite="none", secure=True)
        response.set_cookie(f"access-token-unsecure-{passes.purpose}", issued, httponly=True, samesite="lax")
        return response

    app.router.routes[:0] = [Route(path, login, methods=["POST"]) for path in ("/login", "/login/")]
