"""`panic3d portraits`: drawings aligned and cut out, into shards."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:  # numpy is imported when a picture is read
    from panic3d.models.portrait.alignment.similarity import FrameName


@click.command()
@click.argument("pictures", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The dataset folder for the portraits.")
@click.option(
    "--detector",
    type=click.Choice(["ours", "animeface"]),
    default="ours",
    show_default=True,
    help="The detector of faces and their 28 landmarks.",
)
@click.option(
    "--matting",
    type=click.Choice(["auto", "given", "ours", "u2netp"]),
    default="auto",
    show_default=True,
    help="How the background is removed, as in `panic3d reconstruct`.",
)
@click.option(
    "--frame",
    type=click.Choice(["generated", "published"]),
    default="generated",
    show_default=True,
    help="Where the faces are moved to: where front renders of generated characters have them, or those of the paper, "
    "which are 21% smaller and lie lower. Weights that are trained on the portraits record it.",
)
@click.option("--any-pose", is_flag=True, help="Keep turned and tilted heads as well.")
@click.option("--any-expression", is_flag=True, help="Keep closed eyes and open mouths as well.")
@click.option(
    "--per-shard",
    type=click.IntRange(1),
    default=64,
    show_default=True,
    help="Number of portraits per shard, in a new folder.",
)
@click.option("--retry-failed", is_flag=True, help="Try pictures again that failed before.")
def portraits(
    pictures: tuple[Path, ...],
    out: Path,
    detector: str,
    matting: str,
    frame: "FrameName",
    any_pose: bool,
    any_expression: bool,
    per_shard: int,
    retry_failed: bool,
) -> None:
    """Align PICTURES (files, or folders of them) and cut them out, into shards for the training of the line remover.

    Only front-facing, neutral faces are kept, as in the paper; manifest.jsonl says why others were left out. Running
    the command again makes what is missing.
    """
    from panic3d.models.portrait.drawn_dataset import DrawnOptions, align_drawings, find_pictures
    from panic3d.models.portrait.faces.animeface_detector import AnimefaceDetector
    from panic3d.models.portrait.faces.landmark_detector import load_face_detector
    from panic3d.shards.outcome import report_outcome

    options = DrawnOptions(detector, matting, frame, any_pose, any_expression)
    finder = load_face_detector() if detector == "ours" else AnimefaceDetector()
    manifest = align_drawings(find_pictures(pictures), out, options, finder, per_shard, retry_failed)
    report_outcome(out, manifest.records.values(), "pictures")
