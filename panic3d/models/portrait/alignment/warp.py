"""Affine resampling of pictures; colours should be multiplied by alpha."""

import numpy as np
from jaxtyping import Float


def warp_affine(
    picture: Float[np.ndarray, "H W C"], to_from_picture: Float[np.ndarray, "2 3"], size: int, area: bool = True
) -> Float[np.ndarray, "size size C"]:
    """Resample a picture bilinearly under an affine map of column and row; zero outside.

    Pixel i spans i to i + 1. `area`: where the picture shrinks by half or more, pixels are averaged first.
    """
    import cv2

    shrink = np.sqrt(abs(np.linalg.det(to_from_picture[:, :2])))
    if area and shrink < 0.5:
        factor = int(1 / shrink)
        height, width = (max(1, length // factor) for length in picture.shape[:2])
        small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA).reshape(height, width, -1)
        ratio = np.array([picture.shape[1] / width, picture.shape[0] / height])
        return warp_affine(small, np.column_stack([to_from_picture[:, :2] * ratio, to_from_picture[:, 2]]), size)
    centres = to_from_picture.copy()  # OpenCV counts from the centre of the first pixel
    centres[:, 2] += to_from_picture[:, :2] @ [0.5, 0.5] - 0.5
    found = cv2.warpAffine(picture, centres, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return found.reshape(size, size, -1)
