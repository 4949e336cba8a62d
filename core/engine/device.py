"""The device to train on: its choice, its name and its memory."""

from __future__ import annotations

import ctypes
import platform
import resource
import sys
from pathlib import Path

import torch


def pick() -> torch.device:
    """The best device there is: CUDA, else Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def describe(device: torch.device) -> str:
    """The device's name, such as "NVIDIA H200" or "CPU (x86_64)"."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return "Apple GPU" if device.type == "mps" else f"CPU ({platform.machine()})"


def wait(device: torch.device) -> None:
    """Wait until the device has done its work. A CPU has done it by the time of the call."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def keep_freed_memory(most: int = 2**28) -> bool:
    """Let the C library keep up to `most` freed bytes instead of giving each array back to the system at once. Returns
    whether it does.

    Otherwise the system maps and clears every activation of a few megabytes anew at each step, which can take longer than
    computing it. Only glibc has this setting (mallopt(3)); elsewhere nothing happens.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    trim_threshold, mmap_threshold = -1, -3  # as malloc.h numbers them
    return bool(mallopt(trim_threshold, most)) and bool(mallopt(mmap_threshold, most))


def memory_bytes(device: torch.device) -> int:
    """Bytes in use: allocated on a CUDA device, otherwise the resident memory of this process."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS, kilobytes elsewhere
    return peak if sys.platform == "darwin" else peak * 1024
