"""Draw the report's images: one strip of tiles for the truth of each pair, and one for each prediction."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from panic3d.benchmark.predictions import Prediction, PredictionError, quantise_rgb
from panic3d.benchmark.suites.suite import PairTruth, Suite
from panic3d.cameras.compositing import composite_on_white
from panic3d.runtime.files import write_image_atomically

TILE_PX = 256
GAP_PX = 8
"""White pixels between tiles. Without them, rounding in a browser can show the edge of the neighbouring tile."""
VIEWS = ("front", "back", "spin060", "spin120", "spin240", "spin300")
ERROR_VIEWS = ("front", "back", "spin060")
TILES = (*VIEWS, *(f"error-{view}" for view in ERROR_VIEWS))
"""The tiles of a prediction's strip: views, then error maps."""
TRUTH_TILES = (*VIEWS, "portrait")
ERROR_SCALE = 0.5
"""The mean absolute difference of RGB in [0, 1] that gets the darkest colour of an error map."""
ERROR_COLOURS = np.array([[255, 255, 255], [254, 217, 118], [240, 59, 32], [73, 0, 46]], np.float64)
MISSING_GREY = 225
WEBP_QUALITY = 82


def write_truth_strip(suite: Suite, key: str, path: Path) -> None:
    """Write the true views of a pair and its portrait, side by side, as an image file."""
    truth = suite.truth(key)
    portrait = composite_on_white(suite.portrait(key, "drawing").original)
    _save_strip([*(quantise_rgb(truth.rgb(view)) for view in VIEWS), quantise_rgb(portrait)], path)


def write_prediction_strip(suite: Suite, key: str, prediction: Prediction, path: Path) -> None:
    """Write the predicted views and their error maps, side by side; a tile is grey if its image cannot be read."""
    truth = suite.truth(key)
    tiles = [_make_tile(partial(_read_view, prediction, view)) for view in VIEWS]
    _save_strip(
        [*tiles, *(_make_tile(partial(_draw_view_error, prediction, truth, view)) for view in ERROR_VIEWS)], path
    )


def _read_view(prediction: Prediction, view: str) -> UInt8[np.ndarray, "H W 3"]:
    return quantise_rgb(prediction.rgb(view))


def _draw_view_error(prediction: Prediction, truth: PairTruth, view: str) -> UInt8[np.ndarray, "H W 3"]:
    return draw_error_map(np.abs(prediction.rgb(view) - truth.rgb(view)).mean(axis=2))


def draw_error_map(error: Float[np.ndarray, "H W"]) -> UInt8[np.ndarray, "H W 3"]:
    """Colour an error map: white at 0, then yellow and red, and dark red at `ERROR_SCALE` and above."""
    position = np.clip(error / ERROR_SCALE, 0, 1)
    stops = np.linspace(0, 1, len(ERROR_COLOURS))
    return np.stack([np.interp(position, stops, channel) for channel in ERROR_COLOURS.T], axis=2).astype(np.uint8)


def _make_tile(make: Callable[[], UInt8[np.ndarray, "H W 3"]]) -> UInt8[np.ndarray, "H W 3"]:
    try:
        return make()
    except PredictionError:
        return np.full((TILE_PX, TILE_PX, 3), MISSING_GREY, np.uint8)


def _save_strip(tiles: list[UInt8[np.ndarray, "H W 3"]], path: Path) -> None:
    strip = Image.new("RGB", (TILE_PX * len(tiles) + GAP_PX * (len(tiles) - 1), TILE_PX), "white")
    for index, tile in enumerate(tiles):
        strip.paste(
            Image.fromarray(tile).resize((TILE_PX, TILE_PX), Image.Resampling.BOX), ((TILE_PX + GAP_PX) * index, 0)
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_image_atomically(path, strip, quality=WEBP_QUALITY)
