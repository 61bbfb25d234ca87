"""Filling the empty pixels of a picture."""

import numpy as np
from jaxtyping import Bool, Shaped
from scipy.ndimage import distance_transform_edt


def fill_from_nearest(
    image: Shaped[np.ndarray, "H W C"], empty: Bool[np.ndarray, "H W"]
) -> Shaped[np.ndarray, "H W C"]:
    """Return the picture with each empty pixel replaced by the nearest one that is not; unchanged if all are empty."""
    if empty.all():
        return image
    return image[tuple(distance_transform_edt(empty, return_distances=False, return_indices=True))]
