"""Background removal: by the given alpha, by the colour of a flat background, or by networks."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8

from panic3d.models.engine.checkpoint import load_network
from panic3d.models.portrait.matting.network import MattingNetwork, MattingNetworkConfig
from panic3d.models.portrait.matting.u2netp import U2Netp
from panic3d.registry import find_entry, find_weights
from panic3d.weights.catalogue import U2NETP

MattingMethod = Literal["auto", "given", "ours", "u2netp"]
OWN_NETWORK, U2NETP_NAME = "our network", "U2-Netp"
TRANSPARENT_SHARE = 0.01
"""Least share of more than half transparent pixels for the picture's alpha to be taken as the matte."""
FLAT_TOLERANCE = 12
"""Greatest difference, of 255, between a background pixel and the colour of the border."""
FLAT_BORDER_SHARE = 0.5
"""Least share of the border's pixels with that colour: shoulders may cross the rest."""
MIN_FOREGROUND_ALPHA = 0.85
"""Pixels with at least this alpha from the network are kept even if they have the background's colour."""
MIN_AGREEMENT = 0.7
"""Least overlap of two mattes of the same figure."""
GUIDED_FILTER_RADIUS_PX, GUIDED_FILTER_EPSILON = 8, 1e-4


@dataclass(frozen=True)
class Matte:
    """Alpha in [0, 1], and how it was made."""

    alpha: Float[np.ndarray, "S S"]
    by: str


def has_matte(rgba: UInt8[np.ndarray, "H W 4"]) -> bool:
    """Return whether the picture's own alpha separates the figure from its background."""
    return float((rgba[..., 3] < 128).mean()) >= TRANSPARENT_SHARE


def estimate_matte(rgb: Float[np.ndarray, "S S 3"], inside: Bool[np.ndarray, "S S"], by: MattingMethod) -> Matte:
    """Estimate the matte of an aligned portrait on its background.

    `rgb`: in [0, 1]. `inside`: where the picture has pixels at all.

    auto: a flat background by its colour, with the networks' word for what is foreground all the same; else our
    network and U2-Netp together, where that is fetched.
    """
    name, coarse = OWN_NETWORK, None if by == "u2netp" else load_matte_predictor()(rgb)
    if coarse is None:
        name, coarse = U2NETP_NAME, load_u2netp()(rgb)
    elif by == "auto" and U2NETP.state() == "present":
        name, coarse = f"{OWN_NETWORK} and {U2NETP_NAME}", merge_mattes(coarse, load_u2netp()(rgb))
    fine = refine_matte(rgb, coarse)
    if by == "auto" and (flat := find_flat_background(rgb, inside)) is not None:
        figure = ~flat | (coarse >= MIN_FOREGROUND_ALPHA)
        return Matte(_soften_edge(figure & inside), "flat background")
    return Matte(fine * inside, name)


def merge_mattes(ours: Float[np.ndarray, "S S"], load_u2netp: Float[np.ndarray, "S S"]) -> Float[np.ndarray, "S S"]:
    """Return U2-Netp's matte, whose edges are better, where both agree; otherwise the union of both.

    Each misses parts of figures, but neither adds much.
    """
    either = np.maximum(ours, load_u2netp)
    agreement = (ours * load_u2netp).sum() / max(float(either.sum()), 1e-6)
    return load_u2netp if agreement >= MIN_AGREEMENT else either


def find_flat_background(
    rgb: Float[np.ndarray, "S S 3"], inside: Bool[np.ndarray, "S S"]
) -> Bool[np.ndarray, "S S"] | None:
    """Return the region of the border's colour that touches the border; None if the border has several colours."""
    from scipy.ndimage import binary_erosion, label

    border = inside & ~binary_erosion(inside)
    if not border.any():
        return None
    colour = np.median(rgb[border], axis=0)
    like = inside & (np.abs(rgb - colour).max(axis=-1) <= FLAT_TOLERANCE / 255)
    if like[border].mean() < FLAT_BORDER_SHARE:
        return None
    regions, _ = label(like)
    joined = np.unique(regions[border & like])
    return np.isin(regions, joined[joined > 0])


def refine_matte(rgb: Float[np.ndarray, "S S 3"], alpha: Float[np.ndarray, "S S"]) -> Float[np.ndarray, "S S"]:
    """Align a coarse alpha with the picture's edges by a guided filter (He, Sun and Tang 2010); raise its contrast."""
    import cv2

    window = (2 * GUIDED_FILTER_RADIUS_PX + 1,) * 2
    guide = rgb.astype(np.float32)
    alpha = alpha.astype(np.float32)
    mean, mean_alpha = cv2.blur(guide, window), cv2.blur(alpha, window)
    products = guide[..., :, None] * guide[..., None, :]
    covariance = cv2.blur(products.reshape(*alpha.shape, 9), window).reshape(*alpha.shape, 3, 3)
    covariance = (
        covariance - mean[..., :, None] * mean[..., None, :] + GUIDED_FILTER_EPSILON * np.eye(3, dtype=np.float32)
    )
    with_alpha = cv2.blur(guide * alpha[..., None], window) - mean * mean_alpha[..., None]
    slope = np.linalg.solve(covariance, with_alpha[..., None])[..., 0]
    offset = mean_alpha - (slope * mean).sum(axis=-1)
    slope, offset = cv2.blur(slope, window), cv2.blur(offset, window)
    found = (slope * guide).sum(axis=-1) + offset
    return ((found - 0.5) * 1.6 + 0.5).clip(0, 1)


def _soften_edge(figure: Bool[np.ndarray, "S S"]) -> Float[np.ndarray, "S S"]:
    """Return alpha with an edge one pixel wide, half a pixel inside, where background mixes with ink."""
    import cv2

    return (cv2.GaussianBlur(figure.astype(np.float32), (0, 0), 0.7) * 2 - 1).clip(0, 1)


class MattePredictor:
    """Predicts a coarse matte with the matting network, at the network's size."""

    def __init__(self, weights: Path | None = None) -> None:
        path = find_weights(find_entry("matting", "model"), weights)
        self.network = load_network(path, "matting", MattingNetworkConfig, MattingNetwork)

    def __call__(self, rgb: Float[np.ndarray, "S S 3"]) -> Float[np.ndarray, "S S"]:
        import cv2

        size = self.network.config.size
        small = cv2.resize(rgb.astype(np.float32), (size, size), interpolation=cv2.INTER_AREA)
        with torch.no_grad():
            alpha = self.network(torch.from_numpy(small).permute(2, 0, 1)[None].contiguous()).sigmoid()[0].numpy()
        return cv2.resize(alpha, rgb.shape[1::-1], interpolation=cv2.INTER_CUBIC).clip(0, 1)


@cache
def load_matte_predictor() -> MattePredictor:
    """Return the predictor with the shipped weights, loaded once."""
    return MattePredictor()


@cache
def load_u2netp() -> U2Netp:
    """Return the fetched network, loaded once. Raises UserError if it was not fetched."""
    return U2Netp(U2NETP.require_path())
