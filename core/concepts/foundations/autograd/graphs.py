"""The graphs of the examples: nodes, and the operation of each as PyTorch computes it and as the chain rule differentiates it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.foundations.autograd.result import Node
from core.concepts.foundations.autograd.settings import POINTS, Settings
from core.data.drawn import drawn_points
from core.engine.random import initialise

NOISE = 0.2  # of the points
PLACE = (1.0, -0.5)  # the point that the single neuron is shown
Pull = Callable[..., tuple[Tensor | None, ...]]  # gradient of the output, the output, the inputs -> that of each input


@dataclass(frozen=True)
class Operation:
    """What PyTorch computes, and what the gradient of the output g makes of each input."""

    forward: Callable[..., Tensor]
    pull: Pull


def _no_grad(a: Tensor) -> Tensor:
    with torch.no_grad():
        return a.clone()


def _to(shape: torch.Size, g: Tensor) -> Tensor:
    """g summed over the rows that a bias was added to."""
    return g if g.shape == shape else g.sum(0)


OPERATIONS = {
    "add": Operation(lambda a, b: a + b, lambda g, o, a, b: (_to(a.shape, g), _to(b.shape, g))),
    "sub": Operation(lambda a, b: a - b, lambda g, o, a, b: (g, -g)),
    "mul": Operation(lambda a, b: a * b, lambda g, o, a, b: (g * b, g * a)),
    "mul_": Operation(lambda a, b: a.mul_(b), lambda g, o, a, b: (g * b, g * a)),
    "matmul": Operation(lambda a, b: a @ b, lambda g, o, a, b: (g @ b.T, a.T @ g)),
    "square": Operation(lambda a: a**2, lambda g, o, a: (2 * a * g,)),
    "exp": Operation(lambda a: a.exp(), lambda g, o, a: (o * g,)),
    "sin": Operation(lambda a: a.sin(), lambda g, o, a: (a.cos() * g,)),
    "add_one": Operation(lambda a: a + 1, lambda g, o, a: (g,)),
    "tanh": Operation(lambda a: a.tanh(), lambda g, o, a: ((1 - o**2) * g,)),
    "sigmoid": Operation(lambda a: a.sigmoid(), lambda g, o, a: (o * (1 - o) * g,)),
    "relu": Operation(lambda a: a.relu(), lambda g, o, a: ((a > 0) * g,)),
    "neg_log": Operation(lambda a: -a.log(), lambda g, o, a: (-g / a,)),
    "bce": Operation(
        lambda z, y: nn.functional.binary_cross_entropy_with_logits(z, y),
        lambda g, o, z, y: (g * (z.sigmoid() - y) / len(z), None),
    ),
    "detach": Operation(lambda a: a.detach(), lambda g, o, a: (None,)),
    "no_grad": Operation(_no_grad, lambda g, o, a: (None,)),
}
WRITTEN = {  # of the functions of one number: how it is written, and its derivative
    "square": ("{}²", "2{}"),
    "exp": ("exp {}", "{out}"),
    "sin": ("sin {}", "cos {}"),
    "add_one": ("{} + 1", "1"),
    "tanh": ("tanh {}", "1−{out}²"),
    "sigmoid": ("σ({})", "{out}(1−{out})"),
    "relu": ("relu {}", "{} > 0"),
}


def of_one(name: str, op: str, source: str, number: int, at: tuple[float, float]) -> Node:
    """The node of a function of one number."""
    formula, local = (text.format(source, out=name) for text in WRITTEN[op])
    return Node(name, op, (number,), at, formula, (local,))


def nodes(s: Settings) -> tuple[Node, ...]:
    """The graph of an example, every node after its inputs, the loss last. `at`: in percent of the drawing, from its lower left."""
    parts: dict[str, Callable[[Settings], tuple[Node, ...]]] = {
        "product": _product, "neuron": _neuron, "twice": _twice, "detach": _detach, "in_place": _in_place,
        "perceptron": _perceptron,
    }  # fmt: skip
    return parts[s.example](s)


def _product(_: Settings) -> tuple[Node, ...]:
    return (
        Node("a", "parameter", (), (7, 90)), Node("b", "parameter", (), (7, 62)),
        Node("c", "parameter", (), (7, 36)), Node("1", "data", (), (7, 10)),
        Node("s", "add", (0, 1), (31, 76), "a + b", ("1", "1")),
        Node("t", "add", (2, 3), (31, 24), "c + 1", ("1", "1")),
        Node("p", "mul", (4, 5), (54, 50), "s × t", ("t", "s")),
        Node("6", "data", (), (54, 10)),
        Node("e", "sub", (6, 7), (74, 50), "p − 6", ("1", "−1")),
        Node("L", "square", (8,), (93, 50), "e²", ("2e",)),
    )  # fmt: skip


def _neuron(_: Settings) -> tuple[Node, ...]:
    return (
        Node("w₁", "parameter", (), (6, 91)), Node("x₁", "data", (), (6, 64)),
        Node("w₂", "parameter", (), (6, 33)), Node("x₂", "data", (), (6, 6)),
        Node("m₁", "mul", (0, 1), (25, 77), "w₁ × x₁", ("x₁", "w₁")),
        Node("m₂", "mul", (2, 3), (25, 20), "w₂ × x₂", ("x₂", "w₂")),
        Node("s", "add", (4, 5), (43, 56), "m₁ + m₂", ("1", "1")),
        Node("b", "parameter", (), (43, 12)),
        Node("z", "add", (6, 7), (61, 56), "s + b", ("1", "1")),
        Node("p", "sigmoid", (8,), (78, 56), "σ(z)", ("p(1−p)",)),
        Node("L", "neg_log", (9,), (94, 56), "−log p", ("−1/p",)),
    )  # fmt: skip


def _twice(_: Settings) -> tuple[Node, ...]:
    return (
        Node("w", "parameter", (), (7, 78)), Node("2", "data", (), (7, 30)),
        Node("a", "mul", (0, 1), (26, 54), "w × 2", ("2", "w")),
        Node("b", "parameter", (), (26, 10)),
        Node("s", "add", (2, 3), (45, 22), "a + b", ("1", "1")),
        Node("p", "mul", (2, 4), (62, 62), "a × s", ("s", "a")),
        Node("6", "data", (), (62, 16)),
        Node("e", "sub", (5, 6), (79, 50), "p − 6", ("1", "−1")),
        Node("L", "square", (7,), (94, 50), "e²", ("2e",)),
    )  # fmt: skip


def _detach(s: Settings) -> tuple[Node, ...]:
    written = {"detach": "a.detach()", "no_grad": "a, no_grad"}
    start = (Node("w", "parameter", (), (8, 50)), of_one("a", "square", "w", 0, (34, 50)))
    if s.cut == "nothing":
        return (*start, Node("L", "mul", (1, 1), (90, 50), "a × a", ("a", "a")))
    copy = Node("d", s.cut, (1,), (62, 20), written[s.cut], ("cut",))
    return (*start, copy, Node("L", "mul", (1, 2), (90, 50), "a × d", ("d", "a")))


def _in_place(s: Settings) -> tuple[Node, ...]:
    start = (
        Node("w", "parameter", (), (7, 72)), Node("½", "data", (), (7, 28)),
        Node("u", "mul", (0, 1), (28, 50), "w × ½", ("½", "w")),
        of_one("v", s.function, "u", 2, (50, 50)),
    )  # fmt: skip
    three = Node("3", "data", (), (50, 10))
    if s.changed == "output":
        changed = Node("v*", "mul_", (3, 4), (72, 50), "v.mul_(3)", ("3", "v"))
        return (*start, three, changed, Node("L", "square", (5,), (93, 50), "v²", ("2v",)))
    loss = of_one("L", "square", "v", 3, (93, 50))
    if s.changed == "nothing":
        return (*start, loss)
    changed = Node("u*", "mul_", (2, 4), (72, 16), "u.mul_(3)", ("3", "u"))
    return (*start, three, changed, loss)


def _perceptron(s: Settings) -> tuple[Node, ...]:
    formula, local = (text.format("z₁", out="h") for text in WRITTEN[s.activation])
    return (
        Node("X", "data", (), (6, 68), batch=True), Node("W₁", "parameter", (), (21, 18)),
        Node("u", "matmul", (0, 1), (21, 68), "X W₁", ("W₁ᵀ", "Xᵀ"), True),
        Node("b₁", "parameter", (), (36.5, 18)), Node("z₁", "add", (2, 3), (36.5, 68), "u + b₁", ("1", "1"), True),
        Node("h", s.activation, (4,), (51.5, 68), formula, (local,), True),
        Node("W₂", "parameter", (), (66, 18)), Node("v", "matmul", (5, 6), (66, 68), "h W₂", ("W₂ᵀ", "hᵀ"), True),
        Node("b₂", "parameter", (), (80, 18)), Node("z", "add", (7, 8), (80, 68), "v + b₂", ("1", "1"), True),
        Node("y", "data", (), (94, 18), batch=True),
        Node("L", "bce", (9, 10), (94, 68), "BCE(z, y)", ("(σ(z)−y)/n", "")),
    )  # fmt: skip


def points(s: Settings) -> tuple[np.ndarray, np.ndarray]:
    """The points of the perceptron: x (n, 2), y (n,)."""
    return drawn_points(s.data, s.strokes)(POINTS, NOISE, s.seed)


def network(s: Settings) -> nn.Sequential:
    """The perceptron as a module; `initialise` gives it its start."""
    activation = {"tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "relu": nn.ReLU}[s.activation]()
    return nn.Sequential(nn.Linear(2, s.width), activation, nn.Linear(s.width, 1))


def starts(s: Settings, graph: Sequence[Node]) -> dict[str, Tensor]:
    """The values of parameters and data by name, float64; parameters require a gradient."""
    third = "b" if s.example == "neuron" else "c"
    numbers = {"1": 1, "2": 2, "3": 3, "6": 6, "½": 0.5, "x₁": PLACE[0], "x₂": PLACE[1], "a": s.a, "w": s.a, "w₁": s.a}
    numbers |= {"b": s.b, "w₂": s.b, third: s.c}
    values = {name: torch.tensor(v, dtype=torch.float64) for name, v in numbers.items()}
    if s.example == "perceptron":
        x, y = points(s)
        start = initialise(network(s), s.seed).state_dict()
        values = {"X": torch.from_numpy(x), "y": torch.from_numpy(y)[:, None]}
        values |= {"W₁": start["0.weight"].T, "b₁": start["0.bias"], "W₂": start["2.weight"].T, "b₂": start["2.bias"]}
    leaves = {node.name: node.op for node in graph if not node.inputs}
    return {
        name: values[name].detach().double().contiguous().clone().requires_grad_(op == "parameter")
        for name, op in leaves.items()
    }
