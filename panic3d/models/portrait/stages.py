"""The stages from a picture to its portrait as picture files: one file per stage, and all of them side by side."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw, ImageFont

from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.models.portrait.alignment.similarity import transform_points
from panic3d.models.portrait.canonical import PortraitStages
from panic3d.models.portrait.faces.face import Face
from panic3d.runtime.files import write_image_atomically

TILE_PX, CAPTION_PX, DOT_PX = 384, 26, 2
CHOSEN_COLOUR, OTHER_COLOUR, FRAME_COLOUR = (220, 30, 60), (120, 120, 130), (30, 110, 220)
LANDMARK_LINES = (
    range(0, 5),
    range(5, 8),
    range(8, 11),
    (*range(11, 17), 11),
    (*range(17, 23), 17),
    (*range(24, 28), 24),
)


def save_stages(stages: PortraitStages, line_free: UInt8[np.ndarray, "512 512 4"] | None, stem: Path) -> None:
    """Write STEM.crop.png, .matte.png, .canonical.png, and .line_free.png if lines were removed."""
    pictures = {"crop": stages.crop, "matte": _to_8_bits(stages.matte.alpha), "canonical": stages.portrait}
    for name, pixels in (pictures | ({} if line_free is None else {"line_free": line_free})).items():
        _save(Image.fromarray(pixels), stem.with_name(f"{stem.name}.{name}.png"))


def save_overview(
    stages: PortraitStages,
    line_free: UInt8[np.ndarray, "512 512 4"] | None,
    head: Sequence[Float[np.ndarray, "S S 3"]],
    path: Path,
) -> None:
    """Write picture, crop, matte, portrait, line-free portrait and views of the head (RGB in [0, 1]) side by side."""
    chosen = stages.chosen
    crop = _make_board_tile(stages.crop)
    if chosen is not None:
        _draw_landmarks(
            crop,
            transform_points(chosen.landmarks_px, stages.canonical_from_picture),
            IMAGE_SIZE / TILE_PX,
            CHOSEN_COLOUR,
        )
    tiles = [
        (
            _make_picture_tile(stages.rgba, stages.faces, chosen, stages),
            f"picture {_format_size(stages.rgba)}, {_format_face_count(stages.faces)}",
        ),
        (crop, "aligned" if stages.aligned else "as framed"),
        (_make_grey_tile(stages.matte.alpha), f"matte: {stages.matte.by}"),
        (_make_board_tile(stages.portrait), "canonical portrait"),
    ]
    if line_free is not None:
        tiles.append((_make_board_tile(line_free), "without lines"))
    tiles += [(_tile(Image.fromarray(_to_8_bits(view))), "head" if i == 0 else "") for i, view in enumerate(head)]
    _save(_join_tiles(tiles), path)


def save_faces(rgba: UInt8[np.ndarray, "H W 4"], faces: Sequence[Face], path: Path) -> None:
    """Write the picture with the faces that were found in it, numbered from the left."""
    _save(_make_picture_tile(rgba, faces, None, None), path)


def save_failure(rgba: UInt8[np.ndarray, "H W 4"], faces: Sequence[Face], sentence: str, path: Path) -> None:
    """Write the picture with the faces that were found in it, and the reason of the failure."""
    _save(_join_tiles([(_make_picture_tile(rgba, faces, None, None), sentence)], TILE_PX * 2), path)


def _join_tiles(tiles: Sequence[tuple[Image.Image, str]], width: int = TILE_PX) -> Image.Image:
    sheet = Image.new("RGB", (width * len(tiles), TILE_PX + CAPTION_PX), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for i, (tile, caption) in enumerate(tiles):
        sheet.paste(tile, (width * i + (width - tile.width) // 2, 0))
        draw.text((width * i + 6, TILE_PX + 4), caption, fill=(40, 40, 40), font=font)
    return sheet


def _make_picture_tile(
    rgba: UInt8[np.ndarray, "H W 4"], faces: Sequence[Face], chosen: Face | None, stages: PortraitStages | None
) -> Image.Image:
    """Draw the picture with its faces, numbered from the left, and the canonical frame."""
    ratio = max(rgba.shape[:2]) / TILE_PX
    tile = _make_board_tile(rgba)
    draw, font = ImageDraw.Draw(tile), ImageFont.load_default(15)
    corner = (np.array(tile.size) - np.array(rgba.shape[1::-1]) / ratio) / 2
    if stages is not None:
        scale, move = stages.canonical_from_picture[0, 0], stages.canonical_from_picture[:, 2]
        corners = (np.array([[0, 0], [IMAGE_SIZE, IMAGE_SIZE]]) - move) / scale / ratio + corner
        draw.rectangle([*corners.ravel()], outline=FRAME_COLOUR, width=2)
    for number, face in enumerate(sorted(faces, key=lambda face: face.box.column_px), 1):
        colour = CHOSEN_COLOUR if face is chosen else OTHER_COLOUR
        _draw_landmarks(tile, face.landmarks_px + corner * ratio, ratio, colour)
        if len(faces) > 1:
            x, y = face.landmarks_px.min(axis=0) / ratio + corner - 16
            draw.text((float(x), float(y)), str(number), fill=colour, font=font)
    return tile


def _draw_landmarks(
    tile: Image.Image, points_px: Float[np.ndarray, "28 2"], ratio: float, colour: tuple[int, int, int]
) -> None:
    draw, points = ImageDraw.Draw(tile), points_px / ratio
    for group in LANDMARK_LINES:
        draw.line([tuple(points[i]) for i in group], fill=colour, width=1)
    for x, y in points:
        draw.ellipse([x - DOT_PX, y - DOT_PX, x + DOT_PX, y + DOT_PX], fill=colour)


def _make_board_tile(rgba: UInt8[np.ndarray, "H W 4"]) -> Image.Image:
    """Draw a picture on a light chequerboard, scaled to a tile."""
    image = Image.fromarray(rgba)
    image.thumbnail((TILE_PX, TILE_PX)) if max(image.size) > TILE_PX else None
    if max(image.size) < TILE_PX:
        scale = TILE_PX / max(image.size)
        image = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    rows, columns = np.mgrid[0:TILE_PX, 0:TILE_PX] // 12
    board = Image.fromarray(np.where((rows + columns) % 2 == 0, 255, 232).astype(np.uint8)).convert("RGBA")
    board.alpha_composite(image, ((TILE_PX - image.width) // 2, (TILE_PX - image.height) // 2))
    return board.convert("RGB")


def _make_grey_tile(alpha: Float[np.ndarray, "S S"]) -> Image.Image:
    return _tile(Image.fromarray(_to_8_bits(alpha)))


def _tile(image: Image.Image) -> Image.Image:
    return image.convert("RGB").resize((TILE_PX, TILE_PX), Image.Resampling.BILINEAR)


def _to_8_bits(values: Float[np.ndarray, "..."]) -> UInt8[np.ndarray, "..."]:
    return np.round(np.asarray(values).clip(0, 1) * 255).astype(np.uint8)


def _format_size(rgba: UInt8[np.ndarray, "H W 4"]) -> str:
    return f"{rgba.shape[1]}x{rgba.shape[0]}"


def _format_face_count(faces: Sequence[Face]) -> str:
    return "no face" if not faces else "1 face" if len(faces) == 1 else f"{len(faces)} faces"


def _save(image: Image.Image, path: Path) -> None:
    write_image_atomically(path, image, compress_level=3)
