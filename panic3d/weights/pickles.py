"""Read untrusted pickles without running their code: only arrays, tensors and inert objects are built.

A pickle can call any function that it names. The unpicklers of this module accept only functions that rebuild arrays
and tensors, all of them written or checked here. Classes of training code are replaced by inert objects that hold the
stored data. `torch.load` is not used.
"""

import codecs
import io
import math
import pickle
import pickletools
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from panic3d.runtime.errors import UserError
from panic3d.runtime.sentences import shorten_sentence
from panic3d.weights.pickled_arrays import ARRAY_CONSTRUCTORS

if TYPE_CHECKING:
    import torch

INERT_PACKAGES = frozenset(
    (
        *("torch_utils", "dnnlib", "training", "legacy"),  # NVIDIA's persistence, which wraps all of its modules
        *("_util", "_train", "_databacks"),  # packages of the authors
        *("pytorch_lightning", "lightning_fabric", "torchmetrics", "argparse", "pathlib", "omegaconf", "sklearn"),
    )
)
"""Top-level packages whose classes become inert objects; of torch, only the classes of `torch.nn` do."""
STORAGE_DTYPES = {
    "FloatStorage": "float32", "DoubleStorage": "float64", "HalfStorage": "float16", "BFloat16Storage": "bfloat16",
    "LongStorage": "int64", "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8",
    "ByteStorage": "uint8", "BoolStorage": "bool", "UntypedStorage": "uint8",
}  # fmt: skip
LEGACY_MAGIC = 0x1950A86A20F9469CFC6C


class InertObject:
    """Stands for an object whose class is not run; it holds the constructor arguments and the stored state."""

    kind = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args, self.kwargs = args, kwargs
        self.state: Any = {}
        self.items: dict[Any, Any] = {}
        self.elements: list[Any] = []

    def __new__(cls, *args: Any, **kwargs: Any) -> "InertObject":
        made = super().__new__(cls)
        InertObject.__init__(made, *args, **kwargs)
        return made

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def __setitem__(self, key: Any, value: Any) -> None:
        self.items[key] = value

    def append(self, value: Any) -> None:
        self.elements.append(value)

    def extend(self, values: Any) -> None:
        self.elements.extend(values)

    @property
    def content(self) -> dict[Any, Any]:
        """All that was set by name, as attribute or as item."""
        return {**(self.state if isinstance(self.state, dict) else {}), **self.items}


def load_arrays(data: bytes) -> Any:
    """Load a pickled tree of dicts, lists, numbers, text and numpy arrays.

    Raises pickle.UnpicklingError, with the name, if the pickle refers to anything else, or if it is damaged.
    """
    try:
        return _ArrayUnpickler(io.BytesIO(data)).load()
    except pickle.UnpicklingError:
        raise
    except Exception as error:  # damaged opcodes raise errors of many kinds
        raise pickle.UnpicklingError(f"it is no whole pickle ({_describe(error)})") from error


def load_tensors(path: Path) -> Any:
    """Load a pickle or a PyTorch checkpoint with tensors on the CPU.

    Raises UserError if the file would run code, is broken or cannot be read.
    """
    try:
        with path.open("rb") as file:
            if zipfile.is_zipfile(file):
                return _load_zip_file(path)
            file.seek(0)
            content = _TensorUnpickler(file).load()
        return _load_legacy_file(path.read_bytes()) if isinstance(content, int) and content == LEGACY_MAGIC else content
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except pickle.UnpicklingError as error:
        raise UserError(shorten_sentence(f"{path} is refused: {error}")) from error
    except UserError:
        raise
    except Exception as error:  # damaged opcodes and zip files raise errors of many kinds
        sentence = f"{path} is no whole pickle or checkpoint ({_describe(error)}): get it again"
        raise UserError(shorten_sentence(sentence)) from error


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'damaged'}"[:120]


def _check_memo(file: Any) -> None:
    """Raise pickle.UnpicklingError where a pickle numbers its objects beyond their count, for which memory is taken."""
    start = file.tell()
    for count, (code, argument, _) in enumerate(pickletools.genops(file)):
        if code.name in ("PUT", "BINPUT", "LONG_BINPUT") and (argument or 0) > count:
            raise pickle.UnpicklingError(f"object {argument} is stored after {count} operations")
    file.seek(start)


def _make_refusal(module: str, name: str) -> pickle.UnpicklingError:
    return pickle.UnpicklingError(f"expected only arrays and tensors, found a call of {module}.{name}; nothing was run")


class _ArrayUnpickler(pickle.Unpickler):
    """Accepts only functions that rebuild numpy arrays and numbers."""

    def __init__(self, file: Any) -> None:
        _check_memo(file)
        super().__init__(file)

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in ARRAY_CONSTRUCTORS:
            return ARRAY_CONSTRUCTORS[module, name]
        raise _make_refusal(module, name)


class _TensorUnpickler(_ArrayUnpickler):
    """Also accepts functions that rebuild tensors, replaced by those of this module, and makes inert objects."""

    def __init__(self, file: Any, load_storage: Callable[[Any], "torch.Tensor"] | None = None) -> None:
        super().__init__(file)
        self.load_storage = load_storage

    def persistent_load(self, pid: Any) -> "torch.Tensor":
        if self.load_storage is None:
            raise pickle.UnpicklingError("it refers to tensors that are not in it")
        return self.load_storage(pid)

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in SAFE_CONSTRUCTORS:
            return SAFE_CONSTRUCTORS[module, name]
        if module in ("torch", "torch.storage") and name in STORAGE_DTYPES:
            return STORAGE_DTYPES[name]
        top = module.partition(".")[0]
        inert = top in INERT_PACKAGES or module.startswith("torch.nn.") or (module, name) == ("builtins", "object")
        # a dotted name could refer to an attribute of the class
        if inert and name.isidentifier():
            return type(name, (InertObject,), {"kind": f"{module}.{name}"})
        return super().find_class(module, name)


def _rebuild_tensor(
    storage: "torch.Tensor", offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any
) -> "torch.Tensor":
    """Rebuild a tensor from its storage. Raises pickle.UnpicklingError if it is larger than the storage."""
    if math.prod(size) > len(storage):
        raise pickle.UnpicklingError(f"a tensor of shape {tuple(size)} lies over only {len(storage)} numbers")
    return storage.as_strided(size, stride, offset).clone()


def _return_tensor(tensor: Any, *_: Any) -> Any:
    """Rebuild a parameter as its tensor."""
    return tensor


def _encode_latin1(text: str, encoding: str) -> bytes:
    """Rebuild bytes, which old pickles store as latin1 text."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"text in {encoding}, which only latin1 should be")
    return codecs.encode(text, "latin1")


def _make_empty_bytes() -> bytes:
    """Rebuild bytes of length 0, as pickles of protocol 2 do it."""
    return b""


def _make_inert_object(cls: Any, *_: Any) -> Any:
    """Rebuild an object of an inert class, as old pickles do it."""
    if not (isinstance(cls, type) and issubclass(cls, InertObject)):
        raise pickle.UnpicklingError(f"an object of {cls!r}, which is no record")
    return cls()


def _load_legacy_file(data: bytes) -> Any:
    """Load the format that `torch.save` used before zip files, and still uses for a storage inside a pickle."""
    import torch

    file = io.BytesIO(data)
    storages: dict[Any, torch.Tensor] = {}

    def load_storage(pid: Any) -> torch.Tensor:
        kind, dtype, key, _, count, *view = pid
        if kind != "storage" or any(view):
            raise pickle.UnpicklingError(f"an unknown kind of storage: {kind}")
        if not 0 <= count <= len(data):
            raise pickle.UnpicklingError(f"a storage of {count} numbers in {len(data)} bytes")
        return storages.setdefault(key, torch.zeros(count, dtype=getattr(torch, dtype)))

    if _ArrayUnpickler(file).load() != LEGACY_MAGIC:
        raise pickle.UnpicklingError("a storage that does not begin as PyTorch's do")
    for _ in ("version", "machine"):
        _ArrayUnpickler(file).load()
    start = file.tell()
    # this pass finds the storages, whose data follow; the second pass uses them
    _TensorUnpickler(file, load_storage).load()
    for key in _ArrayUnpickler(file).load():
        (count,) = struct.unpack("<q", file.read(8))
        storage = storages[key]
        raw = file.read(count * storage.element_size())
        if count:
            storage.copy_(torch.frombuffer(bytearray(raw), dtype=storage.dtype))
    file.seek(start)
    return _TensorUnpickler(file, load_storage).load()


def _load_zip_file(path: Path) -> Any:
    """Load a zip file of `torch.save`: one pickle, and one member per storage."""
    import torch

    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        pickles = [name for name in names if name.endswith("/data.pkl") and name.count("/") == 1]
        if len(pickles) != 1 or any(name.endswith("/constants.pkl") for name in names):
            raise UserError(f"{path} is no checkpoint of tensors: expected one data.pkl in it, found {len(pickles)}")
        if sum(member.file_size for member in archive.infolist()) > path.stat().st_size:
            raise UserError(f"{path} is no checkpoint of tensors: its members are larger than the file")
        root = pickles[0].removesuffix("data.pkl")

        def load_storage(pid: Any) -> torch.Tensor:
            _, dtype, key, _, count = pid
            raw = bytearray(archive.read(f"{root}data/{key}"))
            return torch.frombuffer(raw, dtype=getattr(torch, dtype))[:count] if raw else torch.zeros(0)

        cache: dict[str, torch.Tensor] = {}
        return _TensorUnpickler(
            io.BytesIO(archive.read(pickles[0])),
            lambda pid: cache[pid[2]] if pid[2] in cache else cache.setdefault(pid[2], load_storage(pid)),
        ).load()


SAFE_CONSTRUCTORS: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("builtins", "set"): set,
    ("__builtin__", "set"): set,
    ("torch", "Size"): tuple,
    ("torch", "device"): lambda *name: ":".join(map(str, name)),
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _return_tensor,
    ("torch.storage", "_load_from_bytes"): _load_legacy_file,
    ("_codecs", "encode"): _encode_latin1,
    ("__builtin__", "bytes"): _make_empty_bytes,
    ("copyreg", "_reconstructor"): _make_inert_object,
    ("copy_reg", "_reconstructor"): _make_inert_object,
}
