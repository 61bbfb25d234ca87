"""What protects a local server from web pages and from large requests, before any other code sees a request."""

import asyncio
import ipaddress
import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
MAX_PICTURE_BYTES = 64 << 20
MAX_UPLOAD_BYTES, MAX_JSON_BYTES = 2 * MAX_PICTURE_BYTES + (1 << 20), 1 << 20
MAX_DISCARDED_BYTES, DISCARD_S = 4 * MAX_UPLOAD_BYTES, 20.0
"""How much of a request that is too large is received and thrown away, so that its sender reads the answer."""
COOKIE, HTTP_PORT = "panic3d_studio_{port}", 80
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self' blob: "
    "data:; worker-src 'self' blob:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True)
class Address:
    """Where the server listens, and the token that it wants, if any."""

    host: str
    port: int
    token: str | None = None

    @classmethod
    def choose(cls, host: str, port: int) -> "Address":
        """Return an address, with a new token for anything but this machine."""
        return cls(host, port, None if is_loopback(host) else secrets.token_urlsafe(24))

    @property
    def url(self) -> str:
        """The address of the page."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/" + (f"?token={self.token}" if self.token else "")


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches a host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Guard:
    """Refuses requests of other origins, without the token, or too large; adds the headers of security."""

    def __init__(self, app: ASGIApp, address: Address) -> None:
        self.app, self.address = app, address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        guarded = _add_headers(send)
        if not self._is_our_host(headers.get("host", "")):
            await _refuse(guarded, 403, "this server answers to its own address only")
        elif not self._is_own_origin(headers, scope["path"]):
            await _refuse(guarded, 403, "this server does not answer the pages of others")
        elif self.address.token is not None and not self._has_token(headers):
            await self._welcome(scope, guarded)
        else:
            await self._limit(scope, receive, guarded, headers)

    def _is_our_host(self, given: str) -> bool:
        name, port = _split_host(given)
        if port != self.address.port:
            return False
        known = self.address.host
        if name in LOOPBACK_NAMES or name in (known, f"[{known}]"):
            return True
        if self.address.token is None:
            return False
        return known in ("0.0.0.0", "::")  # every address of this machine; the token protects it

    def _is_own_origin(self, headers: Mapping[str, str], path: str) -> bool:
        origin, host = headers.get("origin"), headers.get("host", "")
        if origin is not None and origin != f"http://{host}":
            return False
        return headers.get("sec-fetch-site", "none") in ("none", "same-origin") or path == "/"

    def _has_token(self, headers: Mapping[str, str]) -> bool:
        assert self.address.token is not None
        given = headers.get("authorization", "")
        found = [given[len("Bearer ") :]] if given.startswith("Bearer ") else []
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            cookies = SimpleCookie()
        cookie = COOKIE.format(port=self.address.port)  # browsers send the cookies of all ports
        found += [cookies[cookie].value] if cookie in cookies else []
        return any(_is_equal(text, self.address.token) for text in found)

    async def _welcome(self, scope: Scope, send: Send) -> None:
        """Exchange the token in the address of the page for a cookie."""
        assert self.address.token is not None
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope["path"] != "/" or scope["method"] != "GET" or not _is_equal(given, self.address.token):
            await _refuse(send, 401, "this server needs the token that `panic3d studio` has printed")
            return
        cookie = f"{COOKIE.format(port=self.address.port)}={self.address.token}; Path=/; HttpOnly; SameSite=Strict"
        headers = [(b"location", b"/"), (b"set-cookie", cookie.encode()), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def _limit(self, scope: Scope, receive: Receive, send: Send, headers: Mapping[str, str]) -> None:
        """Pass a request on, and answer 413 in the application's place where its body is too large."""
        is_upload = headers.get("content-type", "").startswith("multipart/form-data")
        limit = MAX_UPLOAD_BYTES if is_upload else MAX_JSON_BYTES
        announced = headers.get("content-length", "0")
        body = _LimitedBody(receive, limit)
        if announced.isdigit() and len(announced) < 20 and int(announced) > limit:
            body.is_exceeded, body.bytes = True, 0 if int(announced) < MAX_DISCARDED_BYTES else MAX_DISCARDED_BYTES
        else:

            async def send_unless_exceeded(message: Message) -> None:
                if not body.is_exceeded:
                    await send(message)

            try:
                await self.app(scope, body.receive, send_unless_exceeded)
            except Exception:
                if not body.is_exceeded:
                    raise
        if body.is_exceeded:
            with suppress(TimeoutError):
                async with asyncio.timeout(DISCARD_S):
                    await body.discard()
            await _refuse(send, 413, f"the request is too large: at most {limit >> 20} MB are received")


class _LimitedBody:
    """Receives a body up to a limit; the application sees the connection end where there is more."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self.limit = receive, limit
        self.bytes, self.is_exceeded, self.is_complete = 0, False, False

    async def receive(self) -> Message:
        message = await self._receive()
        self._count(message)
        if self.bytes > self.limit:
            self.is_exceeded = True
            return {"type": "http.disconnect"}
        return message

    async def discard(self) -> None:
        while not self.is_complete and self.bytes < MAX_DISCARDED_BYTES:
            self._count(await self._receive())

    def _count(self, message: Message) -> None:
        self.bytes += len(message.get("body", b""))
        self.is_complete = message["type"] != "http.request" or not message.get("more_body", False)


def _split_host(given: str) -> tuple[str, int]:
    name, separator, port = given.rpartition(":")
    if not separator or "]" in port:
        return given.lower(), HTTP_PORT
    return name.lower(), int(port) if port.isascii() and port.isdigit() and len(port) < 6 else -1


def _is_equal(one: str, other: str) -> bool:
    return secrets.compare_digest(one.encode(errors="replace"), other.encode())


def _add_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "no-cache")
        await send(message)

    return send_with_headers


async def _refuse(send: Send, status: int, sentence: str) -> None:
    body = json.dumps({"error": sentence}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
