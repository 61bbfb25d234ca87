"""The published generator filled by the recipe, and a recorded case's head: made once for all tests of a module."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import torch

from helpers.parity_cases import Case
from panic3d.cameras.camera import Camera
from panic3d.models.reconstructor.fields.density_edits import DensityEdits
from panic3d.models.reconstructor.network.inference_config import InferenceConfig
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.published.volume_head import VolumeHead
from panic3d.models.reconstructor.rendering.sampling import SampleDraws
from panic3d.models.reconstructor.training.config import load_config

EDITS = {"plain": DensityEdits(), "post": DensityEdits(crop_m=0.1, cull=0.5)}


@lru_cache(maxsize=1)
def _generator(folder: Path, letter: str) -> Reconstructor:
    planes = Case(folder / f"04_generator_{letter}_planes.npz")
    model = Reconstructor(load_config("paper").model).eval().requires_grad_(False)
    planes.fill(model, "", *planes["K_B"].tolist())
    return model


def make_generator(case: Case) -> Reconstructor:
    return _generator(case.path.parent, case.letter)


@lru_cache(maxsize=1)
def _head(folder: Path, letter: str) -> VolumeHead:
    case = Case(folder / f"04_generator_{letter}_planes.npz")
    model, front = make_generator(case), case.condition_image()
    z, semantic = case.normal("z_seed", (1, 512)), case.normal("chonk_seed", (1, 512, 8, 8))
    with torch.no_grad():
        encoded = model.backbone(front[None], torch.ones(1, 512, 512), z, semantic, "const")
    return VolumeHead(model, encoded, front, InferenceConfig())


def make_published_head(
    case: Case, edits: str = "plain", samples: int = 48, quick: bool = True, stream: bool = False
) -> VolumeHead:
    """Make the case's head, sampled as one of its recorded renderings was."""
    shared = _head(case.path.parent, case.letter)
    config = replace(
        InferenceConfig(), edits=EDITS[edits], cpu_renderer=quick, stitch=False, coarse=samples, fine=samples
    )
    made = VolumeHead(shared.model, shared.encoded, shared.front_rgb, config)
    made.__dict__["field"] = shared.field  # the same planes: laid out once
    if stream:
        count = config.rays**2
        numbers = iter(case.stream([(1, count, samples, 1), (count, samples)] * 2, "stream_seed"))

        def draw_recorded(rays: int) -> SampleDraws:
            return SampleDraws(next(numbers)[..., 0], next(numbers).view(1, rays, samples))

        made.__dict__["make_draws"] = draw_recorded
    return made


def make_camera(elev_azim_fov: torch.Tensor) -> Camera:
    elevation_deg, azimuth_deg, fov_deg = map(float, elev_azim_fov)
    if fov_deg < 0:
        return Camera("ortho", azimuth_deg, elevation_deg)
    return Camera("persp", azimuth_deg, elevation_deg, fov_deg=fov_deg)
