"""The styles `guided`: a fringe, and sides and back in one, whose locks follow a field of guides."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.hair.groups import grow_sheet
from panic3d.datagen.synth.hair.growth import compute_parting_roots, grow_locks
from panic3d.datagen.synth.hair.locks import SECOND, HairLocks
from panic3d.datagen.synth.hair.params import GUIDED, LONG_BACK_M, SHORT_BACK_M, HairParams, choose_texture_columns
from panic3d.datagen.synth.hair.registry import HairStyleRegistry
from panic3d.datagen.synth.head.cranium import CRANIUM_RADII_M, direction_from_angles

GUIDED_FRINGES, GUIDED_BACKS = HairStyleRegistry(), HairStyleRegistry()
HIGHEST_ROW_DEG = 64.0
EDGE_DEG = 68.0
"""Azimuth at which the rows of the back begin."""
LOCKS_IN_ROW, LOCKS_IN_FRINGE = 14, 11
CLUMP = 3
"""Locks whose tips can meet."""


def list_guide_tags(params: HairParams) -> set[str]:
    """List the Danbooru tags of hair that follows the guides."""
    guides, found = params.guides, set()
    if params.back == GUIDED:
        length = "short" if guides.back_m < SHORT_BACK_M else "medium" if guides.back_m < LONG_BACK_M else "long"
        found = {f"{length}_hair"}
        chosen = {
            "spiked_hair": guides.stand > 0.3,
            "wavy_hair": params.wave_m > 0.004,
            "undercut": guides.shaved,
            "blunt_ends": guides.taper > 5,
            "flipped_hair": guides.curl > 0.8,
        }
        found |= {tag for tag, present in chosen.items() if present}
    if params.fringe == GUIDED:
        chosen = {
            "parted_bangs": guides.fringe_open > 0.3,
            "swept_bangs": abs(guides.fringe_lean) > 0.3,
            "blunt_bangs": guides.taper > 5 and guides.fringe_ragged < 0.4,
            "short_bangs": guides.fringe_y_m > 0.03,
        }
        found |= {tag for tag, present in chosen.items() if present}
    return found


def compute_clump_shift(count: int) -> Float[np.ndarray, " N"]:
    """Return by how many places each lock of a row lies before the middle of its clump."""
    return 1.0 - np.arange(count) % CLUMP


@GUIDED_FRINGES.register(GUIDED, "bangs", family="train2")
def grow_guided_fringe(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow a fringe of two layers by the guides."""
    guides = params.guides
    count = round(LOCKS_IN_FRINGE * guides.density)
    spread = 66.0
    azimuth = np.linspace(-spread, spread, count)
    ragged = 0.02 * guides.fringe_ragged * rng.uniform(-1, 1, count)
    tips = guides.fringe_y_m - guides.fringe_arch_m * (np.abs(azimuth) / spread) ** 2 + ragged
    place = azimuth - params.part_deg
    apart = guides.fringe_open * np.sign(place) * (1 - 0.75 * (np.abs(place) / 90).clip(0, 1))
    step_m = 0.105 * np.radians(2 * spread / (count - 1))
    lean = guides.fringe_lean + apart + guides.clumping * compute_clump_shift(count) * step_m / 0.08
    width = 0.0178 / guides.density**0.8
    part_deg = params.part_deg + 4.0 * np.sign(guides.fringe_lean)
    over = slice(1, None, 2)
    shape = {"curl": min(guides.curl, 0.5), "taper": guides.taper, "part_deg": float(part_deg)}
    return [
        grow_sheet(params, rng, azimuth, tips, lean=lean, half_width_m=width, lift_m=0.013, **shape),
        grow_sheet(
            params, rng, azimuth[over], tips[over] + 0.012, lean=lean[over], half_width_m=0.75 * width, lift_m=0.021,
            polar_deg=59.0, **shape,
        ),
    ]  # fmt: skip


@GUIDED_BACKS.register(GUIDED, family="train2", sides=("none", "thin", "pointed", "long", "tucked"))
def grow_guided_back(params: HairParams, rng: np.random.Generator) -> list[HairLocks]:
    """Grow rows from the crown to the nape by the guides."""
    guides = params.guides
    count = round(LOCKS_IN_ROW * guides.density)
    groups: list[HairLocks] = []
    lowest = guides.shaved_deg if guides.shaved else guides.nape_deg
    for down in np.linspace(0, 1, guides.layers):
        polar = HIGHEST_ROW_DEG + down * max(lowest - HIGHEST_ROW_DEG, 4.0)
        azimuth = np.linspace(EDGE_DEG, 360 - EDGE_DEG, count)
        step = azimuth[1] - azimuth[0]
        jitter = rng.normal(0, params.messy, (4, count)).clip(-1.6, 1.6)
        azimuth = azimuth + (0.22 * jitter[0] + 0.5 * (len(groups) % 2)) * step
        beside = np.abs((azimuth + 180) % 360 - 180)
        higher_m = CRANIUM_RADII_M[1] * (np.cos(np.radians(polar)) - np.cos(np.radians(lowest)))
        length = (guides.back_m + higher_m) * (1 - 0.85 * guides.layering * (1 - down))
        length = length * (guides.side_ratio + (1 - guides.side_ratio) * smoothstep(75.0, 150.0, beside))
        turn = np.radians(azimuth)
        level = np.stack([np.sin(turn), np.zeros(count), np.cos(turn)], axis=1)
        around = np.stack([np.cos(turn), np.zeros(count), -np.sin(turn)], axis=1)
        out = direction_from_angles(azimuth, polar)
        clump = guides.clumping * compute_clump_shift(count) * np.radians(step) * 0.10 / np.maximum(length, 0.05)
        hanging = np.array([0.0, -1.0, 0.0]) + guides.flare * level
        aim = (1 - guides.stand) * hanging + guides.stand * (out + np.array([0.0, 0.15, 0.0]))
        aim = aim + (clump + guides.sweep + 0.08 * jitter[1])[:, None] * around
        columns = choose_texture_columns(rng, count, params)
        groups.append(
            grow_locks(
                compute_parting_roots(azimuth, params.part_deg),
                direction_from_angles(azimuth, polar + 2.0 * jitter[2]),
                lift_m=0.008 + 0.014 * (1 - down) + (0.5 + 0.5 * (1 - down)) * params.volume_m,
                root_lift_m=0.012 + 0.8 * params.volume_m,
                fall_m=np.maximum(length * params.length * (1 + 0.12 * jitter[3]), 0.012),
                half_width_m=0.0235 / guides.density**0.8 * params.lock_width,
                thickness_m=0.0115,
                aim=aim,
                turn=0.5 + 0.4 * guides.stand,
                curl=guides.curl,
                wave_m=params.wave_m,
                waves=guides.waves,
                phase=rng.random(count),
                taper=guides.taper,
                root_width=0.5,
                column=SECOND if params.inner_colour and down == 1 else columns,
            )
        )
    return groups
