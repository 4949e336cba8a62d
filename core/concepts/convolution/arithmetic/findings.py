"""What a layer gives and costs, and where PyTorch refuses it."""

from __future__ import annotations

import math

from core.concepts.convolution.arithmetic.geometry import left_over, output_size, problem
from core.concepts.convolution.arithmetic.messages import read
from core.concepts.convolution.arithmetic.result import Result, Shape
from core.concepts.convolution.arithmetic.settings import Axis, Settings
from core.findings import Finding
from core.questions import Grade, Question


def by_sign(shape: Shape | None) -> str:
    """A shape as people say it: 16 × 8 × 8."""
    return " × ".join(str(n) for n in shape[1:]) if shape else "–"


def findings(result: Result) -> list[Finding]:
    """The verdict first: what comes out of the layer, or why it cannot run."""
    s = result.settings
    found = _runs(result) if result.shape is not None else _refused(result)
    *rest, last = result.stack
    if last.shape is None:
        advice = read(last.error).advice[0]
        what = [Finding("stack_words", error=last.error)] if advice.key == "unreadable" else [advice]
        given = by_sign(_before(result))
        fails = Finding("stack_fails", place=len(result.stack), layer=last.layer, given=given, what=what)
        found = [fails, *found] if result.shape is not None else [*found, fails]  # first, if it is all that fails
    else:
        numbers = {
            "parameters": sum(row.parameters for row in result.stack),
            "adds": sum(row.multiply_adds for row in result.stack),
        }
        size = f"{s.stack_channels} × {s.stack_size} × {s.stack_size}"
        found.append(Finding("stack_runs", layers=len(rest) + 1, size=size, shape=by_sign(last.shape), **numbers))
    return found  # fmt: skip


def _before(result: Result) -> Shape:
    """The shape that the last layer of the stack is given."""
    s, n = result.settings, len(result.stack)
    before = result.stack[n - 2].shape if n > 1 else None
    return before or (1, s.stack_channels, s.stack_size, s.stack_size)


def _runs(result: Result) -> list[Finding]:
    s, shape = result.settings, result.shape
    given, got = s.input_shape, by_sign(shape)
    costs = result.parameters > 0
    numbers = {"given": by_sign(given), "got": got, "parameters": result.parameters, "adds": result.multiply_adds}
    found = [Finding("fits_costs" if costs else "fits_free", **numbers)]
    if result.kinds and costs:
        standard = result.kinds[0]
        same = (s.layer, s.used_groups) != ("conv", 1)
        if same and result.multiply_adds and result.multiply_adds != standard.multiply_adds:
            fewer = standard.multiply_adds > result.multiply_adds
            times = standard.multiply_adds / result.multiply_adds
            found.append(
                Finding(
                    "saves" if fewer else "costs_more",
                    times=times if fewer else 1 / times,
                    standard=standard.multiply_adds,
                )
            )
        deep = next(k for k in result.kinds if k.name == "separable")
        times = standard.multiply_adds / deep.multiply_adds
        found.append(Finding("separable", times=times, kernel=s.kernel, channels=s.in_channels))
    if costs:
        found.append(Finding("flops", adds=result.multiply_adds, flops=result.flops))
        memory = {what: size_text(result.bytes_of(what)) for what in ("parameters", "output")}
        heavy = result.bytes_of("parameters") > result.bytes_of("output")
        found.append(Finding("memory_weights" if heavy else "memory_output", **memory))
    if unread := max(left_over(s, axis) for axis in s.axes):
        found.append(Finding("unread", places=unread))
    if s.layer == "transposed" and any(a.kernel % a.stride for a in s.axes):
        axis = next(a for a in s.axes if a.kernel % a.stride)
        found.append(Finding("uneven", kernel=axis.kernel, stride=axis.stride))
    return found


def _refused(result: Result) -> list[Finding]:
    """Which number has to change, and PyTorch's own words."""
    s = result.settings
    if problem(s) == "groups":
        which = "in_channels" if s.in_channels % s.groups else "out_channels"
        channels = getattr(s, which)
        fitting = [n for n in range(s.groups, 0, -1) if s.in_channels % n == 0 == s.out_channels % n][:1]
        advice = [Finding("groups_numbers", which=which, channels=channels, groups=s.groups, most=fitting[0])]
    else:
        advice = list(read(result.error).advice)
    return [Finding("refused", advice=advice[:1]), *advice[1:], Finding("message", error=result.error)]


def size_text(size: int) -> str:
    """Bytes in the unit that suits them."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= step:
            return f"{size / step:.3g} {unit}"
    return f"{size} B"


def formula(s: Settings, axis: Axis) -> str:
    """The output size of an axis with its numbers, in TeX."""
    n, k, stride, padding, dilation, extra = axis
    out = output_size(s, axis)
    if s.layer == "upsample":
        return rf"\lfloor {n}\cdot {s.scale:g}\rfloor = {out}"
    if s.layer == "transposed":
        return rf"({n}-1)\cdot {stride}-2\cdot {padding}+{dilation}\cdot({k}-1)+{extra}+1 = {out}"
    ends = (r"\lceil", r"\rceil") if s.ceil_mode and s.layer in ("max_pool", "avg_pool") else (r"\lfloor", r"\rfloor")
    top = rf"{n}+2\cdot {padding}-{dilation}\cdot({k}-1)-1"
    return rf"\left{ends[0]}\frac{{{top}}}{{{stride}}}\right{ends[1]}+1 = {out}"


def score(result: Result) -> Finding:
    """The shapes and the cost, for a table."""
    if result.shape is None:
        return Finding("score_refused", line=result.line)
    return Finding(
        "score", given=by_sign(result.settings.input_shape), got=by_sign(result.shape), adds=result.multiply_adds
    )


def difference(a: Result, b: Result) -> Finding:
    """How the cost of `a` compares with that of `b`."""
    if not a.multiply_adds or not b.multiply_adds:
        return Finding("not_counted")
    return Finding(
        "difference", times=a.multiply_adds / b.multiply_adds, weights=a.parameters / b.parameters, now=by_sign(a.shape), then=by_sign(b.shape)
    )  # fmt: skip


def _size(key: str, change: dict[str, object], choices: tuple[int, ...]) -> Question:
    """What size comes out: the choices stand for these numbers."""

    def grade(result: Result) -> Grade:
        assert result.shape is not None
        size = result.shape[2]
        return choices.index(size), {"size": size, "line": result.line}

    return Question(key, change, grade)


def _saving(result: Result) -> float:
    return math.inf if not result.multiply_adds else result.kinds[0].multiply_adds / result.multiply_adds


QUESTIONS = (
    _size("strided", {"height": 7, "width": 7, "stride": 2, "padding": 0}, (2, 3, 4)),
    _size("dilated", {"height": 9, "width": 9, "dilation": 3, "padding": 0}, (1, 3, 7)),
    _size("transposed", {"layer": "transposed", "height": 4, "width": 4, "stride": 2, "output_padding": 1}, (2, 7, 8, 9)),
    Question.nearest(
        "separable", {"layer": "separable", "in_channels": 256, "out_channels": 256}, _saving, (1.0, 3.0, 9.0)
    ),
    Question("bias", {"groups": 16}, lambda result: ((16, 160, 2320).index(result.parameters), {"parameters": result.parameters})),
)  # fmt: skip
