"""A small tree in the authors' layout, of balls: written from the published facts, not with the importer's code."""

import json
import math
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

RADIUS_M = 0.12
CENTRE_VOLUME_M = (0.05, -0.03, 0.02)
"""The ball in the authors' volume axes: x to the right of the front view, y up, z towards the camera."""
SIDES_DEG = {"front": 0.0, "left": 90.0, "right": -90.0, "back": 180.0}


def cast_rays_at_ball(
    azimuth_deg: float, elevation_deg: float, size: int, perspective: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return the first hit of every pixel's ray on the ball in volume axes, and its plane depth (NaN: none).

    Independent of the package: the camera at distance 1, built from its two angles by plain trigonometry.
    """
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    towards = np.array(
        [math.sin(azimuth) * math.cos(elevation), math.sin(elevation), math.cos(azimuth) * math.cos(elevation)]
    )
    right = np.array([math.cos(azimuth), 0.0, -math.sin(azimuth)])
    up = np.cross(towards, right)
    steps = (np.arange(size) + 0.5) / size * 2 - 1
    across, down = np.meshgrid(steps, steps)
    if perspective:
        tangent = math.tan(math.radians(15.0))
        directions = -towards + tangent * (across[..., None] * right - down[..., None] * up)
        origins = np.broadcast_to(towards, directions.shape)
    else:
        origins = towards + 0.35 * (across[..., None] * right - down[..., None] * up)
        directions = np.broadcast_to(-towards, origins.shape)
    to_ball = np.array(CENTRE_VOLUME_M) - origins
    length2 = (directions**2).sum(-1)
    nearest = (to_ball * directions).sum(-1) / length2
    miss2 = (to_ball**2).sum(-1) - nearest**2 * length2
    inside = (RADIUS_M**2 - miss2) / length2
    along = np.where(inside > 0, nearest - np.sqrt(np.maximum(inside, 0)), np.nan)
    return origins + np.nan_to_num(along)[..., None] * directions, along


def encode_position_map(xyz_volume_m: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Encode 8-bit glTF positions over the box, alpha last (reference: xyza encoding)."""
    gltf = xyz_volume_m * (-1, 1, -1)
    rgb = np.clip(np.floor((gltf + 0.35) / 0.7 * 255 + 0.5), 0, 255).astype(np.uint8)
    return np.dstack([np.where(there[..., None], rgb, 0), np.where(there, 255, 0)]).astype(np.uint8)


def compute_colours(xyz_volume_m: np.ndarray) -> np.ndarray:
    """Return colours: red where the character's left is (+x in volume axes), else blue; lighter above."""
    rgb = np.where(xyz_volume_m[..., :1] > CENTRE_VOLUME_M[0], [255, 0, 0], [0, 0, 255])
    return np.where(xyz_volume_m[..., 1:2] > CENTRE_VOLUME_M[1], (rgb + 255) // 2, rgb).astype(np.uint8)


def save_picture(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def write_view(colour: Path, position: Path, angles_deg: tuple[float, float], size: int, perspective: bool) -> None:
    xyz, along = cast_rays_at_ball(*angles_deg, size, perspective)
    there = np.isfinite(along)
    rgb = np.where(there[..., None], compute_colours(xyz), 255).astype(np.uint8)
    save_picture(colour, rgb if perspective else np.dstack([rgb, np.where(there, 255, 0).astype(np.uint8)]))
    save_picture(position, encode_position_map(xyz, there))


def write_vroid(root: Path, splits: Mapping[str, Sequence[str]], size: int, table: bool = True) -> dict[str, Any]:
    """Write renders and lists of ids; return the angles of every perspective view."""
    renders, angles = root / "renders" / "rutileE", {}
    for i, key in enumerate(key for ids in splits.values() for key in ids):
        place = Path(key[-1]) / key
        for side, azimuth in SIDES_DEG.items():
            names = (renders / "ortho" / place / f"{side}.png", renders / "ortho_xyza" / place / f"{side}.png")
            write_view(*names, (azimuth, 0.0), size, False)
        top = (renders / "ortho" / place / "top.png", renders / "ortho_xyza" / place / "top.png")
        write_view(*top, (0.0, 90.0), size, False)
        for view in range(8):
            angle = (float((i * 97 + view * 43) % 360 - 180), float((view * 31 + i * 7) % 100 - 50))
            names = (renders / "rgb" / place / f"{view:04d}.png", renders / "xyza" / place / f"{view:04d}.png")
            write_view(*names, angle, size, True)
            angles[f"rutileE/rgb/{key[-1]}/{key}/{view:04d}"] = {
                "render_params": {"elev": angle[1], "azim": angle[0], "dist": 1.0, "fov": 30.0, "boxwarp": 0.7}
            }
    (root / "subsets").mkdir(parents=True)
    for name, ids in splits.items():
        (root / "subsets" / f"rutileEB_{name}.csv").write_text("\n".join(ids) + "\n")
    if table:
        (renders / "rutileE_meta.json").write_text(json.dumps(angles))
    return angles


def write_animerecon(root: Path, pairs: Sequence[str], model: Path, roi: tuple, size: int) -> None:
    """Write renders, aligned portraits, models and the alignment of pairs."""
    renders, alignment = root / "renders" / "daredemoE", {}
    for pair in pairs:
        for side, azimuth in SIDES_DEG.items():
            names = (renders / "ortho" / pair / f"{side}.png", renders / "ortho_xyza" / pair / f"{side}.png")
            write_view(*names, (azimuth, 0.0), size, False)
        for index in range(60):
            elevation, azimuth = (60, 40, 20, 0, -20)[index // 12], -180.0 + 30 * (index % 12)
            if elevation == 0:
                names = (renders / "rgb60" / pair / f"{index:04d}.png", renders / "xyza60" / pair / f"{index:04d}.png")
                write_view(*names, (azimuth, 0.0), size, True)
        portrait = np.full((size, size, 4), 255, np.uint8)
        portrait[: size // 4, :, 3] = 0
        save_picture(renders / "fandom_align" / pair / "front.png", portrait)
        target = root / "raw" / "dssc" / f"{pair}.vrm"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(model.read_bytes())
        alignment[f"daredemoE/fandom_align/{pair}/front"] = {
            "source": f"raw/fandom/{pair}/0000.png",
            "transformation": np.array([[0.5, 0, 3], [0, 0.5, np.float64(4)], [0, 0, 1]]),
            "_alignment": {"source": {"keypoints": np.ones((1, 28, 3), np.float32)}, "_detection_used": np.int64(0)},
            "area_of_interest": roi,
        }
    (renders / "fandom_align_alignment.pkl").write_bytes(pickle.dumps(alignment))
    (root / "subsets").mkdir(parents=True, exist_ok=True)
    (root / "subsets" / "daredemoE_test.csv").write_text("\n".join(pairs) + "\n")
