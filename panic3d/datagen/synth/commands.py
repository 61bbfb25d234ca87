"""`panic3d synth`: generated characters as VRM files, with labels."""

import os
from pathlib import Path

import click


@click.command()
@click.option("--count", type=click.IntRange(min=1), required=True, help="How many characters.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Character i depends on it and i."
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the files.")
@click.option("--families", type=click.Choice(["train", "heldout"]), default="train", show_default=True, help="Styles.")
@click.option(
    "--vrm", type=click.Choice(["1.0", "0.x"]), default="1.0", show_default=True, help="Version of the files."
)
@click.option("--workers", type=click.IntRange(min=1), default=os.cpu_count(), help="Processes  [default: all cores]")
def synth(count: int, seed: int, out: Path, families: str, vrm: str, workers: int) -> None:
    """Generate characters synth-SEED-IIIIII.vrm and labels.jsonl; those that are there already are kept."""
    from panic3d.datagen.synth.batch import CharacterBatch, write_batch

    made = write_batch(CharacterBatch(out, count, seed, families, vrm), workers)
    kept = f", {count - made} of them were there" if made < count else ""
    click.echo(f"{count} characters and labels.jsonl in {out}{kept}")
