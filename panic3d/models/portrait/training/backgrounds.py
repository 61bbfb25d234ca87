"""Random backgrounds for training: flat, graded, cloudy, striped, or many shapes."""

import cv2
import numpy as np
from jaxtyping import Float


def draw_background(generator: np.random.Generator, size: int) -> Float[np.ndarray, "size size 3"]:
    """Return RGB in [0, 1]; a quarter is white, as most drawings' backgrounds are."""
    if generator.random() < 0.25:
        return np.full((size, size, 3), generator.uniform(0.94, 1.0), np.float32)
    kinds = (_make_flat, _make_gradient, _make_clouds, _make_stripes, _make_shapes, _make_shapes)
    found = kinds[generator.integers(len(kinds))](generator, size)
    if generator.random() < 0.3:
        found = cv2.GaussianBlur(found, (0, 0), generator.uniform(0.5, size / 40))
    return np.clip(found, 0, 1).astype(np.float32)


def _sample_colour(generator: np.random.Generator) -> np.ndarray:
    grey = generator.random()
    return np.clip(grey + generator.normal(0, 0.25, 3), 0, 1)


def _make_flat(generator: np.random.Generator, size: int) -> np.ndarray:
    return np.broadcast_to(_sample_colour(generator), (size, size, 3)).astype(np.float32)


def _make_gradient(generator: np.random.Generator, size: int) -> np.ndarray:
    angle = generator.uniform(0, 2 * np.pi)
    rows, columns = np.mgrid[0:size, 0:size] / size - 0.5
    share = np.clip(0.5 + np.cos(angle) * columns + np.sin(angle) * rows, 0, 1)[..., None]
    return (_sample_colour(generator) * share + _sample_colour(generator) * (1 - share)).astype(np.float32)


def _make_clouds(generator: np.random.Generator, size: int) -> np.ndarray:
    total = _make_flat(generator, size).copy()
    for cells in (3, 7, 17, 41):
        noise = generator.normal(0, generator.uniform(0.05, 0.25), (cells, cells, 3)).astype(np.float32)
        total += cv2.resize(noise, (size, size), interpolation=cv2.INTER_CUBIC)
    return total


def _make_stripes(generator: np.random.Generator, size: int) -> np.ndarray:
    angle, period = generator.uniform(0, np.pi), generator.uniform(0.02, 0.3) * size
    rows, columns = np.mgrid[0:size, 0:size]
    wave = (np.cos(angle) * columns + np.sin(angle) * rows) / period % 1 < generator.uniform(0.2, 0.8)
    return np.where(wave[..., None], _sample_colour(generator), _sample_colour(generator)).astype(np.float32)


def _make_shapes(generator: np.random.Generator, size: int) -> np.ndarray:
    picture = np.ascontiguousarray(_make_gradient(generator, size))
    for _ in range(generator.integers(4, 40)):
        colour = tuple(float(value) for value in _sample_colour(generator))
        centre = generator.uniform(0, size, 2)
        radius = generator.uniform(0.02, 0.35) * size
        points = (centre + generator.normal(0, radius, (generator.integers(3, 8), 2))).astype(np.int32)
        kind = generator.random()
        if kind < 0.4:
            cv2.fillPoly(picture, [points], colour, cv2.LINE_AA)
        elif kind < 0.7:
            cv2.circle(picture, tuple(int(v) for v in centre), int(radius / 2), colour, -1, cv2.LINE_AA)
        else:
            cv2.polylines(picture, [points], False, colour, int(generator.integers(1, 6)), cv2.LINE_AA)
    return picture
