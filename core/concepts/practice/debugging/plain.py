"""A small network, trained and validated as it should be."""

from types import SimpleNamespace

import numpy as np
import torch
from sklearn.datasets import load_diabetes, load_digits
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn
from torch.nn import functional as F

BATCH = 32
LR = {"digits": 0.02, "diabetes": 0.002}
TRAIN = {"digits": 256, "diabetes": 256}
VALIDATION = {"digits": 600, "diabetes": 128}


def rows(data: str, seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training inputs and targets, validation inputs and targets."""
    x, y = (load_digits if data == "digits" else load_diabetes)(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(y))
    x, y = x[order], y[order]
    n, end = TRAIN[data], TRAIN[data] + VALIDATION[data]
    scaler = StandardScaler().fit(x[:n])
    x = torch.tensor(scaler.transform(x), dtype=torch.float32)
    y = torch.tensor(y) if data == "digits" else torch.tensor((y - y[:n].mean()) / y[:n].std(), dtype=torch.float32)
    return x[:n], y[:n], x[n:end], y[n:end]


def block(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU())


class Net(nn.Module):
    def __init__(self, inputs: int, width: int, outputs: int) -> None:
        super().__init__()
        self.hidden = nn.ModuleList([block(inputs, width), block(width, width)])
        self.head = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.hidden:
            x = layer(x)
            x = F.dropout(x, 0.3, self.training)
        return self.head(x)


def loss_of(output: Tensor, y: Tensor) -> Tensor:
    if output.shape[1] > 1:
        return F.cross_entropy(output, y)
    return ((output.squeeze(1) - y) ** 2).mean()


def score_of(output: Tensor, y: Tensor) -> float:
    """Accuracy of classes, R² of numbers."""
    if output.shape[1] > 1:
        return (output.argmax(1) == y).float().mean().item()
    return 1 - (F.mse_loss(output.squeeze(1), y) / y.var(unbiased=False)).item()


def evaluate(net: Net, x: Tensor, y: Tensor) -> tuple[float, float]:
    net.eval()
    with torch.no_grad():
        output = net(x)
    return loss_of(output, y).item(), score_of(output, y)


def train(s: SimpleNamespace, seed: int) -> list[tuple[float, float]]:
    """Validation loss and score after every epoch."""
    x, y, held_x, held_y = rows(s.data, seed)
    torch.manual_seed(seed)
    net = Net(x.shape[1], s.width, 10 if s.data == "digits" else 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=LR[s.data], momentum=0.9)
    batches = torch.Generator().manual_seed(seed)
    found = []
    for _ in range(s.epochs):
        net.train()
        for rows_now in torch.randperm(len(x), generator=batches).split(BATCH):
            loss = loss_of(net(x[rows_now]), y[rows_now])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        found.append(evaluate(net, held_x, held_y))
    return found


def main(settings: SimpleNamespace) -> list[list[tuple[float, float]]]:
    """Print validation loss and score after every epoch, for each seed."""
    found = []
    for seed in range(settings.seed, settings.seed + settings.seeds):
        found.append(train(settings, seed))
        print(f"seed {seed}: " + "  ".join(f"{loss:.3f} {score:.3f}" for loss, score in found[-1]))
    return found
