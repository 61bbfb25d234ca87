"""Measure heads made of drawings of turned heads against the true heads, which face the front.

`python scripts/measure_turned_heads.py DRAWN SHEET.jpg`: DRAWN is a dataset that `panic3d render --illustrate` made of
characters of `panic3d synth --turned-deg`. Each drawing is reconstructed twice, with its pose estimated and as one that
faces the front. The distances are those of points on both surfaces above the neck, in millimetres (chamfer), after the
landmarks of both heads were brought together.
"""

import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from PIL import Image
from scipy.spatial import cKDTree

from panic3d.cameras.compositing import composite_on_white
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.generate import build_character
from panic3d.datagen.synth.turning import draw_head_pose
from panic3d.datasets.drawings import DRAWING
from panic3d.datasets.pictures import decode_picture
from panic3d.datasets.reader import iterate_samples
from panic3d.geometry.mesh import ColouredMesh
from panic3d.models.character.fitting.reconstruction import CharacterReconstruction
from panic3d.models.character.fitting.surface import make_textured_mesh
from panic3d.pipeline import HeadPipeline, PipelineConfig
from panic3d.shards.metadata.samples import parse_meta

NECK_Y_M, POINTS, BOX_M = -0.12, 20_000, 0.35
VIEWS = ("front", "spin030", "left", "back", "right", "spin330")
SIZE_PX = 192
LIMITS_DEG = (0.0, 6.0, 15.0, 40.0)


def sample_head(mesh: ColouredMesh) -> np.ndarray:
    """Return points of the surface above the neck."""
    surface = trimesh.Trimesh(mesh.vertices_head_m, mesh.triangles, process=False)
    points = trimesh.sample.sample_surface(surface, POINTS, seed=0)[0]
    kept: np.ndarray = points[(points[:, 1] > NECK_Y_M) & (np.abs(points) < BOX_M).all(axis=1)]
    return kept


def measure_chamfer_mm(one: np.ndarray, other: np.ndarray) -> float:
    """Return the mean of both mean distances to the other's nearest point."""
    return float(500 * (cKDTree(one).query(other)[0].mean() + cKDTree(other).query(one)[0].mean()))


def main(drawn: Path, sheet: Path) -> None:
    """Print a line for each drawing and means by the true yaw, and write views of all heads."""
    pipelines = {
        pose: HeadPipeline.from_weights(
            method="panic3d-character", config=PipelineConfig(align="never", matting="given", head_pose=pose)
        )
        for pose in ("front", "auto")
    }
    rows, found = [], []
    for _, key, members in iterate_samples(drawn):
        label: Any = parse_meta(members["meta.json"])["labels"]
        seed, index, family = label["seed"], label["index"], label["family"]
        random = make_random_generator(seed, index, family)
        character, landmarks = build_character(draw_params(random, family), random, "")
        truth = CharacterReconstruction(make_textured_mesh(character), [])
        yaw = draw_head_pose(seed, index, label["turned_deg"]).yaw_deg
        rgba = decode_picture(members[DRAWING], DRAWING)
        for pose, pipeline in pipelines.items():
            head = pipeline(rgba)
            made = head.reconstruction
            assert isinstance(made, CharacterReconstruction) and made.fitted is not None
            offset = (landmarks - made.fitted.face_front().landmarks_head_m).mean(axis=0) * [1, 1, 0]
            chamfer = measure_chamfer_mm(sample_head(truth.mesh()), sample_head(head.mesh()) + offset)
            found.append((abs(yaw), pose, chamfer))
            print(f"{key} yaw {yaw:.0f} as {pose}: estimated {made.turn.pose.yaw_deg:.0f}, chamfer {chamfer:.1f} mm")
            views = [np.asarray(view.to_image().convert("RGB")) for view in head.render(VIEWS, size=SIZE_PX)]
            drawing = Image.fromarray(np.round(255 * composite_on_white(rgba)).astype(np.uint8))
            rows.append(np.hstack([np.asarray(drawing.resize((SIZE_PX, SIZE_PX))), *views]))
    for low, high in pairwise(LIMITS_DEG):
        for pose in pipelines:
            some = [chamfer for yaw, given, chamfer in found if given == pose and low <= yaw < high]
            if some:
                print(f"yaw {low:.0f} to {high:.0f}, {len(some)} drawings, as {pose}: {np.mean(some):.1f} mm")
    Image.fromarray(np.vstack(rows)).save(sheet, quality=88)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
