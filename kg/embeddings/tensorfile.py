"""Arrays in a file of the safetensors format, written and mapped without a library: nothing in it is ever executed.

A file is the length of a header (8 bytes, little-endian), the header (JSON: name -> dtype, shape, data_offsets), and
the arrays one after the other (github.com/huggingface/safetensors, README, "Format").
"""

from __future__ import annotations

import json
import math
import mmap
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from kg.embeddings.errors import ModelCorruptError
from kg.embeddings.model import Tensors

__all__ = ["read_tensors", "write_tensors"]

_DTYPES = {
    "BOOL": "|b1", "U8": "|u1", "I8": "|i1", "I16": "<i2", "I32": "<i4", "I64": "<i8", "U64": "<u8", "F16": "<f2",
    "F32": "<f4", "F64": "<f8",
}  # fmt: skip
_NAMES = {np.dtype(value): name for name, value in _DTYPES.items()}
_ALIGNMENT = 64
_LONGEST_HEADER = 100 * 2**20
"""As the reference implementation has it."""


def write_tensors(file: BinaryIO, tensors: Tensors) -> None:
    """Write arrays by name, in the order of the names, so equal arrays give equal bytes."""
    header: dict[str, Any] = {}
    end = 0
    for name, array in sorted(tensors.items()):
        start, end = end, end + array.nbytes
        header[name] = {"dtype": _name(array), "shape": list(array.shape), "data_offsets": [start, end]}
    content = json.dumps(header, separators=(",", ":")).encode()
    content += b" " * (-(8 + len(content)) % _ALIGNMENT)
    file.write(len(content).to_bytes(8, "little") + content)
    for _, array in sorted(tensors.items()):
        file.write(np.ascontiguousarray(array.astype(_DTYPES[_name(array)], copy=False)).data)


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """Map the arrays of a file: each page of them is read when it is needed, and none can be written.

    Raises:
        ModelCorruptError: the file cannot be read, or is no such file.
    """
    source = str(path)
    try:
        with path.open("rb") as file:
            mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError) as error:  # ValueError: the file is empty
        raise ModelCorruptError(source, f"it cannot be mapped: {error}") from error
    length = int.from_bytes(mapped[:8], "little")
    if len(mapped) < 8 or length > min(_LONGEST_HEADER, len(mapped) - 8):
        raise ModelCorruptError(source, "it is no safetensors file, or was cut off")
    try:
        header = json.loads(bytes(mapped[8 : 8 + length]))
        header.pop("__metadata__", None)
        entries = sorted(header.items(), key=lambda entry: entry[1]["data_offsets"])
        return _arrays(mapped[8 + length :], entries)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelCorruptError(source, f"its header is wrong: {error}") from error


def _arrays(content: memoryview, entries: list[tuple[str, Any]]) -> dict[str, NDArray[Any]]:
    """Cut the arrays out; they have to fill the content without gaps."""
    arrays: dict[str, NDArray[Any]] = {}
    place = 0
    for name, entry in entries:
        dtype, shape = np.dtype(_DTYPES[entry["dtype"]]), tuple(entry["shape"])
        start, end = entry["data_offsets"]
        if any(type(size) is not int or size < 0 for size in shape):
            raise ValueError(f"{name} has the shape {shape}")
        if start != place or end - start != math.prod(shape) * dtype.itemsize or end > len(content):
            raise ValueError(f"{name} is not where the header says, or the file was cut off")
        arrays[name] = np.frombuffer(content[start:end], dtype=dtype).reshape(shape)
        place = end
    if place != len(content):
        raise ValueError("there are bytes after the last array")
    return arrays


def _name(array: NDArray[Any]) -> str:
    try:
        return _NAMES[array.dtype.newbyteorder("<")]
    except KeyError:
        raise ValueError(f"arrays of {array.dtype} are not stored") from None
