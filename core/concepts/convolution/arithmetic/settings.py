"""What can be set on the page of convolution arithmetic, and the layer that the settings stand for."""

from __future__ import annotations

from typing import NamedTuple

from core.concepts.convolution.arithmetic.layers import LayersError, parse
from core.questions import Preset
from core.settings import Problem, Values, When, choice, number, settings, switch, typed

CONVOLUTIONS = ("conv", "separable", "transposed")
POOLS = ("max_pool", "avg_pool")
LAYERS = (*CONVOLUTIONS, *POOLS, "upsample")
PADDING_MODES = ("zeros", "reflect", "replicate", "circular")
CHANNELS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048, 4096)
SIZES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 20, 24, 28, 32, 48, 56, 64, 112, 128, 224, 256, 512, 1024)
MOST_TEXT = 400  # characters of a stack of layers
STACK = (
    "Conv2d(3, 16, 3, padding=1), ReLU(), MaxPool2d(2), Conv2d(16, 32, 3, padding=1), ReLU(), MaxPool2d(2), "
    "Flatten(), Linear(2048, 10)"
)


class Axis(NamedTuple):
    """One axis of a layer: input size and the numbers that decide the output size."""

    size: int
    kernel: int
    stride: int
    padding: int
    dilation: int
    output_padding: int


def _for(*layers: str) -> When:
    return lambda values: values["layer"] in layers


def _flat(values: Values) -> bool:
    return bool(values["dims"] == "2d")


def _uneven(*layers: str) -> When:
    """Whether the second axis has numbers of its own, and one of these layers is chosen."""
    return lambda values: _flat(values) and values["layer"] in layers and not values["square"]


WINDOW = (*CONVOLUTIONS, *POOLS)
DILATED = (*CONVOLUTIONS, "max_pool")


@settings
class Settings:
    layer: str = choice("conv", LAYERS)
    kernel: int = number(3, 1, 31, when=_for(*WINDOW))
    stride: int = number(1, 1, 16, when=_for(*WINDOW))
    padding: int = number(1, 0, 32, when=_for(*WINDOW))
    dilation: int = number(1, 1, 8, when=_for(*DILATED))
    output_padding: int = number(0, 0, 15, when=_for("transposed"))
    scale: float = number(2.0, 1, 8, values=(1, 1.5, 2, 2.5, 3, 4, 8), when=_for("upsample"))
    dims: str = choice("2d", ("1d", "2d"), style="segment")
    height: int = number(8, 1, 1024, values=SIZES)
    width: int = number(8, 1, 1024, values=SIZES, when=_flat)
    in_channels: int = number(16, 1, 4096, values=CHANNELS, group="channels")
    out_channels: int = number(16, 1, 4096, values=CHANNELS, group="channels", when=_for(*CONVOLUTIONS))
    groups: int = number(1, 1, 4096, values=CHANNELS, group="channels", when=_for("conv", "transposed"))
    bias: bool = switch(True, group="channels", when=_for(*CONVOLUTIONS))
    given: int = number(0, 0, 4096, values=(0, *CHANNELS), group="channels", when=_for(*CONVOLUTIONS))
    padding_mode: str = choice("zeros", PADDING_MODES, group="options", when=_for("conv", "separable"))
    ceil_mode: bool = switch(False, group="options", when=_for(*POOLS))
    mode: str = choice("nearest", ("nearest", "bilinear"), group="options", when=_for("upsample"))
    square: bool = switch(True, group="options", when=lambda values: _flat(values) and values["layer"] != "upsample")
    kernel_x: int = number(3, 1, 31, group="options", when=_uneven(*WINDOW))
    stride_x: int = number(1, 1, 16, group="options", when=_uneven(*WINDOW))
    padding_x: int = number(1, 0, 32, group="options", when=_uneven(*WINDOW))
    dilation_x: int = number(1, 1, 8, group="options", when=_uneven(*DILATED))
    output_padding_x: int = number(0, 0, 15, group="options", when=_uneven("transposed"))
    stack: str = typed(STACK, MOST_TEXT, group="stack")
    stack_channels: int = number(3, 1, 16, group="stack")
    stack_size: int = number(32, 1, 512, values=tuple(n for n in SIZES if n <= 512), group="stack")

    def check(self) -> Problem | None:
        try:
            parse(self.stack)
        except LayersError as refused:
            return Problem(refused.key, refused.numbers)
        return None

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of the picture, from the first: one of a sequence, two of a picture."""
        dilated, transposed = self.layer in DILATED, self.layer == "transposed"
        own = (self.kernel, self.stride, self.padding, self.dilation if dilated else 1)
        one = Axis(self.height, *own, self.output_padding if transposed else 0)
        if self.dims == "1d":
            return (one,)
        if self.square:
            return one, one._replace(size=self.width)
        own = (self.kernel_x, self.stride_x, self.padding_x, self.dilation_x if dilated else 1)
        return one, Axis(self.width, *own, self.output_padding_x if transposed else 0)

    @property
    def input_channels(self) -> int:
        """The channels of the input that the layer is given."""
        return self.given if self.given and self.layer in CONVOLUTIONS else self.in_channels

    @property
    def used_groups(self) -> int:
        return self.groups if self.layer in ("conv", "transposed") else 1

    @property
    def fill(self) -> str:
        """What stands in the padding: zeros, or numbers of the picture."""
        return self.padding_mode if self.layer in ("conv", "separable") else "zeros"

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Of a batch of one."""
        return (1, self.input_channels, *(axis.size for axis in self.axes))


PRESETS = (
    Preset("pointwise", {"kernel": 1, "padding": 0}),
    Preset("depthwise", {"groups": 16}),
    Preset("separable", {"layer": "separable"}),
    Preset("grouped", {"groups": 4}),
    Preset("dilated", {"dilation": 2, "padding": 2}),
    Preset("strided", {"stride": 2}),
    Preset("transposed", {"layer": "transposed", "kernel": 4, "stride": 2, "height": 5, "width": 5}),
    Preset("channels", {"in_channels": 3, "given": 4}, works=False),
    Preset("too_large", {"kernel": 7, "padding": 0, "height": 5, "width": 5}, works=False),
    Preset("flatten", {"stack": STACK.replace("2048", "512")}, works=False),
)
