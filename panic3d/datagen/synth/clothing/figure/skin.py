"""The skin of neck, torso and arms."""

import numpy as np

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.clothing.figure.figure import ARM_STATIONS, Figure
from panic3d.datagen.synth.clothing.figure.layers import Layer, lay_about_arm
from panic3d.datagen.synth.clothing.figure.sheet import Chart, Sheet, Surface
from panic3d.datagen.synth.clothing.params import ClothesParams
from panic3d.datagen.synth.meshes.paint import Colour, mix_colours

HAND_STATIONS = ((0.44, 0.021), (0.47, 0.023), (0.51, 0.019), (0.55, 0.012), (0.565, 0.002))


def make_skin_sheets(figure: Figure, params: ClothesParams, skin_shade: Colour) -> list[Sheet]:
    """Make the sheets of neck with torso, and of the arms. `skin_shade` is the colour of shade on the skin."""
    levels = np.linspace(0, figure.find_level(-0.56), 34)[:, None]
    angles = np.linspace(-np.pi, np.pi, 41)[None]
    shadow = mix_colours(skin_shade, (0.62, 0.30, 0.36), 0.12)
    strong = 0.6 if params.manner == "flat" else 1.0

    def shade(chart: Chart, amount: np.ndarray) -> None:
        if params.manner == "cel":
            amount = 0.85 * smoothstep(0.36, 0.40, amount)
        chart.paint(np.clip(strong * amount, 0, 1), shadow)

    def paint_torso(chart: Chart) -> None:
        chart.fill(params.skin)
        x, y = np.abs(chart.x), chart.y
        below_chin = smoothstep(-0.176 + 0.10 * np.maximum(x - 0.005, 0), -0.136, y)
        sides = 0.40 * smoothstep(0.65, 1.0, np.abs(chart.normal[0])) * smoothstep(-0.17, -0.25, y)
        ridge = y + 0.1785 - 0.10 * x
        clavicle = (
            0.55 * np.exp(-((ridge / 0.0030) ** 2)) * smoothstep(0.006, 0.020, x) * (1 - smoothstep(0.06, 0.085, x))
        )
        pit = 0.5 * np.exp(-((x / 0.006) ** 2) - ((y + 0.176) / 0.005) ** 2)
        breasts = 0.0 * x
        if figure.shape.bust_m > 0.004:
            breasts = 0.6 * np.exp(-((x / 0.006) ** 2)) * smoothstep(-0.262, -0.285, y)
            breasts = breasts + 0.5 * np.exp(-(((y + 0.326) / 0.008) ** 2)) * smoothstep(0.010, 0.03, x)
        spine = 0.30 * np.exp(-((x / 0.006) ** 2)) * smoothstep(-0.19, -0.24, y)
        ahead = chart.z > 0
        amount = np.maximum(0.95 * below_chin, sides)
        shade(chart, np.maximum(amount, np.where(ahead, np.maximum(clavicle + pit, breasts), spine)))

    def paint_arm(chart: Chart) -> None:
        chart.fill(params.skin)
        shade(chart, 0.45 * smoothstep(0.25, 0.85, -chart.normal[0]) * np.ones(chart.shape))

    first = float(ARM_STATIONS[0, 1]) * figure.shape.arms
    turn = np.linspace(0.06, 1, 5)[:-1] * np.pi / 2
    along = np.concatenate([-first * np.cos(turn), np.linspace(0, 0.43, 9)])
    radius = figure.get_arm_radius(along)
    along = np.append(along, [station for station, _ in HAND_STATIONS])
    radius = np.append(radius, [0.6 * thick + 0.4 * thick * figure.shape.arms for _, thick in HAND_STATIONS])
    around = np.linspace(np.pi, -np.pi, 15)
    arms = tuple(Surface(figure.sample_arm(sign, along, radius, around), sign, along) for sign in (1.0, -1.0))
    torso = Layer(levels[:, 0], angles[0], np.zeros((levels.size, angles.size)))
    return [
        Sheet((Surface(figure.sample(levels, angles)),), (512, 384), paint_torso, torso),
        Sheet(arms, (256, 128), paint_arm, lay_about_arm(along, radius, around)),
    ]
