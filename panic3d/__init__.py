"""From one anime portrait to a 3D head. The public names are imported when they are used first."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from panic3d.cameras.camera import Camera as Camera
    from panic3d.cameras.view import RenderedView as RenderedView
    from panic3d.geometry.mesh import ColouredMesh as ColouredMesh
    from panic3d.models.method import Portrait as Portrait
    from panic3d.models.method import load_method as load_method
    from panic3d.pipeline import Head as Head
    from panic3d.pipeline import HeadPipeline as HeadPipeline
    from panic3d.pipeline import PipelineConfig as PipelineConfig
    from panic3d.pipeline import PortraitPipeline as PortraitPipeline
    from panic3d.runtime.errors import UserError as UserError

_MODULES = {
    "Camera": "panic3d.cameras.camera",
    "ColouredMesh": "panic3d.geometry.mesh",
    "Head": "panic3d.pipeline",
    "HeadPipeline": "panic3d.pipeline",
    "PipelineConfig": "panic3d.pipeline",
    "Portrait": "panic3d.models.method",
    "PortraitPipeline": "panic3d.pipeline",
    "RenderedView": "panic3d.cameras.view",
    "UserError": "panic3d.runtime.errors",
    "load_method": "panic3d.models.method",
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
