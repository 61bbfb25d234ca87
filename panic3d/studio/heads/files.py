"""The files of one head: their names, kinds and types. No name comes from a user."""

from pathlib import Path

from panic3d.studio.heads.records import FileKind
from panic3d.studio.heads.settings import StageName

RECORD_FILE, UPLOAD_FILE, BACK_FILE, MATTE_FILE = "record.json", "upload", "picture_from_behind", "painted_matte.png"
FILES: dict[str, FileKind] = {
    "head.glb": "glb",
    "head.vrm": "vrm",
    "head.character.json": "json",
    "turntable.webp": "webp",
    "overview.png": "png",
    "picture.png": "png",
    "faces.png": "png",
    "crop.png": "png",
    "matte.png": "png",
    "canonical.png": "png",
    "line_free.png": "png",
    "views.png": "png",
    "texture.png": "png",
}
"""The files that are served, in the order in which they are listed."""
FILES_OF_STAGE: dict[StageName, tuple[str, ...]] = {
    "reading": ("picture.png",),
    "faces": ("faces.png",),
    "alignment": ("crop.png",),
    "matte": ("matte.png", "canonical.png"),
    "lines": ("line_free.png",),
    "character": ("views.png",),
    "avatar": ("texture.png",),
    "saving": ("overview.png",),
}
"""What a stage writes where it has a preview."""
HEAD_FILES, TURNTABLE_FILE = ("head.glb", "head.vrm", "head.character.json"), "turntable.webp"
MEDIA_TYPES: dict[FileKind, str] = {
    "glb": "model/gltf-binary",
    "vrm": "model/gltf-binary",
    "json": "application/json",
    "webp": "image/webp",
    "png": "image/png",
}


def name_download(display_name: str, file: str) -> str:
    """Return the name under which a browser saves a file: that of the picture, with what the file is."""
    stem = "".join(c if c.isalnum() or c in " -_" else "_" for c in Path(display_name).stem).strip() or "head"
    return f"{stem[:80]}.{file.removeprefix('head.')}"
