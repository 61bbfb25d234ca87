"""A web site on this machine that answers as a test says, and records the requests."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True)
class Reply:
    """One answer. `claimed` is a Content-Length that is not kept; `delay_s` passes between head and body.

    `byte_interval_s` passes after each byte of the body. Status 0 closes the connection without an answer.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    claimed: int | None = None
    delay_s: float = 0.0
    byte_interval_s: float = 0.0


Answer = Reply | Callable[[Request], Reply]


def make_json_reply(content: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(status, json.dumps(content).encode(), {"Content-Type": "application/json; charset=utf-8", **headers})


class LocalSite:
    """Answers by method and path (`GET /robots.txt`); a list of answers is used up to its last. 404 for the rest."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer | list[Answer]] = {}
        self.requests: list[Request] = []
        self.change: Callable[[Request, Reply], Reply] = lambda request, reply: reply
        """Called with every answer before it is sent."""
        self._lock = threading.Lock()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = site.answer(Request(self.command, parts.path, query, headers, body))
                if not reply.status:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                length = len(reply.body) if reply.claimed is None else reply.claimed
                for name, value in {"Content-Length": str(length), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if reply.byte_interval_s:
                    for start in range(len(reply.body)):
                        self.wfile.write(reply.body[start : start + 1])
                        time.sleep(reply.byte_interval_s)
                    return
                half = len(reply.body) // 2 if reply.delay_s else len(reply.body)
                self.wfile.write(reply.body[:half])
                if reply.delay_s:
                    self.wfile.flush()
                    time.sleep(reply.delay_s)
                    self.wfile.write(reply.body[half:])
                if reply.claimed is not None:
                    self.close_connection = True

            do_GET = do_POST = do_DELETE = handle_any  # noqa: N815

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                """A client that went away is what some tests are about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            answer = self.answers.get(f"{request.method} {request.path}", Reply(404))
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
        return self.change(request, answer if isinstance(answer, Reply) else answer(request))

    def paths(self, method: str = "GET") -> list[str]:
        """Return the paths of the requests in order, without robots.txt."""
        return [request.path for request in self.requests if request.method == method and request.path != "/robots.txt"]

    def __enter__(self) -> "LocalSite":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
