"""`panic3d doctor`: report what this machine has, and the command that installs what is missing."""

import ctypes
import importlib.metadata
import platform
import shutil
import subprocess
import sys

import click
import psutil

from panic3d.runtime.extras import EXTRAS_OF_LIBRARY, format_install_command, is_installed
from panic3d.runtime.threads import count_usable_cores

SYSTEM_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libusb-1.0.so.0": "libusb-1.0-0",
    "libgomp.so.1": "libgomp1",
    "libXi.so.6": "libxi6",
}
"""What Blender, Open3D and pyrender load, and the Debian package that holds it."""
CORE_PACKAGES = ("panic3d", "torch", "numpy", "opencv-python-headless", "pillow", "scipy", "trimesh")
EXTRA_USES = {
    "animeface": "a second face detector",
    "benchmark": "score methods, write reports",
    "blender": "render with Blender's Cycles",
    "clip": "CLIP similarity in the benchmark",
    "data": "render avatars, read and write datasets",
    "paper": "the paper's volume rendering on a CPU",
    "ray": "render on a Ray cluster",
    "studio": "the page and the API of panic3d studio",
    "tracking": "log training to TensorBoard",
    "video": "write turntables as MP4",
    "train": "train the models",
}


@click.command()
def doctor() -> None:
    """Report what this machine has: Blender, GPU, weights, system libraries, extras."""
    memory_gb = psutil.virtual_memory().total / 2**30
    python = f"Python {platform.python_version()}"
    click.echo(f"machine    {platform.platform()}, {count_usable_cores()} cores, {memory_gb:.0f} GB, {python}")
    remedies = _check_system_libraries()
    _report_packages()
    _report_extras()
    _report_blender()
    _report_torch_device()
    _report_weights()
    free_gb = shutil.disk_usage(".").free / 2**30
    click.echo(f"disk       {free_gb:.0f} GB free here")
    for remedy in remedies:
        click.echo(f"to do      {remedy}")


def _check_system_libraries() -> list[str]:
    if sys.platform != "linux":
        return []
    missing = []
    for library, package in SYSTEM_LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    click.echo(f"libraries  {'all present' if not missing else 'missing: ' + ', '.join(missing)}")
    return [f"sudo apt-get install -y {' '.join(missing)}"] if missing else []


def _report_packages() -> None:
    versions = []
    for package in CORE_PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{package} missing")
    click.echo(f"packages   {', '.join(versions)}")


def _report_extras() -> None:
    for extra, use in EXTRA_USES.items():
        libraries = [library for library, extras in EXTRAS_OF_LIBRARY.items() if extra in extras]
        missing = [library for library in libraries if not is_installed(library)]
        if missing:
            click.echo(f"extra      {extra} ({use}): lacks {', '.join(missing)}: {format_install_command(extra)}")
        else:
            click.echo(f"extra      {extra} ({use}): installed")


def _report_blender() -> None:
    """Import Blender in a process of its own, because a failing import may end the process."""
    if not is_installed("bpy"):
        click.echo("blender    not installed")
        return
    code = (
        "from panic3d.datagen.engines import blender as b; "
        "print(b.get_version(), b.select_gpu_backend() or 'CPU', sep=', Cycles on ')"
    )
    result = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True)
    if result.returncode == 0:
        click.echo(f"blender    {result.stdout.strip().splitlines()[-1]}")
        return
    last = (result.stderr.strip().splitlines() or [f"exit code {result.returncode}"])[-1]
    click.echo(f"blender    not usable: {last}")


def _report_torch_device() -> None:
    import torch

    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
        click.echo(f"torch      CUDA: {', '.join(names)}")
    else:
        click.echo(f"torch      CPU, {torch.get_num_threads()} threads")


def _report_weights() -> None:
    from panic3d.weights.catalogue import WEIGHT_FILES

    for file in WEIGHT_FILES.values():
        state = file.state()
        click.echo(f"weights    {file.name}: {state}{'' if state == 'present' else ' (panic3d weights fetch)'}")
