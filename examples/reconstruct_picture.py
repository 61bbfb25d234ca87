"""Make a 3D head of one picture: `python examples/reconstruct_picture.py me.png heads`.

A third argument, `never`, takes the whole picture as the frame of the head; without it the face decides.
"""

import sys
from pathlib import Path

from panic3d import HeadPipeline, PipelineConfig


def main(picture: str, out: str, align: str = "auto") -> None:
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    config = PipelineConfig(align=align)  # type: ignore[arg-type]
    pipeline = HeadPipeline.from_weights(config=config)  # the shipped weights, on a GPU if there is one
    head = pipeline(picture)

    mesh = head.mesh()  # in metres, y up, facing +z
    print(f"{len(mesh.vertices_head_m)} vertices, {len(mesh.triangles)} triangles")
    head.save(folder / "head.glb")
    for name in ("front", "spin030"):
        (view,) = head.render(name, size=256)
        view.to_image().save(folder / f"{name}.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
