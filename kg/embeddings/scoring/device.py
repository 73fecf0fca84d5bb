"""Where and how products of matrices are computed: device, threads, precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from kg.embeddings.errors import TrainingError
from kg.embeddings.settings import TrainingSettings, sensible_threads

__all__ = ["Product", "choose_device", "computing", "product_of"]

Product = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def choose_device(name: str) -> torch.device:
    """Return the device of a name; `auto` is a GPU where there is one.

    Raises:
        TrainingError: the name is no device, or one that is not there.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise TrainingError("device", name, "it is auto, cpu, cuda, cuda:0 or mps") from None
    if device.type == "cuda":
        there = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (device.index or 0) >= there:
            raise TrainingError("device", name, f"torch sees {there or 'no'} GPU{'s' if there > 1 else ''} here")
    elif device.type == "mps" and not torch.backends.mps.is_available():
        raise TrainingError("device", name, "torch sees no Apple GPU here")
    elif device.type not in ("cpu", "mps"):
        raise TrainingError("device", name, "it is auto, cpu, cuda, cuda:0 or mps")
    return device


@contextmanager
def computing(settings: TrainingSettings) -> Iterator[None]:
    """Have torch use the threads and the precision of the settings, and what it used before afterwards."""
    threads, precision = torch.get_num_threads(), torch.get_float32_matmul_precision()
    torch.set_num_threads(settings.threads or sensible_threads())
    torch.set_float32_matmul_precision("highest" if settings.precision == "fp32" else "high")
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_float32_matmul_precision(precision)


def product_of(precision: str) -> Product:
    """Return how two matrices are multiplied; the result is fp32."""
    return _product_bf16 if precision == "bf16" else torch.matmul


def _product_bf16(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    return (left.bfloat16() @ right.bfloat16()).float()
