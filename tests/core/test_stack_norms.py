"""Group, instance and layer norm of a stack against torch's own, and against their definitions."""

import pytest
import torch
from torch import nn

from core.data.dataset import Split
from core.engine.fit import Recipe, fit
from core.engine.random import generator
from core.engine.stack import stack

SEEDS, LRS, BATCH = (3, 1, 4), (0.01, 0.03, 0.1), 16
NORMS = {
    "group": lambda: nn.GroupNorm(2, 4),
    "group of all channels": lambda: nn.GroupNorm(1, 4),
    "instance": lambda: nn.InstanceNorm2d(4, affine=True),
    "instance without a scale": lambda: nn.InstanceNorm2d(4),
    "layer": lambda: nn.LayerNorm((4, 6, 6)),
    "layer over rows": lambda: nn.LayerNorm(6),
}


def network(norm):
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), norm(), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1), norm(), nn.Tanh(), nn.Flatten(),
        nn.Linear(144, 3),
    )  # fmt: skip


def examples():
    g = torch.Generator().manual_seed(0)
    return Split(torch.randn(96, 1, 8, 8, generator=g), torch.randint(3, (96,), generator=g))


@pytest.mark.parametrize("name", NORMS)
def test_each_row_follows_its_plain_twin(name):
    data = examples()
    models = stack(lambda: network(NORMS[name]), SEEDS)
    *_, history = fit(models, data, data, Recipe("SGD", lr=LRS, batch=BATCH, epochs=4))
    assert history.step == 24
    for k, (seed, lr) in enumerate(zip(SEEDS, LRS, strict=True)):
        torch.manual_seed(seed)
        twin, numbers = network(NORMS[name]), generator(seed, "batches")
        optimizer = torch.optim.SGD(twin.parameters(), lr)
        for _ in range(4):
            for rows in torch.randperm(96, generator=numbers).split(BATCH):
                optimizer.zero_grad()
                nn.functional.cross_entropy(twin(data.x[rows]), data.y[rows]).backward()
                optimizer.step()
        ours = models.unstack(k)
        for p, q in zip(ours.parameters(), twin.parameters(), strict=True):
            assert torch.allclose(p, q, atol=1e-5)
        with torch.no_grad():
            assert torch.allclose(ours(data.x), models.shared(data.x)[k], atol=1e-5)


def test_vectors_are_normalised_too():
    models = stack(lambda: nn.Sequential(nn.Linear(5, 6), nn.GroupNorm(3, 6)), SEEDS)
    x = torch.randn(3, 7, 5, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        models.theta.add_(0.1 * torch.randn(models.theta.shape, generator=torch.Generator().manual_seed(2)))
        for k in range(3):
            assert torch.allclose(models.unstack(k)(x[k]), models(x)[k], atol=1e-6)


def test_running_statistics_of_an_instance_norm_are_refused():
    with pytest.raises(TypeError, match="running statistics"):
        stack(lambda: nn.Sequential(nn.Conv2d(1, 4, 3), nn.InstanceNorm2d(4, track_running_stats=True)), SEEDS)
