"""The front views of a dataset folder, decoded once into memory-mapped files."""

from pathlib import Path

import numpy as np
from jaxtyping import Float

from panic3d.cameras.compositing import premultiply
from panic3d.datasets.cache import ArrayWriter, announce_cache, describe_files, load_or_compute
from panic3d.datasets.drawings import DRAWING, RENDER
from panic3d.datasets.reader import list_shards
from panic3d.models.character.portraits import LabelledPortrait, PortraitFolder
from panic3d.runtime.errors import UserError
from panic3d.runtime.progress import Progress


class DecodedPictures:
    """Pictures of labelled portraits; decoding one takes longer than changing it for a training step."""

    def __init__(self, folder: PortraitFolder, cache: Path) -> None:
        """Load the pictures from the folder `cache`, or decode them into it; 4 bytes a pixel.

        Raises UserError where the pictures do not all have one size.
        """
        self._row = {
            (portrait.key, name): row
            for name in (DRAWING, RENDER)
            for row, portrait in enumerate(p for p in folder.portraits if name in p.pictures)
        }

        def compute(writer: ArrayWriter) -> None:
            with Progress("decode pictures", len(self._row)) as progress:
                for portrait in folder.portraits:
                    for name in portrait.pictures:
                        try:
                            picture = folder.decode_picture(portrait, name)
                            if not progress.done:
                                announce_cache(cache, len(self._row), len(self._row) * picture.nbytes)
                            writer.append(name, picture)
                        except ValueError as error:
                            raise UserError(f"{portrait.key}: {name}: {error}; all pictures need one size") from error
                        progress.step(portrait.key)

        made_from = {
            "shards": describe_files(list_shards(folder.path)),
            "pictures": [[portrait.key, *portrait.pictures] for portrait in folder.portraits],
        }
        self._arrays = load_or_compute(cache, made_from, compute).arrays

    def read(self, portrait: LabelledPortrait, name: str) -> Float[np.ndarray, "S S 4"]:
        """Return one of the portrait's pictures, premultiplied, in [0, 1]."""
        return premultiply(np.asarray(self._arrays[name][self._row[portrait.key, name]]))
