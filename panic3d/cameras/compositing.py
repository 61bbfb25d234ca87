"""Compositing on white, and colours multiplied by alpha."""

import numpy as np
from jaxtyping import Float, UInt8


def composite_on_white(rgba: UInt8[np.ndarray, "H W 4"]) -> Float[np.ndarray, "H W 3"]:
    """Return a straight-alpha picture on white, RGB in [0, 1], float32."""
    picture = rgba.astype(np.float32) / 255
    return picture[..., :3] * picture[..., 3:] + (1 - picture[..., 3:])


def remove_white(
    rgb_on_white: Float[np.ndarray, "H W 3"], alpha: Float[np.ndarray, "H W 1"]
) -> Float[np.ndarray, "H W 3"]:
    """Return the straight colours of a picture on white, the inverse of compositing; RGB and alpha in [0, 1]."""
    return (rgb_on_white - (1 - alpha)) / np.maximum(alpha, 1 / 255)


def premultiply(rgba: UInt8[np.ndarray, "H W 4"]) -> Float[np.ndarray, "H W 4"]:
    """Return a straight-alpha picture with its colours multiplied by alpha, in [0, 1], float32."""
    found = rgba.astype(np.float32) / 255
    found[..., :3] *= found[..., 3:]
    return found


def unpremultiply(premultiplied: Float[np.ndarray, "H W 4"]) -> UInt8[np.ndarray, "H W 4"]:
    """Return a picture in [0, 1] whose colours are multiplied by alpha as straight alpha in 8 bits.

    Fully transparent pixels are black.
    """
    colour = premultiplied[..., :3] / np.maximum(premultiplied[..., 3:], 1e-6)
    return np.round(np.concatenate([colour, premultiplied[..., 3:]], axis=-1).clip(0, 1) * 255).astype(np.uint8)


def composite_premultiplied_on_white(premultiplied: Float[np.ndarray, "H W 4"]) -> Float[np.ndarray, "H W 3"]:
    """Return a picture in [0, 1] whose colours are multiplied by alpha on white."""
    return premultiplied[..., :3] + 1 - premultiplied[..., 3:]
