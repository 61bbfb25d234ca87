"""What is wrong in which part of a broken avatar, told from the exception that its numbers and references caused."""

import struct
import traceback
from pathlib import Path

PARTS = {
    "container": "its header or JSON",
    "reader": "its buffers and accessors",
    "materials": "its materials and textures",
    "images": "its textures",
    "primitives": "its meshes",
    "surfaces": "its meshes",
    "vertices": "its vertices",
    "model": "its records of bones and morphs",
    "nodes": "its tree of nodes",
    "scene": "its scene",
    "humanoid": "its VRM bones",
    "skeleton": "its bones",
    "pose": "its bones",
    "byte_reader": "its records",
    "archives": "its archive",
    "resources": "its other files",
}
"""The part of the file that a module of the readers reads."""
FAULTS: tuple[tuple[type[Exception], str], ...] = (
    (UnicodeError, "a text that is not valid"),
    (RecursionError, "values nested too deeply"),
    (KeyError, "a missing property {error}"),
    (IndexError, "an index out of range"),
    (AttributeError, "a value of the wrong type"),
    (TypeError, "a value of the wrong type"),
    (struct.error, "fewer bytes than it states"),
    (MemoryError, "a size that does not fit into memory"),
    (OverflowError, "a number that is too large"),
    (ArithmeticError, "a number that is not valid"),
    (ValueError, "a value or size that does not fit the rest"),
    (OSError, "a file that cannot be read ({error})"),
)


def describe_fault(error: Exception) -> str:
    """Describe the fault of an avatar: the part of the file, and what was found there."""
    modules = [Path(frame.filename).stem for frame in reversed(traceback.extract_tb(error.__traceback__))]
    part = next((PARTS[module] for module in modules if module in PARTS), "its content")
    found = next((text for kind, text in FAULTS if isinstance(error, kind)), type(error).__name__)
    return f"{part} cannot be read: found {found.format(error=error)}; export or download it again"
