"""`panic3d render`: render avatars into a dataset."""

from pathlib import Path
from typing import Literal

import click

from panic3d.cameras.rigs import list_rig_views
from panic3d.datagen.avatars.checks import CHECK_NAMES
from panic3d.datagen.avatars.options import AvatarOptions
from panic3d.datagen.command_options import (
    engine_option,
    executor_option,
    facing_option,
    rank_option,
    world_size_option,
)
from panic3d.datagen.engines.availability import Engine, choose_default_engine
from panic3d.datagen.illustrate.styles import StyleSet
from panic3d.datagen.runner.jobs import JobOptions, render_avatars
from panic3d.datagen.runner.pool import Limits
from panic3d.datagen.runner.sample import RenderOptions
from panic3d.shards.outcome import report_outcome


def _validate_rig(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Return the rig. Raises BadParameter where a name in it is unknown."""
    try:
        list_rig_views(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    return value


@click.command()
@click.argument("avatars", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The dataset folder. An existing one is continued with the same options.",
)
@click.option(
    "--rig",
    default="ortho5",
    show_default=True,
    callback=_validate_rig,
    help="The rigs whose views are rendered, separated by commas.",
)
@click.option(
    "--size", default=512, show_default=True, type=click.IntRange(16, 4096), help="The side of every view, in pixels."
)
@engine_option
@click.option(
    "--samples",
    default=RenderOptions.samples,
    show_default=True,
    type=click.IntRange(1, 1024),
    help="The number of samples of colour and coverage per pixel.",
)
@click.option("--mesh", is_flag=True, help="Store the mesh of the character inside the box.")
@click.option("--points", is_flag=True, help="Store sample points: whether they lie inside the head, and their colour.")
@click.option("--normals", is_flag=True, help="Store the surface normals of every view.")
@click.option(
    "--parts",
    is_flag=True,
    help="Store the part that every pixel shows: face, eye, hair, accessory, cloth or other.",
)
@click.option("--illustrate", is_flag=True, help="Store a drawn portrait of the front view.")
@click.option(
    "--styles",
    default="train",
    show_default=True,
    type=click.Choice(["train", "heldout"]),
    help="The set of styles of the drawn portraits.",
)
@facing_option
@click.option(
    "--head-bone",
    metavar="NAME",
    help="The name of the head bone, for glTF and PMX files in which it has no common name.",
)
@click.option(
    "--member", metavar="NAME", help="The model to take from a .zip with several; * and ? are wildcards as in a shell."
)
@click.option(
    "--fit/--no-fit",
    default=True,
    show_default=True,
    help="Scale the heads of glTF and PMX files to fit the box. VRM files are never scaled.",
)
@click.option(
    "--paper-materials",
    is_flag=True,
    help="Render materials as the paper does: discard alpha below 0.5, without blending and culling.",
)
@click.option(
    "--paper-clip", is_flag=True, help="Let geometry outside the box occlude what lies behind it, as the paper does."
)
@click.option(
    "--checks",
    default="standard",
    show_default=True,
    type=click.Choice(["standard", "paper"]),
    help="Leave out avatars that cannot give a useful sample (standard), or all that the paper filters out (paper).",
)
@click.option("--no-check", multiple=True, type=click.Choice(CHECK_NAMES), help="A check to skip; can be repeated.")
@click.option(
    "--workers",
    type=click.IntRange(1),
    help="The number of worker processes.  [default: as many as cores and memory allow]",
)
@click.option("--timeout", default=300.0, show_default=True, help="The time limit per avatar, in seconds.")
@click.option(
    "--max-memory-mb",
    default=Limits.max_memory_mb,
    show_default=True,
    type=click.IntRange(64),
    help="The memory limit per avatar, in megabytes.",
)
@click.option(
    "--per-shard",
    default=64,
    show_default=True,
    type=click.IntRange(1),
    help="The number of avatars per shard of a new dataset.",
)
@click.option("--retry-failed", is_flag=True, help="Render avatars again that failed in an earlier run.")
@rank_option
@world_size_option
@executor_option
def render(
    avatars: tuple[Path, ...],
    out: Path,
    rig: str,
    size: int,
    engine: Engine | None,
    samples: int,
    mesh: bool,
    points: bool,
    normals: bool,
    parts: bool,
    illustrate: bool,
    styles: StyleSet,
    facing: Literal["+z", "-z"],
    head_bone: str | None,
    member: str | None,
    fit: bool,
    paper_materials: bool,
    paper_clip: bool,
    checks: Literal["standard", "paper"],
    no_check: tuple[str, ...],
    workers: int | None,
    timeout: float,
    max_memory_mb: int,
    per_shard: int,
    retry_failed: bool,
    rank: int,
    world_size: int,
    executor: Literal["local", "ray"],
) -> None:
    """Render AVATARS (.vrm, .glb, .gltf, .pmx, .zip files, or folders of them) into shards.

    A second run renders only missing avatars. Avatars that failed stay listed in manifest.jsonl; --retry-failed renders
    them again.
    """
    if rank >= world_size:
        raise click.BadParameter(f"--rank {rank} needs a --world-size over {rank}")
    off = ",".join(sorted(set(no_check)))
    avatar = AvatarOptions(facing, fit, paper_materials, paper_clip, head_bone, member, checks, off)
    if illustrate and "front" not in list_rig_views(rig):
        raise click.UsageError(
            f"--illustrate draws the front view, which rig {rig} has not: add ortho4 or ortho5 to it"
        )
    drawn = styles if illustrate else None
    options = RenderOptions(
        rig, size, engine or choose_default_engine(), samples, mesh, points, normals, parts, drawn, avatar
    )
    if executor == "ray" and world_size > 1:
        raise click.UsageError("--executor ray spreads the work itself: leave --rank and --world-size out")
    jobs = JobOptions(workers, timeout, max_memory_mb, per_shard, retry_failed, rank, world_size, executor)
    manifest = render_avatars(avatars, out, options, jobs)
    report_outcome(out, manifest.records.values(), "avatars")
