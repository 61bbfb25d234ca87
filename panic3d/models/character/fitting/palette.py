"""The main colours of some pixels."""

import warnings

import numpy as np
from jaxtyping import Float, Int
from scipy.cluster.vq import kmeans2


def cluster_colours(
    colours: Float[np.ndarray, "N 3"], most: int
) -> tuple[Float[np.ndarray, "K 3"], Int[np.ndarray, " N"]]:
    """Return the centres of at most `most` clusters (k-means), and the cluster of each pixel.

    The result is the same each time.
    """
    distinct, label = np.unique(colours.astype(float), axis=0, return_inverse=True)
    if len(distinct) <= most:  # k-means++ cannot choose more centres than there are colours
        return distinct.reshape(-1, 3), label.reshape(-1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of clusters that lose all their pixels
        centres, label = kmeans2(colours.astype(float), most, minit="++", seed=0)
    return centres, label


def find_main_colours(
    colours: Float[np.ndarray, "N 3"], most: int, least_pixels: float = 1.0
) -> Float[np.ndarray, "K 3"]:
    """Return the centres of the clusters that have at least so many pixels, and one."""
    centres, label = cluster_colours(colours, most)
    counts = np.bincount(label, minlength=len(centres))
    found: Float[np.ndarray, "K 3"] = centres[counts >= max(least_pixels, 1)]
    return found
