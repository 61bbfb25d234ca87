"""A front view of a ball with a face and hair, with all its passes in closed form: input of the illustrator."""

import numpy as np

from panic3d.cameras.camera import Camera
from panic3d.cameras.view import View
from panic3d.shards.schema import PARTS

RADIUS_M = 0.24
SKIN, HAIR, EYE = (245, 215, 200), (90, 110, 170), (40, 30, 60)


def make_sphere_view(size: int = 512, one_colour: bool = False) -> View:
    """Return the front view of a ball with skin, hair above and two eyes, or with all of these in one colour."""
    origins, directions = Camera("ortho", 0.0).rays(size)
    along = -(origins * directions).sum(-1)
    miss2 = (origins**2).sum(-1) - along**2
    inside = miss2 < RADIUS_M**2
    depth_m = np.where(inside, along - np.sqrt(np.maximum(RADIUS_M**2 - miss2, 0)), np.nan).astype(np.float32)
    xyz = origins + directions * np.nan_to_num(depth_m)[..., None]
    x, y = xyz[..., 0], xyz[..., 1]
    hair = inside & (y > 0.08 + 0.03 * np.cos(60 * x))
    eyes = inside & np.any([np.hypot((x - side * 0.08) / 0.03, y / 0.04) < 1 for side in (-1, 1)], axis=0)
    part = np.zeros((size, size), np.uint8)
    rgba = np.zeros((size, size, 4), np.uint8)
    for mask, name, colour in ((inside, "face", SKIN), (eyes, "eye", EYE), (hair, "hair", HAIR)):
        part[mask] = PARTS[name]
        rgba[mask] = (*(SKIN if one_colour else colour), 255)
    normal = np.where(inside[..., None], xyz / RADIUS_M, 0).astype(np.float32)
    return View(rgba, depth_m, normal, part)
