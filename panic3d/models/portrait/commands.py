"""`panic3d portraits`: drawings aligned and cut out, into shards."""

from pathlib import Path

import click


@click.command()
@click.argument("pictures", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Dataset folder.")
@click.option(
    "--detector",
    type=click.Choice(["ours", "animeface"]),
    default="ours",
    show_default=True,
    help="What finds faces and their 28 landmarks.",
)
@click.option(
    "--matting",
    type=click.Choice(["auto", "given", "ours", "u2netp"]),
    default="auto",
    show_default=True,
    help="Background removal, as in `panic3d reconstruct`.",
)
@click.option("--any-pose", is_flag=True, help="Turned and tilted heads too.")
@click.option("--any-expression", is_flag=True, help="Closed eyes and open mouths too.")
@click.option("--per-shard", type=click.IntRange(1), default=64, show_default=True)
@click.option("--retry-failed", is_flag=True, help="Try those again that failed before.")
def portraits(
    pictures: tuple[Path, ...],
    out: Path,
    detector: str,
    matting: str,
    any_pose: bool,
    any_expression: bool,
    per_shard: int,
    retry_failed: bool,
) -> None:
    """Align PICTURES (files, or folders of them) into shards, as the line remover's training reads them.

    Front-facing, neutral faces alone, as in the paper; manifest.jsonl says why others were left out. A rerun does what
    is missing.
    """
    from panic3d.models.portrait.drawn_dataset import DrawnOptions, align_drawings, find_pictures
    from panic3d.models.portrait.faces.animeface_detector import AnimefaceDetector
    from panic3d.models.portrait.faces.landmark_detector import load_face_detector
    from panic3d.shards.outcome import report_outcome

    options = DrawnOptions(detector, matting, any_pose, any_expression)
    finder = load_face_detector() if detector == "ours" else AnimefaceDetector()
    manifest = align_drawings(find_pictures(pictures), out, options, finder, per_shard, retry_failed)
    report_outcome(out, manifest.records.values(), "pictures")
