"""The measure of drawings: the line mask is the published one, the portraits' band is what we say."""

import numpy as np
import pytest
from PIL import Image

from helpers.line_mask import line_mask, line_share
from helpers.shared_folder import SHARED

PORTRAITS = SHARED / "portraits"


@pytest.mark.parametrize("file", ["08c_linemask_portraits_a.npz", "08c_linemask_portraits_b.npz"])
def test_masks_are_the_recorded_ones(file: str) -> None:
    if not (SHARED / "parity" / file).is_file():
        pytest.skip("no recorded masks beside the project")
    record = np.load(SHARED / "parity" / file)
    names = [name.removesuffix("_line_mask__bits") for name in record.files if name.endswith("_line_mask__bits")]
    assert names
    for name in names:
        height, width = record[f"{name}_size_h_w"]
        recorded = np.unpackbits(record[f"{name}_line_mask__bits"])[: height * width].reshape(height, width)
        mask = line_mask(np.asarray(Image.open(PORTRAITS / f"{name}.png").convert("RGBA")))
        assert (mask != recorded).mean() <= 2e-4, name


def test_the_band_of_the_drawn_portraits() -> None:
    files = [path for path in sorted(PORTRAITS.glob("*.png")) if "MIT" not in path.name]
    if not files:
        pytest.skip("no drawn portraits beside the project")
    shares = [line_share(np.asarray(Image.open(path).convert("RGBA"))) for path in files]
    assert len(shares) == 13
    assert np.percentile(shares, [10, 90]) == pytest.approx([0.128, 0.218], abs=0.001)
