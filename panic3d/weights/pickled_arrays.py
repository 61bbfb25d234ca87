"""Rebuild numpy arrays of untrusted pickles from their bytes.

numpy restores a dtype and an array from whatever state a pickle holds, and a forged state makes it read memory that is
not its own. Here only plain numbers and text are rebuilt, and only where the bytes are as many as the shape asks for.
"""

import math
import pickle
import re
from typing import Any

import numpy as np

PLAIN_DTYPE = re.compile("[?]|b1|[iu][1248]|f(2|4|8|16)|c(8|16|32)|[SU][0-9]{1,6}", re.ASCII)
"""Booleans, integers, floats, complex numbers, bytes and text, as numpy's pickles name them."""
MAX_DIMENSIONS = 32
ARRAY_CLASS = "numpy.ndarray"
"""Stands for the class in a pickle, so that it cannot be called."""


class PickledDtype:
    """A dtype as a pickle names it, with the byte order of its state."""

    def __init__(self, code: Any, *_: Any) -> None:
        if not (isinstance(code, str) and PLAIN_DTYPE.fullmatch(code)):
            raise pickle.UnpicklingError(f"expected an array of numbers or text, found one of dtype {code!r:.60}")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: Any) -> None:
        if not (isinstance(state, tuple) and 5 <= len(state) <= 9):
            raise pickle.UnpicklingError("expected the state of a dtype, found another object")
        _, order, *parts = state
        if not (isinstance(order, str) and order in ("<", ">", "|", "=")) or parts[:3] != [None, None, None]:
            raise pickle.UnpicklingError("expected a dtype without fields or parts, found one that has them")
        plain = ((-1, self.dtype.itemsize), (-1, self.dtype.alignment), (0, self.dtype.flags))
        if not all(type(found) is int and found in known for found, known in zip(parts[3:], plain, strict=False)):
            raise pickle.UnpicklingError(f"expected size, alignment and flags of {self.dtype}, found {parts[3:]!r:.60}")
        if order in ("<", ">"):
            self.dtype = np.dtype(order + self.dtype.str[1:])


class PickledArray(np.ndarray):
    """An array whose state is checked before it is taken; empty until then."""

    taken = False

    def __setstate__(self, state: Any) -> None:
        if not (isinstance(state, tuple) and len(state) == 5) or self.taken:
            raise pickle.UnpicklingError("expected one state of an array, found another object")
        _, shape, dtype, is_fortran, data = state
        values = _read_values(data, dtype, shape)
        self.taken = True
        super().__setstate__((1, shape, values.dtype, bool(is_fortran), values.tobytes()))


def make_empty_array(kind: Any, shape: Any, code: Any) -> PickledArray:
    """Make the array that its state fills later, as numpy's `_reconstruct` does."""
    if kind != ARRAY_CLASS or shape != (0,) or code not in (b"b", "b"):
        raise pickle.UnpicklingError("expected an array to rebuild, found another object")
    return PickledArray((0,), np.int8)


def make_scalar(dtype: Any, data: Any) -> Any:
    """Rebuild one number or text, as numpy's `scalar` does."""
    return _read_values(data, dtype, ())[0]


def _read_values(data: Any, dtype: Any, shape: Any) -> np.ndarray:
    """Return the numbers in a row."""
    if not isinstance(dtype, PickledDtype) or not isinstance(data, bytes | bytearray):
        raise pickle.UnpicklingError("expected the dtype and the bytes of an array, found other objects")
    if not isinstance(shape, tuple) or len(shape) > MAX_DIMENSIONS:
        raise pickle.UnpicklingError(f"expected the shape of an array, found {shape!r:.60}")
    if not all(type(size) is int and 0 <= size < 1 << 48 for size in shape):
        raise pickle.UnpicklingError(f"expected the shape of an array, found {shape!r:.60}")
    itemsize = dtype.dtype.itemsize
    if itemsize == 0 or math.prod(shape) * itemsize != len(data):
        raise pickle.UnpicklingError(f"expected the bytes of an array of shape {shape!r:.60}, found {len(data)} bytes")
    return np.frombuffer(bytes(data), dtype.dtype)


ARRAY_CONSTRUCTORS: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): ARRAY_CLASS,
    ("numpy", "dtype"): PickledDtype,
    **{
        (f"numpy.{core}.multiarray", name): function
        for core in ("core", "_core")
        for name, function in (("_reconstruct", make_empty_array), ("scalar", make_scalar))
    },
}
