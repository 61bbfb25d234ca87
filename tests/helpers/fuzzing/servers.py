"""Fuzzed servers: a package index, VRoid Hub and a wiki, some of whose answers are slow, cut, false, huge or wrong."""

import gzip
import hashlib
import io
import json
import random
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from helpers.fuzzing.kind import FuzzedKind, Report
from helpers.fuzzing.mutations import mutate_bytes, mutate_json
from helpers.sites.local_site import LocalSite, Reply, Request
from helpers.sites.local_vroid_hub import LocalVroidHub
from helpers.sites.local_wiki import LocalWiki, make_picture
from panic3d.datagen.sources.http.etiquette import RequestPolicy
from panic3d.datagen.sources.http.web import Credentials, WebClient
from panic3d.datagen.sources.vroid_hub.download import VroidCollection, VroidOptions
from panic3d.datagen.sources.vroid_hub.login import API_HEADERS, Application, CookieLogin, Token, TokenLogin
from panic3d.datagen.sources.vroid_hub.records import ListedModel
from panic3d.datagen.sources.vtuber.download import VtuberOptions, fetch_portraits
from panic3d.shards.manifest import Manifest
from panic3d.weights import package_index
from panic3d.weights.catalogue import PackagedFile, WeightFile, fetch

LIMIT_S = 0.25
"""Of the clients, for slow servers to be given up soon."""
POLICY = RequestPolicy(0.0, LIMIT_S, 2.0, tries=2, first_wait_s=0.0, busy_wait_s=0.1, longest_wait_s=10.0)
HUGE_BYTES = 1 << 26
ADDRESSES = (
    *("", "/", "//", "//127.0.0.1:1/", "http://127.0.0.1:1/x", "http://[", "http://[::1", "https://127.0.0.1:1/"),
    *("http://127.0.0.1:99999/", "http://127.0.0.1:x/", "file:///etc/passwd", "javascript:0", "data:,x", "\xff\x80"),
    *("http://a b/", "http://example.invalid/", "?" * 2000, "#", "http://user:secret@127.0.0.1:1/", "../" * 50, "\0"),
)
HEADERS = (
    *(("Content-Length", value) for value in ("-1", "x", "", "1e3", "9" * 30)),
    *(("Content-Type", value) for value in ("", "x", "text/html", "application/json; charset=x", "\xff", "image/png")),
    *(("Content-Encoding", value) for value in ("gzip", "deflate", "br", "x", "gzip, gzip")),
    *(("Transfer-Encoding", value) for value in ("chunked", "x")),
    *(("Retry-After", value) for value in ("-1", "x", "9" * 400, "²", "Fri, 31 Dec 99999 23:59:59 GMT", "3")),
    *(("Set-Cookie", "a=" + "b" * 5000), ("X", "y" * 70_000), ("X\xff", "y"), ("Location", "x")),
)
STATUSES = (0, 100, 101, 204, 206, 300, 304, 400, 401, 403, 404, 410, 416, 418, 429, 500, 502, 503, 599, 999)


class DamagedAnswers:
    """Damages a share of the answers of a site, at random."""

    def __init__(self, seed: int) -> None:
        self._rng, self._lock = random.Random(seed), threading.Lock()
        self.share = self._rng.choice((0.05, 0.2, 0.5, 1.0))

    def change(self, request: Request, reply: Reply) -> Reply:
        with self._lock:
            if self._rng.random() >= self.share:
                return reply
            return self._rng.choice(DAMAGES)(self._rng, reply)


def _change_bytes(rng: random.Random, reply: Reply) -> Reply:
    return replace(reply, body=mutate_bytes(rng, reply.body or b"x"))


def _change_json(rng: random.Random, reply: Reply) -> Reply:
    try:
        return replace(reply, body=mutate_json(rng, reply.body))
    except ValueError:
        return _change_bytes(rng, reply)


def _nest(rng: random.Random, reply: Reply) -> Reply:
    return replace(reply, body=rng.choice((b"[", b'{"a":')) * 100_000)


def _cut(rng: random.Random, reply: Reply) -> Reply:
    return replace(reply, claimed=rng.choice((1, 1000, 10**12)) + len(reply.body))


def _be_slow(rng: random.Random, reply: Reply) -> Reply:
    if rng.random() < 0.5:
        return replace(reply, body=reply.body + bytes(100), byte_interval_s=LIMIT_S / 4)
    return replace(reply, delay_s=3 * LIMIT_S)


def _redirect(rng: random.Random, reply: Reply) -> Reply:
    status = rng.choice((301, 302, 303, 307, 308))
    return Reply(status, headers={"Location": rng.choice(ADDRESSES)} if rng.random() < 0.9 else {})


def _change_status(rng: random.Random, reply: Reply) -> Reply:
    return replace(reply, status=rng.choice(STATUSES))


def _add_header(rng: random.Random, reply: Reply) -> Reply:
    name, value = rng.choice(HEADERS)
    status = rng.choice((reply.status, 429, 503)) if name == "Retry-After" else reply.status
    return replace(reply, status=status, headers={**reply.headers, name: value})


def _be_huge(rng: random.Random, reply: Reply) -> Reply:
    if rng.random() < 0.5:
        return replace(reply, body=rng.choice((b"\0", b" ", b"[")) * HUGE_BYTES)
    packed = gzip.compress(bytes(HUGE_BYTES), 1) * rng.choice((1, 8))
    return replace(reply, body=packed, headers={**reply.headers, "Content-Encoding": "gzip"})


DAMAGES: tuple[Callable[[random.Random, Reply], Reply], ...] = (
    *(_change_bytes, _change_json, _change_json, _change_json, _nest, _cut, _redirect, _redirect),
    *(_change_status, _change_status, _add_header, _add_header, _be_slow, _be_huge),
)


def make_seed(folder: Path) -> None:
    (folder / "seed.json").write_text("0")


def damage_seed(rng: random.Random, folder: Path) -> str:
    """Write the seed of the damage, which is done to answers and not to files."""
    (folder / "seed.json").write_text(str(rng.getrandbits(32)))
    return "seed.json"


def list_server_readers(path: Path) -> list[Callable[[Report], object]]:
    seed = json.loads(path.read_text())
    read = (read_index, read_hub, read_wiki)[seed % 3]
    return [lambda report: read(path.parent, seed, report)]


def read_index(folder: Path, seed: int, report: Report) -> None:
    """Fetch weights from a package index."""
    content, name = b"weights", "a-1.tar.gz"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        entry = tarfile.TarInfo("a-1/w")
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    sha256 = hashlib.sha256(content).hexdigest()
    origin = PackagedFile("a", "1", name, hashlib.sha256(buffer.getvalue()).hexdigest(), "a-1/w", sha256)
    with LocalSite() as site:
        if seed % 2:
            page = json.dumps({"files": [{"filename": name, "url": name}]}).encode()
            site.answers["GET /a/"] = Reply(body=page, headers={"Content-Type": "application/json"})
        else:
            page = f'<a href="{name}">{name}</a>'.encode()
            site.answers["GET /a/"] = Reply(body=page, headers={"Content-Type": "text/html"})
        site.answers[f"GET /a/{name}"] = Reply(body=buffer.getvalue())
        site.change = DamagedAnswers(seed).change
        settings = {"index-url": site.address}
        with (
            patch.object(package_index, "read_pip_settings", lambda: settings),
            patch.object(package_index, "TIMEOUT_S", LIMIT_S),
            patch.dict("os.environ", PANIC3D_WEIGHTS=str(folder / "weights")),
        ):
            fetch(WeightFile("a", "", "", "a.bin", len(content), sha256, origin))
    assert (folder / "weights" / "a.bin").read_bytes() == content


def read_hub(folder: Path, seed: int, report: Report) -> None:
    """Fetch models from VRoid Hub, some with a login that has to be renewed."""
    keys = ["1000050438984538394", "1000840261433614040"]
    with LocalVroidHub(keys) as hub, _damaged(hub.site, hub.storage, seed=seed):
        login: Credentials = CookieLogin("cookie-one")
        if seed % 2:
            token = Token(hub.address, "token-one", "refresh-one", time.time() + (7200 if seed % 4 == 1 else 0))
            web = WebClient(hub.address, None, POLICY, API_HEADERS, sleep=_do_not_wait)
            login = TokenLogin(token, Application("the-app", "the-secret"), folder / "token.json", web)
        web = WebClient(hub.address, login, POLICY, API_HEADERS, sleep=_do_not_wait)
        manifest = VroidCollection(web, folder / "hub", VroidOptions()).fetch(dict.fromkeys(keys, ListedModel()))
    report_reasons(manifest, report)


def read_wiki(folder: Path, seed: int, report: Report) -> None:
    """Fetch portraits from a wiki."""
    with LocalWiki() as wiki:
        wiki.categories = {"Hololive": ["Gawr Gura", "Category:English", "A Group"], "English": ["Mori Calliope"]}
        wiki.infobox = {"Gawr Gura": "Gura.png", "Mori Calliope": "Calli.jpg"}
        wiki.gallery = {"Gawr Gura": ["Gura_2.png"]}
        wiki.add("Gura.png", make_picture(1, (30, 40)), "Template:Fairuse")
        wiki.add("Calli.jpg", make_picture(2, (30, 40), "JPEG"))
        wiki.add("Gura_2.png", make_picture(3, (30, 40)))
        with _damaged(wiki.site, seed=seed):
            web = WebClient(wiki.site.address, None, POLICY, sleep=_do_not_wait)
            options = VtuberOptions(("Hololive",), gallery=seed % 2 == 0, min_side_px=16)
            manifest = fetch_portraits(web, folder / "wiki", options)
    report_reasons(manifest, report)


def report_reasons(manifest: Manifest, report: Report) -> None:
    for record in manifest.records.values():
        if record.status != "ok":
            report(record.reason)


@contextmanager
def _damaged(*sites: LocalSite, seed: int) -> Iterator[None]:
    damaged = DamagedAnswers(seed)
    for site in sites:
        site.change = damaged.change
    yield


def _do_not_wait(seconds: float) -> None:
    """Waits between requests take no time here; the tests of the client check them."""
    assert 0 <= seconds < 10_000


SERVERS = FuzzedKind(make_seed, damage_seed, list_server_readers)
