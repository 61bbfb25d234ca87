"""`panic3d-unet`: PAniC-3D with a U-Net in the backbone's place, as the preset `unet` trains it."""

from pathlib import Path

from panic3d.models.reconstructor.method import PanicMethod, load_shipped

SHIPPED_WEIGHTS = Path(__file__).with_name("unet.safetensors")


def load(weights: Path | None) -> PanicMethod:
    """The method with a run's weights (the file or the run's folder), or with those shipped."""
    return load_shipped(weights or SHIPPED_WEIGHTS, "unet")
