"""Sheets: grids of points that carry a painted region of a texture, and the texture that they share."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy.ndimage import maximum_filter

from panic3d.datagen.synth.clothing.figure.figure import Figure
from panic3d.datagen.synth.clothing.figure.layers import Layer, find_hidden_cells
from panic3d.datagen.synth.clothing.figure.pose import bind_to_bones
from panic3d.datagen.synth.meshes.mesh import MeshPart, triangulate_grid
from panic3d.datagen.synth.meshes.paint import Canvas, Colour, mix_colours

ATLAS_PIXELS = 1024
"""Width of the texture of all sheets of one material; its height depends on them."""
COARSE = 4
GUTTER = 2
"""Pixels at the border of a region that its sheet does not reach."""


class Chart:
    """The region of one sheet: a canvas, and for every pixel the point of the surface in body units."""

    def __init__(self, grid: Float[np.ndarray, "R C 3"], pixels: tuple[int, int]) -> None:
        self.canvas = Canvas(pixels, (0.0, 0.0, 1.0, -1.0), supersampling=1)
        self._grid = grid
        spread = np.linalg.norm(np.diff(grid, axis=1), axis=2).sum(axis=1).max()
        self.width_m, self.length_m = (
            float(spread),
            float(np.linalg.norm(np.diff(grid, axis=0), axis=2).sum(axis=0).max()),
        )
        self.pixel_m = max(self.width_m / pixels[0], 0.0006)
        self.paint(np.ones(self.shape, np.float32), (1.0, 1.0, 1.0))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.canvas.height, self.canvas.width

    @cached_property
    def u(self) -> Float[np.ndarray, "1 W"]:
        """0 to 1 along the rows of the grid."""
        return _inner_ramp(self.canvas.width)[None]

    @cached_property
    def v(self) -> Float[np.ndarray, "H 1"]:
        """0 to 1 down the columns of the grid."""
        return _inner_ramp(self.canvas.height)[:, None]

    @property
    def coarse_fields(self) -> Float[np.ndarray, "6 h w"]:
        """Position and normal of every `COARSE`th pixel, for what varies slowly."""
        return self._fields[:, ::COARSE, ::COARSE]

    def refine(self, values: Float[np.ndarray, "h w"]) -> Float[np.ndarray, "H W"]:
        """Return values of every `COARSE`th pixel at all pixels."""
        for axis in (0, 1):
            count = self.shape[axis]
            at = np.minimum(np.arange(count) / COARSE, values.shape[axis] - 1) / (values.shape[axis] - 1)
            matrix = _make_interpolation(at, values.shape[axis])
            values = matrix @ values if axis == 0 else values @ matrix.T
        return values

    @cached_property
    def _fields(self) -> Float[np.ndarray, "6 H W"]:
        down, around = np.gradient(self._grid, axis=0), np.gradient(self._grid, axis=1)
        normal = np.cross(down, around)
        normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)
        values = np.concatenate([self._grid, normal], axis=-1).astype(np.float32)
        rows, columns = values.shape[:2]
        tall = _make_interpolation(self.v[:, 0], rows) @ values.reshape(rows, -1)
        wide = _make_interpolation(self.u[0], columns)
        return np.einsum("hck,wc->khw", tall.reshape(len(tall), columns, 6), wide, optimize=True)

    @property
    def x(self) -> Float[np.ndarray, "H W"]:
        """Metres towards the character's left."""
        return self._fields[0]

    @property
    def y(self) -> Float[np.ndarray, "H W"]:
        """Height in metres."""
        return self._fields[1]

    @property
    def z(self) -> Float[np.ndarray, "H W"]:
        """Metres towards the front."""
        return self._fields[2]

    @property
    def normal(self) -> Float[np.ndarray, "3 H W"]:
        """Unit normals."""
        return self._fields[3:]

    @cached_property
    def front(self) -> Float[np.ndarray, "H W"]:
        """1 on the front half of the torso, 0 on the back."""
        return ((self.u > 0.25) & (self.u < 0.75)) * np.ones(self.shape, np.float32)

    def edge(self, distance_m: Float[np.ndarray, "H W"]) -> Float[np.ndarray, "H W"]:
        """Return 1 where a signed distance is positive, with a smooth border of one pixel."""
        return np.clip(distance_m / self.pixel_m + 0.5, 0, 1).astype(np.float32)

    def band(self, distance_m: Float[np.ndarray, "H W"], low_m: float, high_m: float) -> Float[np.ndarray, "H W"]:
        """Return 1 where a distance lies between two values."""
        return self.edge(distance_m - low_m) * self.edge(high_m - distance_m)

    def paint(self, mask: Float[np.ndarray, "H W"], colour: Colour) -> None:
        """Paint a colour where the mask is set."""
        self.canvas.paint(np.broadcast_to(np.asarray(mask, np.float32), self.shape), colour)

    def fill(self, colour: Colour) -> None:
        """Paint everything."""
        self.canvas.rgb[:] = np.array(colour, np.float32)[:, None, None]

    def cut(self, inside_m: Float[np.ndarray, "H W"], hem: Colour | None = None, hem_m: float = 0.003) -> None:
        """Cut away what lies outside: where the signed distance is negative. `hem` is the colour of the border."""
        inside = np.broadcast_to(inside_m, self.shape)
        if hem is not None:
            self.paint(self.edge(hem_m - inside), hem)
            self.paint(0.5 * self.band(inside, hem_m, hem_m + 0.0015), mix_colours(hem, (0.2, 0.12, 0.2), 0.4))
        self.canvas.alpha = np.minimum(self.canvas.alpha, self.edge(inside))


def _inner_ramp(pixels: int) -> Float[np.ndarray, " N"]:
    """Return the coordinate of each pixel: 0 and 1 lie `GUTTER` pixels from the border."""
    return np.clip((np.arange(pixels, dtype=np.float32) + 0.5 - GUTTER) / (pixels - 2 * GUTTER), 0, 1)


def _make_interpolation(at: Float[np.ndarray, " N"], count: int) -> Float[np.ndarray, "N count"]:
    """Make the matrix that interpolates `count` even values linearly at positions in [0, 1]."""
    place = np.asarray(at) * (count - 1)
    low = np.clip(place.astype(int), 0, count - 2)
    matrix = np.zeros((len(place), count), np.float32)
    rows = np.arange(len(place))
    matrix[rows, low], matrix[rows, low + 1] = 1 - (place - low), place - low
    return matrix


PaintFunction = Callable[[Chart], None]


@dataclass(frozen=True)
class Surface:
    """One grid of a sheet, in body units and rendered pose; seen from outside, columns run right and rows down."""

    grid: Float[np.ndarray, "R C 3"]
    arm: float = 0.0
    """1.0 and -1.0 about the left and right arm; 0.0 elsewhere."""
    along_m: Float[np.ndarray, " R"] | None = None
    """Distance of each row from the shoulder along the arm."""


@dataclass(frozen=True)
class Sheet:
    """Surfaces (one, or a pair of sleeves) that show one painted region."""

    surfaces: tuple[Surface, ...]
    pixels: tuple[int, int]
    paint: PaintFunction
    layer: Layer | None = None
    """Where it lies about the torso, or about the arms."""
    bears_hair: bool = True
    """Whether hair lies on it; a hood lies on the hair."""


@dataclass(frozen=True)
class Region:
    """The painted region of a sheet in its atlas."""

    left: int
    top: int
    shown: Bool[np.ndarray, "H W"]
    """Where it is opaque."""


def paint_sheets(sheets: list[Sheet]) -> tuple[list[Region], UInt8[np.ndarray, "H W 4"]]:
    """Paint all sheets of a material into one atlas."""
    corners, height = _pack_regions([sheet.pixels for sheet in sheets])
    atlas = np.zeros((height, ATLAS_PIXELS, 4), np.uint8)
    regions = []
    for sheet, (left, top) in zip(sheets, corners, strict=True):
        wide, tall = sheet.pixels
        chart = Chart(sheet.surfaces[0].grid, sheet.pixels)
        sheet.paint(chart)
        atlas[top : top + tall, left : left + wide] = chart.canvas.downsample()
        regions.append(Region(left, top, chart.canvas.alpha >= 0.5))
    return regions, atlas


def find_hidden_parts(sheets: list[Sheet], regions: list[Region]) -> dict[int, Bool[np.ndarray, "_ _"]]:
    """Return, by the position of a sheet, which of its cells other sheets cover."""
    hidden: dict[int, Bool[np.ndarray, "_ _"]] = {}
    for on_arm in (False, True):
        same = [
            (i, sheet.layer)
            for i, sheet in enumerate(sheets)
            if sheet.layer is not None and bool(sheet.surfaces[0].arm) == on_arm
        ]
        cells = find_hidden_cells([layer for _, layer in same], [_crop_gutter(regions[i].shown) for i, _ in same])
        hidden |= {i: found for (i, _), found in zip(same, cells, strict=True)}
    return hidden


def _crop_gutter(shown: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "h w"]:
    return shown[GUTTER:-GUTTER, GUTTER:-GUTTER]


def build_sheet_meshes(
    figure: Figure,
    sheet: Sheet,
    region: Region,
    atlas_height: int,
    material: str,
    hidden: Bool[np.ndarray, "_ _"] | None = None,
) -> list[MeshPart]:
    """Build the meshes of a sheet in T-pose, without the cells that are cut away or hidden."""
    wide, tall = sheet.pixels
    parts = []
    for surface in sheet.surfaces:
        rows, columns = surface.grid.shape[:2]
        v, u = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
        uv = np.stack(
            [
                (region.left + GUTTER + u * (wide - 2 * GUTTER)) / ATLAS_PIXELS,
                (region.top + GUTTER + v * (tall - 2 * GUTTER)) / atlas_height,
            ],
            axis=-1,
        ).reshape(-1, 2)
        kept = _find_visible_cells(region.shown, rows, columns)
        if hidden is not None:
            kept = kept & ~hidden
        faces = triangulate_grid(rows, columns)[np.tile(kept.ravel(), 2)]
        if surface.arm < 0:
            faces = faces[:, ::-1]
        used, faces = np.unique(faces, return_inverse=True)
        part = MeshPart(material, surface.grid.reshape(-1, 3)[used], faces.reshape(-1, 3), uv[used])
        along = None if surface.along_m is None else np.repeat(surface.along_m, columns)[used]
        parts.append(bind_to_bones(figure, part, surface.arm, along))
    return parts


def _find_visible_cells(shown: Bool[np.ndarray, "H W"], rows: int, columns: int) -> Bool[np.ndarray, "_ _"]:
    """Return which cells of a grid of points show anything of their region."""
    near = maximum_filter(shown, 3)
    for axis, count in ((0, rows), (1, columns)):
        inner = near.shape[axis] - 2 * GUTTER
        edges = GUTTER + np.floor(np.linspace(0, 1, count)[:-1] * inner).astype(int)
        near = np.logical_or.reduceat(near, edges, axis=axis)
    return near


def _pack_regions(sizes: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], int]:
    """Place rectangles on shelves of the texture. Returns left and top of each, and the height."""
    order = sorted(range(len(sizes)), key=lambda i: (-sizes[i][1], i))
    corners = [(0, 0)] * len(sizes)
    left = top = shelf = 0
    for i in order:
        wide, tall = sizes[i]
        if left + wide > ATLAS_PIXELS:
            left, top, shelf = 0, top + shelf, 0
        corners[i], left, shelf = (left, top), left + wide, max(shelf, tall)
    return corners, top + shelf
