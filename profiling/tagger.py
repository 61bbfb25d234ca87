"""How well the small tagger ranks characters by their tags: average precision, beside what chance would reach."""

from pathlib import Path

import click
import numpy as np
import torch

from panic3d.models.portrait.training.characters import LabelledCharacter, read_characters
from panic3d.models.tagging.network import Tagger, load_tagger
from panic3d.models.tagging.precision import compute_tag_precision
from profiling.table import Row, Table


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path), help="A folder of shards of held-out characters.")
@click.option("--labels", default="", help="The path of labels.jsonl, if the shards do not hold its records.")
@click.option(
    "--weights",
    type=click.Path(exists=True, path_type=Path),
    help="Weights of the tagger.  [default: those of the package]",
)
def command(data: Path | None, labels: str, weights: Path | None) -> list[Table]:
    """Measure the average precision of each tag on renders, and on drawings where the shards have some."""
    if data is None:
        click.echo("tagger: skipped, it needs shards of held-out characters (--data FOLDER)", err=True)
        return []
    tagger = load_tagger(weights)
    everyone = [c for c in read_characters(data, tagger.config.size, labels) if c.tags]
    drawn = [c for c in everyone if len(c.pictures) == 2]
    tables = [table("renders", tagger, everyone, -1)]
    return [*tables, table("drawings", tagger, drawn, 0)] if drawn else tables


def table(kind: str, tagger: Tagger, shown: list[LabelledCharacter], picture: int) -> Table:
    pictures = torch.from_numpy(np.stack([character.pictures[picture] for character in shown]))
    with torch.no_grad():
        logits = torch.cat([tagger.tags(some) for some in pictures.split(50)]).numpy()
    true = np.array([[tag in character.tags for tag in tagger.config.tags] for character in shown])
    found = compute_tag_precision(logits, true, tagger.config.tags)
    means = np.array(list(found.values())).mean(axis=0)
    rows = [Row("chance, mean", means[1], ""), Row("mean over tags", means[0], "")]
    rows += [
        Row(f"{tag} (chance {share:.2f})", precision, "")
        for tag, (precision, share) in sorted(found.items(), key=lambda item: -item[1][0])
    ]
    return Table(f"Average precision on {len(shown)} {kind}", "chance, mean", rows)
