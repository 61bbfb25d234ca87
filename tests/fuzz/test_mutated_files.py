"""Valid files with random damage: every reader answers with a result or one sentence, in time."""

import json
import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from helpers.avatars.corruptions import make_good_files
from helpers.fuzzing.mutations import mutate_bytes
from helpers.sites.local_site import LocalSite, Reply
from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.runtime.errors import UserError
from panic3d.weights import package_index

SECONDS = 60.0
FAST, SLOW = range(100), range(100, 2100)


def check_sentence(act: Callable[[], object], kind: type[Exception], case: str) -> None:
    start_s = time.monotonic()
    try:
        act()
    except kind as error:
        assert 15 < len(str(error)) <= 300 and str(error).isprintable(), case
    assert time.monotonic() - start_s < SECONDS, case


def check_avatars(folder: Path, seeds: range) -> None:
    good = make_good_files(folder / "good")
    for seed in seeds:
        rng = random.Random(seed)
        kind = rng.choice(sorted(good))
        path = folder / f"{seed}.{kind}"
        path.write_bytes(mutate_bytes(rng, good[kind]))
        check_sentence(partial(load_avatar, path), AvatarError, path.name)


def check_package_indexes(monkeypatch: pytest.MonkeyPatch, seeds: range) -> None:
    page = json.dumps({"files": [{"filename": "a-1.tar.gz", "url": "a-1.tar.gz"}]}).encode()
    with LocalSite() as site:
        monkeypatch.setattr(package_index, "read_pip_settings", lambda: {"index-url": site.address})
        for seed in seeds:
            body = mutate_bytes(random.Random(seed), page)
            headers = {"Content-Type": random.Random(seed).choice(("application/json", "text/html"))}
            site.answers["GET /a/"] = Reply(body=body, headers=headers)
            check_sentence(lambda: package_index.download_archive("a", "1", {"a-1.tar.gz"}), UserError, f"page {seed}")


def test_100_avatars(tmp_path: Path) -> None:
    check_avatars(tmp_path, FAST)


def test_100_package_indexes(monkeypatch: pytest.MonkeyPatch) -> None:
    check_package_indexes(monkeypatch, FAST)


@pytest.mark.slow
def test_2000_avatars(tmp_path: Path) -> None:
    check_avatars(tmp_path, SLOW)
