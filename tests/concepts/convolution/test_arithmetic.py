"""Convolution arithmetic: formulas against real modules, cells against what modules read, and messages that torch produces."""

from __future__ import annotations

import json
import math
import re
import time
import warnings
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import settings as given_settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from core import text
from core.concepts.convolution import arithmetic
from core.concepts.convolution.arithmetic import Result, Settings, figures, plain
from core.concepts.convolution.arithmetic.experiment import build, run_stack
from core.concepts.convolution.arithmetic.findings import by_sign
from core.concepts.convolution.arithmetic.geometry import cost, output_size, problem, sources
from core.concepts.convolution.arithmetic.layers import LayersError, parse
from core.concepts.convolution.arithmetic.messages import MOST_TEXT, read
from core.concepts.convolution.arithmetic.settings import LAYERS, PADDING_MODES, STACK
from core.questions import Question
from core.settings import SettingsError

WORDS = text.of("convolution/arithmetic")


def keys(result: Result) -> list[str]:
    return [f.key for f in arithmetic.findings(result)]


def first_advice(result: Result) -> str:
    """The key of the advice in the verdict on a layer that is refused."""
    return str(arithmetic.findings(result)[0]["advice"][0].key)


small = st.fixed_dictionaries(
    {
        "layer": st.sampled_from(LAYERS), "dims": st.sampled_from(("1d", "2d")), "kernel": st.integers(1, 5),
        "stride": st.integers(1, 4), "padding": st.integers(0, 4), "dilation": st.integers(1, 3), "output_padding": st.integers(0, 3),
        "scale": st.sampled_from((1.0, 1.5, 2.0, 2.5, 3.0)), "height": st.integers(1, 12), "width": st.integers(1, 12),
        "in_channels": st.integers(1, 4), "out_channels": st.integers(1, 4), "groups": st.integers(1, 2), "bias": st.booleans(),
        "given": st.sampled_from((0, 0, 0, 3)), "padding_mode": st.sampled_from(PADDING_MODES), "ceil_mode": st.booleans(),
        "mode": st.sampled_from(("nearest", "bilinear")), "square": st.booleans(), "kernel_x": st.integers(1, 4),
        "stride_x": st.integers(1, 3), "padding_x": st.integers(0, 3), "dilation_x": st.integers(1, 2), "output_padding_x": st.integers(0, 2),
    }
)  # fmt: skip


@given(small)
@given_settings(max_examples=150, deadline=None)
def test_every_setting_gives_what_the_real_module_gives(change: dict[str, Any]) -> None:
    """On the CPU, with numbers: the shape, the parameters and the multiply-adds, or the very words of the refusal."""
    s = Settings(**change)
    result = arithmetic.run(s)
    try:
        module = build(s, "cpu")
        # For an output without places oneDNN has other words than PyTorch, or gives an empty tensor. Its switch warns.
        with warnings.catch_warnings(action="ignore"), torch.backends.mkldnn.flags(enabled=False):
            out = module(torch.zeros(s.input_shape))
    except (RuntimeError, ValueError) as refused:
        assert result.shape is None and problem(s) and result.multiply_adds == 0
        told = re.sub(r"\d+", "#", str(refused))  # where several things are wrong, PyTorch may name another one first
        assert re.sub(r"\d+", "#", result.error) == told or read(str(refused)).advice[0].key != "unreadable"
        assert "unreadable" not in first_advice(result) and first_advice(result) in WORDS.raw("findings")
        return
    assert problem(s) == "" and result.shape == tuple(out.shape) and result.error == ""
    assert result.shape[2:] == tuple(output_size(s, axis) for axis in s.axes)
    assert result.parameters == sum(p.numel() for p in module.parameters()) == cost(s, result.shape[1:])[0]
    with FlopCounterMode(display=False) as counter:
        if result.parameters:
            module(torch.zeros(s.input_shape))
    assert result.flops == counter.get_total_flops()


@given(small)
@given_settings(max_examples=60, deadline=None)
def test_an_output_cell_is_computed_from_the_cells_that_light_up(change: dict[str, Any]) -> None:
    s = Settings(**{**change, "dims": "1d", "in_channels": 1, "out_channels": 1, "groups": 1, "given": 0})
    if problem(s):
        return
    module = build(s, "cpu")
    for weights in module.parameters():
        nn.init.constant_(weights, 1.0 if weights.dim() > 1 else 0.0)
    (axis,) = s.axes
    one_by_one = torch.eye(axis.size)[:, None]  # a picture a place, 1 there and 0 elsewhere
    with torch.no_grad():
        lit = module(one_by_one)[:, 0] > 1e-5  # (input places, output places)
    for place in range(lit.shape[1]):
        inside = {i for i in sources(s, axis, place) if 0 <= i < axis.size}
        assert inside == set(torch.nonzero(lit[:, place])[:, 0].tolist()), (s, place)


def test_known_sizes_and_costs() -> None:
    """Dumoulin and Visin's examples, and the formulas of the catalogue by hand."""
    same = arithmetic.run(Settings())
    assert same.shape == (1, 16, 8, 8) and same.parameters == (3 * 3 * 16 + 1) * 16
    assert same.multiply_adds == 9 * 16 * 16 * 64 and same.flops == 2 * same.multiply_adds
    grouped = arithmetic.run(Settings(groups=4))
    assert grouped.parameters == (9 * 16 // 4 + 1) * 16 and same.multiply_adds == 4 * grouped.multiply_adds
    deep = arithmetic.run(Settings(layer="separable"))
    assert deep.multiply_adds / same.multiply_adds == pytest.approx(1 / 9 + 1 / 16)
    assert arithmetic.run(Settings(dilation=2, padding=2)).multiply_adds == same.multiply_adds
    back = arithmetic.run(Settings(layer="transposed", stride=2, height=4, width=4, output_padding=1))
    assert back.shape == (1, 16, 8, 8)  # what stride 2 makes of 8
    assert {k.name: k.multiply_adds for k in same.kinds}["grouped"] == grouped.multiply_adds
    assert same.bytes_of("output") == 4 * 16 * 64 and same.bytes_of("parameters") == 4 * same.parameters
    floor = {"layer": "max_pool", "padding": 0, "stride": 2, "height": 6, "width": 6}
    assert [arithmetic.run(Settings(**floor, ceil_mode=c)).shape for c in (False, True)] == [
        (1, 16, 2, 2),
        (1, 16, 3, 3),
    ]


# Messages. Each is produced by torch itself.

z = torch.zeros
CASES: dict[str, tuple[Callable[[], Any], str, dict[str, Any]]] = {
    "channels": (lambda: nn.Conv2d(3, 8, 3)(z(1, 4, 32, 32)), "channels", {"in_channels": 3, "given": 4, "out_channels": 8, "height": 32}),
    "without a batch": (lambda: nn.Conv2d(3, 8, 3)(z(4, 32, 32)), "channels", {"in_channels": 3, "given": 4, "width": 32}),
    "grouped": (lambda: nn.Conv2d(4, 8, 3, groups=2)(z(1, 6, 32, 32)), "channels", {"in_channels": 4, "given": 6, "groups": 2}),
    "oblong": (lambda: nn.Conv2d(3, 8, (5, 1))(z(1, 1, 9, 7)), "channels", {"kernel": 5, "kernel_x": 1, "square": False, "width": 7}),
    "sequence": (lambda: nn.Conv1d(3, 8, 3)(z(1, 4, 32)), "channels", {"dims": "1d", "given": 4, "height": 32}),
    "channels last": (lambda: nn.Conv2d(3, 8, 3)(z(1, 32, 32, 3)), "channels_last", {"in_channels": 3, "given": 32}),
    "transposed": (lambda: nn.ConvTranspose2d(3, 8, 3)(z(1, 4, 8, 8)), "channels", {"layer": "transposed", "in_channels": 3, "out_channels": 8}),
    "transposed sequence": (lambda: nn.ConvTranspose1d(3, 8, 3)(z(1, 4, 8)), "channels", {"layer": "transposed", "dims": "1d"}),
    "kernel": (lambda: nn.Conv2d(3, 8, 7, padding=1)(z(1, 3, 4, 4)), "kernel", {"kernel": 7, "padding": 0, "height": 6, "width": 6}),
    "kernel of a sequence": (lambda: nn.Conv1d(3, 8, 7)(z(1, 3, 5)), "kernel", {"kernel": 7, "dims": "1d", "height": 5}),
    "dilated kernel": (lambda: nn.Conv2d(3, 8, 3, dilation=4)(z(1, 3, 8, 8)), "kernel", {"kernel": 9, "height": 8}),
    "too small": (lambda: nn.ConvTranspose2d(3, 8, 1, padding=2)(z(1, 3, 2, 2)), "transposed_size", {}),
    "output padding": (lambda: nn.ConvTranspose2d(3, 8, 3, output_padding=1)(z(1, 3, 8, 8)), "output_padding", {"layer": "transposed", "output_padding": 1, "stride": 1}),
    "max pool": (lambda: nn.MaxPool2d(3)(z(1, 3, 2, 2)), "pool_size", {"layer": "max_pool", "height": 2, "kernel": 3}),
    "average pool": (lambda: nn.AvgPool2d(3)(z(1, 3, 2, 2)), "pool_size", {"height": 2, "kernel": 3}),
    "max pool of a sequence": (lambda: nn.MaxPool1d(3)(z(1, 3, 2)), "pool_empty", {}),
    "padding of a pool": (lambda: nn.MaxPool2d(3, padding=2)(z(1, 3, 8, 8)), "pool_padding", {"kernel": 3, "padding": 2, "layer": "max_pool"}),
    "padding of a pool, sequence": (lambda: nn.MaxPool1d(3, padding=2)(z(1, 3, 8)), "pool_padding", {"kernel": 3, "padding": 2}),
    "padding of a dilated pool": (lambda: nn.MaxPool2d((1, 3), 1, (0, 2), (1, 2))(z(1, 3, 8, 8)), "pool_padding", {"kernel": 1, "kernel_x": 3, "padding_x": 2, "square": False}),
    "linear": (lambda: nn.Linear(256, 120)(z(32, 400)), "linear", {"in_channels": 256, "given": 400, "out_channels": 120, "kernel": 1}),
    "linear without flatten": (lambda: nn.Linear(80, 10)(z(32, 16, 5, 5)), "linear", {"in_channels": 80, "given": 5}),
    "no channels": (lambda: nn.Conv2d(1, 8, 3)(z(28, 28)), "rank_image", {"dims": "2d", "height": 28, "width": 28}),
    "too many axes": (lambda: nn.Conv1d(3, 8, 3)(z(1, 3, 32, 32)), "rank_other", {"dims": "1d"}),
    "reflection": (lambda: nn.Conv2d(3, 8, 3, padding=4, padding_mode="reflect")(z(1, 3, 4, 4)), "reflect", {"padding": 4, "padding_mode": "reflect", "height": 4}),
    "wrapping": (lambda: nn.Conv2d(3, 8, 3, padding=5, padding_mode="circular")(z(1, 3, 4, 4)), "circular", {}),
    "groups": (lambda: nn.Conv2d(3, 8, 3, groups=2), "groups_in", {}),
    "groups of the output": (lambda: nn.Conv2d(4, 9, 3, groups=2), "groups_out", {}),
    "same": (lambda: nn.Conv2d(3, 8, 3, padding="same", stride=2), "same_strided", {}),
    "batch norm": (lambda: nn.BatchNorm2d(3)(z(1, 4, 8, 8)), "batch_norm", {}),
    "view": (lambda: z(2, 16, 5, 5).view(-1, 256), "view", {}),
    "concatenation": (lambda: torch.cat([z(1, 3, 8, 8), z(1, 3, 7, 8)], 1), "cat", {}),
    "shortcut": (lambda: z(1, 3, 8, 8) + z(1, 3, 7, 8), "add", {}),
    "layer norm": (lambda: nn.LayerNorm(16)(z(2, 3, 8)), "layer_norm", {}),
    "group norm": (lambda: nn.GroupNorm(3, 8), "group_norm", {}),
    "bilinear": (lambda: nn.Upsample(scale_factor=2, mode="bilinear")(z(1, 3, 4)), "upsample_rank", {}),
}  # fmt: skip


def message(case: str) -> str:
    with pytest.raises((RuntimeError, ValueError, NotImplementedError)) as refused:
        CASES[case][0]()
    return f"{refused.type.__name__}: {refused.value}"


@pytest.mark.parametrize("case", CASES)
def test_a_message_is_read(case: str) -> None:
    said = message(case)
    reading = read(f"  File 'net.py', line 7, in forward\n    x = self.layer(x)\n{said}\n")
    assert reading.advice[0].key == CASES[case][1]
    assert {key: reading.change.get(key) for key in CASES[case][2]} == CASES[case][2]
    assert bool(reading.change) == bool(CASES[case][2])
    assert all(len(WORDS.say(finding)) > 30 for finding in reading.advice)
    if reading.change:
        Settings(**reading.change)


FAITHFUL = [c for c in CASES if CASES[c][1] in ("channels", "channels_last", "linear", "kernel", "pool_size")]


@pytest.mark.parametrize("case", FAITHFUL)
def test_the_controls_are_set_to_the_layer_that_fails(case: str) -> None:
    """With them the page runs into the same message; the linear layer as a convolution with a kernel of 1."""
    said = message(case)
    result = arithmetic.run(Settings(**read(said).change))
    assert keys(result)[0] == "refused"
    if CASES[case][1] == "linear":
        assert first_advice(result) == "channels" and "to have" in result.error
    elif case == "without a batch":
        assert result.error in said
    else:
        assert said.endswith(result.error)


def test_the_advice_mends_the_layer() -> None:
    (advice,) = read(message("channels")).advice
    assert (advice["old"], advice["new"]) == ("nn.Conv2d(3, 8, 3)", "nn.Conv2d(4, 8, 3)")
    assert nn.Conv2d(4, 8, 3)(z(1, 4, 32, 32)).shape == (1, 8, 30, 30)
    for case, change in (
        ("kernel", lambda a: {"kernel": a["smaller"]}),
        ("kernel", lambda a: {"padding": a["more"]}),
        ("dilated kernel", lambda a: {"padding": a["more"]}),
        ("reflection", lambda a: {"padding": a["most"]}),
        ("padding of a pool", lambda a: {"padding": a["half"]}),
        ("output padding", lambda a: {"output_padding": a["most"] - 1}),
        ("max pool", lambda a: {"kernel": a["size"]}),
    ):
        reading = read(message(case))
        mended = Settings(**{**reading.change, **change(reading.advice[0])})
        assert problem(Settings(**reading.change)) and problem(mended) == "", case
    less = read(message("too small")).advice[0]["less"]
    assert nn.ConvTranspose2d(3, 8, 1, padding=2 - less)(z(1, 3, 2, 2)).shape[2] >= 1
    with pytest.raises(RuntimeError):
        nn.ConvTranspose2d(3, 8, 1, padding=3 - less)(z(1, 3, 2, 2))
    assert read(message("linear without flatten")).advice[1].key == "no_flatten"
    last = read(message("channels last")).advice[0]["order"]
    assert nn.Conv2d(3, 8, 3)(z(1, 32, 32, 3).permute(eval_tuple(last))).shape == (1, 8, 30, 30)
    assert [f.key for f in read(message("grouped").replace("[1, 6", "[1, 7").replace("got 6", "got 7")).advice] == ["channels", "groups_too"]  # fmt: skip


def eval_tuple(written: str) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", written))


@pytest.mark.parametrize(
    "hostile",
    ["", "   ", "nan", "__import__('os').system('ls')", "<script>alert(1)</script>", "Given groups=", "卷积\x00",
     "Given groups=1, weight of size [8, 3, 3, 3, 3, 3], expected input[1, 4] to have 3 channels, but got 4 channels instead",
     "Given groups=0, weight of size [0, 0, 0, 0], expected input[0, 0, 0, 0] to have 0 channels, but got 0 channels instead",
     "mat1 and mat2 shapes cannot be multiplied (0x0 and 0x0)", "shape '[0]' is invalid for input of size 9",
     "padded input size per channel: (0 x 0). Kernel size: (7 x 7). Kernel size can't be greater",
     "but got: padding (9, 9) at dimension 7 of input [1]", "Given input size: (0x0). Calculated output size: (0x0x0). Output size is too small",
     "[" * 999, "(1 x " * 400, "9" * 999, "Given input size: (" + "1x" * 400, "[1, " * 250]
)  # fmt: skip
def test_hostile_text_gets_a_sentence_and_takes_no_time(hostile: str) -> None:
    begun = time.process_time()
    reading = read(hostile * 50)
    sentences = [WORDS.say(finding) for finding in read(hostile).advice + reading.advice]
    assert time.process_time() - begun < 0.05
    assert all(s.endswith((".", "`.")) for s in sentences) and "alert" not in " ".join(sentences)
    Settings(**reading.change)


@given(st.text(max_size=200), st.sampled_from(list(CASES)), st.integers(0, 200), st.integers(0, 10**9))
@given_settings(max_examples=30, deadline=None)
def test_any_damage_to_a_message_is_survived(junk: str, case: str, at: int, number: int) -> None:
    said = message(case)
    for damaged in (said[:at] + junk + said[at:], re.sub(r"\d+", str(number), said), said[at:]):
        reading = read(damaged)
        Settings(**reading.change)
        assert all(WORDS.say(finding) for finding in reading.advice)


def test_a_layer_beyond_the_controls_is_told_and_leaves_them() -> None:
    reading = read(message("channels").replace("32, 32", "9000, 32"))
    assert [f.key for f in reading.advice] == ["channels", "beyond"] and reading.change == {}
    assert (
        len(message("channels")) < MOST_TEXT
        and read("x" * MOST_TEXT + message("channels")).advice[0].key == "unreadable"
    )


# The stack.


def test_a_stack_is_read_and_run_as_sequential_runs_it() -> None:
    typed = "nn.Conv2d(3, 8, kernel_size=3, padding=1, bias=False), torch.nn.BatchNorm2d(8), ReLU(),\t MaxPool2d(2, 2), ConvTranspose2d(8, 4, 2, stride=2), AvgPool2d(2), Upsample(scale_factor=2, mode='bilinear'), AdaptiveAvgPool2d(4), Flatten(), Dropout(), Linear(64, 10)"
    calls = parse(typed)
    modules = [getattr(nn, call.name)(**call.arguments) for call in calls]
    x: Tensor = torch.zeros(1, 3, 16, 16)
    rows = run_stack(calls, tuple(x.shape))
    for module, row in zip(nn.Sequential(*modules).eval(), rows, strict=True):
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            x = module(x)
        assert row.shape == tuple(x.shape) and row.parameters == sum(p.numel() for p in module.parameters())
        assert 2 * row.multiply_adds == counter.get_total_flops(), row.layer
    assert [row.layer for row in rows][:2] == ["Conv2d(3, 8, 3, padding=1, bias=False)", "BatchNorm2d(8)"]


@pytest.mark.parametrize(
    ("typed", "place", "advice"),
    [
        (STACK.replace("2048", "512"), 8, "linear"),
        (STACK.replace("Conv2d(16", "Conv2d(8"), 4, "channels"),
        ("Conv2d(3, 8, 3), ConvTranspose2d(4, 8, 2)", 2, "channels"),
        ("Flatten(), Conv2d(3, 8, 3)", 2, "rank_image"),
        ("Conv2d(3, 8, 99)", 1, "kernel"),
        ("MaxPool2d(2), " * 6 + "ReLU()", 6, "pool_size"),
        ("BatchNorm2d(4)", 1, "batch_norm"),
        ("Conv2d(3, 8, 3, groups=2)", 1, "groups_in"),
    ],
)
def test_a_stack_stops_where_pytorch_stops(typed: str, place: int, advice: str) -> None:
    result = arithmetic.run(Settings(stack=typed))
    assert len(result.stack) == place and result.stack[-1].shape is None
    finding = arithmetic.findings(result)[0]
    assert finding.key == "stack_fails" and finding["what"][0].key == advice
    modules = [getattr(nn, call.name) for call in parse(typed)]
    with pytest.raises((RuntimeError, ValueError)) as refused:
        x = torch.zeros(1, 3, 32, 32)
        for module, call in zip(modules, parse(typed), strict=True):
            x = module(**call.arguments)(x)
    assert result.stack[-1].error == str(refused.value)


@pytest.mark.parametrize(
    ("typed", "key"),
    [("Conv2d(3, 8, 3", "stack_syntax"), ("Conv2d(3, 8, 3) ReLU()", "stack_syntax"), ("os.system('ls')", "stack_syntax"),
     ("Tanhh()", "stack_layer"), ("Bilinear(1, 2, 3)", "stack_layer"), ("__import__('os')", "stack_layer"),
     ("Conv2d(3, 8, 3, device='cuda')", "stack_argument"), ("Conv2d(3, 8, -1)", "stack_argument"),
     ("Conv2d(3, 8, 1e9)", "stack_argument"), ("ReLU(1)", "stack_argument"), ("Conv2d(3, in_channels=3)", "stack_argument"),
     ("Conv2d(3, 8, 5000)", "stack_number"), ("Conv2d(0, 8, 3)", "stack_number"), ("Conv2d(3, 8, 3, stride=0)", "stack_number"), ("ReLU()," * 21, "stack_length"), ("", "stack_length"), ("Conv2d(__class__)", "stack_argument")]
)  # fmt: skip
def test_hostile_stacks_get_a_sentence(typed: str, key: str) -> None:
    with pytest.raises(LayersError) as refused:
        parse(typed)
    assert refused.value.key == key
    with pytest.raises(SettingsError) as sentence:
        Settings(stack=typed)
    assert str(sentence.value).startswith("Layers: ") and str(sentence.value).endswith(".")


@pytest.mark.parametrize("typed", ["Conv2d(4096, 4096, 99)", "Upsample(scale_factor=4096)," * 14, "Conv2d(3, 8)", "Upsample()", "Conv2d(3, 4, 3, padding_mode='x')", "ConvTranspose2d(3, 4096, 25, stride=4096)"])  # fmt: skip
def test_a_stack_is_bounded_whatever_it_says(typed: str) -> None:
    begun = time.process_time()
    result = arithmetic.run(Settings(stack=typed))
    assert time.process_time() - begun < 0.15
    assert result.stack[-1].shape is None and result.stack[-1].error and keys(result)[0] == "stack_fails"
    assert WORDS.say(arithmetic.findings(result)[0])


# What is said and drawn.


@pytest.mark.parametrize(
    ("change", "verdict", "others"),
    [
        ({}, "fits_costs", {"flops", "memory_weights", "separable", "stack_runs"}),
        ({"groups": 16}, "fits_costs", {"saves"}),
        ({"layer": "transposed", "stride": 2, "kernel": 7, "padding": 3}, "fits_costs", {"uneven"}),
        ({"stride": 2, "padding": 0}, "fits_costs", {"unread"}),
        ({"layer": "max_pool"}, "fits_free", set()),
        ({"layer": "upsample"}, "fits_free", set()),
        ({"kernel": 31}, "refused", {"message"}),
        ({"groups": 3}, "refused", {"message"}),
        ({"height": 256, "width": 256}, "fits_costs", {"memory_output"}),
    ],
)
def test_every_layer_has_its_verdict(change: dict[str, Any], verdict: str, others: set[str]) -> None:
    found = keys(arithmetic.run(Settings(**change)))
    assert found[0] == verdict and others <= set(found)
    assert ("saves" in found) == ("groups" in change and verdict == "fits_costs")


def test_saving_and_left_over_are_counted() -> None:
    found = {f.key: f for f in arithmetic.findings(arithmetic.run(Settings(groups=16, stride=2, padding=0)))}
    # A quarter of the places of stride 1 with padding, and a sixteenth of the weights.
    assert found["saves"]["times"] == pytest.approx(16 * 64 / 9) and found["unread"]["places"] == 1
    more = {f.key: f for f in arithmetic.findings(arithmetic.run(Settings(layer="transposed", kernel=5, height=8)))}
    assert "uneven" not in more  # stride 1 divides every kernel
    other = arithmetic.run(Settings(groups=4))
    change = arithmetic.difference(other, arithmetic.run(Settings()))
    assert change["times"] == 0.25 and change["weights"] == pytest.approx(592 / 2320)
    assert arithmetic.difference(arithmetic.run(Settings(layer="max_pool")), other).key == "not_counted"


def test_groups_that_do_not_fit_get_one_that_does() -> None:
    finding = arithmetic.findings(arithmetic.run(Settings(groups=12)))[0]["advice"][0]
    assert finding.key == "groups_numbers" and finding["most"] == 8


def test_presets_work_and_fail_as_they_say() -> None:
    for preset in arithmetic.PRESETS:
        result = arithmetic.run(Settings(**preset.change))
        fails = result.shape is None or result.stack[-1].shape is None
        assert fails != preset.works, preset.key


@pytest.mark.parametrize("question", arithmetic.QUESTIONS, ids=lambda q: q.key)
def test_questions_are_graded_by_pytorch(question: Question) -> None:
    result = arithmetic.run(Settings(**question.change))
    right, numbers = question.grade(result)
    assert right == {"strided": 1, "dilated": 1, "transposed": 2, "separable": 2, "bias": 1}[question.key]
    assert WORDS(f"questions.{question.key}.answer", **numbers)


def test_cells_are_a_graph_of_what_belongs_together() -> None:
    result = arithmetic.run(Settings(height=5, width=4, stride=2))
    option = figures.cells(result, "output", 2, 1, False)
    (series,) = option["baseOption"]["series"]
    nodes, links = series["data"], series["links"]
    assert len(nodes) == 7 * 6 + 3 * 2 and len(links) == 6 * 9 and len({n["id"] for n in nodes}) == len(nodes)
    chosen = next(i for i, node in enumerate(nodes) if node["itemStyle"].get("borderWidth") == 3)
    assert nodes[chosen]["name"] == "output row 2, column 1"
    strong = {i for i, node in enumerate(nodes) if node["itemStyle"]["opacity"] > 0.9}
    assert strong == {chosen} | {link["target"] for link in links if link["source"] == chosen} and len(strong) == 10
    assert figures.pick(result, chosen) == {"side": "output", "row": 2, "column": 1}
    assert figures.pick(result, 0) == {} and figures.pick(result, 7) == {"side": "input", "row": 1, "column": 1}
    back = figures.cells(result, "input", 2, 2, True)["baseOption"]["series"][0]["data"]
    assert (
        sum(n["itemStyle"]["opacity"] > 0.9 for n in back) == 1 + 4
    )  # row 2 is read by both rows of windows, and so is column 2
    assert figures.reach(result, "output") == (3, 2) and figures.reach(result, "input") == (5, 4)


@pytest.mark.parametrize("change", [{}, {"dims": "1d"}, {"kernel": 31}, {"height": 1024, "width": 1024, "kernel": 31, "padding": 15}, {"layer": "upsample", "mode": "bilinear"}, {"layer": "transposed", "stride": 3}, {"padding_mode": "circular", "padding": 3}, {"height": 1, "width": 1}])  # fmt: skip
def test_every_board_is_drawn_while_a_slider_moves(change: dict[str, Any]) -> None:
    arithmetic.run(Settings())
    begun = time.process_time()
    result = arithmetic.run(Settings(**change))
    option = figures.cells(result, "output", 1, 1, False)
    spent = time.process_time() - begun
    assert len(json.dumps(option, allow_nan=False)) < 200_000 and spent < 0.15
    assert arithmetic.findings(result) and figures.formulas(result).count("_{out}") == len(result.settings.axes)


def test_kinds_and_tables_show_the_numbers_of_the_run() -> None:
    result = arithmetic.run(Settings())
    bars = figures.kinds(result)["series"]
    standard = result.kinds[0]
    assert [d["value"] for d in bars[1]["data"]][1:] == [
        round(100 * k.multiply_adds / standard.multiply_adds, 2) for k in result.kinds
    ]
    assert figures.numbers(result).value.tolist()[:4] == ["1,024", "2,320", "147,456", "294,912"]
    assert figures.stack(result).output.tolist()[-1] == "10" and by_sign(result.shape) == "16 × 8 × 8"
    assert arithmetic.run(Settings(in_channels=3)).kinds == () and math.isfinite(result.flops)


@pytest.mark.parametrize("change", [{}, {"layer": "separable"}, {"layer": "transposed", "stride": 2, "output_padding": 1}, {"layer": "max_pool", "ceil_mode": True}, {"layer": "avg_pool", "dims": "1d"}, {"layer": "upsample", "mode": "bilinear"}, {"square": False, "kernel_x": 5, "padding_mode": "reflect"}, {"given": 4}, {"groups": 3}])  # fmt: skip
def test_the_script_gives_the_numbers_of_the_run(change: dict[str, Any]) -> None:
    result = arithmetic.run(Settings(**change))
    printed = plain.main(SimpleNamespace(**vars(result.settings)))
    if result.shape is None:
        assert printed["error"] == result.error
    else:
        assert (printed["shape"], printed["parameters"], printed["flops"]) == (
            result.shape,
            result.parameters,
            result.flops,
        )
