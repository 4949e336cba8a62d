"""Derivatives: what SymPy, closed forms and float64 say, and that whatever is typed takes a bounded time."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import pytest
import sympy
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core import text
from core.concepts.foundations import derivatives as concept
from core.concepts.foundations.derivatives import Result, Settings, figures, plain
from core.concepts.foundations.derivatives.findings import QUESTIONS, cancellation, shrinks
from core.concepts.foundations.derivatives.numbers import in_digits, in_floats
from core.concepts.foundations.derivatives.settings import LABELS, PRESETS
from core.data.formula import FUNCTIONS, FormulaError, parse, to_sympy
from core.settings import SettingsError

X = sympy.Symbol("x", real=True)


def run(**change: Any) -> Result:
    result: Result = concept.run(Settings(**change))
    return result


# Derivatives and series


def test_the_derivative_of_x_to_the_x() -> None:
    result = run(function="x^x", at=1.2, span=1.0)
    assert result.here[1] == pytest.approx(1.2**1.2 * (math.log(1.2) + 1))
    (lowest,) = result.stationary
    assert (lowest.x, lowest.kind) == (pytest.approx(1 / math.e), "minimum")


@pytest.mark.parametrize(
    ("function", "coefficients"),
    [
        ("e^x", [1 / math.factorial(k) for k in range(11)]),
        ("sin(x)", [math.sin(k * math.pi / 2) / math.factorial(k) for k in range(11)]),
        ("1/(1-x)", [1.0] * 11),
        ("log(1+x)", [0, *((-1) ** (k + 1) / k for k in range(1, 11))]),
        ("sigmoid(x)", [1 / 2, 1 / 4, 0, -1 / 48, 0, 1 / 480, 0, -17 / 80640, 0, 31 / 1451520, 0]),
    ],
)
def test_taylor_coefficients_are_those_of_the_book(function: str, coefficients: list[float]) -> None:
    result = run(function=function, at=0.0)
    assert result.coefficients == pytest.approx(np.array(coefficients), abs=1e-10)
    assert result.taylor_gap < 1e-9


def test_long_derivatives_are_left_to_differences_of_200_digits() -> None:
    result = run(function="tan(x)", at=0.0)
    assert 3 <= result.by_sympy < 11
    known = [0, 1, 0, 1 / 3, 0, 2 / 15, 0, 17 / 315, 0, 62 / 2835, 0]
    assert result.coefficients == pytest.approx(np.array(known), abs=1e-9)


@pytest.mark.parametrize("function", ["x sin(x)", "tanh(x)^2", "exp(-x^2)/(2+x)", "sqrt(x+3)log(x+4)", "softplus(2x)"])
def test_derivatives_are_those_of_autograd(function: str) -> None:
    result = run(function=function, at=0.7, span=2.0)
    x = torch.tensor(result.x, requires_grad=True)
    own = {
        "x sin(x)": lambda: x * x.sin(), "tanh(x)^2": lambda: x.tanh() ** 2, "exp(-x^2)/(2+x)": lambda: (-(x**2)).exp() / (2 + x),
        "sqrt(x+3)log(x+4)": lambda: (x + 3).sqrt() * (x + 4).log(), "softplus(2x)": lambda: torch.nn.functional.softplus(2 * x),
    }  # fmt: skip
    (slope,) = torch.autograd.grad(own[function]().sum(), x, create_graph=True)
    (bend,) = torch.autograd.grad(slope.sum(), x)
    assert result.values[1] == pytest.approx(slope.detach().numpy(), abs=1e-8)
    assert result.values[2] == pytest.approx(bend.numpy(), abs=1e-7)


def test_an_extremum_inside_is_a_zero_of_the_derivative_unless_it_is_a_corner() -> None:
    found = run(function="x^3 - 3x", at=0.0, span=3.0).stationary
    assert [(p.x, p.y, p.kind) for p in found] == [
        (-1.0, pytest.approx(2), "maximum"),
        (1.0, pytest.approx(-2), "minimum"),
    ]
    for p in run(function="sin(x) + x/3").stationary:
        assert math.cos(p.x) == pytest.approx(-1 / 3, abs=1e-8)
    assert [p.kind for p in run(function="x^3", at=0.3).stationary] == ["flat"]
    for at in (0.3, 1.0):  # also where the corner is one of the places that are looked at
        assert [p.kind for p in run(function="abs(x-0.3)", at=at).stationary] == ["corner_minimum"]
    assert run(function="abs(x-0.3)").latex[2] == "0"
    assert run(function="1/x", at=0.1).stationary == () == run(function="e^x").stationary
    assert run(function="1/x^2", at=0.1).stationary == ()  # the sign of f' changes across the pole
    assert run(function="3").stationary == ()


def test_where_there_is_no_derivative_none_is_told() -> None:
    for function, at, key in (("abs(x-1)", 1.0, "no_slope"), ("log(x)", -2.0, "no_value"), ("sin(x)/x", 0.0, "no_value"),
                              ("sqrt(x)", 0.0, "no_slope"), ("relu(x)", 0.0, "no_slope"), ("x abs(x)", 0.0, "slope")):  # fmt: skip
        result = run(function=function, at=at)
        assert concept.findings(result)[0].key == key, function
        assert (key == "slope") == bool(np.isfinite(result.here[1]))


def test_order_one_is_the_tangent_and_the_error_shrinks_with_the_order() -> None:
    result = run(function="cos(x)", at=0.5)
    assert result.polynomial(1) == pytest.approx(math.cos(0.5) - math.sin(0.5) * (result.x - 0.5))
    assert (np.diff(result.reach) < 0).all() and shrinks(result)
    x = np.linspace(-0.5, 1.5, 401)
    assert result.reach[1] == pytest.approx(np.abs(np.cos(x) - math.cos(0.5) + math.sin(0.5) * (x - 0.5)).max())
    assert [f.key for f in concept.findings(run(function="1/(1+x^2)", at=0.0))][2] == "taylor_stuck"
    assert [f.key for f in concept.findings(run(function="log(x)", at=0.5))][2] == "no_taylor"


# Limits


@pytest.mark.parametrize(
    ("top", "bottom", "towards", "limit", "steps", "end"),
    [
        ("sin(x)", "x", "zero", 1, 1, "determinate"),
        ("1 - cos(x)", "x^2", "zero", 0.5, 2, "determinate"),
        ("x - sin(x)", "x^3", "zero", 1 / 6, 3, "determinate"),
        ("tan(x) - x", "x^3", "zero", 1 / 3, 3, "determinate"),
        ("e^x - 1 - x", "x^2", "zero", 0.5, 2, "determinate"),
        ("x^2 - 1", "x - 1", "point", 2, 1, "determinate"),
        ("log(x)", "sqrt(x)", "infinity", 0, 1, "determinate"),
        ("x^2", "exp(x)", "infinity", 0, 2, "determinate"),
        ("exp(x)", "x^3", "infinity", math.inf, 3, "determinate"),
        ("log(x)", "1/x", "zero", 0, 1, "determinate"),
        ("exp(x)", "x", "minus_infinity", 0, 0, "plain"),
        ("x + sin(x)", "x", "infinity", 1, 0, "differs"),
        ("x^2 sin(1/x)", "sin(x)", "zero", 0, 0, "differs"),
        ("sqrt(x^2 + 1)", "x", "infinity", 1, 5, "long"),
        ("cos(x)", "1 + x", "zero", 1, 0, "plain"),
    ],
)
def test_limits_by_the_rule(top: str, bottom: str, towards: str, limit: float, steps: int, end: str) -> None:
    ladder = run(top=top, bottom=bottom, towards=towards).ladder
    assert ladder.limit == pytest.approx(limit) and (len(ladder.rungs) - 1, ladder.end) == (steps, end)
    goal = {"zero": 0, "point": 1, "infinity": sympy.oo, "minus_infinity": -sympy.oo}[towards]
    side = "+" if top == "log(x)" else "+-"
    if top != "x + sin(x)":  # SymPy's own answer
        assert (
            float(sympy.limit(to_sympy(parse(top)) / to_sympy(parse(bottom)), X, goal, side if goal == 0 else "+"))
            == limit
        )


def test_sides_that_differ_have_no_limit() -> None:
    for top in ("abs(x)", "cos(x)"):
        result = run(top=top, bottom="x")
        assert result.ladder.end == "sides" and result.ladder.latex == "" and math.isnan(result.ladder.limit)
        assert concept.findings(result)[3].key == "limit_sides"
    assert concept.findings(run(top="sin(1/x)", bottom="1+x"))[3].key == "limit_none"


def test_float64_gives_nonsense_near_the_limit_and_the_page_says_where() -> None:
    ladder = run().ladder
    best, off, below = cancellation(ladder)
    assert 1e-6 < best < 1e-2 and off < 1e-7 and 1e-8 < below < 1e-6
    right = ladder.rungs[0].right
    x = ladder.distances
    known = (1 - np.cos(x)) / x**2
    assert right == pytest.approx(known, nan_ok=True)
    assert (right[x < 1e-8] == 0).all()  # cos x is exactly 1
    assert np.abs(ladder.rungs[2].right - 0.5).max() < 0.25 and ladder.rungs[2].right[-1] == 0.5
    told = concept.findings(run(top="sin(x)", bottom="x"))
    assert "no_cancellation" in [f.key for f in told]


# Numbers


@pytest.mark.parametrize(
    "function", ["sin(x)^2/x", "x^x", "exp(-1/x)", "atan(x)-tanh(x)", "sqrt(x)log(x)", "abs(x-2)^3", "x^-2.5"]
)
def test_values_in_floats_and_in_digits_are_sympys(function: str) -> None:
    expression = sympy.diff(to_sympy(parse(function)), X)
    x = np.array([0.3, 1.7, 4.0])
    exact = [float(expression.subs(X, sympy.Float(str(v), 40)).evalf(30)) for v in x]
    assert in_floats(expression, x) == pytest.approx(exact, rel=1e-12)
    assert [float(in_digits(expression, float(v))) for v in x] == pytest.approx(exact, rel=1e-12)


def test_huge_arguments_take_no_time() -> None:
    begun = time.process_time()
    for function in (
        "exp(exp(exp(x)))",
        "sin(exp(exp(x)))",
        "x^(x^x)",
        "tan(x^10)^10",
        "sinh(sinh(sinh(x)))",
        "softplus(exp(exp(x)))",
    ):
        for at in (10.0**3, 10.0**24, -(10.0**24), 10.0**-24):
            in_digits(to_sympy(parse(function)), at)
    assert time.process_time() - begun < 0.5


@st.composite
def formulas(draw: st.DrawFn, depth: int = 3) -> str:
    if depth == 0:
        return draw(st.sampled_from(["x", "2", "0.5", "pi", "3x", "x^9"]))
    kind = draw(st.sampled_from(["call", "call", "+", "*", "/", "^"]))
    inner = formulas(depth - 1)
    return (
        f"{draw(st.sampled_from(sorted(FUNCTIONS)))}({draw(inner)})"
        if kind == "call"
        else f"({draw(inner)}){kind}({draw(inner)})"
    )


@given(formulas(), formulas(), st.sampled_from(["zero", "point", "infinity"]))
@hypothesis_settings(max_examples=20, deadline=None)
def test_whatever_is_typed_is_worked_out_in_time_and_can_be_said_and_drawn(one: str, two: str, towards: str) -> None:
    try:
        s = Settings(function=one[:60], top=one[:60], bottom=two[:60], towards=towards)
    except SettingsError as refused:
        assert str(refused).endswith(".")
        return
    begun = time.process_time()
    result = concept.run(s)
    for draw in (figures.function, figures.slopes, figures.ladder, figures.errors, figures.polynomial):
        draw(result)
    assert time.process_time() - begun < 2
    words = text.of("foundations/derivatives")
    for finding in concept.findings(result):
        assert "nan" not in words.say(finding), words.say(finding)


WORST = [
    "x^x^x^x", "sigmoid(sigmoid(sigmoid(sigmoid(sigmoid(x)))))", "tan(tan(tan(tan(tan(x)))))", "softplus(x^x)^x", "(sin(x)cos(x)tan(x)exp(x)log(x))^9",
    "sin(x)/x/sin(x+1)/(x+1)/cos(x)", "exp(exp(exp(exp(x))))", "abs(sin(abs(cos(abs(x)))))", "asin(acos(atan(sqrt(x))))", "((x+1)^9+x)^9/((x-1)^9+x)^9",
]  # fmt: skip


@pytest.mark.parametrize("function", WORST)
def test_contrived_formulas_take_a_bounded_time(function: str) -> None:
    begun = time.process_time()
    concept.run(Settings(function=function, top=function, bottom="x", towards="infinity", at=0.5))
    assert time.process_time() - begun < 1


# What is typed


@pytest.mark.parametrize(
    "typed", ["__import__('os').system('ls')", "9**9**9", "(" * 59, "ｘ+1", "x.__class__", "x^99", "exec", "1/0"]
)
@pytest.mark.parametrize("field", ["function", "top", "bottom"])
def test_a_hostile_text_is_refused_in_a_sentence_that_names_the_control(field: str, typed: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings(**{field: typed})
    assert str(refused.value).startswith(text.of("foundations/derivatives").label(field)) and str(
        refused.value
    ).endswith(".")
    with pytest.raises(SettingsError):
        Settings(**{field: "x" * 1_000_000})


def test_the_labels_of_refusals_are_those_of_the_controls() -> None:
    words = text.of("foundations/derivatives")
    assert {name: words.label(name) for name in LABELS} == LABELS


# What is said and drawn


@pytest.mark.parametrize(("key", "right"), [("sine", 1), ("rungs", 2), ("float64", 0), ("power", 1), ("radius", 1)])
def test_questions_have_the_answers_of_the_book(key: str, right: int) -> None:
    question = next(q for q in QUESTIONS if q.key == key)
    assert question.grade(run(**question.change))[0] == right


def test_what_a_preset_promises_happens() -> None:
    results = {preset.key: run(**preset.change) for preset in PRESETS}
    assert results["growth"].ladder.limit == 0 and results["circle"].ladder.end == "long"
    assert concept.findings(results["corner"])[0].key == "no_slope" and not shrinks(results["radius"])
    assert results["exponential"].reach[4] < 0.01


def test_the_charts_show_the_numbers() -> None:
    result = run(function="x^3 - 3x", at=0.5, span=3.0, order=2)
    option = figures.function(result)
    assert option["series"][0]["data"][0] == pytest.approx([-2.5, (-2.5) ** 3 + 7.5], rel=1e-3)
    assert [d["value"][0] for d in option["series"][3]["data"]] == [-1, 1]
    assert figures.polynomial(run(function="e^x", at=0.0, order=3)) == r" 1 + x + \tfrac{1}{2}x^{2} + \tfrac{1}{6}x^{3}"
    assert figures.polynomial(run(function="log(x)", at=-1.0)) == r"\text{–}"
    names = [s["name"] for s in figures.ladder(run())["series"]]
    assert names == [n for n in ("as typed", "one derivative", "2 derivatives") for _ in range(2)]
    with pytest.raises(FormulaError):
        parse("")


def test_a_slider_is_answered_in_time() -> None:
    run()
    begun = time.process_time()
    for at in (0.2, 0.4, 0.6):
        result = run(at=at)
        for draw in (figures.function, figures.slopes, figures.ladder, figures.errors, figures.polynomial):
            draw(result)
    assert time.process_time() - begun < 3 * 0.15  # it takes a tenth of that


@pytest.mark.parametrize(
    "change",
    [
        {"function": "x^x", "order": 4},
        {"top": "sin(x)", "bottom": "x"},
        {"top": "log(x)", "bottom": "x", "towards": "infinity"},
    ],
)
def test_the_script_gives_the_numbers_of_the_run(change: dict[str, Any]) -> None:
    settings = Settings(**change)
    result, printed = concept.run(settings), plain.main(settings)
    assert printed["coefficients"] == pytest.approx(result.coefficients[: settings.order + 1])
    assert printed["slope"][0] == pytest.approx(result.here[1], abs=1e-6)
    assert printed["limit"][0] == pytest.approx(result.ladder.limit)
    for k, value in zip((2, 4, 6, 8), printed["ratio"], strict=False):
        at = int(np.argmin(np.abs(np.log10(result.ladder.distances) + k)))
        assert value == pytest.approx(result.ladder.rungs[0].right[at], abs=0.01)
