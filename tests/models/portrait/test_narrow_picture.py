"""The search for faces in a picture of any shape takes a limited number of windows at once."""

import numpy as np
import pytest

from panic3d.models.portrait.faces import landmark_detector


def test_a_narrow_picture_is_searched_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    detector = landmark_detector.NetworkFaceDetector()
    found, counts = detector._detect_in_boxes, []

    def count(missing: np.ndarray, boxes: list, average_mirrored: bool) -> list:
        counts.append(len(boxes))
        return found(missing, boxes[:1], average_mirrored) * len(boxes)

    monkeypatch.setattr(detector, "_detect_in_boxes", count)
    detector.faces(np.full((64, 8000, 3), 200, np.uint8))
    assert sum(counts) > 10_000
    assert max(counts) <= landmark_detector.MAX_WINDOWS_AT_ONCE
