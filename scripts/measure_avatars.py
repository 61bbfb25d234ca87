"""Measures avatars in Chromium with three-vrm: their front beside the portrait, blink, mouth, triangles, size.

    panic3d reconstruct PICTURES --out heads --format glb,vrm
    python scripts/measure_avatars.py heads sheet.jpg [PIXELS]

Needs npm (three.js and three-vrm are installed into a temporary folder) and Chromium; prints a table in Markdown. The
sheet has one row per avatar, of pictures with 160 or another number of pixels: the portrait, the avatar from six sides,
blinking, speaking and smiling.
"""

import base64
import functools
import http.server
import io
import json
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from helpers.sites.browser import open_page  # noqa: E402
from helpers.sites.npm import THREE  # noqa: E402
from panic3d.avatar.face.locating import locate_openings  # noqa: E402
from panic3d.cameras.axes import BOX_SIDE_M  # noqa: E402
from panic3d.cameras.compositing import composite_on_white  # noqa: E402
from panic3d.models.portrait.canonical import find_faces  # noqa: E402
from panic3d.models.portrait.faces.face import choose_face  # noqa: E402
from panic3d.models.portrait.faces.landmark_detector import load_face_detector  # noqa: E402

SIZE = 1024
BACKGROUND = np.array([0, 255, 0])
DIFFERENT = 0.06
SHEET = (("", 30), ("", 90), ("", 180), ("", 270), ("", 330), ("blink", 0), ("aa", 0), ("happy", 0))
SHEET_PX = 160
COLUMNS = (
    "avatar",
    "outline IoU",
    "PSNR dB",
    "gradients of the eyes",
    "hidden by blink",
    "aa opens",
    "triangles",
    "MB",
)


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        pass


def read_document(path: Path) -> dict:
    data = path.read_bytes()
    return json.loads(data[20 : 20 + struct.unpack("<I", data[12:16])[0]])


def find_joint(document: dict, name: str) -> list[float]:
    """The place of a bone: the sum of the translations down to it."""
    parents = {child: i for i, node in enumerate(document["nodes"]) for child in node.get("children", [])}
    index: int | None = next(i for i, node in enumerate(document["nodes"]) if node.get("name") == name)
    place = np.zeros(3)
    while index is not None:
        place += document["nodes"][index].get("translation", [0, 0, 0])
        index = parents.get(index)
    return place.tolist()


def count_triangles(document: dict) -> int:
    accessors = document["accessors"]
    return sum(accessors[p["indices"]]["count"] // 3 for mesh in document["meshes"] for p in mesh["primitives"])


def decode(address: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))).convert("RGB")) / 255


def measure_gradient(rgb: np.ndarray) -> float:
    return float(np.hypot(*np.gradient(rgb.mean(2))).sum())


def measure(folder: Path, name: str, views: dict[str, np.ndarray]) -> list[str]:
    portrait = np.asarray(Image.open(folder / f"{name}.canonical.png").convert("RGBA"))
    large = np.asarray(Image.fromarray(portrait).resize((SIZE, SIZE), Image.Resampling.BILINEAR))
    wanted, rest = composite_on_white(large), views[""]
    mask, covered = large[..., 3] > 127, np.abs(rest * 255 - BACKGROUND).max(2) > 60
    both = mask & covered
    document = read_document(folder / f"{name}.vrm")
    row = [
        name,
        f"{both.sum() / (mask | covered).sum():.3f}",
        f"{peak_signal_noise_ratio(wanted[both], rest[both], data_range=1):.1f}",
    ]
    landmarks = choose_face(find_faces(portrait, load_face_detector()), None).landmarks_px
    gradients, hidden = [], []
    for eye in locate_openings(portrait, landmarks).eyes:
        left, right = ((eye.x_m[[0, -1]] / BOX_SIDE_M + 0.5) * SIZE).astype(int)
        top, bottom = ((0.5 - np.array([eye.upper_m.max(), eye.lower_m.min()]) / BOX_SIDE_M) * SIZE).astype(int)
        box = (slice(top, bottom), slice(left, right))
        gradients.append(measure_gradient(rest[box]) / measure_gradient(wanted[box]))
        height, width = bottom - top, right - left
        iris = (slice(top + height // 5, bottom - 2 * height // 5), slice(left + width // 5, right - width // 5))
        hidden.append(float((np.abs(views["blink"][iris] - rest[iris]).max(2) > DIFFERENT).mean()))
    face_height = 1.35 * (landmarks[2, 1] - landmarks[5:11, 1].mean()) * SIZE / len(portrait)
    rows = np.flatnonzero((np.abs(views["aa"] - rest).max(2) > DIFFERENT).any(1))
    opening = np.ptp(rows) / face_height if len(rows) else 0.0
    row += [f"{min(gradients):.2f}", f"{min(hidden):.2f}", f"{opening:.2f}", f"{count_triangles(document):,}"]
    return [*row, f"{(folder / f'{name}.vrm').stat().st_size / 1e6:.1f}"]


def shrink(rgb: np.ndarray, size: int) -> np.ndarray:
    """A small copy of a view on white instead of green."""
    on_white = np.where((np.abs(rgb * 255 - BACKGROUND).max(2) > 60)[..., None], rgb, 1.0)
    picture = Image.fromarray(np.round(on_white * 255).astype(np.uint8))
    return np.asarray(picture.resize((size, size), Image.Resampling.LANCZOS))


def main(folder: Path, sheet: Path | None = None, size: int = SHEET_PX) -> None:
    rows = []
    names = sorted(path.stem for path in folder.glob("*.vrm"))
    with tempfile.TemporaryDirectory() as work:
        (Path(work) / "package.json").write_text("{}")
        install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent", *THREE]
        subprocess.run(install, cwd=work, check=True)
        (Path(work) / "page.html").write_bytes((ROOT / "tests" / "avatar" / "avatar_views.html").read_bytes())
        (Path(work) / "heads").symlink_to(folder.resolve())
        handler = functools.partial(QuietHandler, directory=work)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
        with open_page(f"http://127.0.0.1:{server.server_port}/page.html", SIZE, SIZE) as page:
            page.wait_for_function("document.title === 'ready'")
            for name in names:
                page.evaluate("file => loadAvatar(file)", f"heads/{name}.vrm")
                joint = find_joint(read_document(folder / f"{name}.glb"), "head")
                shots = {
                    e: decode(page.evaluate("([e, j]) => renderAvatar(e, j)", [e, joint])) for e in ("", "blink", "aa")
                }
                print(f"| {' | '.join(measure(folder, name, shots))} |", flush=True)
                portrait = Image.open(folder / f"{name}.canonical.png").convert("RGBA").resize((SIZE, SIZE))
                pictures = [composite_on_white(np.asarray(portrait)), shots[""]]
                for expression, azimuth in SHEET if sheet else ():
                    view = page.evaluate("([e, j, a]) => renderAvatar(e, j, a)", [expression, joint, azimuth])
                    pictures.append(decode(view))
                rows.append(np.concatenate([shrink(picture, size) for picture in pictures], axis=1))
        server.shutdown()
    if sheet:
        Image.fromarray(np.concatenate(rows)).save(sheet, quality=88)


if __name__ == "__main__":
    main(*(kind(value) for kind, value in zip((Path, Path, int), sys.argv[1:], strict=False)))
