"""From one anime portrait to a 3D head. The public names are imported when they are first used."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from panic3d.benchmark.evaluation import run_benchmark as run_benchmark
    from panic3d.benchmark.evaluation import score as score
    from panic3d.benchmark.protocols.metric import Metric as Metric
    from panic3d.benchmark.report.write import write_report as write_report
    from panic3d.cameras.camera import Camera as Camera
    from panic3d.cameras.view import RenderedView as RenderedView
    from panic3d.datagen.avatars.options import AvatarOptions as AvatarOptions
    from panic3d.datagen.runner.jobs import JobOptions as JobOptions
    from panic3d.datagen.runner.jobs import render_avatars as render_avatars
    from panic3d.datagen.runner.sample import RenderOptions as RenderOptions
    from panic3d.datasets.dataset import HeadDataset as HeadDataset
    from panic3d.datasets.dataset import HeadSample as HeadSample
    from panic3d.datasets.dataset import open_dataset as open_dataset
    from panic3d.datasets.view_dataset import HeadViewDataset as HeadViewDataset
    from panic3d.geometry.mesh import ColouredMesh as ColouredMesh
    from panic3d.geometry.raycast import MeshReconstruction as MeshReconstruction
    from panic3d.head import Head as Head
    from panic3d.models.method import Portrait as Portrait
    from panic3d.models.method import load_method as load_method
    from panic3d.models.training import train as train
    from panic3d.pipeline import HeadPipeline as HeadPipeline
    from panic3d.pipeline import PipelineConfig as PipelineConfig
    from panic3d.pipeline import PortraitPipeline as PortraitPipeline
    from panic3d.registry import register_method as register_method
    from panic3d.registry import register_metric as register_metric
    from panic3d.runtime.errors import UserError as UserError

_MODULES = {
    "AvatarOptions": "panic3d.datagen.avatars.options",
    "Camera": "panic3d.cameras.camera",
    "ColouredMesh": "panic3d.geometry.mesh",
    "Head": "panic3d.head",
    "HeadDataset": "panic3d.datasets.dataset",
    "HeadPipeline": "panic3d.pipeline",
    "HeadSample": "panic3d.datasets.dataset",
    "HeadViewDataset": "panic3d.datasets.view_dataset",
    "JobOptions": "panic3d.datagen.runner.jobs",
    "MeshReconstruction": "panic3d.geometry.raycast",
    "Metric": "panic3d.benchmark.protocols.metric",
    "PipelineConfig": "panic3d.pipeline",
    "Portrait": "panic3d.models.method",
    "PortraitPipeline": "panic3d.pipeline",
    "RenderOptions": "panic3d.datagen.runner.sample",
    "RenderedView": "panic3d.cameras.view",
    "UserError": "panic3d.runtime.errors",
    "load_method": "panic3d.models.method",
    "open_dataset": "panic3d.datasets.dataset",
    "register_method": "panic3d.registry",
    "register_metric": "panic3d.registry",
    "render_avatars": "panic3d.datagen.runner.jobs",
    "run_benchmark": "panic3d.benchmark.evaluation",
    "score": "panic3d.benchmark.evaluation",
    "train": "panic3d.models.training",
    "write_report": "panic3d.benchmark.report.write",
}
__all__ = list(_MODULES)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'panic3d' has no attribute '{name}'")
    value = getattr(importlib.import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
