"""Write the committed subset of the recorded numbers: `python tests/parity/select_cases.py FULL_FOLDER`.

Whole files, views, points and entries of a batch are left out; no number is changed.
"""

import json
import re
import sys
from pathlib import Path

import numpy as np

CASE = "a"
ITEMS_LEFT_OUT = ("08c",)
"""Line masks of drawn portraits, which the repository does not hold."""
ONE_OF_BATCH = {
    "02a": r"planes_d3|coords|feat_",
    "02b": r"features|rgb_|sigma_",
    "03b": r"(?!resample_filter)",
    "03c": r"ws|first_|mid_",
    "03d": r"(?!cond_mode)",
    "08b": r"in_|gen_|nohull_|composite",
}
"""Keys (a pattern for how they begin) of which the first entry of the batch is kept, by item."""
KEYS_LEFT_OUT = {
    "02a": r"feat_d3",
    "02e": r"binarize_",
    "03d": r"b32_x",
    "06b": r"paste_norm1|image_out_norm1",
    "11": r"chonk_aa",
}
"""Keys that are left out for their size, by item."""
LAYER_CHANNELS = 16
POINTS_KEPT = {"02a": 100, "04": 300}
POINT_AXIS = {"coords": 1, "feat": 2, "points": 1}
VIEWS_KEPT = {
    "04_generator_a_plain": ("persp",),
    "04_generator_a_post": ("left",),
    "04_generator_a_extra": ("front_stream_48_post",),
    "06_paste_a": ("left",),
}


def select_arrays(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of a recorded file that the subset keeps."""
    arrays = dict(np.load(path))
    item = path.stem.split("_")[0]
    if path.stem in VIEWS_KEPT:
        endings = "image_raw", "image_final"
        views = {key.removesuffix(f"_{end}") for key in arrays for end in endings if key.endswith(f"_{end}")}
        dropped = tuple(f"{view}_" for view in views.difference(VIEWS_KEPT[path.stem]))
        arrays = {key: array for key, array in arrays.items() if not key.startswith(dropped)}
    if item in KEYS_LEFT_OUT:
        arrays = {key: array for key, array in arrays.items() if not re.match(KEYS_LEFT_OUT[item], key)}
    if item == "02a":  # the first of three layers of planes, which the features of depth 1 are sampled from
        arrays["planes_d3"] = arrays["planes_d3"][:, :, :LAYER_CHANNELS]
    for key in arrays:
        if item in ONE_OF_BATCH and re.match(ONE_OF_BATCH[item], key):
            arrays[key] = arrays[key][:1]
        axis = POINT_AXIS.get(key.split("_")[0])
        if item in POINTS_KEPT and axis is not None:
            arrays[key] = arrays[key].take(range(POINTS_KEPT[item]), axis=axis)
    return arrays


def main(full: Path, out: Path) -> None:
    """Write the subset of the folder `full` into `out`."""
    for path in sorted(full.glob("*.npz")):
        if f"_{CASE}_" in f"_{path.stem}_" and not path.name.startswith(ITEMS_LEFT_OUT):
            np.savez_compressed(out / path.name, **select_arrays(path))
    cases = json.loads((full / "cases.json").read_text())
    (out / "cases.json").write_text(json.dumps({CASE: cases[CASE]}, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).parent)
