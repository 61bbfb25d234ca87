"""Recorded numbers of the published system, their recipes and tolerances.

They lie in `tests/parity/`; the environment variable PANIC3D_PARITY names a folder of the same form with more cases. A
conftest imports `pytest_generate_tests` and `case`; a test marked `parity_items("03a")` then runs over every recorded
file of that item.
"""

import json
import math
import os
import re
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from helpers.requirements import REAL_DATA

COMMITTED = Path(__file__).parents[1] / "parity"
TOLERANCE: dict[str, float] = {
    "01": 1e-6,
    "02": 1e-5,
    "02_depth": 1e-4,
    "02_mask": 1e-6,
    "03": 1e-4,
    "04": 1e-4,
    "04_maps_mean": 2e-5,
    "05": 1e-4,
    "05_r1": 1e-3,
    "06_bits": 0.005,
    "06_bits_mean": 0.002,
    "06b": 1e-3,
    "06b_rays": 1e-6,
    "07": 1e-5,
    "07_counts": 2e-4,
    "07_bbox_m": 1e-4,
    "07_relative": 1e-3,
    "07_cull_counts": 0.01,
    "08_masks": 1e-4,
    "08_hull_iou": 0.97,
    "08": 1e-4,
    "09_distance_m": 1e-6,
    "09_cd_x100": 1e-5,
    "09_f1": 3 / 3000,
    "09_winding": 0.05,
    "09b_psnr_db": 1e-3,
    "10": 1e-8,
    "10_warped_mean": 1e-3,
    "11": 1e-4,
}
"""The largest absolute difference, by item. The noise of the published system itself, run twice with other convolution
algorithms, lies well below."""
SHARE_WITHIN: dict[str, tuple[float, float]] = {
    "02e": (0.99, 1e-4),
    "02e_worst": (1 / 128, 1e-3),
    "04_maps": (0.99, 2e-4),
    "04_maps_worst": (0.005, 1e-3),
    "06": (0.985, 1e-3),
    "06b_most": (0.99, 1e-4),
    "07_vertices": (0.99, 1e-4),
    "07_colours": (0.97, 1e-3),
    "08_output": (0.995, 1e-3),
    "08_output_own_hull": (0.98, 1e-3),
    "10_warped": (0.995, 2 / 255),
}
"""The share of the entries that keep to a difference, by item (for `_worst`: the share that may exceed it)."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test over every recorded file of the items that its `parity_items` mark names, as `case`.

    With `groups`, a function from the file's keys to names of groups of arrays, also over these, as `group`.
    """
    if "case" not in metafunc.fixturenames:
        return
    mark = next(metafunc.definition.iter_markers("parity_items"))
    groups = mark.kwargs.get("groups")
    names = "case" if groups is None else "case,group"
    params = []
    for path in list_recorded_files(*mark.args):
        if groups is None:
            params.append(pytest.param(path, id=path.stem))
        else:
            params += [pytest.param(path, group, id=f"{path.stem}-{group}") for group in groups(np.load(path).files)]
    skip = pytest.mark.skip(reason="no recorded case in tests/parity (PANIC3D_PARITY names a fuller folder)")
    nothing = [pytest.param(*(None for _ in names.split(",")), marks=skip, id="none")]
    metafunc.parametrize(names, params or nothing, indirect=["case"])


def list_recorded_files(*items: str) -> list[Path]:
    """Return the files whose names begin with one of the items, sorted."""
    return sorted({path for item in items for path in recorded_folder().glob(f"{item}*.npz")})


def recorded_folder() -> Path:
    """Return the folder that PANIC3D_PARITY names, else `parity/` of the real data, else the committed one."""
    if named := os.environ.get("PANIC3D_PARITY"):
        return Path(named)
    fuller = REAL_DATA / "parity"
    return fuller if fuller.is_dir() else COMMITTED


@pytest.fixture
def case(request: pytest.FixtureRequest) -> "Case":
    return Case(request.param)


def list_prefixes(ending: str) -> Callable[[Iterable[str]], list[str]]:
    """Return a function that lists what stands before an ending in keys that have it: `front` of `front_image_raw`."""
    return lambda keys: sorted({key.removesuffix(ending) for key in keys if key.endswith(ending)})


class Case:
    """One recorded file and the case (salt, seeds) that it belongs to."""

    def __init__(self, path: Path) -> None:
        self.path, self.arrays = path, np.load(path)
        cases = json.loads((path.parent / "cases.json").read_text())
        parts = f"_{path.stem}_"
        self.letter = max((name for name in cases if f"_{name}_" in parts), key=len)
        self.name, self.seeds = path.stem, cases[self.letter]

    def __getitem__(self, key: str) -> Tensor:
        return torch.from_numpy(np.asarray(self.arrays[key]))

    def __contains__(self, key: str) -> bool:
        return key in self.arrays

    def bits(self, key: str) -> Tensor:
        """Return a packed boolean tensor, without leading axes of one."""
        shape = [n for n in self.arrays[f"{key}__shape"].tolist() if n > 1]
        flat = np.unpackbits(self.arrays[f"{key}__bits"])[: math.prod(shape)]
        return torch.from_numpy(flat.astype(bool)).view(shape)

    def sibling(self, stem: str) -> "Case":
        """Return another file of the same folder, `{case}` standing for this case's name."""
        return Case(self.path.with_name(stem.format(case=self.letter) + ".npz"))

    def condition_image(self) -> Tensor:
        """Return the condition image (3, 512, 512), white outside, from the case's expressions of x and y."""
        centres = (np.arange(512) + 0.5) / 512 * 2 - 1
        x, y = np.meshgrid(centres, centres)
        names = vars(np) | {"x": x, "y": y}
        recipe = self.seeds["condition_image"]
        rgb = [eval(expression, {"__builtins__": {}}, names) for expression in recipe["rgb"]]
        keep = eval(recipe["keep"], {"__builtins__": {}}, names)
        return torch.from_numpy(np.where(keep, rgb, 1.0).astype(np.float32))

    def fill(self, module: nn.Module, prefix: str, density_gain: float = 1.0, density_bias: float = 0.0) -> None:
        """Set weights by the recipe: standard normal numbers seeded by each tensor's name and scaled by rules on it."""
        state = module.state_dict()
        for name, tensor in state.items():
            if name.endswith("resample_filter"):
                continue
            full = prefix + name
            seed = zlib.crc32((self.seeds["salt"] + full).encode())
            r = np.random.RandomState(seed).standard_normal(tuple(tensor.shape))
            state[name] = torch.as_tensor(_rule(full, r, density_gain, density_bias), dtype=tensor.dtype)
        module.load_state_dict(state)

    def stream(self, requests: Iterable[tuple[int, ...]], seed: str = "renderer_stream_seed") -> list[Tensor]:
        """Return the renderer's random numbers in call order."""
        generator = np.random.RandomState(self.seeds[seed])
        return [torch.from_numpy(generator.random_sample(shape).astype(np.float32)) for shape in requests]

    def normal(self, seed: str, shape: tuple[int, ...]) -> Tensor:
        """Return standard normal numbers of one of the case's seeds."""
        numbers = np.random.RandomState(self.seeds[seed]).standard_normal(shape)
        return torch.from_numpy(numbers.astype(np.float32))


def _rule(name: str, r: Any, density_gain: float, density_bias: float) -> Any:
    if name.endswith(("noise_strength", "w_avg")):
        return 0.1 * r
    if name.endswith(("noise_const", "const")):
        return r
    if name.endswith("affine.bias"):
        return 1 + 0.1 * r
    if match := re.search(r"mapping\.fc\d+\.(weight|bias)", name):
        return r * (100 if match[1] == "weight" else 10)
    if name == "decoder.net.2.weight":
        r[0] *= density_gain
        return r
    if name.endswith("bias"):
        r = 0.1 * r
        if name == "decoder.net.2.bias":
            r[0] += density_bias
        return r
    if match := re.search(r"backbone\.synthesis\.b(\d+)\.torgb\.weight", name):
        return r * min(1, 8 / int(match[1]))
    return r


def assert_close(actual: Tensor, expected: Tensor, tolerance: str, relative: bool = False) -> None:
    """Check against the table's tolerance: the largest difference, or the share of entries that keep to one.

    `relative` to the largest expected number: densities of hundreds in float32 cannot agree to 1e-4.
    """
    assert actual.shape == expected.shape
    off = (actual.double() - expected.double()).abs()
    off = off / expected.abs().max().clamp(min=1) if relative else off
    if tolerance in SHARE_WITHIN:
        share, bound = SHARE_WITHIN[tolerance]
        assert (off <= bound).double().mean().item() >= share
    else:
        assert off.max().item() <= TOLERANCE[tolerance]


def assert_stats(actual: Tensor, expected: Tensor, tolerance: str) -> None:
    """Check mean, population standard deviation, minimum and maximum of a whole tensor of which a part is stored."""
    whole = actual.double()
    stats = torch.stack([whole.mean(), whole.std(correction=0), whole.min(), whole.max()])
    assert (stats - expected).abs().max().item() <= TOLERANCE[tolerance]


RECORDED_ROUNDING = 0.045 * 2.0**-24


def compute_recorded_opacity(optical_depth: Tensor) -> Tensor:
    """Compute 1 - exp(-x) in float32 as the processor rounds it on which the numbers were recorded.

    Its exponential rounds 1 - x up to the next float from 0.455 units in the last place on, not from 0.5 (read off the
    recorded weights). Nothing changes but the depths of rays that gather a few such units, and those are all units.
    """
    return 1 - (torch.exp(-optical_depth.double()) - RECORDED_ROUNDING).float()
