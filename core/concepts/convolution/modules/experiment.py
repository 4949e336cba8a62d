"""Calling a network's methods one after another, and looking at every tensor before and after each."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from safetensors.torch import load
from torch import Tensor, nn
from torch.nn import functional as F

from core.concepts.convolution.modules.files import made, torch_refuses
from core.concepts.convolution.modules.network import build, hidden_layers, rows, tree, written
from core.concepts.convolution.modules.race import trained
from core.concepts.convolution.modules.result import Result, Row
from core.concepts.convolution.modules.settings import UPLOAD, Settings
from core.data.arrays import digits
from core.data.checks import DataError
from core.data.points import moons
from core.data.states import read_state
from core.engine.seeded import Seeded

BATCH = 32


def run(settings: Settings, upload: bytes | None = None) -> Result:
    """All calls in their order, and the training of layers in lists. upload: a state file of the learner's own."""
    s = settings
    net = build(s)
    player = Player(s, net, *batch(s))
    data = (
        upload
        if s.file == UPLOAD and upload is not None
        else made("saved" if s.file == UPLOAD else s.file, player.saved)
    )
    wanted = {name: (tuple(t.shape), written(t.dtype)) for name, t in net.state_dict().items()}
    refused = ""
    try:
        player.saved = {name: torch.from_numpy(values) for name, values in read_state(data, wanted).items()}
    except DataError as error:
        refused = player.refused = str(error)
    shown = rows(net)
    moments = [[player.look(row) for row in shown]]
    said = []
    for call in s.calls:
        said.append(player.call(call))
        moments.append([player.look(row) for row in shown])
    return Result(
        s,
        tuple(shown),
        tuple(tuple(moment[i][0] for moment in moments) for i in range(len(shown))),
        tuple(tuple(moment[i][1] for moment in moments) for i in range(len(shown))),
        tuple(said),
        repr(net),
        tree(net),
        {
            "children": len(list(net.children())), "modules": len(list(net.modules())),
            "parameters": len(list(net.parameters())), "numbers": sum(p.numel() for p in net.parameters()),
            "buffers": len(list(net.buffers())),
        },
        {name: t.numpy().copy() for name, t in net.state_dict().items()},
        refused,
        torch_refuses(data) if s.file == "bomb" else "",
        trained(s.n, s.steps, s.seeds, s.seed),
    )  # fmt: skip


def batch(s: Settings) -> tuple[Tensor, Tensor]:
    """The inputs and classes that every forward pass of the network is given."""
    x, y = moons(BATCH, 0.2, s.seed) if s.network == "mlp" else digits()
    return torch.from_numpy(x[:BATCH]), torch.from_numpy(y[:BATCH])


class Player:
    """A network that is called, and what was saved of it."""

    def __init__(self, s: Settings, net: nn.Module, x: Tensor, y: Tensor) -> None:
        self.net, self.x, self.y, self.seed = net, x, y, s.seed
        self.lr = s.lr
        self.logits: Tensor | None = None  # of the last forward pass
        self.saved = {name: tensor.clone() for name, tensor in net.state_dict().items()}
        self.refused = ""

    def call(self, name: str) -> str:
        """Makes a call. Returns what PyTorch says where it refuses, else nothing."""
        try:
            getattr(self, f"_{name}")()
        except (RuntimeError, DataError) as error:
            return str(error).splitlines()[0]
        return ""

    def _forward(self) -> None:
        with Seeded(self.seed):
            self.logits = self.net(self.x)

    _again = _forward

    def _backward(self) -> None:
        if self.logits is None:
            raise DataError("There is no loss to go back from: call net(x) first.")
        F.cross_entropy(self.logits, self.y).backward()

    def _step(self) -> None:
        # As torch.optim.SGD, whose first use imports a compiler for three seconds.
        with torch.no_grad():
            for parameter in self.net.parameters():
                if parameter.grad is not None:
                    parameter.sub_(self.lr * parameter.grad)

    def _zero_grad(self) -> None:
        self.net.zero_grad()

    def _train(self) -> None:
        self.net.train()

    def _eval(self) -> None:
        self.net.eval()

    def _float64(self) -> None:
        self.net.to(torch.float64)

    def _save(self) -> None:
        self.saved = load(made("saved", self.net.state_dict()))
        self.refused = ""

    def _load(self) -> None:
        if self.refused:
            raise DataError(self.refused)
        self.net.load_state_dict(self.saved)

    def look(self, row: Row) -> tuple[np.ndarray, str]:
        """The numbers of a row now, in float64, and its dtype or mode."""
        if row.kind == "flag":
            modes = np.array([float(m.training) for m in self.net.modules()])
            return modes, "train" if modes.all() else "eval"
        if row.kind == "grad":
            gradients = [p.grad.flatten() for p in self.net.parameters() if p.grad is not None]
            return _numbers(torch.cat(gradients)) if gradients else np.zeros(0), "" if gradients else "None"
        if row.kind == "output":
            return self._output()
        tensor = self._tensors()[row.name]
        return _numbers(tensor), written(tensor.dtype)

    def _tensors(self) -> dict[str, Tensor]:
        hidden = {f"{at}.{n}": p for at, m in hidden_layers(self.net).items() for n, p in m.named_parameters()}
        return {**hidden, **self.net.state_dict()}

    def _output(self) -> tuple[np.ndarray, str]:
        """What the network answers now, found on copies of its tensors, so that looking moves nothing."""
        copies = {name: tensor.detach().clone() for name, tensor in self.net.state_dict().items()}
        dtype = next(self.net.parameters()).dtype
        try:
            with torch.no_grad(), Seeded(self.seed):
                y: Any = torch.func.functional_call(self.net, copies, (self.x.to(dtype),))
        except RuntimeError:
            return np.zeros(0), "error"
        return _numbers(y), ""


def _numbers(tensor: Tensor) -> np.ndarray:
    values: np.ndarray = tensor.detach().double().flatten().numpy()
    return values.copy()
