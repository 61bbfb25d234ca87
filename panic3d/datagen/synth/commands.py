"""`panic3d synth`: generate characters as VRM files, with labels."""

import os
from pathlib import Path

import click

from panic3d.datagen.synth.families import FAMILIES


@click.command()
@click.option("--count", type=click.IntRange(min=1), required=True, help="The number of characters.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="The seed. Character I depends on the seed and I alone, not on the count.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder of the written files."
)
@click.option(
    "--families",
    type=click.Choice(list(FAMILIES)),
    default="train",
    show_default=True,
    help="The family of characters. train2 has the styles of train and many more; heldout and heldout2 have styles "
    "that no other family uses.",
)
@click.option(
    "--vrm",
    type=click.Choice(["1.0", "0.x"]),
    default="1.0",
    show_default=True,
    help="The version of the VRM format that is written.",
)
@click.option(
    "--turned-deg",
    type=click.FloatRange(min=0, max=50),
    default=0.0,
    show_default=True,
    help="Turn each head at random: yaw up to this angle in degrees, pitch up to 0.4 of it, roll up to 0.3 of it. The "
    "labels have the pose and the turned landmarks.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=os.cpu_count(),
    help="The number of worker processes.  [default: the number of cores]",
)
def synth(count: int, seed: int, out: Path, families: str, vrm: str, turned_deg: float, workers: int) -> None:
    """Generate characters synth-SEED-IIIIII.vrm and their labels.jsonl.

    Characters that exist already are kept.
    """
    from panic3d.datagen.synth.batch import CharacterBatch, write_batch

    made = write_batch(CharacterBatch(out, count, seed, families, vrm, turned_deg), workers)
    kept = f", {count - made} of them were there" if made < count else ""
    click.echo(f"{count} characters and labels.jsonl in {out}{kept}")
