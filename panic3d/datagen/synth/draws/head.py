"""Draw the shapes of heads of version 3 of the generator."""

import numpy as np

from panic3d.datagen.synth.draws.traits import PersonTraits
from panic3d.datagen.synth.families import is_style_of
from panic3d.datagen.synth.head.form import HeadForm
from panic3d.datagen.synth.head.formed_ears import HELDOUT_EARS
from panic3d.datagen.synth.head.skull import HeadShape


def draw_head(rng: np.random.Generator, traits: PersonTraits) -> HeadShape:
    """Draw the shape of a head."""
    man = {"male": {"child": 0.15, "youth": 0.6, "adult": 1.0}}.get(traits.sex, {}).get(traits.age, 0.0)
    young = {"child": 1.0, "youth": 0.35, "adult": 0.0}[traits.age]
    real = {"realistic": 1.0, "anime": 0.35, "chibi": 0.0}[traits.proportion]
    chibi = float(traits.proportion == "chibi")
    n = rng.normal(0, 1, 32).clip(-2, 2)
    u = rng.uniform(-1, 1, 8)
    # how far the artist draws real noses, lips and sockets; many drawn profiles are flat
    relief = float(np.clip(0.15 + 0.6 * real + 0.25 * man + 0.22 * n[0], 0, 1)) * (1 - 0.75 * chibi)
    scale = {"realistic": 1.05, "anime": 1.16, "chibi": 1.38}[traits.proportion]
    scale *= {"child": 1.02, "youth": 1.0, "adult": 0.97}[traits.age]
    form = HeadForm(
        face_length_m=-0.006 * young - 0.006 * chibi + 0.005 * man * (0.4 + real) + 0.0028 * n[1],
        jaw_corner=float(np.clip(0.65 * man * (0.5 + 0.5 * real) - 0.35 * young - 0.3 * chibi + 0.28 * n[2], -1, 1)),
        chin_width=float(np.clip(0.45 * man * (0.4 + 0.6 * real) - 0.15 + 0.35 * n[3], -1, 1)),
        chin_forward_m=0.0015 * relief + 0.0015 * man + 0.0010 * n[4],
        cheekbones_m=0.0010 * relief + 0.0009 * abs(n[5]),
        hollow_cheeks_m=max(0.0, 0.0012 * man * real * (1 - young) + 0.0008 * n[6] * (1 - young)),
        forehead_slope_m=0.0018 * man + 0.0015 * n[7],
        crown=1 + 0.03 * n[8],
        back=1 + 0.035 * n[9],
        brow_ridge_m=max(0.0, 0.0022 * man * relief + 0.0004 * n[10]),
        socket_m=0.0028 + 0.0030 * relief + 0.0006 * n[11],
        nose_width=1 + 0.16 * man * real + 0.10 * n[12],
        nose_bridge=float(np.clip(0.95 * relief + 0.15 * n[13], 0, 1)),
        nose_tip_m=0.0012 * n[14],
        nose_upturn=float(np.clip(0.6 - 0.25 * man + 0.25 * n[15], 0, 1)),
        nose_wings_m=max(0.0, 0.0014 * relief + 0.0003 * n[16]),
        lips_m=max(0.0003, 0.0008 + 0.0018 * relief + 0.0004 * n[17]),
        neck_depth=1 + 0.06 * man + 0.05 * n[18],
        neck_slope_m=max(0.0, 0.003 * man + 0.0012 * n[19]),
        adams_apple_m=max(0.0, 0.0032 * man * relief + 0.0004 * n[20]),
        ear_size=1.0 - 0.10 * young - 0.06 * chibi + 0.07 * n[21],
        ear_angle_deg=float(np.clip(36 + 8 * n[22], 22, 62)),
        ear_y_m=0.0025 * n[23],
        ear_tip=float(np.clip(1.0 + 0.40 * n[24], 0.35, 2.0)),
    )
    return HeadShape(
        scale=scale * (1 + 0.04 * u[0]),
        width=(1.05 if chibi else 1.0 - 0.02 * real) * (1 + 0.03 * u[1]),
        jaw_width=(1.06 if chibi else 0.97 - 0.03 * real) * (1 + 0.07 * u[2]),
        chin_drop_m=0.003 * u[3],
        cheek=0.004 * chibi + 0.002 * young + 0.0016 * u[4],
        depth=1 + 0.02 * u[5],
        nose_m=float(np.clip(0.0055 + 0.010 * relief + 0.0015 * man + 0.0016 * n[25], 0.003, 0.020)),
        neck=0.68 if chibi else 0.84 + 0.20 * man - 0.06 * young + 0.05 * u[7],
        form=form,
    )


def draw_ears(rng: np.random.Generator, family: str) -> str:
    """Draw the kind of ears: human in most characters."""
    shares = {"human": 0.86, "hidden": 0.02} | ({"elf": 0.12} if is_style_of("train", family) else {})
    if is_style_of("heldout2", family):
        shares |= dict.fromkeys(HELDOUT_EARS, 0.06)
    frequencies = np.array(list(shares.values()))
    return str(rng.choice(list(shares), p=frequencies / frequencies.sum()))
