"""Typed formulas: what is understood, what is refused in a sentence, and that nothing typed is run or takes long."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import text
from core.data.formula import FUNCTIONS, MAX_LENGTH, FormulaError, Node, evaluate, parse, to_sympy


@pytest.mark.parametrize(
    ("typed", "at", "value"),
    [
        ("2x", 3, 6), ("x(x+1)", 2, 6), ("-x^2", 3, -9), ("2^-x", 1, 0.5), ("x^2^3", 2, 256), ("(x^2)^3", 2, 64),
        ("x**2", 3, 9), ("6/2x", 2, 6), ("x−1", 3, 2), ("2·x÷4", 2, 1), ("e^x", 1, math.e), ("ln(e)x", 2, 2),
        ("sin(π/2)x", 1, 1), ("abs(-x)", 2, 2), ("relu(x)", -3, 0), ("sigmoid(0x)", 9, 0.5), (".5x+3.", 2, 4), ("--x", 2, 2),
        ("1 - 2 - x", 1, -2), ("x/2/2", 8, 2), ("SIN(X)", 0, 0),
    ],
)  # fmt: skip
def test_formulas_are_read_as_in_a_book(typed: str, at: float, value: float) -> None:
    node = parse(typed)
    assert evaluate(node, np.float64(at)) == pytest.approx(value)
    import sympy

    exact = to_sympy(node).subs(sympy.Symbol("x", real=True), sympy.Rational(at))
    assert float(exact) == pytest.approx(value)


HOSTILE = {
    "": "formula_empty",
    "   ": "formula_empty",
    "__import__('os').system('ls')": "formula_sign",
    "().__class__": "formula_sign",
    "x.__class__": "formula_sign",
    "eval(x)": "formula_name",
    "exec": "formula_name",
    "lambda x: x": "formula_sign",
    "Symbol": "formula_name",
    "S": "formula_name",
    "Q": "formula_name",
    "oo": "formula_name",
    "9**9**9": "formula_constant",
    "9^9^9^9^9": "formula_constant",
    "x^(9^9)": "formula_constant",
    "x^99": "formula_exponent",
    "x^-99": "formula_exponent",
    "exp(exp(exp(9)))": "formula_constant",
    "99999999x": "formula_constant",
    "sqrt(-1)+x": "formula_constant",
    "tan(pi/2)": "formula_constant",
    "x/0": "formula_zero",
    "x/(1-1)": "formula_zero",
    "(" * 50 + "x": "formula_depth",
    "-" * 50 + "x": "formula_depth",
    "x" + "^x" * 20: "formula_depth",
    "x" + "+x" * 25: "formula_size",
    "x" * 1_000_000: "formula_long",
    "(" * 1_000_000: "formula_long",
    "1e5": "formula_unexpected",
    "x y": "formula_name",
    "sin x": "formula_call",
    "x+": "formula_incomplete",
    "(x": "formula_bracket",
    "x)": "formula_unexpected",
    "x;x": "formula_sign",
    "x\nx": "",
    "x=1": "formula_sign",
    "x[0]": "formula_sign",
    "{x}": "formula_sign",
    "f'{x}'": "formula_sign",
    "\uff58+1": "formula_sign",  # full-width x, which Python would read as x
    "x\u2217x": "formula_sign",  # an asterisk operator
    "\u0661x": "formula_sign",  # an Arabic digit one
    "x\u200b": "formula_sign",
    "x\x00": "formula_sign",
    "\ud800": "formula_sign",
    "<script>alert(1)</script>": "formula_sign",
    "$x$": "formula_sign",
    "{{7*7}}": "formula_sign",
}


@pytest.mark.parametrize("typed", HOSTILE, ids=lambda t: ascii(t)[:30])
def test_what_is_no_formula_is_refused_at_once_in_a_sentence(typed: str) -> None:
    begun = time.process_time()
    if not HOSTILE[typed]:
        assert isinstance(parse(typed), Node)
        return
    with pytest.raises(FormulaError) as refused:
        parse(typed)
    assert time.process_time() - begun < 0.05
    assert refused.value.key == HOSTILE[typed]
    sentence = text.of("").error(refused.value.key, what="Function", **refused.value.numbers)
    assert sentence.startswith("Function: ") and sentence.endswith(".") and "formula_" not in sentence


def test_no_python_is_read_or_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither Python's parser nor SymPy's is ever called, also not by the way from a tree to SymPy."""
    import builtins

    import sympy

    def forbidden(*args: object, **kwargs: object) -> None:
        raise AssertionError("a typed text was evaluated")

    node = parse("sin(x)^2/3 + relu(x) + 0.25")
    for module, name in ((builtins, "eval"), (builtins, "exec"), (builtins, "compile"), (sympy, "parse_expr")):
        monkeypatch.setattr(module, name, forbidden)
    monkeypatch.setattr(sympy.parsing.sympy_parser, "eval_expr", forbidden)
    assert parse("x^2") and to_sympy(node)


@given(st.text(max_size=MAX_LENGTH))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_formula_or_a_reason(typed: str) -> None:
    try:
        node = parse(typed)
    except FormulaError as refused:
        assert text.of("").error(refused.key, what="Function", **refused.numbers)
    else:
        assert np.isscalar(evaluate(node, np.float64(0.7)))


@st.composite
def formulas(draw: st.DrawFn, depth: int = 3) -> str:
    if depth == 0:
        return draw(st.sampled_from(["x", "2", "0.5", "pi", "3x"]))
    inner = formulas(depth - 1)
    kind = draw(st.sampled_from(["call", "+", "-", "*", "/", "^"]))
    if kind == "call":
        return f"{draw(st.sampled_from(sorted(FUNCTIONS)))}({draw(inner)})"
    return f"({draw(inner)}){kind}({draw(inner)})"


@given(formulas(), st.floats(0.1, 2))
@settings(max_examples=60, deadline=None)
def test_the_tree_and_sympy_have_the_same_values(typed: str, at: float) -> None:
    import sympy

    try:
        node = parse(typed)
    except FormulaError:
        return
    mine = float(evaluate(node, np.float64(at)))
    begun = time.process_time()
    other = sympy.N(to_sympy(node).subs(sympy.Symbol("x", real=True), sympy.Float(at, 30)))
    assert time.process_time() - begun < 2
    if np.isfinite(mine) and abs(mine) < 1e6 and other.is_real and abs(other) < 1e6:
        assert mine == pytest.approx(float(other), rel=1e-4, abs=1e-4)
