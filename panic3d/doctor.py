"""`panic3d doctor`: what this machine has, and what to do about what it lacks."""

import ctypes
import importlib
import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys

import click
import psutil

LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libusb-1.0.so.0": "libusb-1.0-0",
    "libgomp.so.1": "libgomp1",
    "libXi.so.6": "libxi6",
}
PACKAGES = ("torch", "open3d", "pyrender", "webdataset", "trimesh", "pandas", "lpips")


@click.command()
def doctor() -> None:
    """Say what this machine has: Blender, GPU, weights, system libraries."""
    memory_gb = psutil.virtual_memory().total / 2**30
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    python = f"Python {platform.python_version()}"
    click.echo(f"machine    {platform.platform()}, {cores} cores, {memory_gb:.0f} GB, {python}")
    lacking = [*_check_libraries(), *_check_packages(), *_check_blender()]
    _check_gpu()
    _check_weights()
    free_gb = shutil.disk_usage(".").free / 2**30
    click.echo(f"disk       {free_gb:.0f} GB free here")
    for line in lacking:
        click.echo(f"to do      {line}")


def _check_libraries() -> list[str]:
    if sys.platform != "linux":
        return []
    missing = []
    for library, package in LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    click.echo(f"libraries  {'all there' if not missing else 'missing: ' + ', '.join(missing)}")
    return [f"sudo apt-get install -y {' '.join(missing)}"] if missing else []


def _check_packages() -> list[str]:
    versions = []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{package} missing")
    click.echo(f"packages   {', '.join(versions)}")
    return ["pip install panic3d"] if any("missing" in version for version in versions) else []


def _check_blender() -> list[str]:
    """In a process of its own: importing bpy may end the process that does."""
    code = (
        "from panic3d.datagen.engines import blender as b; "
        "print(b.version(), b.select_gpu_backend() or 'CPU', sep=', Cycles on ')"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    if result.returncode == 0:
        click.echo(f"blender    {result.stdout.strip().splitlines()[-1]}")
        return []
    last = (result.stderr.strip().splitlines() or ["no word"])[-1]
    click.echo(f"blender    not usable: {last}")
    return ["pip install 'panic3d[blender]' (rendering needs it; training and scoring do not)"]


def _check_gpu() -> None:
    import torch

    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
        click.echo(f"torch      CUDA: {', '.join(names)}")
    else:
        click.echo(f"torch      CPU, {torch.get_num_threads()} threads")


def _check_weights() -> None:
    from panic3d.weights.catalogue import WEIGHT_FILES

    for file in WEIGHT_FILES.values():
        state = file.state()
        click.echo(f"weights    {file.name}: {state}{'' if state == 'present' else ' (panic3d weights fetch)'}")
