"""Paint textures: smooth filled shapes with Pillow, supersampled, in the units of the painted object."""

import numpy as np
from jaxtyping import Bool, Float, UInt8
from PIL import Image, ImageDraw
from scipy.interpolate import CubicSpline

Colour = tuple[float, float, float]
"""sRGB in [0, 1]."""


def mix_colours(a: Colour, b: Colour, share: float) -> Colour:
    """Mix two colours; `share` is the share of b."""
    return tuple((1 - share) * x + share * y for x, y in zip(a, b, strict=True))  # type: ignore[return-value]


def fit_smooth_path(
    points: Float[np.ndarray, "N 2"], count: int = 60, closed: bool = False
) -> Float[np.ndarray, "M 2"]:
    """Fit a cubic spline through the points by chord length, and return `count` points of it."""
    if closed:
        points = np.concatenate([points, points[:1]])
    steps = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    kind = "periodic" if closed else "natural"
    return CubicSpline(steps, points, bc_type=kind)(np.linspace(0, steps[-1], count))


def outline_stroke(path: Float[np.ndarray, "N 2"], widths: Float[np.ndarray, " N"]) -> Float[np.ndarray, "M 2"]:
    """Return the outline of a line of varying width."""
    tangent = np.gradient(path, axis=0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1) * widths[:, None] / 2
    return np.concatenate([path + normal, (path - normal)[::-1]])


class Canvas:
    """An RGBA image with straight alpha of a rectangle (left, top, right, bottom in the caller's units, y up)."""

    def __init__(self, size: tuple[int, int], rect: tuple[float, float, float, float], supersampling: int = 2) -> None:
        self.supersampling = supersampling
        self.width, self.height = size[0] * supersampling, size[1] * supersampling
        self.left, self.top, right, bottom = rect
        self.per_x, self.per_y = self.width / (right - self.left), self.height / (self.top - bottom)
        self.rgb = np.zeros((3, self.height, self.width), np.float32)
        self.alpha = np.zeros((self.height, self.width), np.float32)

    def pixel_centres(self) -> tuple[Float[np.ndarray, "1 W"], Float[np.ndarray, "H 1"]]:
        """Return x and y of the pixel centres, in the caller's units."""
        x = self.left + (np.arange(self.width, dtype=np.float32) + 0.5) / self.per_x
        y = self.top - (np.arange(self.height, dtype=np.float32) + 0.5) / self.per_y
        return x[None, :], y[:, None]

    def rasterize(self, outline: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, "H W"]:
        """Return a mask that is 1 inside the outline."""
        picture = Image.new("L", (self.width, self.height))
        pixels = (outline - [self.left, self.top]) * [self.per_x, -self.per_y]
        ImageDraw.Draw(picture).polygon([tuple(point) for point in pixels.tolist()], fill=255)
        return np.asarray(picture, np.float32) / 255

    def paint(
        self,
        mask: Float[np.ndarray, "H W"] | Bool[np.ndarray, "H W"],
        colour: Colour | Float[np.ndarray, "H W 3"],
        within: Float[np.ndarray, "H W"] | None = None,
    ) -> None:
        """Paint a colour over the present content where the mask (times `within`) is set."""
        mask = np.asarray(mask, np.float32)
        if within is not None:
            mask = mask * within
        rows, columns = np.flatnonzero(mask.max(axis=1) > 0.002), np.flatnonzero(mask.max(axis=0) > 0.002)
        if len(rows) == 0:
            return
        area = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        mask, below = mask[area], self.alpha[area]
        alpha = mask + below * (1 - mask)
        share = mask / np.maximum(alpha, 1e-6)
        fill = np.asarray(colour, np.float32)
        for channel in range(3):
            plane = self.rgb[(channel, *area)]
            plane += ((fill[area][..., channel] if fill.ndim == 3 else fill[channel]) - plane) * share
        self.alpha[area] = alpha

    def downsample(self) -> UInt8[np.ndarray, "h w 4"]:
        """Return the image, averaged down to its size."""
        alpha = self._average_down(self.alpha)
        rgb = self._average_down(self.rgb * self.alpha) / np.maximum(alpha, 1e-6)
        planes = np.concatenate([rgb, alpha[None]]).clip(0, 1) * 255 + 0.5
        return np.ascontiguousarray(planes.astype(np.uint8).transpose(1, 2, 0))

    def _average_down(self, planes: Float[np.ndarray, "*any H W"]) -> Float[np.ndarray, "*any h w"]:
        step = self.supersampling
        shifted = [planes[..., i::step, j::step] for i in range(step) for j in range(step)]
        return np.add.reduce(shifted) / np.float32(step * step)


def bleed_colour(picture: UInt8[np.ndarray, "h w 4"], colour: Colour) -> UInt8[np.ndarray, "h w 4"]:
    """Set the colour of fully transparent pixels, so that filtering at edges does not mix in black."""
    result = picture.copy()
    result[picture[..., 3] == 0, :3] = np.round(np.array(colour) * 255).astype(np.uint8)
    return result
