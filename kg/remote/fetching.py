"""The one way out to other servers: to hosts on an allow-list, within a time and a size.

What a request of a stranger names must never reach what only this machine can reach. So a name is resolved
once, all its addresses are checked, and the connection goes to a checked address (no second look-up that could
answer otherwise); a redirect is checked like the first address; proxies of the environment are not used. An address
that is not public (private, loopback, link-local such as 169.254.169.254, multicast, reserved, or one of these
inside an IPv6 address) is asked only where the allow-list names host and port.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from kg.errors import ConfigError, LimitError, RemoteError
from kg.remote.deadlines import Resolver, TimedSocket, left, look_up

__all__ = ["RemoteAccess", "RemoteResponse", "RemoteTooLargeError", "Resolver", "allow_hosts", "fetch"]

_PORTS = {"http": 80, "https": 443}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 5
_PIECE = 65536
_PACKED_PIECE = 4096
"""Short: the deadline is looked at after each, and a piece is cut anew for each member, however small."""
_RESERVED = (ipaddress.ip_network("192.88.99.0/24"), ipaddress.ip_network("3fff::/20"))
"""What Python may take for public: relays of 6to4 (deprecated by RFC 7526), documentation (RFC 9637, of 2024)."""
_ODD = re.compile(r"[\x00-\x20\x7f\\]")
_SECRETS = frozenset({"authorization", "cookie", "proxy-authorization"})
_AGENT = "Noemata"


def _resolve(host: str, port: int) -> list[tuple[str, int]]:
    """Return the addresses of a host as the system knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((str(address[0]), port) for *_, address in found))


@dataclass(frozen=True, slots=True)
class RemoteAccess:
    """Which servers may be asked: hosts in lower case, with the port or None for 80 and 443.

    `seconds` is for a whole request with its redirects, `max_bytes` for an answer, packed and unpacked; None is no
    limit.
    """

    hosts: frozenset[tuple[str, int | None]]
    seconds: float | None = 30.0
    max_bytes: int | None = 64_000_000
    resolve: Resolver = field(default=_resolve, repr=False)

    def check(self, url: str) -> None:
        """Refuse a URL that may not be asked, without asking anybody.

        Raises:
            RemoteError: what is wrong with it.
        """
        _target(self, url)


@dataclass(frozen=True, slots=True)
class RemoteResponse:
    """An answer, whole and unpacked: `headers` in lower case, `url` the one that answered."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """Return the media type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class RemoteTooLargeError(LimitError):
    """An answer of another server is longer than is read."""

    def __init__(self, url: str, limit: int) -> None:
        self.url, self.limit = url, limit
        super().__init__(
            f"{url}: the answer has more than {limit / 1e6:g} MB. Ask for less, or raise remote.max_mb in kg.toml."
        )


def allow_hosts(hosts: str, timeout_seconds: float, max_mb: int) -> RemoteAccess | None:
    """Return what the settings of `[remote]` allow, None for nothing.

    Raises:
        ConfigError: an entry is neither a host nor host:port.
    """
    allowed = frozenset(_entry(word) for word in hosts.split())
    if not allowed:
        return None
    return RemoteAccess(allowed, timeout_seconds or None, max_mb * 1_000_000 or None)


def _entry(word: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(f"//{word}")
        host, port = parts.hostname, parts.port
        if host and not (parts.path or parts.query or parts.fragment or "@" in word or "*" in word) and port != 0:
            return _plain_host(host), port
    except ValueError:  # a port that is no number, brackets that are not closed, a label that is too long
        pass
    raise ConfigError(f'remote.hosts: {word!r} is no host; write "example.org", "example.org:8080" or "[::1]:8080".')


def _plain_host(host: str) -> str:
    """Return a host as it is compared: an address in its short form, a name in ASCII and lower case."""
    try:
        return ipaddress.ip_address(host).compressed
    except ValueError:
        return host.rstrip(".").encode("idna").decode("ascii").lower()


@dataclass(frozen=True, slots=True)
class _Target:
    """A URL that is on the allow-list; `is_exact` where an entry names host and port."""

    scheme: str
    host: str
    port: int
    path: str
    url: str
    is_exact: bool


def _target(access: RemoteAccess, url: str) -> _Target:
    try:
        if _ODD.search(url):
            raise RemoteError(url, "a URL has no spaces, control characters or backslashes")
        parts = urlsplit(url)
        if parts.scheme not in _PORTS:
            raise RemoteError(url, "only http and https are asked")
        if "@" in parts.netloc:
            raise RemoteError(url, "a URL with a user name or a password is not asked")
        if not parts.hostname:
            raise RemoteError(url, "names no host")
        host, port = _plain_host(parts.hostname), parts.port or _PORTS[parts.scheme]
    except ValueError as error:
        raise RemoteError(url, f"is no URL: {error}") from error
    is_exact = (host, port) in access.hosts
    if not is_exact and not (port in _PORTS.values() and (host, None) in access.hosts):
        entry = _written_host(host) if port in _PORTS.values() else f"{_written_host(host)}:{port}"
        raise RemoteError(url, f"this host is not on the allow-list. To allow it, add {entry!r} to remote.hosts")
    return _Target(parts.scheme, host, port, _path(parts), url, is_exact)


def _written_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _path(parts: SplitResult) -> str:
    """Return what the request line holds; an IRI's other characters are escaped (RFC 3987, 3.1)."""
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return path + ("?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?[]") if parts.query else "")


def _is_public(address: str) -> bool:
    """Tell whether an address is one of the open internet, also the one inside an IPv6 address."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped or ip.sixtofour:
            return _is_public(str(ip.ipv4_mapped or ip.sixtofour))
        if ip.is_site_local or ip.teredo:
            return False
    if any(ip in network for network in _RESERVED):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def fetch(
    access: RemoteAccess,
    url: str,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> RemoteResponse:
    """Ask another server and return its whole answer, whatever its status is.

    Redirects are followed with the same method and body, but for 303, which means GET; another host gets neither
    Authorization nor cookies.

    Raises:
        RemoteError: the server, or one it redirects to, may not be asked, or gave no answer in time.
        RemoteTooLargeError: the answer is too long, packed or unpacked.
    """
    deadline = None if access.seconds is None else time.monotonic() + access.seconds
    sent = {"User-Agent": _AGENT, "Accept-Encoding": "gzip"} | dict(headers or {})
    target = _target(access, url)
    for _ in range(_MAX_REDIRECTS + 1):
        response = _ask(access, target, method, sent, body, deadline)
        place = response.headers.get("location")
        if response.status not in _REDIRECTS or place is None:
            return response
        followed = _target(access, urljoin(target.url, place).partition("#")[0])
        if target.scheme == "https" and followed.scheme != "https":
            raise RemoteError(target.url, f"redirects to {followed.url}, which is not encrypted; it is not followed")
        if (followed.host, followed.port) != (target.host, target.port):
            sent = {name: value for name, value in sent.items() if name.lower() not in _SECRETS}
        if response.status == 303 and method != "HEAD":
            method, body = "GET", None
            sent = {name: value for name, value in sent.items() if name.lower() != "content-type"}
        target = followed
    raise RemoteError(url, f"redirects more than {_MAX_REDIRECTS} times")


def _ask(
    access: RemoteAccess,
    target: _Target,
    method: str,
    headers: Mapping[str, str],
    body: bytes | None,
    deadline: float | None,
) -> RemoteResponse:
    connection = _Connection(target.host, target.port)
    try:
        connection.sock = _connect(access, target, deadline)
        connection.request(method, target.path, body, dict(headers))
        with connection.getresponse() as answer:
            found = {name.lower(): value for name, value in answer.getheaders()}
            content = b"" if method == "HEAD" else _read(access, target, answer, found, deadline)
    except TimeoutError as error:
        limit = (
            f"{access.seconds:g} s; remote.timeout_seconds is the limit"
            if access.seconds
            else "the time that the system gives it"
        )
        reason = f"gave no whole answer in {limit}"
        raise RemoteError(target.url, reason) from error
    except (OSError, http.client.HTTPException, zlib.error) as error:
        raise RemoteError(target.url, f"did not answer as it should: {_words(error)}") from error
    finally:
        connection.close()
    return RemoteResponse(target.url, answer.status, found, content)


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _read(
    access: RemoteAccess,
    target: _Target,
    answer: http.client.HTTPResponse,
    headers: Mapping[str, str],
    deadline: float | None,
) -> bytes:
    """Return the body, unpacked; neither it nor what came over the wire is longer than allowed."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise RemoteError(target.url, f"its answer is packed by {encoding!r}, which was not asked for")
    limit = access.max_bytes
    packed, length = bytearray(), answer.length
    if limit is not None and length is not None and length > limit:
        raise RemoteTooLargeError(target.url, limit)
    while piece := answer.read(_PIECE):
        packed += piece
        if limit is not None and len(packed) > limit:
            raise RemoteTooLargeError(target.url, limit)
    if length is not None and len(packed) < length:
        raise RemoteError(target.url, f"its answer broke off after {len(packed)} of {length} bytes")
    if encoding == "identity" or not packed:
        return bytes(packed)
    return _unpack(target, packed, limit, deadline)


def _unpack(target: _Target, packed: bytearray, limit: int | None, deadline: float | None) -> bytes:
    """Return what gzip packed: piece by piece, as a stream may have millions of members (RFC 1952, 2.2)."""
    unpacked, start = bytearray(), 0
    member = zlib.decompressobj(16 + zlib.MAX_WBITS)
    while start < len(packed):
        left(deadline)
        if member.eof:
            member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        piece = packed[start : start + _PACKED_PIECE]
        unpacked += member.decompress(piece, 0 if limit is None else limit - len(unpacked) + 1)
        if limit is not None and len(unpacked) > limit:
            raise RemoteTooLargeError(target.url, limit)
        start += len(piece) - len(member.unused_data)
    if not member.eof:
        raise RemoteError(target.url, "its packed answer broke off")
    return bytes(unpacked)


class _Connection(http.client.HTTPConnection):
    """A connection that never opens a socket of its own: it is given one to a checked address."""

    sock: Any

    def connect(self) -> None:
        """Refuse to look the host up again."""
        raise http.client.NotConnected("the server closed the connection")


def _connect(access: RemoteAccess, target: _Target, deadline: float | None) -> TimedSocket:
    try:
        addresses = look_up(access.resolve, target.host, target.port, deadline)
    except TimeoutError:
        raise
    except (OSError, UnicodeError) as error:
        raise RemoteError(target.url, f"its host {target.host!r} has no address: {_words(error)}") from error
    for address, _ in addresses:
        if not target.is_exact and not _is_public(address):
            entry = f"{_written_host(target.host)}:{target.port}"
            reason = (
                f"its host has the address {address}, which is not public. To allow it, add {entry!r} to remote.hosts"
            )
            raise RemoteError(target.url, reason)
    failure: OSError = OSError("no address")
    for address, port in addresses:
        try:
            connected = TimedSocket(socket.create_connection((address, port), left(deadline)), deadline)
        except OSError as error:
            failure = error
            continue
        if target.scheme == "https":
            connected.encrypt(target.host)
        return connected
    raise failure
