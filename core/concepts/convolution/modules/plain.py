"""Call a network's methods one after another and list what each of them moves; then train networks whose layers are kept in
a ModuleList and in plain lists."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.data.arrays import digits
from core.data.checks import split_indices
from core.data.points import moons
from core.engine.random import generator


class MyFlatten(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(len(x), -1)


class MyLinear(nn.Module):
    def __init__(self, inputs: int, outputs: int, drawn: torch.Generator) -> None:
        super().__init__()
        bound = inputs**-0.5
        self.weight = nn.Parameter(torch.empty(outputs, inputs).uniform_(-bound, bound, generator=drawn))
        self.bias = nn.Parameter(torch.empty(outputs).uniform_(-bound, bound, generator=drawn))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight.T + self.bias


class Layers(nn.Module):
    """Three layers, of which the first `hidden` stand in a plain list, where no module looks for them."""

    def __init__(self, layers: list[nn.Module], hidden: int) -> None:
        super().__init__()
        self.hidden = layers[:hidden]
        self.layers = nn.ModuleList(layers[hidden:])

    def forward(self, x: Tensor) -> Tensor:
        *body, head = [*self.hidden, *self.layers]
        x = x.flatten(1)
        for layer in body:
            x = layer(x).relu()
        return head(x)


def build(s: SimpleNamespace) -> nn.Module:
    drawn = torch.Generator().manual_seed(s.seed)
    torch.manual_seed(s.seed)
    if s.network == "mlp":
        return nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 2))
    if s.network == "cnn":
        first = [nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)]
        return nn.Sequential(*first, MyFlatten(), MyLinear(64, 10, drawn))
    if s.network == "list":
        head = MyLinear(s.width, 10, drawn)
        return Layers([MyLinear(64, s.width, drawn), MyLinear(s.width, s.width, drawn), head], 2)
    body = nn.Sequential(MyLinear(64, s.width, drawn), nn.BatchNorm1d(s.width), nn.ReLU(), nn.Dropout(s.dropout))
    return nn.Sequential(MyFlatten(), body, MyLinear(s.width, 10, drawn))


def state(net: nn.Module) -> dict[str, Tensor]:
    hidden = {f"hidden[{i}].{n}": p for i, m in enumerate(getattr(net, "hidden", ())) for n, p in m.named_parameters()}
    return {name: tensor.detach().clone() for name, tensor in {**hidden, **net.state_dict()}.items()}


def play(s: SimpleNamespace) -> list[int]:
    """Make the calls in their order. Returns how many tensors each of them moved."""
    net = build(s)
    x, y = (torch.from_numpy(a[:32]) for a in (moons(32, 0.2, s.seed) if s.network == "mlp" else digits()))
    optimizer = torch.optim.SGD(net.parameters(), lr=s.lr)
    kept: dict[str, Any] = {"state": {name: t.clone() for name, t in net.state_dict().items()}}

    def forward() -> None:
        kept["logits"] = net(x)

    calls = {
        "forward": forward,
        "again": forward,
        "backward": lambda: nn.functional.cross_entropy(kept["logits"], y).backward(),
        "step": optimizer.step,
        "zero_grad": optimizer.zero_grad,
        "eval": net.eval,
        "train": net.train,
        "float64": net.double,
        "save": lambda: kept.update(state={name: t.clone() for name, t in net.state_dict().items()}),
        "load": lambda: net.load_state_dict(kept["state"]),
    }
    moved = []
    for call in s.calls:
        before = state(net)
        try:
            calls[call]()
        except (RuntimeError, KeyError) as error:
            print(f"{call}: {error}")
        after = state(net)
        names = [n for n in after if before[n].dtype != after[n].dtype or not torch.equal(before[n], after[n])]
        print(f"{call} moved {len(names)} tensors: {', '.join(names)}")
        moved.append(len(names))
    return moved


def train(s: SimpleNamespace, seed: int, hidden: int) -> float:
    """Train a network with `hidden` of its three layers in a plain list. Returns its accuracy on held-out digits."""
    x, y = (torch.from_numpy(a) for a in digits())
    rows, held, _ = split_indices(y.numpy(), 0)
    x, y, held_x, held_y = x[rows][: s.n], y[rows][: s.n], x[held], y[held]
    torch.manual_seed(seed)
    net = Layers([nn.Linear(64, 16), nn.Linear(16, 16), nn.Linear(16, 10)], hidden)
    optimizer = torch.optim.Adam([{"params": net.parameters()}], lr=0.01)
    batches = generator(seed, "batches")
    order = torch.empty(0, dtype=torch.long)
    for _ in range(s.steps):
        if len(order) == 0:
            order = torch.randperm(len(x), generator=batches)[: len(x) // 32 * 32]
        now, order = order[:32], order[32:]
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x[now]), y[now]).backward()
        optimizer.step()
    return (net(held_x).argmax(1) == held_y).float().mean().item()


def main(settings: SimpleNamespace) -> dict[str, Any]:
    """Print what the calls moved, and the accuracies with layers in lists."""
    s = settings
    found: dict[str, Any] = {"moved": play(s)}
    for name, hidden in (("ModuleList", 0), ("hidden layers in a list", 2), ("all layers in a list", 3)):
        found[name] = [train(s, s.seed + k, hidden) for k in range(s.seeds)]
        print(f"{name}: accuracy {np.mean(found[name]):.3f}")
    return found
