"""Render avatars and read them with a DataLoader: `python examples/render_and_load.py AVATARS data`.

AVATARS is a .vrm, .glb, .gltf, .pmx or .zip file, or a folder of them. A third argument chooses the engine, cycles or
pyrender.
"""

import sys

from torch.utils.data import DataLoader

from panic3d import HeadViewDataset, JobOptions, RenderOptions, open_dataset, render_avatars


def main(avatars: str, out: str, engine: str | None = None) -> None:
    options = RenderOptions(rig="ortho4", size=256)
    if engine is not None:
        options = RenderOptions(rig="ortho4", size=256, engine=engine)  # type: ignore[arg-type]
    manifest = render_avatars(avatars, out, options, JobOptions(workers=1))
    print(len(manifest.with_status("ok")), "avatars rendered,", len(manifest.with_status("failed")), "failed")

    dataset = open_dataset(out)
    for sample in dataset:
        print(sample.key, sample.views)
    loader = DataLoader(HeadViewDataset(dataset, ["front", "back"], size=128), batch_size=4)
    for batch in loader:  # RGB on white in [0, 1], plane depth in metres with NaN where there is nothing
        print(batch["key"], tuple(batch["rgb"].shape), tuple(batch["depth_m"].shape))


if __name__ == "__main__":
    main(*sys.argv[1:])
