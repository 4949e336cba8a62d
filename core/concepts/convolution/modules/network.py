"""The networks on show, with layers of our own, and what of them is registered."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.concepts.convolution.modules.result import Node, Row
from core.concepts.convolution.modules.settings import Settings
from core.engine.random import initialise

CLASSES = 10


class MyFlatten(nn.Module):
    """nn.Flatten, written out: a module needs no more than a forward."""

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(len(x), -1)


class MyLinear(nn.Module):
    """nn.Linear, written out: what is an nn.Parameter is registered by the assignment."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight.T + self.bias

    def extra_repr(self) -> str:
        outputs, inputs = self.weight.shape
        return f"{inputs}, {outputs}"


class Dropout(nn.Dropout):
    """nn.Dropout, with a draw that core.engine.seeded can repeat."""

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        return x * (torch.rand(x.shape) >= self.p) / (1 - self.p)


class Own(nn.Module):
    """A network of three children, one of which has children itself."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.flatten = MyFlatten()
        self.body = nn.Sequential(MyLinear(64, width), nn.BatchNorm1d(width), nn.ReLU(), Dropout(dropout))
        self.head = MyLinear(width, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.head(self.body(self.flatten(x)))
        return y


class InAList(nn.Module):
    """The mistake: hidden layers in a plain list, where no module looks for them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.flatten = MyFlatten()
        self.layers = [MyLinear(64, width), MyLinear(width, width)]
        self.head = MyLinear(width, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        x = self.flatten(x)
        for layer in self.layers:
            x = layer(x).relu()
        y: Tensor = self.head(x)
        return y


def build(s: Settings) -> nn.Module:
    """The network of the settings with the weights that its seed gives."""
    if s.network == "mlp":  # the network of the training page at its defaults
        layers = (nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 2))
        return initialise(nn.Sequential(*layers), s.seed)
    if s.network == "cnn":
        convolution = (initialise(nn.Conv2d(1, 4, 3, padding=1), s.seed), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2))
        net: nn.Module = nn.Sequential(*convolution, MyFlatten(), MyLinear(64, CLASSES))
    else:
        net = InAList(s.width) if s.network == "list" else Own(s.width, s.dropout)
    drawn = torch.Generator().manual_seed(s.seed)
    for layer in [*net.modules(), *hidden_layers(net).values()]:
        if isinstance(layer, MyLinear):
            bound = layer.weight.shape[1] ** -0.5
            for parameter in layer.parameters():
                nn.init.uniform_(parameter, -bound, bound, generator=drawn)
    return net


def hidden_layers(net: nn.Module) -> dict[str, nn.Module]:
    """The layers that a plain list keeps out of sight, by how Python calls them."""
    return {
        f"{name}[{i}]": layer
        for name, value in vars(net).items()
        if isinstance(value, list)
        for i, layer in enumerate(value)
    }


def rows(net: nn.Module) -> list[Row]:
    """Every tensor of the network, layer by layer, and what is not a tensor but may change all the same."""
    found = [
        _row(f"{at}.{name}", p, "list") for at, m in hidden_layers(net).items() for name, p in m.named_parameters()
    ]
    parameters = dict(net.named_parameters())
    for name, tensor in net.state_dict().items():  # parameters and buffers of a layer together
        found.append(_row(name, tensor, "parameter" if name in parameters else "buffer"))
    return [*found, Row("all .grad", "grad"), Row("training", "flag"), Row("output", "output")]


def _row(name: str, tensor: Tensor, kind: str) -> Row:
    return Row(name, kind, tuple(tensor.shape), written(tensor.dtype))


def written(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def tree(net: nn.Module, name: str = "net", prefix: str = "", depth: int = 0) -> Node:
    """The network as a tree: modules, and in each its own parameters and buffers."""
    inside = [tree(child, own, f"{prefix}{own}.", depth + 1) for own, child in net.named_children()]
    for kind, tensors in (("parameter", net.named_parameters), ("buffer", net.named_buffers)):
        inside += [Node(f"{prefix}{n}", n, kind, depth + 1) for n, _ in tensors(recurse=False)]
    inside += [Node(at, f"{at}: {type(m).__name__}", "list", depth + 1) for at, m in hidden_layers(net).items()]
    return Node(prefix.removesuffix("."), f"{name}: {type(net).__name__}", "module", depth, tuple(inside))
