"""The colours of an avatar's texels: those of the fitted character, of the portrait, and of what lies in the face."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8
from scipy.spatial import cKDTree
from skimage.color import rgb2lab

from panic3d.avatar.face.contours import Opening
from panic3d.avatar.face.lids import LASH_M, measure_from_edge
from panic3d.avatar.face.surface import FaceSurface
from panic3d.avatar.parts.sources import select_material
from panic3d.avatar.texture.atlas import TEXELS_AT_ONCE, Texels
from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.cameras.filling import fill_from_nearest
from panic3d.cameras.projected_picture import ProjectedPicture
from panic3d.geometry.ray_caster import RayCaster
from panic3d.geometry.textured_mesh import look_up_colours
from panic3d.geometry.textured_raycast import SurfacePoints
from panic3d.models.character.fitting.reconstruction import CharacterReconstruction
from panic3d.runtime.threads import map_slices

SEARCH_M = 0.012
"""How far from a simplified surface the fitted character's is looked for, along the normal to both sides."""
HAIR = "Hair"
MIN_CONTRAST, SKIN_SHARE = 20.0, 0.5
"""Hair can be told from skin at this distance in CIELAB; what is at less than this share of the distance is skin."""
INSIDE_M = 0.0003
"""How far within the edge of an opening its colours are taken."""
CROP_SHARE = 0.6
"""Margin about an opening in which its colours are continued, in its widths."""
LASH_BLUR_M = 0.0004
"""Width of the edge of the line of lashes."""
CAVITY, TONGUE, TEETH = (0.42, 0.12, 0.15), (0.84, 0.42, 0.42), (0.99, 0.98, 0.97)
TEETH_M, TONGUE_M = 0.0055, 0.016
"""Below the line of the mouth: where the teeth end, and the middle of the tongue lies."""


@dataclass(frozen=True)
class BaseColours:
    """What texels of a part show before the portrait is laid on them."""

    points: SurfacePoints
    rgba: Float32[np.ndarray, "N 4"]


class CharacterPainter:
    """Colours of texels from the fitted character and the pictures that show it."""

    def __init__(self, source: CharacterReconstruction, surface: FaceSurface, skin: Float[np.ndarray, "3"]) -> None:
        """`surface` is that of the face, `skin` its colour, sRGB in [0, 1]."""
        self.source, self.surface, self.skin_lab = source, surface, rgb2lab(skin[None])[0]

    def look_up(self, material: str, texels: Texels, chosen: Bool[np.ndarray, " N"]) -> BaseColours:
        """Return the fitted character's own colours at the chosen texels, all of a material.

        Hair in front of the face is cut out where the portrait shows skin, which then shows itself.
        """
        mesh = self.source.textured
        triangles = select_material(mesh, material)
        caster = RayCaster(mesh.vertices_head_m, mesh.triangles[triangles])
        middles = cKDTree(mesh.vertices_head_m[mesh.triangles[triangles]].mean(1))
        all_xyz, all_normals = texels.xyz_head_m[chosen], texels.normal_head[chosen]

        def find(some: slice) -> tuple[np.ndarray, np.ndarray]:
            xyz, normal = all_xyz[some], all_normals[some]
            out, back = (caster.cast(np.concatenate([xyz, side * normal], axis=1)) for side in (1, -1))
            nearer = out.distance < back.distance
            triangle = np.where(nearer, out.triangle, back.triangle)
            uv = np.where(nearer[:, None], out.uv, back.uv)
            missed = np.where(nearer, out.distance, back.distance) >= SEARCH_M
            found = triangles[triangle]
            if missed.any():
                found[missed], uv[missed] = triangles[middles.query(xyz[missed])[1]], 1 / 3
            return found, look_up_colours(mesh, found, uv)

        found, rgba = _map_texels(find, len(all_xyz))
        if material == HAIR and len(all_xyz):
            rgba[self._find_skin_behind(all_xyz, rgba), 3] = 0
        return BaseColours(SurfacePoints(all_xyz, found, all_normals), rgba)

    def shade(self, base: BaseColours, avatar: CharacterReconstruction) -> Float32[np.ndarray, "N 4"]:
        """Return the colours with the pictures laid on where they show the fitted character or the avatar."""
        points = base.points

        def shade_some(some: slice) -> tuple[np.ndarray]:
            places = SurfacePoints(points.xyz_head_m[some], points.triangle[some], points.normal_head[some])
            return (self.source.shade(places, base.rgba[some, :3], avatar.is_visible),)

        return np.concatenate([*_map_texels(shade_some, len(base.rgba)), base.rgba[:, 3:]], axis=1)

    def _find_skin_behind(
        self, xyz_head_m: Float32[np.ndarray, "N 3"], rgba: Float32[np.ndarray, "N 4"]
    ) -> Bool[np.ndarray, " N"]:
        """Return which points of hair lie in front of the face where the portrait shows colours of skin."""
        found = np.zeros(len(xyz_head_m), bool)
        hair_lab = rgb2lab(np.median(rgba[:, :3], axis=0)[None])[0]
        if np.linalg.norm(hair_lab - self.skin_lab) < MIN_CONTRAST:
            return found
        before = np.flatnonzero(xyz_head_m[:, 2] > self.surface.measure_depth(xyz_head_m[:, :2].astype(float)))
        before = before[self.surface.is_flat(xyz_head_m[before, :2].astype(float))]
        front, places = self.source.pictures[0], xyz_head_m[before]
        lab = rgb2lab(front.sample(places).clip(0, 1))
        to_skin, to_hair = (np.linalg.norm(lab - colour, axis=1) for colour in (self.skin_lab, hair_lab))
        found[before] = (to_skin < SKIN_SHARE * to_hair) & front.contains(places)
        return found


def _map_texels(function: Callable[[slice], tuple[np.ndarray, ...]], count: int) -> list[np.ndarray]:
    """Return the arrays that a function gives for slices of texels, joined; threads share the slices."""
    parts = map_slices(function, count, TEXELS_AT_ONCE) or [function(slice(0, 0))]
    return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]


def paint_openings(
    texels: Texels, chosen: Bool[np.ndarray, " N"], openings: Sequence[Opening], rgba: UInt8[np.ndarray, "S S 4"]
) -> Float[np.ndarray, "M 4"]:
    """Return what a picture shows in openings; beyond an opening the nearest colour inside it."""
    xyz = texels.xyz_head_m[chosen]
    found = np.ones((len(xyz), 4))
    nearest = np.abs(np.stack([xyz[:, 0] - o.middle_m[0] for o in openings])).argmin(0)
    for index, opening in enumerate(openings):
        here = nearest == index
        found[here, :3] = _continue_picture(opening, rgba).sample(xyz[here].astype(np.float32))
    return found


def _continue_picture(opening: Opening, rgba: UInt8[np.ndarray, "S S 4"]) -> ProjectedPicture:
    size = len(rgba)
    metres = BOX_SIDE_M / size
    row, column = np.indices((size, size))
    x, y = (column + 0.5) * metres - BOX_SIDE_M / 2, BOX_SIDE_M / 2 - (row + 0.5) * metres
    margin = CROP_SHARE * opening.width_m
    low = np.array([opening.x_m[0], opening.lower_m.min()]) - margin
    high = np.array([opening.x_m[-1], opening.upper_m.max()]) + margin
    rows, columns = (y[:, 0] > low[1]) & (y[:, 0] < high[1]), (x[0] > low[0]) & (x[0] < high[0])
    window = np.ix_(rows, columns)
    places = np.stack([x[window].ravel(), y[window].ravel(), np.zeros(int(rows.sum() * columns.sum()))], 1)
    inside = (opening.measure_inside(places) > INSIDE_M).reshape(int(rows.sum()), int(columns.sum()))
    filled = rgba.copy()
    filled[window] = fill_from_nearest(rgba[window], ~inside)
    filled[..., 3] = 255
    return ProjectedPicture(filled)


def paint_lids(
    texels: Texels,
    chosen: Bool[np.ndarray, " N"],
    eyes: Sequence[Opening],
    skin: Float[np.ndarray, "3"],
    lash: Float[np.ndarray, "3"],
) -> Float[np.ndarray, "M 4"]:
    """Return the colours of closed lids: skin, and a line of lashes where they meet."""
    xyz = texels.xyz_head_m[chosen]
    found = np.ones((len(xyz), 4))
    nearest = np.abs(np.stack([xyz[:, 0] - eye.middle_m[0] for eye in eyes])).argmin(0)
    for index, eye in enumerate(eyes):
        here = nearest == index
        above = measure_from_edge(eye, xyz[here])
        across = np.abs(xyz[here, 0] - eye.middle_m[0]) / (eye.width_m / 2)
        width = LASH_M * np.clip(1.15 - across**4, 0.2, 1)
        share = np.clip((width - above) / LASH_BLUR_M, 0, 1) * np.clip((above + LASH_M / 2) / LASH_BLUR_M, 0, 1)
        found[here, :3] = skin + share[:, None] * (lash - skin)
    return found


def paint_mouth_inside(texels: Texels, chosen: Bool[np.ndarray, " N"], mouth: Opening) -> Float[np.ndarray, "M 4"]:
    """Return the colours of teeth, tongue and what lies behind them."""
    xyz = texels.xyz_head_m[chosen]
    x = (xyz[:, 0] - mouth.middle_m[0]) / (mouth.width_m / 2)
    below = mouth.upper(xyz[:, 0]) - xyz[:, 1]
    found = np.ones((len(xyz), 4))
    found[:, :3] = CAVITY
    tongue = (x / 0.75) ** 2 + ((below - TONGUE_M) / (0.55 * TONGUE_M)) ** 2 < 1
    found[tongue, :3] = TONGUE
    found[(below < TEETH_M) & (np.abs(x) < 1.1), :3] = TEETH
    return found
