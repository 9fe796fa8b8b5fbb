"""URLs → bytes, by httpx: redirects, size and time bounded; private, loopback, link-local and metadata addresses
refused.

A host is resolved once, every address it has is judged, and the connection goes to one that was judged, under the
host's own name for TLS: no second look-up can lead elsewhere. Each redirect is judged in the same way. Proxies of the
environment are not used.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from rag.errors import ReadError
from rag.readers.kinds import HEAD_BYTES, kind_of
from rag.readers.origin import Origin, ReadLimits, digest, safe_id

if TYPE_CHECKING:
    import httpx

_AGENT = "footnote-rag (article reader)"
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)  # RFC 5214: the upper half of an interface id whose lower half is an IPv4 address
# Beyond what Python 3.11 calls private: protocol assignments, 6to4 relays, Azure's own, site-local, documentation.
_REFUSED = tuple(
    map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "fec0::/10", "3fff::/20"))
)
_SUFFIXES = {
    "text/html": ".html", "application/xhtml+xml": ".html", "application/pdf": ".pdf", "text/plain": ".txt",
    "text/markdown": ".md",
    "application/rss+xml": ".rss", "application/atom+xml": ".rss", "text/csv": ".csv", "application/json": ".json",
    "application/jsonl": ".jsonl", "application/x-ndjson": ".jsonl", "application/epub+zip": ".epub",
    "application/zip": ".zip",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fetched:
    """The content behind a URL, its format, and where it came from."""

    content: bytes
    kind: str
    origin: Origin


def fetch(url: str, limits: ReadLimits) -> Fetched:
    """Return what a web address holds. Raises ReadError naming the cause: the address, the answer, a limit."""
    import httpx

    deadline = time.monotonic() + limits.timeout_s
    address = url
    try:
        with httpx.Client(timeout=limits.timeout_s, trust_env=False, follow_redirects=False) as client:
            for _ in range(limits.max_redirects + 1):
                target = _parsed_url(address)
                request, extensions = _pinned(client, target, limits)
                request.extensions.update(extensions)
                response = client.send(request, stream=True)
                try:
                    if response.has_redirect_location:
                        address = str(target.join(response.headers["location"]))
                        continue
                    return _fetched(url, str(target), response, _body(response, limits, deadline))
                finally:
                    response.close()
    except httpx.TimeoutException as error:
        raise ReadError(f"no answer within {limits.timeout_s:g} s") from error
    except httpx.HTTPError as error:
        raise ReadError(f"cannot be fetched: {' '.join(str(error).split())[:150] or type(error).__name__}") from error
    raise ReadError(f"more than {limits.max_redirects} redirects")


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet, also inside an IPv6 form that carries an IPv4
    address.
    """
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
        if inner is None and (ip in _NAT64 or (int(ip) >> 32 & 0xFFFFFFFF) in _ISATAP):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return (
        ip.is_global
        and not any(ip in network for network in _REFUSED)
        and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)
    )


def _parsed_url(address: str) -> httpx.URL:
    import httpx

    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, ValueError) as error:
        raise ReadError(f"not a web address: {address[:200]}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise ReadError(f"only http and https addresses are read, not {address[:200]}")
    if url.userinfo:
        raise ReadError("a web address with a user name or password in it is not read")
    return url


def _pinned(client: httpx.Client, url: httpx.URL, limits: ReadLimits) -> tuple[httpx.Request, dict[str, object]]:
    """Return a request to one judged address of the URL's host, and the TLS name to check the certificate against."""
    host = url.raw_host.decode("ascii").strip("[]")
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ReadError(f"the host {host} is not known") from error
    addresses = [str(entry[4][0]) for entry in found]
    refused = [] if limits.allow_private_addresses else [address for address in addresses if not is_public(address)]
    if refused or not addresses:
        raise ReadError(
            f"{host} is at a private address ({', '.join(refused) or 'none'}), which is refused; a setting allows it"
        )
    headers = {"Host": url.netloc.decode("ascii"), "User-Agent": _AGENT, "Accept-Encoding": "gzip, identity"}
    request = client.build_request("GET", url.copy_with(host=addresses[0].split("%", 1)[0]), headers=headers)
    return request, {"sni_hostname": host} if url.scheme == "https" else {}


def _body(response: httpx.Response, limits: ReadLimits, deadline: float) -> bytes:
    """Return the body, counted after decompression, within the size and time limits."""
    if response.status_code != 200:
        raise ReadError(f"the server answered {response.status_code} {response.reason_phrase}".rstrip())
    parts: list[bytes] = []
    size = 0
    for part in response.iter_bytes(HEAD_BYTES):
        size += len(part)
        if size > limits.max_file_bytes:
            raise ReadError(f"over the limit of {limits.max_file_bytes} bytes for one file")
        if time.monotonic() > deadline:
            raise ReadError(f"not complete within {limits.timeout_s:g} s")
        parts.append(part)
    return b"".join(parts)


def _fetched(url: str, final_url: str, response: httpx.Response, content: bytes) -> Fetched:
    """Name the content so that its format is recognised and its id is stable."""
    media_type = response.headers.get("content-type", "").split(";", 1)[0].strip().lower()
    last = PurePosixPath(unquote(response.request.url.path))
    suffix = _SUFFIXES.get(media_type) or last.suffix
    host = response.request.headers["Host"].partition(":")[0]
    source = url.split("#", 1)[0]
    name = f"{safe_id(f'{host}-{last.stem}')[:100]}-{digest(source)[:8]}{suffix}"
    return Fetched(
        content, kind_of(content[:HEAD_BYTES], name), Origin(source, name, response.charset_encoding, final_url)
    )
