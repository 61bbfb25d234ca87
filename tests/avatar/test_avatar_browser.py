"""Avatars in programs that we did not write: Khronos' validator, and three.js with three-vrm in Chromium."""

import base64
import functools
import http.server
import io
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio

from helpers.heads.fitted_head import make_fitted_head
from helpers.sites.browser import find_chromium, open_page
from helpers.sites.npm import THREE, VALIDATOR, find_gltf_errors, npm_folder
from panic3d.cameras.compositing import composite_on_white

BACKGROUND = np.array([0, 255, 0])


@pytest.mark.browser
def test_khronos_validator_finds_no_error(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = npm_folder(tmp_path_factory, VALIDATOR)
    head = make_fitted_head()
    files = [head.save(tmp_path / "a.vrm"), head.save(tmp_path / "b.vrm", "0.x"), head.save(tmp_path / "c.glb")]
    errors = find_gltf_errors(folder, files)
    assert len(errors) == 3 and not any(errors.values()), errors


@pytest.mark.browser
@pytest.mark.parametrize("vrm", ["1.0", "0.x"])
def test_three_vrm_shows_the_portrait_and_hair_swings(tmp_path_factory: pytest.TempPathFactory, vrm: str) -> None:
    find_chromium()
    folder = npm_folder(tmp_path_factory, *THREE)
    head = make_fitted_head()
    head.save(folder / "a.vrm", "1.0" if vrm == "1.0" else "0.x")
    shutil.copy(Path(__file__).with_name("avatar_views.html"), folder / "page.html")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    joint = head.avatar.skeleton.positions_head_m["head"].tolist()
    try:
        with open_page(f"http://127.0.0.1:{server.server_port}/page.html", 1024, 1024) as page:
            page.wait_for_function("document.title === 'ready'")
            facts = page.evaluate("loadAvatar('a.vrm')")
            views = {
                name: decode_picture(page.evaluate("([e, j]) => renderAvatar(e, j)", [name, joint]))
                for name in ("", "blink", "aa", "happy")
            }
            lags_m = page.evaluate("turnHead(30)")
    finally:
        server.shutdown()
    assert facts["version"] == ("1" if vrm == "1.0" else "0")
    assert {"hips", "spine", "head", "leftEye", "leftUpperArm", "rightFoot"} <= set(facts["bones"])
    assert {"blink", "blinkLeft", "aa", "oh", "happy", "surprised"} <= set(facts["expressions"])
    assert facts["joints"] >= len(lags_m) > 0
    for name, least_m in (("hair_", 0.005), ("mouse_ears_left", 0.003), ("mouse_ears_right", 0.003)):
        lag_m = max(lag for bone, lag in lags_m.items() if bone.startswith(name))
        assert lag_m > least_m, f"{name} lags behind the head: {lags_m}"
    portrait = np.asarray(Image.fromarray(head.stages.portrait).resize((1024, 1024), Image.Resampling.BILINEAR))
    mask, covered = portrait[..., 3] > 127, np.abs(views[""].astype(int) - BACKGROUND).max(2) > 60
    assert (mask & covered).sum() / (mask | covered).sum() > 0.95
    both = mask & covered
    wanted = composite_on_white(portrait)[both]
    assert peak_signal_noise_ratio(wanted, views[""][both] / 255, data_range=1) > 26
    for name in ("blink", "aa", "happy"):
        assert (np.abs(views[name].astype(int) - views[""]).max(2) > 60).sum() > 200, name


def decode_picture(address: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))).convert("RGB"))


@pytest.mark.browser
def test_the_viewer_opens_from_disk_and_shows_expressions(tmp_path: Path) -> None:
    find_chromium()
    path = make_fitted_head().save_viewer(tmp_path / "me & you.html")
    faults: list[str] = []
    with open_page(path, 900, 700) as page:
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.wait_for_function("window.avatarViewer")
        assert page.evaluate("window.avatarViewer.names").count("blink") == 1
        assert page.locator("h1").inner_text() == "character"
        page.uncheck("#blinking")
        page.uncheck("#follow")
        page.wait_for_timeout(1500)
        rest = np.asarray(Image.open(io.BytesIO(page.locator("canvas").screenshot())).convert("RGB")).astype(int)
        page.locator("#expression-blink").fill("1")
        page.wait_for_timeout(1000)
        closed = np.asarray(Image.open(io.BytesIO(page.locator("canvas").screenshot())).convert("RGB")).astype(int)
        page.locator("#reset").click()
        assert page.locator("#expression-blink").input_value() == "0"
    assert not faults
    assert (np.abs(closed - rest).max(2) > 60).sum() > 100
