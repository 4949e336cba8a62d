"""State files that are as they should be, and some that are not, each as the bytes that somebody would upload."""

from __future__ import annotations

import io
import os
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor


class Bomb:
    """What pickle is told to do when it loads this: call os.system. It is only ever saved here, and never loaded."""

    def __reduce__(self) -> Any:
        return os.system, ("echo any command could stand here",)


def made(name: str, state: dict[str, Tensor]) -> bytes:
    """A file of this network's state that has the fault `name`; "saved" has none."""
    last = list(state)[-1]
    if name == "bomb":
        file = io.BytesIO()
        torch.save({**state, last: Bomb()}, file)
        return file.getvalue()
    wrong = dict(state)
    if name == "missing":
        del wrong[last]
    elif name == "shape":
        wrong[last] = torch.zeros(len(state[last]) + 1)
    elif name == "dtype":
        wrong[last] = state[last].double()
    return save({n: tensor.contiguous() for n, tensor in wrong.items()})


def torch_refuses(data: bytes) -> str:
    """What torch.load says to a file that asks for a call, up to the name of what it asks for."""
    try:
        torch.load(io.BytesIO(data), weights_only=True)
    except Exception as error:  # the kind is pickle's own
        told = [line.strip() for line in str(error).splitlines() if "GLOBAL" in line]
        return told[0] if told else str(error).splitlines()[0]
    return ""
