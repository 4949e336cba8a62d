"""Formulas of one variable that somebody typed: read by a grammar of our own, never evaluated as Python.

A text becomes a tree of Nodes or a FormulaError with the reason. Length, size, nesting, constants and exponents are bounded
here, so that whatever is computed from a tree later takes a bounded time. `2x`, `x(x+1)` and `x^2` are understood.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

MAX_LENGTH = 60  # characters
MAX_NODES = 30
MAX_DEPTH = 6  # brackets within brackets
MAX_EXPONENT = 10  # of a constant exponent
MAX_CONSTANT = 1e6  # of any part without x

TOKEN = re.compile(r"\s*([0-9]+\.?[0-9]*|\.[0-9]+|[A-Za-z]+|[-+*/^()])")
ALIKE = {"**": "^", "−": "-", "–": "-", "×": "*", "·": "*", "÷": "/", "π": "pi"}  # what stands for the same sign
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
    "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "exp": np.exp, "log": np.log, "ln": np.log, "sqrt": np.sqrt,
    "abs": np.abs, "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "softplus": lambda x: np.log1p(np.exp(x)),
    "relu": lambda x: np.maximum(x, 0),
}  # fmt: skip
CONSTANTS = {"pi": math.pi, "e": math.e}


class FormulaError(ValueError):
    """A text that is no formula: a key among the `errors` of the texts, and what its sentence names."""

    def __init__(self, key: str, **numbers: Any) -> None:
        super().__init__(key, numbers)
        self.key, self.numbers = key, numbers


class Node(NamedTuple):
    """kind: "number", "x", a constant's or a function's name, "neg", or one of + - * / ^. parts: Nodes, or the text of a
    number. value: of what holds no x, else None."""

    kind: str
    parts: tuple[Any, ...] = ()
    value: float | None = None


def parse(text: str) -> Node:
    """The formula that a text says. Raises FormulaError."""
    if len(text) > MAX_LENGTH:
        raise FormulaError("formula_long", most=MAX_LENGTH)
    for sign, usual in ALIKE.items():
        text = text.replace(sign, usual)
    tokens: list[str] = []
    at = 0
    while text[at:].strip():
        found = TOKEN.match(text, at)
        if found is None:
            raise FormulaError("formula_sign", sign=text[at:].strip()[0])
        tokens.append(found[1])
        at = found.end()
    if not tokens:
        raise FormulaError("formula_empty")
    return _Parser(tokens).whole()


class _Parser:
    """Recursive descent over a list of tokens; its recursion is bounded by MAX_DEPTH and MAX_NODES."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = [*tokens, ""]  # the last one is the end
        self.at = 0
        self.nodes = 0
        self.depth = 0

    @property
    def next(self) -> str:
        return self.tokens[self.at]

    def whole(self) -> Node:
        node = self.sum()
        if self.next:
            raise FormulaError("formula_unexpected", token=self.next)
        return node

    def make(self, kind: str, *parts: Any) -> Node:
        """A node, if it is within all bounds."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise FormulaError("formula_size", most=MAX_NODES)
        inner = [part.value for part in parts if isinstance(part, Node)]
        constant = kind != "x" and None not in inner
        if kind == "^" and parts[1].value is not None and abs(parts[1].value) > MAX_EXPONENT:
            raise FormulaError("formula_exponent", most=MAX_EXPONENT)
        if kind == "/" and parts[1].value == 0:
            raise FormulaError("formula_zero")
        if not constant:
            return Node(kind, parts)
        value = float(evaluate(Node(kind, parts), np.float64(0)))
        if not abs(value) <= MAX_CONSTANT:  # also NaN
            raise FormulaError("formula_constant", most=MAX_CONSTANT)
        return Node(kind, parts, value)

    def sum(self) -> Node:
        node = self.product()
        while self.next in ("+", "-"):
            node = self.make(self.take(), node, self.product())
        return node

    def product(self) -> Node:
        node = self.signed()
        while self.next and (self.next in "*/(" or self.next[0].isalpha()):
            sign = self.take() if self.next in "*/" else "*"
            node = self.make(sign, node, self.signed())
        return node

    def signed(self) -> Node:
        if self.next in ("-", "+"):
            return self.deeper(lambda: self.make("neg", self.signed()) if self.take() == "-" else self.signed())
        return self.power()

    def power(self) -> Node:
        base = self.atom()
        if self.next != "^":
            return base
        self.take()
        return self.make("^", base, self.deeper(self.signed))

    def atom(self) -> Node:
        token = self.take()
        if token and (token[0].isdigit() or token[0] == "."):
            return self.make("number", token)
        if token in ("x", "X"):
            return self.make("x")
        if token.lower() in CONSTANTS:
            return self.make(token.lower())
        if token == "(":
            return self.bracket()
        if token.lower() in FUNCTIONS:
            if self.take() != "(":
                raise FormulaError("formula_call", name=token.lower())
            return self.make(token.lower(), self.bracket())
        if token and token[0].isalpha():
            raise FormulaError("formula_name", name=token[:12], known=sorted(FUNCTIONS))
        raise FormulaError("formula_unexpected", token=token) if token else FormulaError("formula_incomplete")

    def bracket(self) -> Node:
        node = self.deeper(self.sum)
        if self.take() != ")":
            raise FormulaError("formula_bracket")
        return node

    def deeper(self, read: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FormulaError("formula_depth", most=MAX_DEPTH)
        node = read()
        self.depth -= 1
        return node

    def take(self) -> str:
        token = self.next
        self.at += bool(token)
        return token


def evaluate(node: Node, x: Any) -> Any:
    """The values of a formula, in the order in which it is written; NaN or infinite where it has none. x: float64."""
    kind, parts = node.kind, node.parts
    if kind == "number":
        return np.float64(parts[0])
    if kind == "x":
        return x
    if kind in CONSTANTS:
        return np.float64(CONSTANTS[kind])
    values = [evaluate(part, x) for part in parts]
    with np.errstate(all="ignore"):
        if kind in FUNCTIONS:
            return FUNCTIONS[kind](values[0])
        if kind == "neg":
            return -values[0]
        one, two = values
        if kind == "+":
            return one + two
        if kind == "-":
            return one - two
        if kind == "*":
            return one * two
        return np.divide(one, two) if kind == "/" else np.power(one, two)


def to_sympy(node: Node) -> Any:
    """The formula as a SymPy expression of the real symbol x."""
    import sympy

    kind, parts = node.kind, node.parts
    if kind == "number":
        exact = Fraction(parts[0])
        return sympy.Rational(exact.numerator, exact.denominator)
    if kind == "x":
        return sympy.Symbol("x", real=True)
    if kind in CONSTANTS:
        return {"pi": sympy.pi, "e": sympy.E}[kind]
    args = [to_sympy(part) for part in parts]
    if kind in FUNCTIONS:
        (u,) = args
        root = sympy.sqrt(u**2)  # |u|, whose derivative SymPy writes without real and imaginary parts
        own = {"abs": root, "relu": (u + root) / 2, "sigmoid": 1 / (1 + sympy.exp(-u)), "ln": sympy.log(u)}
        own["softplus"] = sympy.log(1 + sympy.exp(u))
        return own[kind] if kind in own else getattr(sympy, kind)(u)
    if kind == "neg":
        return -args[0]
    one, two = args
    operations = {"+": lambda: one + two, "-": lambda: one - two, "*": lambda: one * two, "/": lambda: one / two}
    return operations[kind]() if kind in operations else one**two
