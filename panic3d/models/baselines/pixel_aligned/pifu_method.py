"""`pifu`: PIFu as the baseline of the benchmark."""

from pathlib import Path

from panic3d.models.baselines.pixel_aligned.method import FieldMethod, field_method
from panic3d.models.baselines.pixel_aligned.pifu import Pifu
from panic3d.models.baselines.pixel_aligned.training import PifuTrainConfig

SHIPPED_WEIGHTS = Path(__file__).with_name("pifu.safetensors")


def load(weights: Path | None) -> FieldMethod:
    """The method with a run's weights (the file or the run's folder), or with those shipped."""
    return field_method(weights, SHIPPED_WEIGHTS, PifuTrainConfig(), Pifu)
