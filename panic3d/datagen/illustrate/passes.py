"""The passes of a front view in the form that all styles draw from."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8

from panic3d.cameras.axes import BOX_SIDE_M, FAR_M
from panic3d.cameras.view import View
from panic3d.datagen.illustrate.noise import blur, blur_within, to_float32
from panic3d.shards.schema import PARTS

FORM_SMOOTHING_PX = {"face": 7.0, "hair": 8.0, "eye": 4.0}
"""Standard deviation of the smoothing of normals, in pixels of an image of 512 pixels; 3.5 for other parts."""


@dataclass(frozen=True)
class PortraitPasses:
    """The passes of an orthographic front view of S x S pixels.

    Lengths in pixels are defined for 512 pixels and scaled by `unit`. Raises ValueError where the view has no normals
    or no parts.
    """

    view: View

    def __post_init__(self) -> None:
        if self.view.normal_head is None or self.view.part is None:
            raise ValueError("a drawing needs a view with normals and parts")

    @property
    def size(self) -> int:
        """The side of the image in pixels."""
        return self.view.rgba.shape[0]

    @property
    def unit(self) -> float:
        """The number of pixels per pixel of an image of 512 pixels."""
        return self.size / 512

    @property
    def pixel_m(self) -> float:
        """The side of a pixel in metres."""
        return BOX_SIDE_M / self.size

    @cached_property
    def alpha(self) -> Float[np.ndarray, "S S"]:
        """The coverage of each pixel, 0 to 1."""
        return self.view.rgba[..., 3].astype(np.float32) / 255

    @cached_property
    def covered(self) -> Bool[np.ndarray, "S S"]:
        """Whether a pixel shows a surface."""
        return np.isfinite(self.view.depth_m)

    @cached_property
    def depth_m(self) -> Float[np.ndarray, "S S"]:
        """The depth in metres; the far plane where there is no surface."""
        return np.where(self.covered, self.view.depth_m, FAR_M).astype(np.float32)

    @cached_property
    def part(self) -> UInt8[np.ndarray, "S S"]:
        """The part id of each pixel."""
        assert self.view.part is not None
        return self.view.part

    def mask_parts(self, *names: str) -> Float[np.ndarray, "S S"]:
        """Return 1 where a pixel shows one of the named parts, else 0."""
        return np.isin(self.part, [PARTS[name] for name in names]).astype(np.float32)

    @cached_property
    def rgb(self) -> Float[np.ndarray, "S S 3"]:
        """The render's sRGB colour, extended beyond the silhouette so that blurring does not mix in the background."""
        inside = (self.view.rgba[..., 3] >= 128).astype(np.float32)
        rgb = self.view.rgba[..., :3].astype(np.float32) / 255
        return np.where(inside[..., None] > 0, rgb, np.clip(blur_within(rgb, inside, 3 * self.unit), 0, 1))

    @cached_property
    def normal(self) -> Float[np.ndarray, "S S 3"]:
        """The normals without facets: averaged inside each part."""
        raw = self.view.normal_head
        assert raw is not None
        smooth = np.zeros_like(raw, dtype=np.float32)
        for name in PARTS:
            mask = self.mask_parts(name)
            if name != "none" and mask.any():
                mean = blur_within(raw.astype(np.float32), mask, FORM_SMOOTHING_PX.get(name, 3.5) * self.unit)
                smooth[mask > 0] = mean[mask > 0]
        return smooth / np.maximum(np.linalg.norm(smooth, axis=-1, keepdims=True), 1e-6)

    @cached_property
    def hair_flow(self) -> Float[np.ndarray, "S S 2"]:
        """Unit vectors (x, y downwards) along the locks, where there is hair.

        Brightness and depth change most across a lock: the flow is the weak direction of the structure tensor,
        smoothed, and downwards where the tensor has no direction.
        """
        hair = self.mask_parts("hair")
        light = self.rgb @ to_float32([0.3, 0.6, 0.1])
        form = np.clip(self.depth_m, 0, None) / (6 * self.pixel_m)
        xx = yy = xy = np.zeros_like(light)
        for field in (blur(light, self.unit), blur(form, self.unit) * 0.15):
            gx, gy = cv2.Sobel(field, cv2.CV_32F, 1, 0), cv2.Sobel(field, cv2.CV_32F, 0, 1)
            steep = np.minimum(np.hypot(gx, gy), 0.4) / np.maximum(np.hypot(gx, gy), 1e-6)
            gx, gy = gx * steep, gy * steep
            xx, yy, xy = xx + gx * gx, yy + gy * gy, xy + gx * gy
        inner = cv2.erode(hair, np.ones((3, 3)))
        xx, yy, xy = (blur_within(field, inner, 8 * self.unit) for field in (xx + 2e-4, yy, xy))
        angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2  # of the weak direction
        flow = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        flow *= np.where(flow[..., 1:] < 0, -1, 1)  # downwards
        return flow.astype(np.float32)

    @cached_property
    def eyes(self) -> list[tuple[float, float, float]]:
        """Column, row and width in pixels of the two eyes, left first; empty where the parts show no pair of eyes."""
        count, _, stats, centres = cv2.connectedComponentsWithStats(
            cv2.dilate(self.mask_parts("eye"), np.ones((5, 5))).astype(np.uint8)
        )
        found = sorted(range(1, count), key=lambda i: -stats[i, cv2.CC_STAT_AREA])[:2]
        if len(found) < 2 or stats[found[1], cv2.CC_STAT_AREA] < 60 * self.unit**2:
            return []
        pair = sorted((*centres[i], float(stats[i, cv2.CC_STAT_WIDTH])) for i in found)
        level = abs(pair[0][1] - pair[1][1]) < 0.5 * max(pair[0][2], pair[1][2])
        return pair if level and pair[1][0] - pair[0][0] > 0.7 * pair[0][2] else []

    @cached_property
    def nose(self) -> tuple[float, float] | None:
        """Column and row of the face's foremost point below the eyes; None without eyes."""
        if not self.eyes:
            return None
        (left, row, width), (right, other_row, _) = self.eyes
        face = self.mask_parts("face")
        face[: int(max(row, other_row) + 0.15 * width)] = 0
        face[:, : int((2 * left + right) / 3)] = 0
        face[:, int((left + 2 * right) / 3) :] = 0
        if not face.any():
            return None
        depth_m = np.where(face > 0, blur(self.depth_m, self.unit), np.inf)
        at_row, at_column = np.unravel_index(int(np.argmin(depth_m)), depth_m.shape)
        return float(at_column), float(at_row)
