"""The report's pictures: one strip of tiles for the truth of a pair, one for each method's prediction."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from panic3d.benchmark.predictions import Prediction, PredictionError, quantise_rgb
from panic3d.benchmark.suites.suite import Suite, Truth

TILE = 256
GAP = 8
"""White pixels between tiles, so that none shows its neighbour's edge where a browser rounds."""
VIEWS = ("front", "back", "spin060", "spin120", "spin240", "spin300")
ERROR_VIEWS = ("front", "back", "spin060")
TILES = (*VIEWS, *(f"error-{view}" for view in ERROR_VIEWS))
"""The tiles of a method's strip: pictures, then error maps."""
TRUTH_TILES = (*VIEWS, "portrait")
ERROR_SCALE = 0.5
"""The mean absolute difference (of RGB in [0, 1]) that is drawn darkest."""
ERROR_COLOURS = np.array([[255, 255, 255], [254, 217, 118], [240, 59, 32], [73, 0, 46]], np.float64)
MISSING_GREY = 225
WEBP_QUALITY = 82


def write_truth_strip(suite: Suite, key: str, path: Path) -> None:
    """Front, back, four of the spin, and the portrait."""
    truth = suite.truth(key)
    drawing = suite.portrait(key, "drawing").original / np.float32(255)
    portrait = drawing[..., :3] * drawing[..., 3:] + (1 - drawing[..., 3:])
    _save([*(quantise_rgb(truth.rgb(view)) for view in VIEWS), quantise_rgb(portrait)], path)


def write_prediction_strip(suite: Suite, key: str, prediction: Prediction, path: Path) -> None:
    """Front, back, four of the spin, and error maps; grey where there is no readable picture."""
    truth = suite.truth(key)
    tiles = [_tile(partial(_picture, prediction, view)) for view in VIEWS]
    _save([*tiles, *(_tile(partial(_error, prediction, truth, view)) for view in ERROR_VIEWS)], path)


def _picture(prediction: Prediction, view: str) -> UInt8[np.ndarray, "H W 3"]:
    return quantise_rgb(prediction.rgb(view))


def _error(prediction: Prediction, truth: Truth, view: str) -> UInt8[np.ndarray, "H W 3"]:
    return draw_error_map(np.abs(prediction.rgb(view) - truth.rgb(view)).mean(axis=2))


def draw_error_map(error: Float[np.ndarray, "H W"]) -> UInt8[np.ndarray, "H W 3"]:
    """White for none, over yellow and red to dark at `ERROR_SCALE` and above."""
    place = np.clip(error / ERROR_SCALE, 0, 1)
    stops = np.linspace(0, 1, len(ERROR_COLOURS))
    return np.stack([np.interp(place, stops, channel) for channel in ERROR_COLOURS.T], axis=2).astype(np.uint8)


def _tile(make: Callable[[], UInt8[np.ndarray, "H W 3"]]) -> UInt8[np.ndarray, "H W 3"]:
    try:
        return make()
    except PredictionError:
        return np.full((TILE, TILE, 3), MISSING_GREY, np.uint8)


def _save(tiles: list[UInt8[np.ndarray, "H W 3"]], path: Path) -> None:
    strip = Image.new("RGB", (TILE * len(tiles) + GAP * (len(tiles) - 1), TILE), "white")
    for index, tile in enumerate(tiles):
        strip.paste(Image.fromarray(tile).resize((TILE, TILE), Image.Resampling.BOX), ((TILE + GAP) * index, 0))
    path.parent.mkdir(parents=True, exist_ok=True)
    strip.save(path, quality=WEBP_QUALITY)
