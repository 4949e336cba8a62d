"""What comes out of the layer, by the formulas, and what PyTorch says about one that it refuses; and a stack of real modules
of torch.nn on PyTorch's meta device, which has shapes and no numbers."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from core.concepts.convolution.arithmetic.geometry import cost, output_shape, problem
from core.concepts.convolution.arithmetic.layers import Call, parse
from core.concepts.convolution.arithmetic.result import Kind, Result, Row, Shape
from core.concepts.convolution.arithmetic.settings import Settings

REFUSALS = (RuntimeError, ValueError, NotImplementedError)
MOST_NUMBERS = 10**9  # in one output of the stack
MOST_WEIGHTS = 10**7  # of one layer of the stack
NAMES = {
    "conv": "Conv",
    "separable": "Conv",
    "transposed": "ConvTranspose",
    "max_pool": "MaxPool",
    "avg_pool": "AvgPool",
    "upsample": "Upsample",
}


def run(settings: Settings) -> Result:
    """Everything at once: nothing is computed but shapes. The tests compare the formulas with real modules."""
    s = settings
    shape, error, parameters, multiply_adds = None, "", 0, 0
    if problem(s):
        error = refusal(s)
    else:
        shape = output_shape(s)
        parameters, multiply_adds = cost(s, shape[1:])
    stack = run_stack(parse(s.stack), (1, s.stack_channels, s.stack_size, s.stack_size))
    return Result(s, line(s), shape, error, parameters, multiply_adds, kinds(s), stack)


def arguments(s: Settings) -> list[tuple[str, dict[str, Any]]]:
    """The class of torch.nn and its arguments, those that differ from PyTorch's defaults; two for a separable layer."""
    name = f"{NAMES[s.layer]}{s.dims}" if s.layer != "upsample" else "Upsample"
    if s.layer == "upsample":
        mode = s.mode if s.dims == "2d" or s.mode == "nearest" else "linear"
        return [(name, {"scale_factor": s.scale, "mode": mode})]
    rows = {key: tuple(getattr(a, key) for a in s.axes) for key in s.axes[0]._fields}
    short = {key: row[0] if len(set(row)) == 1 else row for key, row in rows.items()}
    window: dict[str, Any] = {"kernel_size": short["kernel"]}
    pool = s.layer in ("max_pool", "avg_pool")
    usual = {"stride": short["kernel"] if pool else 1, "padding": 0, "dilation": 1, "output_padding": 0}
    window |= {key: short[key] for key in usual if short[key] != usual[key]}
    if pool:
        return [(name, window | ({"ceil_mode": True} if s.ceil_mode else {}))]
    channels = {"in_channels": s.in_channels, "out_channels": s.out_channels}
    rest: dict[str, Any] = {} if s.bias else {"bias": False}
    if s.fill != "zeros":
        window["padding_mode"] = s.fill
    if s.layer == "separable":
        own = {"in_channels": s.in_channels, "out_channels": s.in_channels, **window, "groups": s.in_channels, **rest}
        return [(name, own), (name, {**channels, "kernel_size": 1, **rest})]
    return [(name, {**channels, **window, **({"groups": s.groups} if s.groups > 1 else {}), **rest})]


def line(s: Settings) -> str:
    """The layer as one writes it."""
    written = []
    for name, given in arguments(s):
        first = [str(given[key]) for key in ("in_channels", "out_channels", "kernel_size") if key in given]
        rest = [f"{k}={v!r}" for k, v in given.items() if k not in ("in_channels", "out_channels", "kernel_size")]
        written.append(f"nn.{name}({', '.join([*first, *rest])})")
    return written[0] if len(written) == 1 else f"nn.Sequential({', '.join(written)})"


def build(s: Settings, device: str = "meta") -> nn.Module:
    """The real module. Raises ValueError where PyTorch does."""
    made = []
    for name, given in arguments(s):
        on = {} if name == "Upsample" or "Pool" in name else {"device": device}
        made.append(getattr(nn, name)(**given, **on))
    return made[0] if len(made) == 1 else nn.Sequential(*made)


def refusal(s: Settings) -> str:
    """What PyTorch says about a layer that it refuses. The meta device says less, so a layer on the CPU is asked, whose
    numbers are one number seen again and again: it takes no memory, and PyTorch refuses before it computes."""
    shape = s.input_shape
    if problem(s) not in ("channels", "groups", "fill") and s.layer in ("conv", "separable", "transposed"):
        # The message does not name the channels, and one is enough.
        s = replace(s, in_channels=1, out_channels=1, groups=1, given=0)
        shape = s.input_shape
    try:
        module = build(s)
        if isinstance(module, nn.Sequential):
            module = module[0]
        x = _unreal(shape)
        if s.fill != "zeros" and problem(s) == "channels":  # what the module has padded
            s = replace(s, padding_mode="zeros")
            module = build(s)
            x = _unreal((*shape[:2], *(a.size + 2 * a.padding for a in s.axes)))
        functional_call(module, {n: _unreal(tuple(p.shape)) for n, p in module.named_parameters()}, (x,))
    except REFUSALS as refused:
        return str(refused)
    raise AssertionError(f"PyTorch runs {line(s)}")


def _unreal(shape: Shape) -> Tensor:
    return torch.zeros(()).expand(shape)


def kinds(s: Settings) -> tuple[Kind, ...]:
    """The kinds of convolution on the same input, with the kernel and channels of the settings."""
    if s.layer not in ("conv", "separable", "transposed") or s.in_channels % 2 or s.out_channels % 2:
        return ()
    some = 4 if s.in_channels % 4 == 0 and s.out_channels % 4 == 0 else 2
    deep = s.in_channels * max(1, s.out_channels // s.in_channels)
    same, plain = s.kernel // 2, {"layer": "conv", "stride": 1, "dilation": 1, "square": True, "padding": s.kernel // 2}
    plain |= {"groups": 1, "given": 0, "padding_mode": "zeros", "output_padding": 0}
    changes: dict[str, dict[str, Any]] = {
        "standard": {}, "pointwise": {"kernel": 1, "padding": 0}, "grouped": {"groups": some},
        "depthwise": {"groups": s.in_channels, "out_channels": deep}, "separable": {"layer": "separable"},
        "dilated": {"dilation": 2, "padding": 2 * same}, "strided": {"stride": 2}, "transposed": {"layer": "transposed", "stride": 2},
    }  # fmt: skip
    found = []
    for name, change in changes.items():
        own = replace(s, **{**plain, **change})
        if problem(own):
            return ()
        shape = output_shape(own)
        found.append(Kind(name, shape, *cost(own, shape[1:])))
    return tuple(found)


def run_stack(calls: list[Call], shape: Shape) -> tuple[Row, ...]:
    """One layer after the other, until PyTorch refuses one."""
    rows: list[Row] = []
    for call in calls:
        try:
            module = getattr(nn, call.name)(**call.arguments, **_device(call.name))
            parameters = sum(p.numel() for p in module.parameters())
            if parameters > MOST_WEIGHTS:
                raise ValueError(f"{parameters:,} parameters are more than this page looks at")
            got = _through(module.eval(), shape)
        except (*REFUSALS, TypeError, ZeroDivisionError) as refused:
            return (*rows, Row(str(call), None, 0, 0, str(refused).split("\n")[0][:300]))
        taps = math.prod(module.weight.shape[1:]) if isinstance(module, (nn.Conv2d, nn.Linear)) else 0
        adds = taps * math.prod(got[1:])
        if isinstance(module, nn.ConvTranspose2d):
            adds = module.weight.numel() * math.prod(shape[2:])
        rows.append(Row(str(call), got, parameters, adds))
        shape = got
        if math.prod(shape) > MOST_NUMBERS:
            return (*rows, Row("", None, 0, 0, "The output has more numbers than this page looks at."))
    return tuple(rows)


def _device(name: str) -> dict[str, str]:
    return {"device": "meta"} if name in ("Conv2d", "ConvTranspose2d", "BatchNorm2d", "Linear") else {}


def _through(module: nn.Module, shape: Shape) -> Shape:
    """The shape of a layer's output; where the meta device refuses or cannot tell, the CPU is asked for its words."""
    channels = getattr(module, "in_channels", None)
    try:
        if channels is not None and (len(shape) < 3 or channels != shape[-3]):
            raise ValueError("channels")
        return tuple(module(torch.empty(shape, device="meta")).shape)
    except REFUSALS as refused:
        numbers = {**dict(module.named_parameters()), **dict(module.named_buffers())}
        if isinstance(module, (nn.Conv2d, nn.Linear, nn.ConvTranspose2d)) and str(refused):
            functional_call(module, {n: _unreal(tuple(p.shape)) for n, p in numbers.items()}, (_unreal(shape),))
        raise
