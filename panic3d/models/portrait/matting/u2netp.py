"""U2-Netp (Qin et al., 2020), a small network for salient objects, through OpenCV's ONNX reader."""

from pathlib import Path

import numpy as np
from jaxtyping import Float

SIZE_PX = 320
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
FUSED_OUTPUT = "1959"
"""Name of the output that fuses all scales; it is not OpenCV's default."""


class U2Netp:
    """U2-Netp from an ONNX file."""

    def __init__(self, path: Path) -> None:
        import cv2

        self.network = cv2.dnn.readNetFromONNX(str(path))

    def __call__(self, rgb: Float[np.ndarray, "H W 3"]) -> Float[np.ndarray, "H W"]:
        """Return the saliency of each pixel of RGB in [0, 1], scaled to [0, 1] as published."""
        import cv2

        small = cv2.resize(rgb.astype(np.float32), (SIZE_PX, SIZE_PX), interpolation=cv2.INTER_AREA)
        normal = (small / max(float(small.max()), 1e-6) - IMAGENET_MEAN) / np.array(IMAGENET_STD)
        self.network.setInput(normal.transpose(2, 0, 1)[None].astype(np.float32))
        found = self.network.forward(FUSED_OUTPUT)[0, 0]
        stretched = (found - found.min()) / max(float(found.max() - found.min()), 1e-6)
        return cv2.resize(stretched, rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR)
