"""PyTorch's messages about shapes: which layer failed, and which number has to change.

Nothing of a message is executed or shown as it is: it is compared with a list of patterns, and only the numbers at known
places are taken. A message is cut at MOST_TEXT characters, every pattern is tried once, and no pattern can backtrack far.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core.concepts.convolution.arithmetic.settings import Settings
from core.findings import Finding
from core.settings import SettingsError

MOST_TEXT = 1000  # characters
N = r"(\d{1,6})"
LIST = r"\[(\d{1,6}(?:, \d{1,6}){0,5})\]"
SIZE = r"\((\d{1,6}(?: x \d{1,6}){0,2})\)"
POOLED = r"\((\d{1,6}(?:x\d{1,6}){1,3})\)"
EMPTY = r"\((\d{1,6}(?:x-?\d{1,6}){1,3})\)"


@dataclass(frozen=True)
class Reading:
    """What a message says: advice, which number has to change; change, the settings that make the layer of the message,
    empty where it names none."""

    advice: tuple[Finding, ...]
    change: dict[str, Any] = field(default_factory=dict)


Reader = Callable[..., Reading]


def read(text: str) -> Reading:
    """What a pasted message says; a sentence about what can be read where it is none of the known ones."""
    text = " ".join(text[:MOST_TEXT].split())
    for pattern, reader in PATTERNS:
        if found := pattern.search(text):
            return _within(reader(*found.groups()))
    return Reading((Finding("unreadable"),))


def _within(reading: Reading) -> Reading:
    """Without the settings where the layer is larger than the controls can show."""
    try:
        Settings(**reading.change)
    except SettingsError:
        return Reading((*reading.advice, Finding("beyond")))
    return reading


def _ints(text: str) -> list[int]:
    return [int(part) for part in re.findall(r"-?\d+", text)]


def _axes(sizes: list[int], kernels: list[int] | None = None) -> dict[str, Any]:
    """Settings of input and kernel sizes, the first axis first; all else as PyTorch's defaults have it."""
    change: dict[str, Any] = {"dims": "1d" if len(sizes) == 1 else "2d", "height": sizes[0], "width": sizes[-1]}
    change |= {"stride": 1, "padding": 0, "dilation": 1, "square": True}
    if kernels:
        change["kernel"] = kernels[0]
        if kernels[0] != kernels[-1]:
            change |= {"square": False, "kernel_x": kernels[-1], "stride_x": 1, "padding_x": 0, "dilation_x": 1}
    return change


def _channels(kind: str, number: str, weight: str, given: str, expected: str, got: str) -> Reading:
    """A convolution whose input has another number of channels than its weights."""
    w, x = _ints(weight), _ints(given)
    groups, want, have = int(number), int(expected), int(got)
    transposed = kind == "transposed"
    sizes, kernels = x[-(len(w) - 2) :], w[2:]
    if len(w) not in (3, 4) or len(x) != len(w):
        return Reading((Finding("unreadable"),))
    made = w[1] * groups if transposed else w[0]
    name = f"nn.Conv{'Transpose' if transposed else ''}{len(w) - 2}d"
    size = str(kernels[0]) if len(set(kernels)) == 1 else str(tuple(kernels))
    rest = f", groups={groups}" if groups > 1 else ""
    old, new = f"{name}({want}, {made}, {size}{rest})", f"{name}({have}, {made}, {size}{rest})"
    advice = [Finding("channels", want=want, have=have, old=old, new=new)]
    if x[-1] == want:
        order = (0, len(x) - 1, *range(1, len(x) - 1))
        advice = [Finding("channels_last", want=want, order=str(order), shape=str(x))]
    if groups > 1 and have % groups:
        advice.append(Finding("groups_too", have=have, groups=groups))
    change = _axes(sizes, kernels) | {
        "layer": "transposed" if transposed else "conv", "in_channels": want, "out_channels": made, "given": have,
        "groups": groups, "padding_mode": "zeros", "output_padding": 0, "output_padding_x": 0,
    }  # fmt: skip
    return Reading(tuple(advice), change)


def _kernel(padded: str, kernel: str) -> Reading:
    """A kernel larger than the padded input."""
    n, k = _ints(padded), _ints(kernel)
    if len(n) != len(k) or len(n) > 2:
        return Reading((Finding("unreadable"),))
    short = max(b - a for a, b in zip(n, k, strict=True))
    advice = Finding("kernel", reach=max(k), padded=min(n), smaller=max(1, max(k) - short), more=math.ceil(short / 2))
    same = {"layer": "conv", "given": 0, "padding_mode": "zeros"}
    return Reading((advice,), _axes(n, k) | same if min(n) > 0 else {})


def _transposed_size(size: str, output: str) -> Reading:
    n, out = _ints(size), _ints(output)
    return Reading((Finding("transposed_size", size=min(n), out=min(out), less=math.ceil((1 - min(out)) / 2)),))


def _output_padding(*numbers: str) -> Reading:
    """Height before width; a sequence is told as a picture of height 1."""
    extra_y, extra_x, stride_y, stride_x, dilation_y, dilation_x = map(int, numbers)
    most = max(stride_x, dilation_x) if extra_x >= max(stride_x, dilation_x) else max(stride_y, dilation_y)
    change = {
        "layer": "transposed", "output_padding": extra_y, "stride": stride_y, "dilation": dilation_y, "given": 0, "dims": "2d",
        "square": (extra_y, stride_y, dilation_y) == (extra_x, stride_x, dilation_x),
        "output_padding_x": extra_x, "stride_x": stride_x, "dilation_x": dilation_x,
    }  # fmt: skip
    return Reading((Finding("output_padding", most=most, given=max(extra_y, extra_x)),), change)


def _pool_size(size: str, output: str) -> Reading:
    n, out = _ints(size), _ints(output)
    failing = [a for a, b in zip(n[1:], out[1:], strict=True) if b < 1] if len(n) == len(out) else []
    if not failing:
        return Reading((Finding("unreadable"),))
    least = min(failing)
    change = _axes(n[-2:]) | {"layer": "max_pool", "kernel": least + 1, "stride": least + 1, "in_channels": n[0]}
    known = len(n) == 3 and min(n) > 0
    return Reading((Finding("pool_size", size=least, shape=str(tuple(n))),), change if known else {})


def _pool_padding(padding: str, kernel: str, dilation: str = "1") -> Reading:
    p, k, d = int(padding), int(kernel), int(dilation)
    half = k // 2
    change = {"layer": "max_pool", "kernel": k, "padding": p, "dilation": d, "square": True}
    return Reading((Finding("pool_padding", padding=p, kernel=k, half=half),), change)


def _oblong_padding(*numbers: str) -> Reading:
    """The same of a dilated pool, width before height."""
    pad_x, pad_y, k_x, k_y = map(int, numbers)
    p, k = (pad_y, k_y) if 2 * pad_y > k_y else (pad_x, k_x)
    change = {
        "layer": "max_pool",
        "dims": "2d",
        "square": (pad_x, k_x) == (pad_y, k_y),
        "kernel": k_y,
        "padding": pad_y,
    }
    change |= {"kernel_x": k_x, "padding_x": pad_x}
    return Reading((Finding("pool_padding", padding=p, kernel=k, half=k // 2),), change)


def _linear(rows: str, have: str, want: str, made: str) -> Reading:
    """A linear layer: a convolution with a kernel of 1 on a sequence of one place."""
    m, a, b, n = int(rows), int(have), int(want), int(made)
    advice = [Finding("linear", have=a, want=b, old=f"nn.Linear({b}, {n})", new=f"nn.Linear({a}, {n})")]
    if 0 < a < b and m * a % b == 0:
        advice.append(Finding("no_flatten", rows=m, have=a, want=b))
    change = _axes([1], [1]) | {"layer": "conv", "in_channels": b, "out_channels": n, "given": a, "groups": 1}
    return Reading((*advice, Finding("as_convolution")), change)


def _rank(few: str, many: str, name: str, size: str) -> Reading:
    x, wanted = _ints(size), int(many)
    missing = wanted - len(x)
    if missing == 2:
        advice = Finding("rank_image", shape=str(x), fixed="x[None, None]")
    else:
        advice = Finding("rank_other", shape=str(x), wanted=wanted, name=name)
    sizes = x[-2:] if name.endswith("2d") else x[-1:]
    layer = "transposed" if "transpose" in name else "conv"
    return Reading((advice,), {"layer": layer, "dims": name[-2:], "height": sizes[0], "width": sizes[-1], "given": 0})


def _reflect(one: str, two: str, dim: str, shape: str) -> Reading:
    x, p = _ints(shape), max(int(one), int(two))
    size = x[int(dim)] if int(dim) < len(x) else 0
    sizes = x[2:]
    change = _axes(sizes) | {"padding": p, "layer": "conv", "padding_mode": "reflect", "given": 0} if len(x) > 2 else {}
    return Reading((Finding("reflect", padding=p, size=size, most=max(0, size - 1)),), change)


def _only(finding: Finding) -> Reading:
    """Of a message that names no layer which the controls could show."""
    return Reading((finding,))


def _view(shape: str, count: str) -> Reading:
    known = math.prod(n for n in _ints(shape) if n > 0)
    return Reading((Finding("view", known=known, count=int(count), left=int(count) % known if known else 0),))


def _layer_norm(wanted: str, shape: str) -> Reading:
    return Reading((Finding("layer_norm", wanted=_ints(wanted)[-1], have=_ints(shape)[-1]),))


def _upsample(have: str, mode: str, want: str) -> Reading:
    return Reading((Finding("upsample_rank", have=int(have), want=int(want), mode=mode),))


PATTERNS: tuple[tuple[re.Pattern[str], Reader], ...] = tuple(
    (re.compile(pattern), reader)
    for pattern, reader in (
        (rf"Given (groups|transposed)={N}, weight of size {LIST}, expected input{LIST} to have {N} channels, but got {N} channels", _channels),
        (rf"padded input size per channel: {SIZE}\. Kernel size: {SIZE}\. Kernel size can't be greater", _kernel),
        (rf"Given input size per channel: {SIZE}\. Calculated output size per channel: \((-?\d{{1,6}}(?: x -?\d{{1,6}}){{0,2}})\)", _transposed_size),
        (rf"got output_padding_height: {N} output_padding_width: {N} stride_height: {N} stride_width: {N} dilation_height: {N} "
         rf"dilation_width: {N}", _output_padding),
        (rf"Given input size: {POOLED}\. Calculated output size: {EMPTY}\. Output size is too small", _pool_size),
        (rf"pad should be at most half of effective kernel size, but got pad={N}, kernel_size={N} and dilation={N}", _pool_padding),
        (rf"padding should be at most half of kernel size, but got padding={N} and kernel_size={N}", _pool_padding),
        (rf"half of kernel size, but got padW = {N}, padH = {N}, kW = {N}, kH = {N}", _oblong_padding),
        (r"max_pool1d\(\) Invalid computed output size: -?\d{1,6}", lambda: _only(Finding("pool_empty"))),
        (rf"mat1 and mat2 shapes cannot be multiplied \({N}x{N} and {N}x{N}\)", _linear),
        (rf"Expected {N}D \(unbatched\) or {N}D \(batched\) input to (conv[12]d|conv_transpose[12]d), but got input of size: {LIST}", _rank),
        (rf"but got: padding \({N}, {N}\) at dimension (\d) of input {LIST}", _reflect),
        (r"Padding value causes wrapping around more than once", lambda: _only(Finding("circular"))),
        (r"in_channels must be divisible by groups", lambda: _only(Finding("groups_in"))),
        (r"out_channels must be divisible by groups", lambda: _only(Finding("groups_out"))),
        (r"padding='same' is not supported for strided convolutions", lambda: _only(Finding("same_strided"))),
        (rf"running_mean should contain {N} elements not {N}", lambda have, want: _only(Finding("batch_norm", have=int(have), want=int(want)))),
        (r"shape '\[((?:-?\d{1,6})(?:, -?\d{1,6}){0,5})\]' is invalid for input of size (\d{1,12})", _view),
        (rf"Sizes of tensors must match except in dimension {N}\. Expected size {N} but got size {N}", lambda axis, one, two: _only(Finding("cat", axis=int(axis), one=int(one), two=int(two)))),
        (rf"size of tensor a \({N}\) must match the size of tensor b \({N}\) at non-singleton dimension {N}", lambda one, two, axis: _only(Finding("add", one=int(one), two=int(two), axis=int(axis)))),
        (rf"Given normalized_shape=\[(?:\d{{1,6}}, ){{0,5}}{N}\], expected input with shape .{{1,60}}, but got input of size{LIST}", _layer_norm),
        (rf"Got {N}D input, but (linear|bilinear|trilinear|bicubic) mode needs {N}D input", _upsample),
        (rf"num_channels \({N}\) must be divisible by num_groups \({N}\)", lambda channels, groups: _only(Finding("group_norm", channels=int(channels), groups=int(groups)))),
    )
)  # fmt: skip
