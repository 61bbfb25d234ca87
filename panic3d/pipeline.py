"""From a picture to a 3D head: read, detect faces, align, matte, remove lines, reconstruct.

Each stage is a method that can be called alone; calling the pipeline runs all of them:

    pipeline = HeadPipeline.from_weights()
    head = pipeline("me.png")
    head.save("me.glb")
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from panic3d.avatar.config import AvatarConfig
from panic3d.cameras.camera import Camera
from panic3d.cameras.rigs import make_view_camera
from panic3d.cameras.view import RenderedView
from panic3d.datagen.synth.params import CharacterParams
from panic3d.datagen.synth.vrm.model import VrmCharacter
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.mesh_files import save_mesh
from panic3d.models.character.fitting.character_file import encode_character, read_character
from panic3d.models.character.fitting.reconstruction import CharacterReconstruction
from panic3d.models.device import Device
from panic3d.models.line_removal.framing import load_framed_remover
from panic3d.models.line_removal.removers import DEFAULT_REMOVER, Remover
from panic3d.models.method import BackHair, Method, Portrait, Reconstruction, load_method
from panic3d.models.portrait.alignment.face_frame import read_face_frame
from panic3d.models.portrait.alignment.similarity import GENERATED_TARGETS, AlignmentTargets
from panic3d.models.portrait.canonical import (
    AlignedPicture,
    PortraitConfig,
    PortraitStages,
    align_picture,
    compute_matte,
    cut_out_figure,
    find_faces,
    make_portrait,
)
from panic3d.models.portrait.faces.animeface_detector import AnimefaceDetector
from panic3d.models.portrait.faces.face import Face, LandmarkDetector
from panic3d.models.portrait.faces.landmark_detector import load_face_detector
from panic3d.models.portrait.faces.landmark_file import read_landmarks
from panic3d.models.portrait.faces.plausibility import describe_doubts
from panic3d.models.portrait.matting.matting import OWN_NETWORK, Matte, MattingMethod
from panic3d.models.portrait.picture import (
    UNNAMED,
    Picture,
    make_picture_from_array,
    make_picture_from_image,
    read_picture,
)
from panic3d.runtime.errors import UserError, name_stage
from panic3d.runtime.extras import is_installed
from panic3d.runtime.files import write_atomically

logger = logging.getLogger(__name__)

VrmVersion = Literal["1.0", "0.x"]
DEFAULT_METHOD = "panic3d-auto"
DEFAULT_AVATAR = AvatarConfig()
PictureSource = str | Path | Image.Image | np.ndarray
"""The path of a picture, a Pillow image, or an array (H, W, 3 or 4) of 8-bit sRGB with straight alpha."""


@dataclass(frozen=True)
class PipelineConfig:
    """How pictures become portraits."""

    align: Literal["auto", "always", "never"] = "auto"
    """Whether to move the face to where front renders have it. auto: unless a square cut-out has its face there
    already; never: the whole picture is the frame."""
    face: int | None = None
    """Number of the face to take, counted from 1 at the left; None: the largest."""
    detector: Literal["ours", "animeface"] = "ours"
    """The detector of faces and their 28 landmarks."""
    landmarks: Path | None = None
    """A NAME.landmarks.json, or a folder of them, to use instead of a detector."""
    matting: MattingMethod = "auto"
    """Background removal. auto: the given alpha, else a flat background by its colour, else our network, together with
    U2-Netp where that was fetched."""
    line_removal: str | None = DEFAULT_REMOVER
    """The line remover, as NAME[=WEIGHTS]; None keeps the ink lines."""
    back_hair: BackHair | None = None
    """What the back of the hair is like; None: it is predicted. Only `panic3d-auto` and `panic3d-character` use it."""
    back: Path | None = None
    """A picture of the character from behind. Only `panic3d-auto` and `panic3d-character` use it."""
    styles: tuple[tuple[str, str], ...] = ()
    """Fields of the fitted character and their values, such as ("fringe", "blunt")."""
    character: Path | None = None
    """A NAME.character.json: the character to fit, instead of a predicted one."""
    avatar: AvatarConfig = field(default_factory=AvatarConfig)
    """How the files of a fitted character are made."""


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

    @property
    def portrait(self) -> Portrait:
        """The input of a method."""
        original = self.stages.portrait
        line_free = original if self.line_free is None else self.line_free
        landmarks_px = self.stages.landmarks_px
        return Portrait(original, line_free, landmarks_px, self.back_hair, self.back, self.styles, self.character)


class PortraitFailure(UserError):
    """A picture of which no portrait can be made; it keeps the picture and the faces that were found."""

    def __init__(self, name: str, reason: UserError, picture: Picture, faces: list[Face]) -> None:
        super().__init__(f"{name}: {reason}")
        self.reason, self.picture, self.faces = str(reason), picture, faces


class PortraitPipeline:
    """Makes canonical portraits of pictures: everything before the 3D reconstruction."""

    def __init__(
        self,
        config: PipelineConfig = PipelineConfig(),
        face_frame: AlignmentTargets = GENERATED_TARGETS,
        device: Device = "cpu",
    ) -> None:
        """`face_frame`: where the front renders that the method was trained on have their faces.

        `device`: where the line remover runs; detector and matting are on the CPU.
        """
        self.config, self.face_frame, self.device = config, face_frame, device

    def read(self, source: PictureSource) -> Picture:
        """Read a picture. Raises UserError if it is missing, broken, empty, too small or too large."""
        if isinstance(source, str | Path):
            return read_picture(Path(source))
        if isinstance(source, Image.Image):
            return make_picture_from_image(source.copy())
        return make_picture_from_array(source)

    def detect_faces(self, picture: Picture, name: str | Path = UNNAMED) -> list[Face]:
        """Detect all faces of a picture, in its pixels, or read them from the configured landmark file by `name`.

        Raises UserError if the landmark file does not fit.
        """
        if self.config.landmarks is not None:
            return [face.scale(1 / picture.shrink) for face in read_landmarks(self.config.landmarks, Path(name))]
        return find_faces(picture.rgba, self._detector)

    def align(self, picture: Picture, faces: list[Face]) -> AlignedPicture:
        """Move a picture into the canonical frame by one of its faces. Raises UserError if there is none."""
        return align_picture(picture.rgba, faces, self._portrait_config)

    def matte(self, aligned: AlignedPicture) -> Matte:
        """Compute the alpha of the figure of an aligned picture."""
        return compute_matte(aligned, self.config.matting)

    @name_stage("removing the lines")
    def remove_lines(
        self, portrait: UInt8[np.ndarray, "512 512 4"], landmarks_px: Float[np.ndarray, "28 2"] | None
    ) -> UInt8[np.ndarray, "512 512 4"]:
        """Remove the ink lines of a canonical portrait; without a configured line remover they stay."""
        return portrait if self._remover is None else self._remover(portrait, landmarks_px)

    def prepare(self, source: PictureSource) -> PreparedPortrait:
        """Make the portrait of a picture, every stage in turn.

        Raises UserError if the picture cannot be read, PortraitFailure if no portrait can be made of it.
        """
        name = str(source) if isinstance(source, str | Path) else UNNAMED
        picture = self.read(source)
        for note in picture.notes:
            logger.warning(note)
        faces = self.detect_faces(picture, name)
        try:
            aligned = self.align(picture, faces)
            matte = self.matte(aligned)
            stages = PortraitStages(**vars(aligned), matte=matte, portrait=cut_out_figure(aligned, matte))
        except UserError as error:
            raise PortraitFailure(name, error, picture, faces) from error
        if stages.chosen is not None:
            for doubt in describe_doubts(faces, stages.chosen, self.config.face is not None):
                logger.warning("%s: %s", name, doubt)
        if self.config.align == "auto" and not stages.aligned:
            logger.info("%s: is framed like a front render already: left as it is (--align moves it)", name)
        if matte.by == OWN_NETWORK and self.config.matting == "auto":
            logger.info(
                "%s: its background was removed by our network alone: `panic3d weights fetch` adds U2-Netp to it", name
            )
        line_free = None
        if self._remover is not None:
            line_free = self.remove_lines(stages.portrait, stages.landmarks_px)
        return PreparedPortrait(
            name, picture, stages, line_free, self.config.back_hair, self._back, self.config.styles, self._character
        )

    @cached_property
    def _character(self) -> CharacterParams | None:
        return None if self.config.character is None else read_character(self.config.character)

    @cached_property
    def _back(self) -> UInt8[np.ndarray, "512 512 4"] | None:
        """The cut-out figure of the picture from behind, in the frame of the whole picture."""
        if self.config.back is None:
            return None
        whole = PortraitConfig(align="never", matting=self.config.matting)
        portrait = make_portrait(self.read(self.config.back).rgba, [], whole).portrait
        return portrait if self._remover is None else self.remove_lines(portrait, None)

    @cached_property
    def _detector(self) -> LandmarkDetector:
        return load_face_detector() if self.config.detector == "ours" else AnimefaceDetector()

    @cached_property
    def _remover(self) -> Remover | None:
        name = self.config.line_removal
        return None if name is None else load_framed_remover(name, self.face_frame, self.device)

    @property
    def _portrait_config(self) -> PortraitConfig:
        by_animeface = self.config.detector == "animeface" and self.config.landmarks is None
        targets = self.face_frame.convert_to_animeface() if by_animeface else self.face_frame
        return PortraitConfig(self.config.align, self.config.face, self.config.matting, targets)


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


class HeadPipeline(PortraitPipeline):
    """Makes 3D heads of pictures."""

    def __init__(
        self,
        method: Method,
        config: PipelineConfig = PipelineConfig(),
        face_frame: AlignmentTargets = GENERATED_TARGETS,
        device: Device = "cpu",
    ) -> None:
        super().__init__(config, face_frame, device)
        self.method = method

    @classmethod
    def from_weights(
        cls,
        weights: str | Path | None = None,
        *,
        method: str = DEFAULT_METHOD,
        device: Device = "auto",
        config: PipelineConfig = PipelineConfig(),
    ) -> "HeadPipeline":
        """Load a method of `panic3d benchmark methods` with the weights of a file or run folder; None: those shipped.

        `device` is where its network runs; auto: on a CUDA GPU if there is one, else on the CPU. Faces are moved to
        where the renders that the weights were trained on have them, if the file tells. Raises UserError if the method,
        the weights or the device is missing.
        """
        path = None if weights is None else Path(weights)
        return cls(load_method(method, path, device), config, read_face_frame(path), device)

    @name_stage("reconstructing the head")
    def reconstruct(self, prepared: PreparedPortrait) -> Head:
        """Reconstruct the head of a prepared portrait."""
        return Head(prepared, self.method.reconstruct(prepared.portrait), self.config.avatar)

    def __call__(self, source: PictureSource) -> Head:
        """Make the head of a picture. Raises UserError as `prepare` does."""
        return self.reconstruct(self.prepare(source))


def _find_camera(view: str | Camera) -> Camera:
    if isinstance(view, Camera):
        return view
    try:
        return make_view_camera(view)
    except (KeyError, ValueError) as error:
        raise UserError(f"there is no view '{view}': expected a name such as front, left, back, spin030") from error
