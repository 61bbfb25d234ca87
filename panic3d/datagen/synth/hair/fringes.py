"""Fringes: the locks over the forehead. Tips end between brow and eye unless the style says otherwise."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.hair.growth import direction, grown, parting
from panic3d.datagen.synth.hair.locks import Strands
from panic3d.datagen.synth.hair.look import HairLook, Styles, variants

FRINGES = Styles()
LEAVE_DEG = 66.0
Row = Float[np.ndarray, " N"]


def fall_to(tip_y_m: Row | float, polar_deg: Row | float, lift_m: float) -> Float[np.ndarray, "*N"]:
    """Length of the free part whose tip ends at a height."""
    return np.asarray(0.035 + (0.102 + lift_m) * np.cos(np.radians(polar_deg)) - tip_y_m) * 1.06


def sheet(
    look: HairLook,
    rng: np.random.Generator,
    azimuth_deg: Row,
    tip_y_m: Row,
    lean: Row | float = 0.0,
    half_width_m: float = 0.0170,
    taper: float = 1.5,
    lift_m: float = 0.012,
    part_deg: float = 0.0,
    polar_deg: float = LEAVE_DEG,
    curl: float = -0.25,
    forward_deg: float = 22.0,
    thickness_m: float = 0.0085,
    swirl: Row | float = 0.0,
) -> Strands:
    """Locks side by side whose tips hang at given heights and lean sideways."""
    count = len(azimuth_deg)
    jitter = rng.normal(0, look.messy, (4, count)).clip(-1.6, 1.6)
    lift = lift_m + 0.6 * look.volume_m + 0.0022 * jitter[0]
    aim = np.stack([np.broadcast_to(lean, (count,)) + 0.10 * jitter[1], -np.ones(count), np.full(count, -0.10)], axis=1)
    return grown(
        parting(azimuth_deg * 0.6, part_deg, forward_deg),
        direction(azimuth_deg, polar_deg),
        lift_m=lift,
        fall_m=np.maximum(fall_to(tip_y_m, polar_deg, lift_m) + 0.006 * jitter[2], 0.012),
        half_width_m=half_width_m * look.lock_width * (1 + 0.12 * jitter[3]),
        thickness_m=thickness_m,
        aim=aim,
        turn=0.75,
        curl=curl,
        taper=taper,
        column=variants(rng, count, look),
        root_width=0.6,
        root_lift_m=0.012 + 0.7 * look.volume_m,
        swirl=swirl,
    )


def _spread(rng: np.random.Generator, look: HairLook, edge_deg: float, count: int) -> Row:
    step = 2 * edge_deg / count
    return np.linspace(-edge_deg, edge_deg, count) + rng.uniform(-0.3, 0.3, count) * step * (0.3 + look.messy)


@FRINGES.add("straight", "bangs")
def straight(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Even locks down to the eyes."""
    under, over = _spread(rng, look, 62.0, 9), _spread(rng, look, 50.0, 6)
    return [
        sheet(look, rng, under, 0.016 - 0.020 * (np.abs(under) / 62) ** 2, taper=2.2),
        sheet(look, rng, over, 0.021 - 0.014 * (np.abs(over) / 60) ** 2, lift_m=0.018, half_width_m=0.012),
    ]


@FRINGES.add("swept", "swept_bangs")
def swept(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Parted on one side, all locks sweep to the other."""
    under = np.linspace(-58, 62, 9)
    lean = 0.10 + 0.75 * np.clip((under + 30) / 90, 0, 1)
    lean[under < -34] = -0.45
    over = np.linspace(-22, 44, 5)
    return [
        sheet(look, rng, under, 0.023 - 0.024 * (np.abs(under) / 62) ** 2, lean=lean, part_deg=-14.0),
        sheet(look, rng, over, 0.027 - 0.0003 * over, lean=0.75, lift_m=0.020, half_width_m=0.014, part_deg=-14.0),
    ]


@FRINGES.add("parted", "parted_bangs")
def parted(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Parted in the middle; the forehead shows in a tent shape."""
    half = np.array([12.0, 24.0, 38.0, 52.0, 64.0])
    groups = []
    for side in (-1.0, 1.0):
        lean = side * np.array([0.62, 0.52, 0.36, 0.2, 0.1])
        tips = np.array([0.028, 0.016, 0.000, -0.012, -0.024])
        over = side * np.array([20.0, 42.0])
        groups += [
            sheet(look, rng, side * half, tips, lean=lean, part_deg=4.0 * side, half_width_m=0.0155),
            sheet(look, rng, over, np.array([0.016, -0.008]), lean=side * 0.5, lift_m=0.02, half_width_m=0.011),
        ]
    return groups


@FRINGES.add("blunt", "blunt_bangs")
def blunt(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Cut straight above the eyes."""
    azimuth = np.linspace(-64, 64, 11)
    tips = np.full(11, 0.019) - 0.010 * (np.abs(azimuth) / 64) ** 3
    return [sheet(look, rng, azimuth, tips, taper=7.0, half_width_m=0.0150, curl=-0.35, thickness_m=0.007)]


@FRINGES.add("see_through", "bangs", "wispy_bangs")
def see_through(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """A few thin, separate strands."""
    azimuth = np.array([-56.0, -40.0, -26.0, -12.0, 2.0, 15.0, 28.0, 44.0, 58.0])
    tips = np.array([-0.03, 0.0, 0.014, 0.022, 0.010, 0.022, 0.014, 0.0, -0.03])
    wide = sheet(look, rng, np.array([-60.0, -46.0, 46.0, 60.0]), np.array([-0.02, 0.006, 0.006, -0.02]))
    return [sheet(look, rng, azimuth, tips, half_width_m=0.0085, taper=1.2), wide]


@FRINGES.add("between_eyes", "bangs", "hair_between_eyes")
def between_eyes(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """One long pointed lock falls between the eyes, others to both sides of it."""
    azimuth = np.array([-60.0, -46.0, -32.0, -18.0, 18.0, 32.0, 46.0, 60.0])
    tips = np.array([-0.02, 0.000, 0.010, 0.016, 0.016, 0.010, 0.000, -0.02])
    lean = np.sign(azimuth) * 0.18
    middle = sheet(
        look, rng, np.array([0.0]), np.array([-0.020]), lift_m=0.019, half_width_m=0.013, taper=1.15, curl=-0.15
    )
    beside = sheet(look, rng, np.array([-9.0, 11.0]), np.array([0.014, 0.012]), lean=np.array([-0.1, 0.12]))
    return [sheet(look, rng, azimuth, tips, lean=lean), beside, middle]


@FRINGES.add("over_one_eye", "hair_over_one_eye")
def over_one_eye(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """A heavy sweep hides one eye."""
    azimuth = np.array([-60.0, -46.0, -30.0, -8.0, 6.0, 20.0, 34.0, 48.0, 60.0])
    tips = np.array([-0.020, 0.005, 0.022, 0.016, -0.010, -0.038, -0.050, -0.045, -0.040])
    lean = np.array([-0.25, -0.3, -0.35, 0.45, 0.50, 0.42, 0.30, 0.16, 0.05])
    over = sheet(
        look, rng, np.array([12.0, 30.0]), np.array([-0.025, -0.050]), lean=0.4, lift_m=0.02, half_width_m=0.014,
        part_deg=-16.0,
    )  # fmt: skip
    return [sheet(look, rng, azimuth, tips, lean=lean, part_deg=-16.0, half_width_m=0.0175), over]


@FRINGES.add("spiky", "bangs", "spiked_hair")
def spiky(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Big boyish spikes in all directions."""
    azimuth = np.array([-62.0, -44.0, -26.0, -8.0, 10.0, 27.0, 45.0, 62.0])
    tips = np.array([-0.012, 0.016, 0.006, 0.022, 0.002, 0.020, 0.008, -0.016])
    lean = rng.choice([-1.0, 1.0], 8) * rng.uniform(0.25, 0.7, 8)
    over = np.array([-34.0, -10.0, 16.0, 40.0])
    upper = sheet(
        look, rng, over, np.array([0.034, 0.028, 0.036, 0.030]), lean=rng.uniform(-0.8, 0.8, 4), lift_m=0.026,
        half_width_m=0.016, taper=1.0, curl=0.25, polar_deg=58.0,
    )  # fmt: skip
    return [sheet(look, rng, azimuth, tips, lean=lean, taper=1.05, half_width_m=0.0195), upper]


@FRINGES.add("curtain", "curtained_hair", "parted_bangs")
def curtain(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Long curved wings from a middle parting to the cheeks; the forehead is free."""
    groups = []
    for side in (-1.0, 1.0):
        azimuth = side * np.array([16.0, 30.0, 44.0, 57.0, 68.0])
        tips = np.array([0.004, -0.022, -0.046, -0.058, -0.062])
        lean = side * np.array([0.70, 0.46, 0.26, 0.12, 0.05])
        groups.append(
            sheet(
                look, rng, azimuth, tips, lean=lean, part_deg=3.0 * side, curl=-0.55, lift_m=0.017,
                half_width_m=0.0165, swirl=-0.10 * side, polar_deg=60.0,
            )
        )  # fmt: skip
    return groups


@FRINGES.add("short_choppy", "short_bangs", "bangs")
def short_choppy(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Uneven and short, brows free."""
    azimuth = _spread(rng, look, 60.0, 10)
    tips = 0.031 + rng.uniform(-0.010, 0.010, 10) - 0.030 * (np.abs(azimuth) / 60) ** 3
    return [sheet(look, rng, azimuth, tips, taper=2.8, half_width_m=0.0155, lean=rng.uniform(-0.2, 0.2, 10))]


@FRINGES.add("asymmetric", "asymmetrical_bangs", "swept_bangs")
def asymmetric(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """A diagonal edge, short on one side, past the cheek on the other."""
    azimuth = np.linspace(-60, 66, 10)
    tips = np.linspace(0.034, -0.048, 10)
    return [
        sheet(look, rng, azimuth, tips, lean=np.linspace(0.35, 0.08, 10), taper=2.0, part_deg=-10.0),
        sheet(look, rng, azimuth[2::3], tips[2::3] + 0.006, lean=0.3, lift_m=0.02, half_width_m=0.010, part_deg=-10.0),
    ]


@FRINGES.add("swept_back", "hair_slicked_back", "forehead", family="heldout")
def swept_back(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """Combed back from the hairline; one or two strands fall."""
    azimuth = np.linspace(-74, 74, 13)
    root = direction(azimuth, 72.0 + 10.0 * (np.abs(azimuth) / 74) ** 2)
    groups = [
        grown(
            root,
            direction(azimuth * 0.9, 18.0),
            lift_m=0.030 + look.volume_m,
            root_lift_m=0.004,
            fall_m=0.035,
            half_width_m=0.0165 * look.lock_width,
            thickness_m=0.011,
            aim=(0.0, 0.1, -1.0),
            root_width=0.8,
            column=variants(rng, 13, look),
        )
    ]
    loose = sheet(look, rng, np.array([14.0, 24.0]), np.array([0.0, 0.012]), lean=0.35, half_width_m=0.006, taper=1.0)
    return [*groups, loose]


@FRINGES.add("over_eyes", "hair_over_eyes", family="heldout")
def over_eyes(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """So long that it touches the cheeks, with gaps through which the eyes show."""
    azimuth = np.array([-62.0, -48.0, -38.0, -12.0, 0.0, 12.0, 38.0, 48.0, 62.0])
    tips = np.array([-0.055, -0.046, -0.030, -0.028, -0.040, -0.026, -0.030, -0.044, -0.056])
    return [
        sheet(look, rng, azimuth, tips, taper=1.3, half_width_m=0.0145, lift_m=0.016),
        sheet(look, rng, np.array([-26.0, 26.0]), np.array([0.012, 0.012]), half_width_m=0.013),
    ]


@FRINGES.add("rolled", "rolled_bangs", family="heldout")
def rolled(look: HairLook, rng: np.random.Generator) -> list[Strands]:
    """A round roll that stands off the forehead, tips turned in under it."""
    azimuth = np.linspace(-66, 66, 12)
    return [
        sheet(
            look, rng, azimuth, np.full(12, 0.026), curl=-2.6, lift_m=0.030, polar_deg=60.0, taper=5.0,
            half_width_m=0.0155, thickness_m=0.012,
        )
    ]  # fmt: skip
