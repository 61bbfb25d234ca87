"""A reconstructed head: its views, its mesh, and the files that it can be saved as."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from panic3d.avatar.config import AvatarConfig
from panic3d.cameras.camera import Camera
from panic3d.cameras.compositing import composite_on_white
from panic3d.cameras.rigs import make_view_camera
from panic3d.cameras.view import RenderedView
from panic3d.datagen.synth.params import CharacterParams
from panic3d.datagen.synth.vrm.model import VrmCharacter
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.mesh_files import save_mesh
from panic3d.models.character.fitting.character_file import encode_character
from panic3d.models.character.fitting.reconstruction import CharacterReconstruction
from panic3d.models.method import BackHair, HeadPoseSource, Portrait, Reconstruction
from panic3d.models.portrait.canonical import PortraitStages
from panic3d.models.portrait.picture import Picture
from panic3d.runtime.errors import UserError
from panic3d.runtime.extras import is_installed
from panic3d.runtime.files import write_atomically, write_image_atomically

VrmVersion = Literal["1.0", "0.x"]
DEFAULT_AVATAR = AvatarConfig()
STRIP_VIEWS, STRIP_SIZE_PX = ("front", "spin030", "left", "back", "right", "spin330"), 256


@dataclass(frozen=True)
class PreparedPortrait:
    """A portrait that is ready for a method, with the stages that led to it."""

    name: str
    """The path of the picture, or what stands for it."""
    picture: Picture
    stages: PortraitStages
    line_free: UInt8[np.ndarray, "512 512 4"] | None
    """None if no lines were removed."""
    back_hair: BackHair | None = None
    back: UInt8[np.ndarray, "512 512 4"] | None = None
    styles: tuple[tuple[str, str], ...] = ()
    character: CharacterParams | None = None
    head_pose: HeadPoseSource = "auto"

    @property
    def portrait(self) -> Portrait:
        """The input of a method."""
        original = self.stages.portrait
        line_free = original if self.line_free is None else self.line_free
        landmarks_px = self.stages.landmarks_px
        return Portrait(
            original,
            line_free,
            landmarks_px,
            self.back_hair,
            self.back,
            self.styles,
            self.character,
            self.head_pose,
        )


class Head:
    """A reconstructed head in the head frame (metres, y up, facing +z), with the stages that led to it."""

    def __init__(
        self, prepared: PreparedPortrait, reconstruction: Reconstruction, avatar_config: AvatarConfig = DEFAULT_AVATAR
    ) -> None:
        self.prepared, self.reconstruction, self.avatar_config = prepared, reconstruction, avatar_config

    @property
    def portrait(self) -> Portrait:
        """The portrait that the method was given."""
        return self.prepared.portrait

    @property
    def stages(self) -> PortraitStages:
        """Faces, crop, matte and portrait of the picture."""
        return self.prepared.stages

    def mesh(self) -> ColouredMesh:
        """Return the surface with one colour per vertex."""
        return self._mesh

    def render(self, views: str | Camera | Sequence[str | Camera], size: int = 512) -> list[RenderedView]:
        """Render one square view of `size` pixels per name of a view or camera.

        Names are front, left, back, right, top, and spin000 to spin330 in steps of 30 degrees; `left` shows the left
        side of the character. Raises UserError if there is no view of a name.
        """
        if isinstance(views, str | Camera):
            views = [views]
        return self.reconstruction.render([_find_camera(view) for view in views], size)

    def save(self, path: str | Path, vrm_version: VrmVersion = "1.0") -> Path:
        """Write a file and return its path.

        .glb and .vrm have the avatar, with bones, expressions and a texture; .obj and .ply the mesh with coloured
        vertices, as .glb has where no face was found. Raises UserError for another suffix, and for .vrm without a face.
        """
        from panic3d.datagen.synth.vrm.writer import write_skinned_glb, write_vrm

        found = Path(path)
        suffix = found.suffix.lower()
        if suffix == ".vrm":
            write_vrm(found, self.avatar, vrm_version)
        elif suffix == ".glb" and self.has_face and is_installed("xatlas"):
            write_skinned_glb(found, self.avatar)
        else:
            return save_mesh(self.mesh(), found)
        return found

    def save_views(self, path: str | Path) -> list[RenderedView]:
        """Write the portrait and six views of 256 pixels side by side as a picture, and return the views."""
        views = self.render(STRIP_VIEWS, STRIP_SIZE_PX)
        given = composite_on_white(self.portrait.original)
        small = np.asarray(given).reshape(STRIP_SIZE_PX, 2, STRIP_SIZE_PX, 2, 3).mean(axis=(1, 3))
        strip = np.concatenate([small, *(view.rgb for view in views)], axis=1)
        write_image_atomically(Path(path), Image.fromarray(np.round(strip.clip(0, 1) * 255).astype(np.uint8)))
        return views

    def save_viewer(self, path: str | Path) -> Path:
        """Write one page of HTML that shows the avatar, and return its path. Raises UserError without a face."""
        from panic3d.avatar.viewer.page import make_page
        from panic3d.datagen.synth.vrm.writer import encode_vrm

        page = make_page(encode_vrm(self.avatar, "1.0"), self.avatar.name)
        write_atomically(Path(path), page.encode())
        return Path(path)

    def save_turntable(self, path: str | Path) -> Path:
        """Write a .webp or an .mp4 in which the head turns once, and return its path.

        Raises UserError for another suffix, and for .mp4 without the extra `video`.
        """
        from panic3d.avatar.turntable import SIZE_PX, save_turntable

        return save_turntable(Path(path), lambda camera: self.render(camera, SIZE_PX)[0])

    def save_character(self, path: str | Path) -> Path:
        """Write the fitted character, from which the head can be made again, as JSON and return the path.

        Raises UserError where no character was fitted.
        """
        found = self.reconstruction
        if not isinstance(found, CharacterReconstruction) or found.fitted is None:
            raise UserError(f"{self.prepared.name}: no character was fitted")
        write_atomically(Path(path), encode_character(found.fitted).encode())
        return Path(path)

    @property
    def has_character(self) -> bool:
        """Whether a character was fitted."""
        return isinstance(self.reconstruction, CharacterReconstruction) and self.reconstruction.fitted is not None

    @property
    def has_face(self) -> bool:
        """Whether there is a face, without which there is no avatar."""
        return self.stages.landmarks_px is not None

    @cached_property
    def avatar(self) -> VrmCharacter:
        """The avatar: parts with few triangles, a texture, bones and expressions.

        Of a fitted character it has the parts, the body and swinging hair, of another head the surface. Raises
        UserError where there is no face.
        """
        from panic3d.avatar.build import build_avatar
        from panic3d.avatar.sculpt import build_sculpt

        found, config = self.reconstruction, self.avatar_config
        title = config.title or Path(self.prepared.name).stem
        if isinstance(found, CharacterReconstruction) and found.fitted is not None and not config.sculpt:
            return build_avatar(found, self.stages, title, config)
        return build_sculpt(self.mesh(), self.stages, title, config)

    @cached_property
    def _mesh(self) -> ColouredMesh:
        return self.reconstruction.mesh()


def _find_camera(view: str | Camera) -> Camera:
    if isinstance(view, Camera):
        return view
    try:
        return make_view_camera(view)
    except (KeyError, ValueError) as error:
        raise UserError(f"there is no view '{view}': expected a name such as front, left, back, spin030") from error
