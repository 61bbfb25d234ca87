"""What outfits are made of: shells about the torso, sleeves, collars, hoods, capes, scarves and small solid pieces."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.clothing.figure.figure import ARM_STATIONS, Figure
from panic3d.datagen.synth.clothing.figure.layers import Layer, lay_about_arm
from panic3d.datagen.synth.clothing.figure.neck import convert_to_body
from panic3d.datagen.synth.clothing.figure.sheet import Chart, PaintFunction, Sheet, Surface
from panic3d.datagen.synth.clothing.outfits.fabric import darken, fill_cloth, finish_cloth
from panic3d.datagen.synth.clothing.params import ClothesParams
from panic3d.datagen.synth.head.cranium import CRANIUM_CENTRE_M, CRANIUM_RADII_M
from panic3d.datagen.synth.head.skull import HeadShape, fit_to_head, scale_about_head_bone
from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.meshes.paint import Colour

SHELL_ROWS, SHELL_COLUMNS = 28, 40
ARM_COLUMNS = 15
HOOD_CLEARANCE_M, HOOD_OPENING = 0.040, 1.02
"""Distance of a worn hood from the skull, beyond the hair's volume, and half the angle of its opening."""
HEM_Y_M = -0.56
"""Where shells end, below the box that is rendered."""
OffsetFunction = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From levels (R 1) and angles (1 C) to distances from the figure (R C)."""
TRIM, ACCENT, SHOE, METAL, MAIN, INNER, SKIRT = 0, 1, 2, 3, 4, 5, 6
"""Swatches of the trim texture."""


def list_trim_swatches(params: ClothesParams) -> list[Colour]:
    """List the colours in the order of the trim texture's swatches."""
    shoes = darken(params.skirt, 0.6)
    return [params.collar, params.accent, shoes, (0.93, 0.80, 0.35), params.main, params.inner, params.skirt]


def bump(value: np.ndarray, centre: float, width: float) -> np.ndarray:
    """Return a Gaussian of height 1."""
    return np.exp(-(((value - centre) / width) ** 2))


@dataclass(frozen=True)
class WornHead:
    """The head above an outfit."""

    shape: HeadShape
    hair_volume_m: float
    """The hair's distance from the skull beyond the standard."""


class Tailor:
    """Collects the pieces of one outfit."""

    def __init__(self, figure: Figure, params: ClothesParams, head: WornHead) -> None:
        self.figure, self.params, self.head = figure, params, head
        self.sheets: list[Sheet] = []
        self.solids: list[MeshPart] = []
        """In the material Trim, body units and rendered pose."""

    @property
    def base(self) -> float:
        """The level of the neck's base."""
        return self.figure.base_level

    def add(self, grid: Float[np.ndarray, "R C 3"], pixels: tuple[int, int], paint: PaintFunction) -> None:
        """Add a sheet of one surface."""
        self.sheets.append(Sheet((Surface(grid),), pixels, paint))

    def shell(
        self,
        paint: PaintFunction,
        offset: OffsetFunction | float,
        top: float | None = None,
        bottom: float | None = None,
        span: float = np.pi,
        behind: bool = False,
        drape: bool = True,
        pixels: tuple[int, int] = (1024, 512),
        rows: int = SHELL_ROWS,
        columns: int = SHELL_COLUMNS,
    ) -> None:
        """Add a shell about the torso between two levels; `span` is half the angle, about the front or the back."""
        top = self.base - 0.004 if top is None else top
        bottom = self.figure.find_level(HEM_Y_M) if bottom is None else bottom
        share = np.linspace(0, 1, rows)
        share = share * (0.55 + 0.45 * share) if bottom - top > 0.2 else share  # denser about the shoulders
        levels = (top + (bottom - top) * share)[:, None]
        angles = np.linspace(-span, span, columns + 1)[None] + (np.pi if behind else 0.0)
        away = offset(levels, angles) if callable(offset) else offset
        spread = np.broadcast_to(away, (rows, columns + 1))
        grid = self.figure.sample(levels, angles, spread, drape)
        self.sheets.append(Sheet((Surface(grid),), pixels, paint, Layer(levels[:, 0], angles[0], spread)))

    def sleeves(
        self,
        paint: PaintFunction,
        length_m: float,
        offset_m: float = 0.004,
        flare_m: float = 0.0,
        puff_m: float = 0.0,
        sag_m: float = 0.0,
        start_m: float | None = None,
        pixels: tuple[int, int] = (512, 256),
    ) -> None:
        """Add a pair of sleeves that end `length_m` from the shoulder joint.

        `flare_m` widens the end, `puff_m` the upper part, `sag_m` lets the inner side hang. Sleeves begin at the
        shoulder, or at `start_m`.
        """
        first = float(ARM_STATIONS[0, 1] * self.figure.shape.arms) + offset_m
        if start_m is None:
            turn = np.linspace(0.08, 1, 5)[:-1] * np.pi / 2
            along = np.concatenate([-first * np.cos(turn), np.linspace(0, length_m, 12)])
        else:
            along = np.linspace(start_m, length_m, 14)
        share = np.clip(along / max(length_m, 1e-3), 0, 1)
        radius = self.figure.get_arm_radius(np.maximum(along, 0)) + offset_m
        radius = radius + flare_m * share**1.5 + puff_m * np.sin(np.pi * np.clip(share, 0, 1)) ** 0.7
        radius = np.where(along < 0, np.sqrt(np.maximum(first**2 - along**2, 1e-8)), radius)
        radius = np.append(radius, 0.80 * radius[-1])  # the hem turns inwards
        along, share = np.append(along, along[-1]), np.append(share, share[-1])
        angles = np.linspace(np.pi, -np.pi, ARM_COLUMNS)
        surfaces = tuple(
            Surface(self.figure.sample_arm(sign, along, radius, angles, sag_m * share**1.5), sign, along)
            for sign in (1.0, -1.0)
        )
        self.sheets.append(Sheet(surfaces, pixels, paint, lay_about_arm(along, radius, angles)))

    def paint_sleeve(self, colour: Colour, pattern: str = "plain", cuff: Colour | None = None) -> PaintFunction:
        """Make the function that paints a plain sleeve with a cuff."""

        def paint(chart: Chart) -> None:
            fill_cloth(chart, self.params, colour, pattern)
            end = (1 - chart.v) * chart.length_m
            if cuff is not None:
                chart.paint(chart.edge(0.022 - end) * np.ones(chart.shape), cuff)
            chart.paint(0.6 * chart.band(end * np.ones(chart.shape), 0.0205, 0.0220), darken(colour, 0.4))
            finish_cloth(chart, self.params)

        return paint

    def stand_collar(
        self,
        paint: PaintFunction,
        height_m: float,
        offset_m: float = 0.005,
        flare_m: float = 0.003,
        below_m: float = 0.010,
        span: float = np.pi,
        behind: bool = False,
        pixels: tuple[int, int] = (512, 96),
    ) -> None:
        """Add a collar that stands about the neck; paint cuts its opening. Row 0 is its upper edge."""
        top, bottom = self.base - height_m * self.params.bulk, self.base + below_m
        levels = np.append(np.linspace(top, bottom, 8), bottom)[:, None]
        levels = np.concatenate([levels[:1] + 0.004, levels])  # the edge turns inwards
        share = (bottom - levels) / (bottom - top)
        away = offset_m + flare_m * self.params.bulk * share
        away[0] = max(float(away[0, 0]) - 0.004, 0.001)
        angles = np.linspace(-span, span, 45)[None] + (np.pi if behind else 0.0)
        self.add(self.figure.sample(levels, angles, np.broadcast_to(away, (len(levels), 45))), pixels, paint)

    def turned_collar(
        self,
        paint: PaintFunction,
        stand_m: float = 0.016,
        fall_m: float = 0.030,
        offset_m: float = 0.005,
        point_m: float = 0.016,
        span: float = 2.96,
        pixels: tuple[int, int] = (512, 128),
    ) -> None:
        """Add a collar that stands and falls outwards, open in front. Rows run from the inside over the fold."""
        angles = np.linspace(-span, span, 45)[None] + np.pi
        toward_front = bump((angles + np.pi) % (2 * np.pi) - np.pi, 0.0, 0.55)
        stand, fall = stand_m * self.params.bulk, fall_m * self.params.bulk
        rows = []
        for level, away in ((0.008, 0.0), (-0.6 * stand, 0.001), (-stand, 0.0035)):
            rows.append((self.base + level + 0 * angles, offset_m + away + 0 * angles))
        for share in (0.15, 0.5, 0.8, 1.0):
            down = -stand + share * (stand + fall + point_m * toward_front)
            rows.append((self.base + down, offset_m + 0.0065 + 0.004 * share + 0 * angles))
        levels, offsets = (np.concatenate(values) for values in zip(*rows, strict=True))
        drop = 0.010 * toward_front
        self.add(self.figure.sample(levels + drop, np.broadcast_to(angles, levels.shape), offsets), pixels, paint)

    def hood_down(self, paint: PaintFunction, size_m: float = 0.040, pixels: tuple[int, int] = (512, 192)) -> None:
        """Add a hood that lies on back and shoulders; row 0 is its opening at the neck."""
        angles = np.linspace(-2.75, 2.75, 49)[None] + np.pi
        back = 0.5 + 0.5 * np.cos(angles - np.pi)
        size = size_m * self.params.bulk
        rows = []
        for share in np.linspace(0, 1, 12):
            turn = np.pi * share
            reach = (0.020 + 0.075 * back) * self.params.bulk
            level = self.base - 0.004 * (1 - share) - 0.016 * back * np.sin(turn) + reach * share
            away = 0.006 + size * (0.30 + 0.70 * back**1.2) * np.sin(turn) ** 0.8
            rows.append((level, away))
        levels, away = (np.concatenate(values) for values in zip(*rows, strict=True))
        self.add(self.figure.sample(levels, np.broadcast_to(angles, levels.shape), away), pixels, paint)

    def hood_up(self, paint: PaintFunction, pixels: tuple[int, int] = (512, 256)) -> None:
        """Add a hood over the hair, open before the face; row 0 is its crown, the last row lies on the shoulders."""
        radii = CRANIUM_RADII_M + HOOD_CLEARANCE_M + self.head.hair_volume_m
        polar = np.linspace(0.02, np.pi / 2, 10)
        drop = np.append(np.zeros(9), np.linspace(0, 1, 6))
        wide = np.append(np.sin(polar), 1 - 0.10 * drop[10:] ** 2)
        height = np.append(radii[1] * np.cos(polar[:9]), -drop[9:] * 0.105)
        gap = HOOD_OPENING * np.clip((np.append(polar, polar[-1] + drop[10:]) - 0.52) / 0.45, 0, 1) ** 0.7
        gap = gap * (1 - 0.55 * drop**3)
        angles = gap[:, None] + 2 * (np.pi - gap[:, None]) * np.linspace(0, 1, 41)[None]
        x, z = radii[0] * wide[:, None] * np.sin(angles), radii[2] * wide[:, None] * np.cos(angles)
        z = z + 0.020 * np.clip(np.cos(angles), 0, 1) - 0.012 * drop[:, None]
        xyz = np.stack([x, np.broadcast_to(height[:, None], x.shape), z], axis=-1).reshape(-1, 3) + CRANIUM_CENTRE_M
        placed = scale_about_head_bone(fit_to_head(xyz, self.head.shape), self.head.shape.scale)
        over_head = convert_to_body(placed, self.figure.shape).reshape(*x.shape, 3)
        end = np.linspace(0.42, 2 * np.pi - 0.42, 41)
        level = self.base + 0.020 + 0.030 * self.params.bulk * np.sin(end / 2) ** 2
        on_shoulders = self.figure.sample(level, end, 0.020 + 0.010 * np.sin(end / 2) ** 2)
        share = np.linspace(0, 1, 7)[1:, None, None]
        slim = share * share * (3 - 2 * share)
        way = np.concatenate([slim, share, slim], axis=-1)
        blend = over_head[-1] + way * (on_shoulders - over_head[-1])
        surface = Surface(np.concatenate([over_head, blend]))
        self.sheets.append(Sheet((surface,), pixels, paint, bears_hair=False))

    def cape(
        self,
        paint: PaintFunction,
        length_m: float,
        flare: float = 0.60,
        clearance_m: float = 0.012,
        top_m: float = 0.0,
        pixels: tuple[int, int] = (768, 384),
    ) -> None:
        """Add a cape over shoulders and arms; paint cuts its opening."""
        figure = self.figure
        edge = figure.shoulder_level - 0.012
        angles = np.linspace(-np.pi, np.pi, 57)
        levels = np.linspace(self.base - top_m, edge, 9)
        on_body = figure.sample(levels[:, None], angles[None], clearance_m * np.linspace(0.5, 1, 9)[:, None], True)
        rim = on_body[-1]
        fall = np.linspace(0, 1, 12)[1:, None] * length_m
        wide = np.abs(np.sin(angles))[None]
        grown = clearance_m * 1.2 * (1 - np.exp(-fall / 0.03))
        chest = figure.shape.bust_m * bump(fall, 0.10, 0.09) + 0.022 * (1 - np.exp(-fall / 0.05))
        folds = 1 + 0.03 * np.sin(11 * angles)[None] * np.clip(fall / 0.15, 0, 1)
        x = rim[None, :, 0] + np.sign(rim[None, :, 0]) * (grown + flare * fall) * wide
        reach = np.where(np.cos(angles) > 0, chest + 0.10 * fall, 0.014 + 0.16 * fall) + grown
        z = rim[None, :, 2] + np.cos(angles)[None] * reach
        y = np.broadcast_to(rim[None, :, 1] - fall, x.shape)
        self.add(np.concatenate([on_body, np.stack([x * folds, y, z * folds], axis=-1)]), pixels, paint)

    def scarf(self, paint: PaintFunction, thick_m: float = 0.019, turns: int = 2) -> None:
        """Add rolls of cloth about the neck; row 0 and the last row meet inside."""
        bulk = self.params.bulk
        angles = np.linspace(-np.pi, np.pi, 49)
        for turn in range(turns):
            radius = thick_m * bulk * (1.0 - 0.12 * turn)
            level = self.base + 0.012 - turn * 1.15 * radius
            tilt = 0.010 * np.cos(angles + 0.5 * turn) + 0.003 * np.sin(3 * angles + turn)
            middle = self.figure.sample(level + tilt, angles, radius * (0.72 - 0.10 * turn))
            outward = np.stack([np.sin(angles), 0 * angles, np.cos(angles)], axis=1)
            around = np.linspace(0, 2 * np.pi, 15) + np.pi
            swell = 1 + 0.07 * np.sin(5 * angles + 2 * turn)
            ring = -np.cos(around)[:, None, None] * -outward[None] * 0.80
            ring = ring + np.sin(around + np.pi)[:, None, None] * np.array([0.0, 1.0, 0.0])
            self.add(middle[None] + ring * radius * swell[None, :, None], (512, 96), paint)

    def dome(
        self, paint: PaintFunction, sign: float, radius_m: float, start_deg: float = 4.0, end_deg: float = 96.0,
        lift_m: float = 0.0, stretch: float = 1.0, pixels: tuple[int, int] = (256, 128),
    ) -> None:  # fmt: skip
        """Add a dome over one shoulder: pauldrons and epaulettes. Row 0 is its crown."""
        polar = np.radians(np.linspace(start_deg, end_deg, 9))[:, None]
        azimuth = np.linspace(np.pi, -np.pi, 25)[None]
        tilt = np.radians(32.0)
        crown = np.array([np.sin(tilt), np.cos(tilt), 0.0])
        side = np.array([np.cos(tilt), -np.sin(tilt), 0.0])
        ring = np.cos(azimuth)[..., None] * side + np.sin(azimuth)[..., None] * np.array([0.0, 0.0, 1.0])
        unit = np.cos(polar)[..., None] * crown + np.sin(polar)[..., None] * stretch * ring
        grid = (self.figure.joint_m + lift_m * crown + radius_m * unit) * [sign, 1.0, 1.0]
        if sign < 0:
            grid = grid[:, ::-1]
        self.add(grid, pixels, paint)

    def paint_plain(self, colour: Colour, folds: float = 1.0) -> PaintFunction:
        """Make the function that paints a piece in one colour."""

        def paint(chart: Chart) -> None:
            chart.fill(colour)
            finish_cloth(chart, self.params, folds)

        return paint
