"""Mattes of generated drawings over random backgrounds, ours beside U2-Netp's; the truth is known.

`python -m panic3d.models.portrait.evaluation.mattes DATA` prints the table of docs/experiments/portraits.md.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from jaxtyping import Float

from panic3d.cameras.axes import IMAGE_SIZE, MASK_ALPHA
from panic3d.cameras.compositing import premultiply
from panic3d.models.portrait.matting.matting import load_matte_predictor, load_u2netp, merge_mattes, refine_matte
from panic3d.models.portrait.training.backgrounds import draw_background
from panic3d.models.portrait.training.characters import LabelledCharacter, read_characters
from panic3d.weights.catalogue import U2NETP

MattingFunction = Callable[[Float[np.ndarray, "S S 3"]], Float[np.ndarray, "S S"]]


@dataclass(frozen=True)
class MattingScene:
    """A drawing over a background, and its true alpha."""

    rgb: Float[np.ndarray, "S S 3"]
    alpha: Float[np.ndarray, "S S"]


@dataclass(frozen=True)
class MatteErrors:
    """Errors of one network over scenes."""

    iou: float
    """Mean intersection over union of the figure."""
    worst_iou: float
    """Mean intersection over union of the worst tenth."""
    difference: float
    """Mean absolute difference of alpha."""

    def row(self, name: str) -> str:
        """Return a line of the table."""
        return f"| {name} | {100 * self.iou:.1f}% | {100 * self.worst_iou:.1f}% | {self.difference:.3f} |"


def make_scenes(drawings: Sequence[LabelledCharacter], seed: int = 11) -> Iterator[MattingScene]:
    """Yield each drawing in its own frame over a random background."""
    for index, drawing in enumerate(drawings):
        generator = np.random.Generator(np.random.PCG64([seed, index]))
        shown = premultiply(drawing.pictures[0])
        alpha = shown[..., 3]
        behind = draw_background(generator, len(shown)) * (1 - alpha[..., None])
        yield MattingScene((shown[..., :3] + behind).clip(0, 1).astype(np.float32), alpha)


def measure_matte_errors(
    found: Sequence[Float[np.ndarray, "S S"]], truth: Sequence[Float[np.ndarray, "S S"]]
) -> MatteErrors:
    """Measure the errors of mattes. Raises ValueError if there are none."""
    overlaps, differences = [], []
    for one, true in zip(found, truth, strict=True):
        mine, other = one >= MASK_ALPHA, true >= MASK_ALPHA
        overlaps.append((mine & other).sum() / max(1, (mine | other).sum()))
        differences.append(np.abs(one - true).mean())
    if not overlaps:
        raise ValueError("no mattes to compare")
    worst = np.sort(overlaps)[: max(1, len(overlaps) // 10)]
    return MatteErrors(float(np.mean(overlaps)), float(worst.mean()), float(np.mean(differences)))


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--count", type=int, default=100, show_default=True)
def main(data: Path, count: int) -> None:
    """Print one line per available network."""
    shown = list(make_scenes(list(read_characters(data, IMAGE_SIZE))[:count]))
    networks: dict[str, MattingFunction] = {"ours": load_matte_predictor()}
    if U2NETP.state() == "present":
        networks["U2-Netp"] = load_u2netp()
        networks["both"] = lambda rgb: merge_mattes(load_matte_predictor()(rgb), load_u2netp()(rgb))
    for name, network in networks.items():
        coarse = [network(scene.rgb) for scene in shown]
        fine = [refine_matte(scene.rgb, alpha) for scene, alpha in zip(shown, coarse, strict=True)]
        for label, mattes in ((f"{name}, as it is", coarse), (f"{name}, guided filter", fine)):
            click.echo(measure_matte_errors(mattes, [scene.alpha for scene in shown]).row(label))


if __name__ == "__main__":
    main()
