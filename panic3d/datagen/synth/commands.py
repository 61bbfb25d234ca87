"""`panic3d synth`: generated characters as VRM files, with labels."""

import json
from pathlib import Path

import click

from panic3d.errors import UserError
from panic3d.progress import Progress


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
def synth(count: int, seed: int, out: Path, families: str, vrm: str) -> None:
    """Generate characters synth-SEED-IIIIII.vrm and labels.jsonl; files that are there already are made anew."""
    from panic3d.datagen.synth.generate import write_character

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out must be a folder that can be written, but {out} gives: {error.strerror}.") from error
    lines = []
    with Progress("synth", count) as progress:
        for index in range(count):
            name = f"synth-{seed}-{index:06d}.vrm"
            lines.append(json.dumps(write_character(out / name, seed, index, families, vrm), sort_keys=True))
            progress.step(name)
    (out / "labels.jsonl").write_text("".join(f"{line}\n" for line in lines))
    click.echo(f"{count} characters and labels.jsonl in {out}")
