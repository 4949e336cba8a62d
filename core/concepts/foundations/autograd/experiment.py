"""Forward, backward and update of a small graph, once by PyTorch and once by the chain rule written out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from core.concepts.foundations.autograd.graphs import OPERATIONS, PLACE, network, nodes, points, starts
from core.concepts.foundations.autograd.result import FIELD, Node, Race, Result
from core.concepts.foundations.autograd.settings import CHANGED, FUNCTIONS, Settings
from core.data.points import plot_axes
from core.engine.stack import stack

SEEDS = 16  # perceptrons in the comparison with and without zero_grad
HUGE = 1e6  # a loss beyond that has diverged
NUDGE = 1e-5  # of the finite differences

Sent = dict[tuple[int, int], Tensor]


def run(settings: Settings) -> Result:
    """Play all updates."""
    s = settings
    graph = nodes(s)
    shown = play(s, graph)
    if s.example == "perceptron":
        race = _trained(s.data, s.strokes, s.width, s.activation, s.lr, s.steps, s.seed)
    else:
        other = play(replace(s, forget=not s.forget), graph)["loss"]
        both = [np.full(s.steps + 1, np.nan) for _ in range(2)]
        for row, loss in zip(both, (shown["loss"], other), strict=True):
            row[: len(loss)] = loss
        race = Race(*(row[None] for row in (both[::-1] if s.forget else both)))
    numeric = {} if shown["error"] else _finite_differences(s, graph)
    extra = _inplace(s) if s.example == "in_place" else {}
    return Result(s, graph, race=race, numeric=numeric, **shown, **extra, **_field(s, graph, shown["parameters"]))


def forward(graph: Sequence[Node], leaves: dict[str, Tensor]) -> tuple[list[Tensor], list[Tensor]]:
    """PyTorch's tensors of all nodes, and copies of their values as they were computed."""
    tensors: list[Tensor] = []
    copies: list[Tensor] = []
    for node in graph:
        inputs = [tensors[i] for i in node.inputs]
        tensors.append(OPERATIONS[node.op].forward(*inputs) if inputs else leaves[node.name])
        if node.inputs and tensors[-1].requires_grad and node.op != "mul_":
            tensors[-1].retain_grad()
        copies.append(tensors[-1].detach().clone())
    return tensors, copies


def needs_gradient(graph: Sequence[Node]) -> list[bool]:
    """Which nodes a gradient is computed for."""
    needs: list[bool] = []
    for node in graph:
        through = any(needs[i] for i in node.inputs) and node.op not in ("detach", "no_grad")
        needs.append(node.op == "parameter" or through)
    return needs


def chain_rule(graph: Sequence[Node], values: Sequence[Tensor]) -> tuple[list[Tensor | None], Sent]:
    """The derivative of the last node with respect to every node, and what each node sends to each of its inputs."""
    needs = needs_gradient(graph)
    gradients: list[Tensor | None] = [None] * len(graph)
    gradients[-1] = torch.ones_like(values[-1])
    sent: Sent = {}
    for i in reversed(range(len(graph))):
        node, g = graph[i], gradients[i]
        if g is None or not node.inputs:
            continue
        pieces = OPERATIONS[node.op].pull(g, values[i], *(values[k] for k in node.inputs))
        for slot, (k, piece) in enumerate(zip(node.inputs, pieces, strict=True)):
            if piece is not None and needs[k]:
                sent[i, slot] = piece
                before = gradients[k]
                gradients[k] = piece if before is None else before + piece
    return gradients, sent


def play(s: Settings, graph: Sequence[Node]) -> dict:  # type: ignore[type-arg]
    """What a Result holds of the updates, the fields and the comparisons apart."""
    leaves = starts(s, graph)
    own = [i for i, node in enumerate(graph) if node.op == "parameter"]
    overwritten = {node.inputs[0] for node in graph if node.op == "mul_"}  # its tensor is that of the node mul_ by then
    record: dict[str, list[list[np.ndarray | None]]] = {"values": [], "gradients": [], "torch": []}
    sent: dict[tuple[int, int], list[np.ndarray]] = {}
    local: dict[tuple[int, int], list[float]] = {}
    stored: dict[int, list[np.ndarray]] = {i: [] for i in own}
    parameters: dict[int, list[np.ndarray]] = {i: [_flat(leaves[graph[i].name])] for i in own}
    totals: dict[int, Tensor] = {}
    losses, gaps, largest, compared, error = [], [0.0], 0.0, 0, ""

    def row(i: int, t: Tensor | None) -> np.ndarray | None:
        return None if t is None else _flat(t[s.point - 1] if graph[i].batch else t)

    for _ in range(s.steps):
        tensors, values = forward(graph, leaves)
        losses.append(float(values[-1]))
        if not abs(losses[-1]) < HUGE:
            break
        try:
            tensors[-1].backward()
        except RuntimeError as refused:
            error = str(refused).split("Hint:")[0].strip()
        with torch.no_grad():
            gradients, messages = chain_rule(graph, values)
            if error:
                gradients, messages = [None] * len(graph), {}
            theirs = [None if error or i in overwritten else _gradient_of(t) for i, t in enumerate(tensors)]
            before = dict(totals)
            for i in own:
                fresh = gradients[i]
                fresh = torch.zeros_like(values[i]) if fresh is None else fresh
                totals[i] = before[i] + fresh if s.forget and before else fresh
                stored[i].append(_flat(totals[i]))
            for i, his in enumerate(theirs):
                mine = totals.get(i, gradients[i])
                if mine is not None and his is not None:
                    gaps.append(float((mine - his).abs().max()))
                    largest = max(largest, float(mine.abs().max()))
                    compared += mine.numel()
                    if s.forget and i in before:
                        theirs[i] = his - before[i]  # of this pass alone
            record["values"].append([row(i, v) for i, v in enumerate(values)])
            record["gradients"].append([row(i, g) for i, g in enumerate(gradients)])
            record["torch"].append([row(i, g) for i, g in enumerate(theirs)])
            for (i, slot), piece in messages.items():
                sent.setdefault((i, slot), []).append(_flat(row(graph[i].inputs[slot], piece)))
                if values[i].dim() == 0:
                    inputs = [values[k] for k in graph[i].inputs]
                    one = OPERATIONS[graph[i].op].pull(torch.ones_like(values[i]), values[i], *inputs)[slot]
                    if one is not None and one.dim() == 0:
                        local.setdefault((i, slot), []).append(float(one))
            if error:
                break
            for i in own:
                p = leaves[graph[i].name]
                if p.grad is not None:
                    p -= s.step_size * p.grad
                    if not s.forget:
                        p.grad = None
                parameters[i].append(_flat(p))
    if not error and abs(losses[-1]) < HUGE:
        losses.append(float(forward(graph, leaves)[1][-1]))
    columns = {
        name: tuple(_columns([update[i] for update in rows]) for i in range(len(graph)))
        for name, rows in record.items()
    }
    return {
        **columns,
        "sent": {key: np.array(rows) for key, rows in sent.items()},
        "local": {key: np.array(rows) for key, rows in local.items()},
        "stored": {i: np.array(rows) for i, rows in stored.items()},
        "parameters": {i: np.array(rows) for i, rows in parameters.items()},
        "loss": np.array(losses),
        "gap": max(gaps) / max(largest, 1e-12),
        "compared": compared,
        "error": error,
    }


def _gradient_of(t: Tensor) -> Tensor | None:
    """A copy of the gradient that PyTorch keeps of a tensor; None where it keeps none."""
    return t.grad.clone() if (t.is_leaf or t.retains_grad) and t.grad is not None else None


def _flat(values: Tensor | np.ndarray | None) -> np.ndarray:
    assert values is not None
    return np.array(values.detach().numpy() if isinstance(values, Tensor) else values, float).ravel()


def _columns(rows: list[np.ndarray | None]) -> np.ndarray | None:
    """Rows of one node (T, k); None where it has none."""
    return None if any(row is None for row in rows) else np.array(rows)


def _finite_differences(s: Settings, graph: Sequence[Node]) -> dict[int, np.ndarray]:
    """How much the loss really changes with each parameter at the start: central differences of the whole function."""
    found = {}
    leaves = {name: t.detach() for name, t in starts(s, graph).items()}
    for i, node in enumerate(graph):
        if node.op == "parameter":
            flat = leaves[node.name].view(-1)
            slopes = []
            for k in range(len(flat)):
                ends = []
                for sign in (1, -1):
                    flat[k] += sign * NUDGE
                    ends.append(float(forward(graph, leaves)[1][-1]))
                    flat[k] -= sign * NUDGE
                slopes.append((ends[0] - ends[1]) / (2 * NUDGE))
            found[i] = np.array(slopes)
    return found


def _field(s: Settings, graph: Sequence[Node], parameters: dict[int, np.ndarray]) -> dict:  # type: ignore[type-arg]
    """The decision field before the first update and after each."""
    if s.example not in ("perceptron", "neuron"):
        return {}
    of = {graph[i].name: rows for i, rows in parameters.items()}
    if s.example == "perceptron":
        x, y = points(s)
    else:
        x, y = np.array([PLACE], np.float32), np.array([1])
    axes = plot_axes(x, FIELD, 0.12) if s.example == "perceptron" else (np.linspace(-2, 2, FIELD),) * 2
    places = np.stack(np.meshgrid(*axes), -1).reshape(-1, 2)
    if s.example == "perceptron":
        z = places @ of["W₁"].reshape(-1, 2, s.width) + of["b₁"][:, None]
        h = np.tanh(z) if s.activation == "tanh" else _sigmoid(z) if s.activation == "sigmoid" else np.maximum(z, 0)
        logits = (h @ of["W₂"][..., None])[..., 0] + of["b₂"]
    else:
        logits = of["w₁"] * places[:, 0] + of["w₂"] * places[:, 1] + of["b"]
    percent = (100 * _sigmoid(logits)).round().astype(np.uint8).reshape(-1, FIELD, FIELD)
    return {"x": x, "y": y, "axes": axes, "fields": percent}


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 0.5 + 0.5 * np.tanh(z / 2)


@lru_cache(maxsize=64)
def _trained(data: str, strokes: str, width: int, activation: str, lr: float, steps: int, seed: int) -> Race:
    """The perceptron from SEEDS starts, once with zero_grad and once without, each as one stack."""
    s = Settings(data=data, strokes=strokes, width=width, activation=activation, lr=lr, steps=steps, seed=seed)
    x, y = (torch.from_numpy(part) for part in points(s))
    labels = y.float().expand(SEEDS, -1)
    losses = {}
    for forget in (False, True):
        models = stack(lambda: network(s), range(seed, seed + SEEDS))
        rows = []
        for step in range(steps + 1):
            each = torch.nn.functional.binary_cross_entropy_with_logits(
                models.shared(x)[..., 0], labels, reduction="none"
            )
            rows.append(each.detach().mean(1).numpy())
            if step < steps:
                models.backward(each, add=forget)
                with torch.no_grad():
                    models.theta.sub_(lr * models.grad)
        losses[forget] = np.stack(rows, 1)
    return Race(losses[False], losses[True])


def _inplace(s: Settings) -> dict:  # type: ignore[type-arg]
    """What the function keeps for the backward pass, and which changes in place make backward() refuse."""
    refused = {}
    for function in FUNCTIONS:
        for changed in CHANGED:
            one = replace(s, function=function, changed=changed)
            try:
                graph = nodes(one)
                forward(graph, starts(one, graph))[0][-1].backward()
                refused[function, changed] = False
            except RuntimeError:
                refused[function, changed] = True
    out = OPERATIONS[s.function].forward(torch.ones((), requires_grad=True) * 1)
    kept = {"_saved_self": "input", "_saved_result": "output"}
    saved = next((name for attribute, name in kept.items() if hasattr(out.grad_fn, attribute)), "nothing")
    return {"refused": refused, "saved": saved}
