"""A few characters as shards of 512 pixels: flat colours as renders, the same with ink lines as drawings."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import binary_erosion

from helpers.heads.sphere_shards import write_shard
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.families import FAMILIES
from panic3d.datagen.synth.records import describe_params
from panic3d.shards.plan import DatasetInfo
from panic3d.shards.schema import encode_png

SIZE = 512
LANDMARKS_HEAD_M = np.zeros((28, 3))
LANDMARKS_HEAD_M[11:17, :2] = np.array([[-3, 0], [-2, 1], [-1, 0], [-1, -1], [-2, -1], [-3, -1]]) * 0.02
LANDMARKS_HEAD_M[17:23, :2] = -LANDMARKS_HEAD_M[11:17, :2]
LANDMARKS_HEAD_M[24:28, :2] = np.array([[-1, -4], [0, -3], [1, -4], [0, -5]]) * 0.02
LANDMARKS_HEAD_M[5:11, :2] = np.array([[-3, 3], [-2, 3], [-1, 3], [1, 3], [2, 3], [3, 3]]) * 0.02


def draw_character(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw a character as render and drawing: discs in flat colours, whose outlines and a few strokes are inked."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    render = np.zeros((SIZE, SIZE, 4), np.uint8)
    ink = np.zeros((SIZE, SIZE), bool)
    for radius in (200, 140, 60):
        centre = SIZE / 2 + rng.uniform(-15, 15, 2)
        disc = np.hypot(rows - centre[0], columns - centre[1]) < radius
        render[disc] = [*rng.integers(90, 230, 3), 255]
        ink |= disc & ~binary_erosion(disc, iterations=2)
    for _ in range(6):
        row, column = rng.integers(120, 380, 2)
        ink[row : row + 60, column : column + 2] = True
    drawing = render.copy()
    drawing[ink & (render[..., 3] > 0), :3] = 25
    return render, drawing


def write_drawn_dataset(folder: Path, count: int, with_parameters: bool = True) -> None:
    """Write a dataset folder whose `meta.json` have landmarks, and the parameters of generated characters."""
    samples: dict[str, dict[str, bytes]] = {}
    for seed in range(count):
        render, drawing = draw_character(seed)
        labels: dict[str, Any] = {"landmarks_head_m": LANDMARKS_HEAD_M.tolist()}
        if with_parameters:
            params = draw_params(make_random_generator(0, seed, "train2"), "train2")
            labels |= {"family": "train2", "params": describe_params(params, FAMILIES["train2"].version)}
        meta = {"schema": 1, "labels": labels}
        samples[f"char{seed}-{seed:08x}"] = {
            "meta.json": json.dumps(meta).encode(),
            "front.rgba.png": encode_png(render),
            "front.illustration.png": encode_png(drawing),
        }
    write_shard(folder / "shard-000000.tar", samples)
    DatasetInfo("ortho4", SIZE, "test", {}, {}, count, plan=[sorted(samples)]).save(folder)
