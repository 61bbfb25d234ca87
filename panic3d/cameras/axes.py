"""Axes, the modelled box and units: the one place where they are defined.

Head frame: metres, right-handed, x to the right of the front view's image, y up, z towards the front camera.
Image row 0 is on top. Camera axes are OpenCV's: x right, y down, z forward. Plane depth, not ray length.
"""

BOX_SIDE_M = 0.7
"""Side of the cube about the origin that cameras show and networks model (paper: boxwarp)."""
HEAD_ORIGIN_OFFSET_M = (0.0, 0.1, 0.0)
"""From the head bone's rest position to the origin of the head frame."""
CAMERA_DISTANCE_M = 1.0
NEAR_M, FAR_M = 0.5, 1.5
PERSPECTIVE_FOV_DEG = 30.0
"""Full field of view, the same in both image axes."""
IMAGE_SIZE = 512
MASK_ALPHA = 0.5
"""Least alpha of a pixel that belongs to a mask."""
LANDMARK_MIRROR = (
    *(4, 3, 2, 1, 0, 10, 9, 8, 7, 6, 5),
    *(19, 18, 17, 22, 21, 20, 13, 12, 11, 16, 15, 14, 23, 26, 25, 24, 27),
)
"""The index of each of the 28 facial landmarks after the picture is mirrored."""
