"""Recorded numbers of the published system: the folder that PANIC3D_PARITY names, its weight recipe and tolerances.

A conftest imports `pytest_configure`, `pytest_generate_tests` and `case`; a test marked `parity_items("03a")` then runs
over every recorded file of that item, and skips where no folder is named.
"""

import json
import os
import re
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

TOLERANCE = {
    "01": 1e-6,
    "02": 1e-5,
    "02_depth": 1e-4,
    "02e": 1e-4,
    "02e_worst": 1e-3,
    "03": 1e-4,
    "09_distance_m": 1e-6,
    "09_cd_x100": 1e-5,
    "09_f1": 3 / 3000,
    "09_winding": 0.05,
    "09b_psnr_db": 1e-3,
}
"""Largest absolute difference; 02e: of 99 % of the entries, and at most one ray in 128 beyond the second."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "parity_items(*items): the recorded items that the test reads")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`case` runs over every recorded file of the items that the test's `parity_items` mark names."""
    if "case" not in metafunc.fixturenames:
        return
    items = next(metafunc.definition.iter_markers("parity_items")).args
    folder = os.environ.get("PANIC3D_PARITY")
    paths = sorted(p for item in items for p in Path(folder).glob(f"{item}*.npz")) if folder else []
    skip = pytest.param(None, marks=pytest.mark.skip(reason="PANIC3D_PARITY names no folder"), id="none")
    metafunc.parametrize("case", [pytest.param(path, id=path.stem) for path in paths] or [skip], indirect=True)


@pytest.fixture
def case(request: pytest.FixtureRequest) -> "Case":
    return Case(request.param)


class Case:
    """One recorded file and the case (salt, seeds) that it belongs to."""

    def __init__(self, path: Path) -> None:
        self.arrays = np.load(path)
        cases = json.loads((path.parent / "cases.json").read_text())
        self.name = path.stem
        self.seeds: dict[str, Any] = next(case for name, case in cases.items() if path.stem.endswith(f"_{name}"))

    def __getitem__(self, key: str) -> Tensor:
        return torch.from_numpy(np.asarray(self.arrays[key]))

    def __contains__(self, key: str) -> bool:
        return key in self.arrays

    def fill(self, module: nn.Module, prefix: str, density_gain: float = 1.0, density_bias: float = 0.0) -> None:
        """Weights by the recipe: standard normal numbers seeded by each tensor's name, scaled by rules on the name."""
        state = module.state_dict()
        for name, tensor in state.items():
            if name.endswith("resample_filter"):
                continue
            full = prefix + name
            seed = zlib.crc32((self.seeds["salt"] + full).encode())
            r = np.random.RandomState(seed).standard_normal(tuple(tensor.shape))
            state[name] = torch.as_tensor(_rule(full, r, density_gain, density_bias), dtype=tensor.dtype)
        module.load_state_dict(state)

    def stream(self, requests: Iterable[tuple[int, ...]]) -> list[Tensor]:
        """The renderer's random numbers in call order."""
        generator = np.random.RandomState(self.seeds["renderer_stream_seed"])
        return [torch.from_numpy(generator.random_sample(shape).astype(np.float32)) for shape in requests]


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


def assert_close(actual: Tensor, expected: Tensor, tolerance: str) -> None:
    assert actual.shape == expected.shape
    assert (actual - expected).abs().max().item() <= TOLERANCE[tolerance]
