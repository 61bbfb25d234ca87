"""`panic3d reconstruct`: pictures in, coloured heads out, and everything that was seen on the way."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from panic3d.runtime.errors import ItemsFailed, UserError

if TYPE_CHECKING:  # numpy and torch wait until a head is asked for
    from panic3d.models.method import Method
    from panic3d.models.portrait.canonical import PortraitConfig
    from panic3d.models.portrait.faces.face import Face
    from panic3d.models.portrait.picture import Picture

STRIP_VIEWS = ("front", "spin030", "left", "back", "right", "spin330")
STRIP_SIZE = 256


@click.command()
@click.argument("pictures", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for NAME.glb and what was seen.")
@click.option(
    "--method",
    "name",
    type=click.Choice(["panic3d-unet", "panic3d", "pixelnerf", "pifu"]),
    default="panic3d-unet",
    show_default=True,
    help="panic3d: the paper's network, at small size; pixelnerf and pifu: baselines.",
)
@click.option("--weights", type=click.Path(path_type=Path), help="A run's weights.safetensors; else those shipped.")
@click.option(
    "--align/--no-align",
    default=None,
    help="Move the face to where front renders have it, or take the picture's own frame.  [default: align, unless a "
    "square cut-out has its face there already]",
)
@click.option(
    "--face", type=click.IntRange(1), metavar="N", help="Of several faces, number N from the left; else the largest."
)
@click.option(
    "--detector",
    type=click.Choice(["ours", "animeface"]),
    default="ours",
    show_default=True,
    help="What finds faces and their 28 landmarks.",
)
@click.option("--landmarks", type=click.Path(path_type=Path), help="NAME.landmarks.json, or a folder of them, instead.")
@click.option(
    "--matting",
    type=click.Choice(["auto", "given", "ours", "u2netp"]),
    default="auto",
    show_default=True,
    help="Background removal. auto: the given alpha, a flat background by its colour, or our network together with "
    "U2-Netp, which needs `panic3d weights fetch`.",
)
@click.option("--no-line-removal", is_flag=True, help="Keep the ink lines.")
@click.option("--portrait-only", is_flag=True, help="Stop at the canonical portrait, before the 3D head.")
def reconstruct(
    pictures: tuple[Path, ...], out: Path, name: str, weights: Path | None, portrait_only: bool, **options: Any
) -> None:
    """From any drawings of characters to heads.

    Writes NAME.glb in metres, NAME.views.png, and what was seen: NAME.seen.png with all stages, and each in a file.
    """
    from panic3d.models.method import load_method
    from panic3d.runtime.progress import Progress

    failed: list[str] = []
    maker = Maker(**options)
    method = None if portrait_only else load_method(name, weights)
    out.mkdir(parents=True, exist_ok=True)
    names: dict[str, Path] = {}
    with Progress("reconstructing", len(pictures)) as progress:
        for path in pictures:
            try:
                if path.stem in names:
                    raise UserError(f"{path} would overwrite the result of {names[path.stem]}: rename one of them")
                maker.make(path, out, method)
                names[path.stem] = path
            except UserError as error:
                failed.append(str(error))
            progress.step(path.name)
    if failed:
        message = "; ".join(failed)
        raise ItemsFailed(f"{len(failed)} of {len(pictures)} failed: {message}") if names else UserError(message)


class Maker:
    """Makes portraits and heads as the options say."""

    def __init__(
        self,
        align: bool | None,
        face: int | None,
        detector: str,
        landmarks: Path | None,
        matting: Any,
        no_line_removal: bool,
    ) -> None:
        self.align, self.face, self.matting = align, face, matting
        self.detector, self.landmarks, self.line_removal = detector, landmarks, not no_line_removal

    def make(self, path: Path, out: Path, method: "Method | None") -> None:
        """Everything of one picture into the folder. UserError names the picture."""
        from panic3d.models.line_removal.removers import remove_lines
        from panic3d.models.method import Portrait
        from panic3d.models.portrait.canonical import make_portrait
        from panic3d.models.portrait.faces.landmark_file import SUFFIX, landmarks_json
        from panic3d.models.portrait.matting.matting import OURS
        from panic3d.models.portrait.picture import read_picture
        from panic3d.models.portrait.seen import save_failure, save_seen, save_stages

        def notice(sentence: str) -> None:
            click.echo(f"{path}: {sentence}", err=True)

        picture = read_picture(path, notice)
        faces, stem = self._faces(path, picture), out / path.stem
        try:
            stages = make_portrait(picture.rgba, faces, self._config(), notice)
        except UserError as error:
            save_failure(picture.rgba, faces, str(error), stem.with_name(f"{stem.name}.seen.png"))
            raise UserError(f"{path}: {error}") from error
        if stages.matte.by == OURS and self.matting == "auto":
            notice("its background was removed by our network alone: `panic3d weights fetch` adds U2-Netp to it")
        line_free = remove_lines(stages.portrait, stages.landmarks_px) if self.line_removal else None
        in_file = [face.scaled(picture.shrink) for face in faces]
        stem.with_name(f"{stem.name}{SUFFIX}").write_text(landmarks_json(path, in_file))
        save_stages(stages, line_free, stem)
        views = []
        if method is not None:
            finished = stages.portrait if line_free is None else line_free
            views = _write_head(method, Portrait(stages.portrait, finished, stages.landmarks_px), stem)
        save_seen(stages, line_free, views[:2], stem.with_name(f"{stem.name}.seen.png"))

    def _config(self) -> "PortraitConfig":
        from panic3d.models.portrait.alignment.similarity import GENERATED, GENERATED_BY_ANIMEFACE
        from panic3d.models.portrait.canonical import PortraitConfig

        by_animeface = self.detector == "animeface" and self.landmarks is None
        targets = GENERATED_BY_ANIMEFACE if by_animeface else GENERATED
        align = {None: "auto", True: "always", False: "never"}[self.align]
        return PortraitConfig(align=align, face=self.face, matting=self.matting, targets=targets)  # type: ignore[arg-type]

    def _faces(self, path: Path, picture: "Picture") -> "list[Face]":
        """In pixels of the picture as it was read."""
        from panic3d.models.portrait.canonical import find_faces
        from panic3d.models.portrait.faces.animeface_detector import AnimefaceDetector
        from panic3d.models.portrait.faces.landmark_detector import our_detector
        from panic3d.models.portrait.faces.landmark_file import read_landmarks

        if self.landmarks is not None:
            return [face.scaled(1 / picture.shrink) for face in read_landmarks(self.landmarks, path)]
        return find_faces(picture.rgba, our_detector() if self.detector == "ours" else AnimefaceDetector())


def _write_head(method: "Method", portrait: Any, stem: Path) -> list[Any]:
    """NAME.glb and NAME.views.png; gives the views' colours."""
    import numpy as np
    from PIL import Image

    from panic3d.cameras.rigs import camera_of
    from panic3d.geometry.glb import glb_bytes

    head = method.reconstruct(portrait)
    stem.with_name(f"{stem.name}.glb").write_bytes(glb_bytes(head.mesh(), stem.name))
    views = [view.rgb for view in head.render([camera_of(view) for view in STRIP_VIEWS], STRIP_SIZE)]
    given = portrait.original.astype(np.float32) / 255
    on_white = given[..., :3] * given[..., 3:] + 1 - given[..., 3:]
    small = np.asarray(on_white).reshape(STRIP_SIZE, 2, STRIP_SIZE, 2, 3).mean(axis=(1, 3))
    strip = np.concatenate([small, *views], axis=1)
    Image.fromarray(np.round(strip.clip(0, 1) * 255).astype(np.uint8)).save(stem.with_name(f"{stem.name}.views.png"))
    return views
