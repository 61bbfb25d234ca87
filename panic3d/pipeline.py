"""From a picture to a 3D head: read, detect faces, align, matte, remove lines, reconstruct.

Each stage is a method that can be called alone; calling the pipeline runs all of them:

    pipeline = HeadPipeline.from_weights()
    head = pipeline("me.png")
    head.save("me.glb")
"""

import logging
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from panic3d.avatar.config import AvatarConfig
from panic3d.datagen.synth.params import CharacterParams
from panic3d.head import Head, PreparedPortrait
from panic3d.models.character.fitting.character_file import read_character
from panic3d.models.device import Device
from panic3d.models.line_removal.framing import load_framed_remover
from panic3d.models.line_removal.removers import DEFAULT_REMOVER, Remover
from panic3d.models.method import BackHair, HeadPoseSource, Method, load_method
from panic3d.models.portrait.alignment.face_frame import read_face_frame
from panic3d.models.portrait.alignment.similarity import GENERATED_TARGETS, AlignmentTargets
from panic3d.models.portrait.canonical import (
    AlignedPicture,
    CropSquare,
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
from panic3d.models.portrait.faces.plausibility import RECONSTRUCT_ADVICE, Advice, describe_doubts
from panic3d.models.portrait.matting.matting import OWN_NETWORK, Matte, MattingMethod, load_matte_predictor
from panic3d.models.portrait.picture import (
    UNNAMED,
    Picture,
    make_picture_from_array,
    make_picture_from_image,
    read_picture,
)
from panic3d.runtime.errors import UserError, name_stage

logger = logging.getLogger(__name__)

DEFAULT_METHOD = "panic3d-auto"
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
    crop: CropSquare | None = None
    """A square of the picture that becomes the canonical frame, instead of the alignment by a face."""
    line_removal: str | None = DEFAULT_REMOVER
    """The line remover, as NAME[=WEIGHTS]; None keeps the ink lines."""
    head_pose: HeadPoseSource = "auto"
    """auto: a head that is turned is reconstructed in its pose and turned to the front; front: it faces the front. Only
    `panic3d-auto` and `panic3d-character` use it."""
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
        self._loaded = _LoadedNetworks(face_frame, device)

    def read(self, source: PictureSource, name: str | None = None) -> Picture:
        """Read a picture. Raises UserError if it is missing, broken, empty, too small or too large.

        `name`: what messages call the file, if not by its path.
        """
        if isinstance(source, str | Path):
            return read_picture(Path(source), name)
        if isinstance(source, Image.Image):
            return make_picture_from_image(source.copy())
        return make_picture_from_array(source)

    def load_networks(self) -> None:
        """Load the networks of detection, matting and line removal, which are otherwise loaded at their first use."""
        self._loaded.get_detector(self.config.detector)
        load_matte_predictor()
        if self.config.line_removal is not None:
            self._loaded.get_remover(self.config.line_removal)

    def detect_faces(self, picture: Picture, name: str | Path = UNNAMED) -> list[Face]:
        """Detect all faces of a picture, in its pixels, or read them from the configured landmark file by `name`.

        Raises UserError if the landmark file does not fit.
        """
        if self.config.landmarks is not None:
            return [face.scale(1 / picture.shrink) for face in read_landmarks(self.config.landmarks, Path(name))]
        return find_faces(picture.rgba, self._loaded.get_detector(self.config.detector))

    def align(self, picture: Picture, faces: list[Face]) -> AlignedPicture:
        """Move a picture into the canonical frame by one of its faces, or by the configured square.

        Raises UserError if there is no face to align by.
        """
        return align_picture(picture.rgba, faces, self._portrait_config)

    def matte(self, aligned: AlignedPicture) -> Matte:
        """Compute the alpha of the figure of an aligned picture."""
        return compute_matte(aligned, self.config.matting)

    def cut_out(self, aligned: AlignedPicture, matte: Matte) -> PortraitStages:
        """Cut the figure of an aligned picture out by a matte: that of `matte`, or one of the user's.

        Raises UserError if no pixel of the figure is left.
        """
        return PortraitStages(**vars(aligned), matte=matte, portrait=cut_out_figure(aligned, matte))

    def describe_doubts(self, aligned: AlignedPicture, advice: Advice = RECONSTRUCT_ADVICE) -> list[str]:
        """Return a sentence for each reason why the face may not be the one that is wanted, or not be found well."""
        if aligned.chosen is None:
            return []
        return describe_doubts(aligned.faces, aligned.chosen, self.config.face is not None, advice)

    @name_stage("removing the lines")
    def remove_lines(
        self, portrait: UInt8[np.ndarray, "512 512 4"], landmarks_px: Float[np.ndarray, "28 2"] | None
    ) -> UInt8[np.ndarray, "512 512 4"]:
        """Remove the ink lines of a canonical portrait; without a configured line remover they stay."""
        return portrait if self._remover is None else self._remover(portrait, landmarks_px)

    def complete(self, picture: Picture, stages: PortraitStages, name: str = UNNAMED) -> PreparedPortrait:
        """Remove the lines of a portrait, and add what the configuration says about the character."""
        line_free = None
        if self._remover is not None:
            line_free = self.remove_lines(stages.portrait, stages.landmarks_px)
        return self.add_hints(PreparedPortrait(name, picture, stages, line_free))

    def add_hints(self, prepared: PreparedPortrait) -> PreparedPortrait:
        """Return a portrait with what the configuration says about the character: styles, its back, the whole of it."""
        config = self.config
        return replace(
            prepared,
            head_pose=config.head_pose,
            back_hair=config.back_hair,
            back=self._back,
            styles=config.styles,
            character=self._character,
        )

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
            stages = self.cut_out(aligned, self.matte(aligned))
        except UserError as error:
            raise PortraitFailure(name, error, picture, faces) from error
        for doubt in self.describe_doubts(stages):
            logger.warning("%s: %s", name, doubt)
        if self.config.align == "auto" and not stages.aligned:
            logger.info("%s: is framed like a front render already: left as it is (--align moves it)", name)
        if stages.matte.by == OWN_NETWORK and self.config.matting == "auto":
            logger.info(
                "%s: its background was removed by our network alone: `panic3d weights fetch` adds U2-Netp to it", name
            )
        return self.complete(picture, stages, name)

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

    @property
    def _remover(self) -> Remover | None:
        name = self.config.line_removal
        return None if name is None else self._loaded.get_remover(name)

    @property
    def _portrait_config(self) -> PortraitConfig:
        by_animeface = self.config.detector == "animeface" and self.config.landmarks is None
        targets = self.face_frame.convert_to_animeface() if by_animeface else self.face_frame
        return PortraitConfig(self.config.align, self.config.face, self.config.matting, targets, self.config.crop)


class _LoadedNetworks:
    """The face detectors and line removers of a pipeline, each loaded when it is first used."""

    def __init__(self, face_frame: AlignmentTargets, device: Device) -> None:
        self.face_frame, self.device = face_frame, device
        self._detectors: dict[str, LandmarkDetector] = {}
        self._removers: dict[str, Remover] = {}

    def get_detector(self, name: str) -> LandmarkDetector:
        if name not in self._detectors:
            self._detectors[name] = load_face_detector() if name == "ours" else AnimefaceDetector()
        return self._detectors[name]

    def get_remover(self, name: str) -> Remover:
        if name not in self._removers:
            self._removers[name] = load_framed_remover(name, self.face_frame, self.device)
        return self._removers[name]


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

    def reconfigure(self, config: PipelineConfig) -> "HeadPipeline":
        """Return a pipeline with another configuration that shares the networks that this one has loaded."""
        other = HeadPipeline(self.method, config, self.face_frame, self.device)
        other._loaded = self._loaded
        return other

    @name_stage("reconstructing the head")
    def reconstruct(self, prepared: PreparedPortrait) -> Head:
        """Reconstruct the head of a prepared portrait."""
        return Head(prepared, self.method.reconstruct(prepared.portrait), self.config.avatar)

    def __call__(self, source: PictureSource) -> Head:
        """Make the head of a picture. Raises UserError as `prepare` does."""
        return self.reconstruct(self.prepare(source))
