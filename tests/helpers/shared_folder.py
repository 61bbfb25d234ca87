"""The material beside the project: real avatars, portraits, recorded numbers. Tests skip where it is absent."""

import os
from pathlib import Path

SHARED = Path(os.environ.get("PANIC3D_SHARED", Path(__file__).parents[3] / "shared"))
