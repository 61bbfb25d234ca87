"""Render one avatar file to the members of one sample."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from panic3d.cameras.rigs import list_rig_views, make_view_camera
from panic3d.datagen.avatars.avatar import Avatar, load_avatar
from panic3d.datagen.avatars.character.parts import classify_part
from panic3d.datagen.avatars.character.surfaces import build_coloured_mesh
from panic3d.datagen.avatars.checks import AvatarChecks
from panic3d.datagen.avatars.options import AvatarOptions
from panic3d.datagen.engines.availability import Engine, choose_default_engine
from panic3d.datagen.engines.engine import render_views
from panic3d.datagen.illustrate.styles import StyleSet
from panic3d.geometry.glb import encode_glb
from panic3d.shards.metadata.labels import find_label
from panic3d.shards.schema import (
    SCHEMA,
    compute_sha256,
    encode_depth,
    encode_json,
    encode_normal,
    encode_png,
    make_camera_record,
)


@dataclass(frozen=True)
class RenderOptions:
    """What a dataset is rendered with, the same for every avatar in it."""

    rig: str = "ortho5"
    size: int = 512
    engine: Engine = field(default_factory=choose_default_engine)
    """Cycles where bpy has a wheel, else pyrender."""
    samples: int = 5
    """Positions in a pixel at which colour and coverage are sampled (`sampling.py`)."""
    mesh: bool = False
    points: bool = False
    normals: bool = False
    parts: bool = False
    illustrate: StyleSet | None = None
    """The set of styles of the drawn portrait of the front view; None for no portrait."""
    avatar: AvatarOptions = field(default_factory=AvatarOptions)


def render_sample(path: Path, key: str, options: RenderOptions, threads: int) -> dict[str, bytes]:
    """Render the members of a sample (see docs/reference/formats.md) by name, without the key.

    Raises AvatarError where the file cannot be used.
    """
    avatar = load_avatar(path, options.avatar)
    views = list_rig_views(options.rig)
    cameras = [make_view_camera(view, key) for view in views]
    meta = _make_meta(path, avatar, dict(zip(views, cameras, strict=True)), options.size)
    part_labels = (meta["labels"] or {}).get("parts")
    surfaces = avatar.surfaces + avatar.occluders
    parts = [classify_part(surface.material.name, part_labels) for surface in surfaces]
    pictures = render_views(
        options.engine,
        surfaces,
        cameras,
        options.size,
        options.samples,
        threads,
        options.normals,
        parts if options.parts else None,
    )
    AvatarChecks(options.avatar.checks, options.avatar.no_check).check_views(dict(zip(views, pictures, strict=True)))
    members: dict[str, bytes] = {}
    for view, picture in zip(views, pictures, strict=True):
        members[f"{view}.rgba.png"] = encode_png(picture.rgba)
        members[f"{view}.depth.png"] = encode_png(encode_depth(picture.depth_m))
        if picture.normal_head is not None:
            members[f"{view}.normal.png"] = encode_png(encode_normal(picture.normal_head))
        if picture.part is not None:
            members[f"{view}.part.png"] = encode_png(picture.part)
    if options.illustrate:
        import cv2

        from panic3d.datagen.illustrate.portrait import illustrate

        cv2.setNumThreads(threads)
        front = pictures[views.index("front")]
        if front.normal_head is None or front.part is None:
            (passes,) = render_views(
                options.engine, surfaces, [make_view_camera("front")], options.size, 1, threads, True, parts
            )
            front = replace(passes, rgba=front.rgba)
        drawing, meta["illustration"] = illustrate(front, key, options.illustrate)
        members["front.illustration.png"] = encode_png(drawing)
    members["meta.json"] = encode_json(meta)
    if options.mesh or options.points:
        mesh = build_coloured_mesh(avatar.surfaces)
        if options.mesh:
            members["mesh.glb"] = encode_glb(mesh, title=avatar.title or path.stem)
        if options.points:
            from panic3d.datagen.runner.points import sample_points

            members["points.npz"] = sample_points(mesh, key).to_npz()
    return members


def _make_meta(path: Path, avatar: Avatar, cameras: dict[str, Any], size: int) -> dict[str, Any]:
    sha256 = compute_sha256(path)
    return {
        "schema": SCHEMA,
        "source": path.name,
        "member": avatar.member,
        "sha256": sha256,
        "kind": avatar.kind,
        "title": avatar.title,
        "author": avatar.author,
        "licence": avatar.licence,
        "head_from_file": avatar.head_from_file.tolist(),
        "scale": avatar.scale,
        "cut": avatar.cut,
        "views": {view: make_camera_record(camera, size) for view, camera in cameras.items()},
        "labels": find_label(path, sha256),
    }
