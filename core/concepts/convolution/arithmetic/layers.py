"""A stack of layers as somebody types it, in PyTorch's words: read by a list of what is allowed, never executed.

`Conv2d(3, 16, 3, padding=1), ReLU(), Flatten()` becomes the names and arguments of real modules. Names, arguments, their
range and their number are bounded here, so that whatever is built from them later is small.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

MOST_LAYERS = 20
MOST = 4096  # the largest number in a stack
CALL = re.compile(r"\s*(?:torch\.)?(?:nn\.)?([A-Za-z0-9_]{1,20})\s*\(([^()]{0,120})\)\s*(,|$)")
ARGUMENT = re.compile(r"(?:([a-z_]{1,20})\s*=\s*)?(?:([0-9]{1,5})|(True|False)|['\"]([a-z]{1,12})['\"])")
_CONV = ("in_channels", "out_channels", "kernel_size", "stride", "padding")
# Layer -> its arguments in the order in which PyTorch takes them without names; those behind the number need their names.
ALLOWED: dict[str, tuple[tuple[str, ...], int]] = {
    "Conv2d": ((*_CONV, "dilation", "groups", "bias", "padding_mode"), 9),
    "ConvTranspose2d": ((*_CONV, "output_padding", "groups", "bias", "dilation"), 9),
    "MaxPool2d": (("kernel_size", "stride", "padding", "ceil_mode"), 3),
    "AvgPool2d": (("kernel_size", "stride", "padding", "ceil_mode"), 3),
    "AdaptiveAvgPool2d": (("output_size",), 1),
    "Upsample": (("size", "scale_factor", "mode"), 3),
    "BatchNorm2d": (("num_features",), 1),
    "Linear": (("in_features", "out_features", "bias"), 3),
    "Flatten": ((), 0),
    "ReLU": ((), 0),
    "Dropout": ((), 0),
}

UNNAMED = ("in_channels", "out_channels", "kernel_size", "output_size", "num_features", "in_features", "out_features")


class LayersError(ValueError):
    """A text that is no stack of layers: a key among the `errors` of the texts, and what its sentence names."""

    def __init__(self, key: str, **numbers: Any) -> None:
        super().__init__(key, numbers)
        self.key, self.numbers = key, numbers


class Call(NamedTuple):
    """A layer with its arguments by name."""

    name: str
    arguments: dict[str, int | bool | str]

    def __str__(self) -> str:
        written = [str(v) if k in UNNAMED else f"{k}={v!r}" for k, v in self.arguments.items()]
        return f"{self.name}({', '.join(written)})"


def parse(text: str) -> list[Call]:
    """The layers that a text names. Raises LayersError."""
    calls: list[Call] = []
    at = 0
    while text[at:].strip():
        found = CALL.match(text, at)
        if found is None:
            raise LayersError("stack_syntax", text=text[at:].strip()[:30])
        name, inside, _ = found.groups()
        if name not in ALLOWED:
            raise LayersError("stack_layer", name=name, known=list(ALLOWED))
        calls.append(Call(name, _arguments(name, inside)))
        at = found.end()
    if not 1 <= len(calls) <= MOST_LAYERS:
        raise LayersError("stack_length", most=MOST_LAYERS)
    return calls


def _arguments(name: str, inside: str) -> dict[str, int | bool | str]:
    known, unnamed = ALLOWED[name]
    given: dict[str, int | bool | str] = {}
    parts = inside.split(",") if inside.strip() else []
    for place, part in enumerate(parts):
        found = ARGUMENT.fullmatch(part.strip())
        if found is None:
            raise LayersError("stack_argument", name=name, text=part.strip()[:30])
        key, number, truth, word = found.groups()
        if key is None and place < unnamed:
            key = known[place]
        if key not in known or key in given:
            raise LayersError("stack_argument", name=name, text=part.strip()[:30])
        least = 0 if key in ("padding", "output_padding") else 1
        if number is not None and not least <= int(number) <= MOST:
            raise LayersError("stack_number", name=name, argument=key, least=least, most=MOST)
        given[key] = int(number) if number is not None else truth == "True" if truth else word
    return given
