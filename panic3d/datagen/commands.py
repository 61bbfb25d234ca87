"""`panic3d render`."""

from pathlib import Path
from typing import Literal

import click

from panic3d.cameras.rigs import views_of
from panic3d.datagen.avatars.checks import CHECK_NAMES as CHECKS
from panic3d.datagen.avatars.options import AvatarOptions
from panic3d.datagen.engines.availability import ENGINES, Engine, default_engine
from panic3d.datagen.illustrate.styles import StyleSet
from panic3d.datagen.runner.jobs import JobOptions, render_avatars
from panic3d.datagen.runner.pool import Limits
from panic3d.datagen.runner.sample import RenderOptions
from panic3d.shards.outcome import report_outcome


def _known_rig(context: click.Context, parameter: click.Parameter, value: str) -> str:
    try:
        views_of(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    return value


@click.command()
@click.argument("avatars", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="The dataset folder.")
@click.option("--rig", default="ortho5", show_default=True, callback=_known_rig, help="Named rigs, joined by commas.")
@click.option("--size", default=512, show_default=True, type=click.IntRange(16, 4096), help="Pixels a side.")
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    help="Library that renders.  [default: cycles, or pyrender where Blender has no wheel]",
)
@click.option(
    "--samples",
    default=RenderOptions.samples,
    show_default=True,
    type=click.IntRange(1, 1024),
    help="Places looked at in a pixel.",
)
@click.option("--mesh", is_flag=True, help="Store the true mesh as well.")
@click.option("--points", is_flag=True, help="Store points in and about the head: inside or not, and their colour.")
@click.option("--normals", is_flag=True, help="Store the surface normals of every view.")
@click.option("--parts", is_flag=True, help="Store which part every pixel shows: face, eye, hair, accessory, cloth.")
@click.option("--illustrate", is_flag=True, help="Store a drawn portrait of the front view.")
@click.option(
    "--styles", default="train", show_default=True, type=click.Choice(["train", "heldout"]), help="To draw in."
)
@click.option("--facing", default="+z", show_default=True, type=click.Choice(["+z", "-z"]), help="Of plain glTF files.")
@click.option("--head-bone", metavar="NAME", help="Of glTF and PMX files in which it bears no usual name.")
@click.option("--member", metavar="NAME", help="Of a .zip with several models: which one (* and ? as in a shell).")
@click.option("--fit/--no-fit", default=True, show_default=True, help="Scale glTF and PMX heads to fit the box.")
@click.option("--paper-materials", is_flag=True, help="Alpha under 0.5 discarded, no blending, no culling.")
@click.option("--paper-clip", is_flag=True, help="What lies outside the box hides what is behind it.")
@click.option(
    "--checks",
    default="standard",
    show_default=True,
    type=click.Choice(["standard", "paper"]),
    help="What is left out: what no sample can be made of, or all that the paper's filters leave out.",
)
@click.option("--no-check", multiple=True, type=click.Choice(CHECKS), help="Do not make this check; can be repeated.")
@click.option("--workers", type=click.IntRange(1), help="Processes; as many as cores and memory allow if not given.")
@click.option("--timeout", default=300.0, show_default=True, help="Seconds for an avatar.")
@click.option(
    "--max-memory-mb", default=Limits.max_memory_mb, show_default=True, type=click.IntRange(64), help="For an avatar."
)
@click.option(
    "--per-shard", default=64, show_default=True, type=click.IntRange(1), help="Avatars a shard, in a new folder."
)
@click.option("--retry-failed", is_flag=True, help="Try again what failed before.")
@click.option(
    "--rank", default=0, show_default=True, type=click.IntRange(0), help="Of this process among --world-size."
)
@click.option("--world-size", default=1, show_default=True, type=click.IntRange(1))
@click.option(
    "--executor",
    default="local",
    show_default=True,
    type=click.Choice(["local", "ray"]),
    help="ray: on the cluster of RAY_ADDRESS, or that of this machine.",
)
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

    A rerun renders only what is missing; what failed stays listed in manifest.jsonl until --retry-failed.
    """
    if rank >= world_size:
        raise click.BadParameter(f"--rank {rank} needs a --world-size over {rank}")
    off = ",".join(sorted(set(no_check)))
    avatar = AvatarOptions(facing, fit, paper_materials, paper_clip, head_bone, member, checks, off)
    if illustrate and "front" not in views_of(rig):
        raise click.UsageError(
            f"--illustrate draws the front view, which rig {rig} has not: add ortho4 or ortho5 to it"
        )
    drawn = styles if illustrate else None
    options = RenderOptions(rig, size, engine or default_engine(), samples, mesh, points, normals, parts, drawn, avatar)
    if executor == "ray" and world_size > 1:
        raise click.UsageError("--executor ray spreads the work itself: leave --rank and --world-size out")
    jobs = JobOptions(workers, timeout, max_memory_mb, per_shard, retry_failed, rank, world_size, executor)
    manifest = render_avatars(avatars, out, options, jobs)
    report_outcome(out, manifest.records.values(), "avatars")
