"""Stacks that learn side by side, and blocks with connections past them, against plain torch."""

import math

import pytest
import torch
from torch import nn

from core.data.dataset import Split
from core.engine.fit import Recipe
from core.engine.networks import Concatenated, Residual
from core.engine.pieces import finish
from core.engine.stack import stack
from core.engine.trainer import Trainer

SEEDS = (3, 1, 4)


def block(inputs, outputs):
    return nn.BatchNorm2d(inputs), nn.ReLU(), nn.Conv2d(inputs, outputs, 3, padding=1)


def residual():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3),
        Residual(*block(4, 4), *block(4, 4)),
        Residual(*block(4, 4)),
        nn.Flatten(),
        nn.Linear(144, 3),
    )


def dense():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), Concatenated(*block(4, 2)), Concatenated(*block(6, 2)), nn.Flatten(), nn.Linear(288, 3)
    )


def data():
    g = torch.Generator().manual_seed(0)
    return Split(torch.randn(40, 1, 8, 8, generator=g), torch.randint(3, (40,), generator=g))


@pytest.mark.parametrize("build", [residual, dense])
def test_each_row_follows_its_plain_twin(build):
    examples, g = data(), torch.Generator().manual_seed(1)
    batches = [torch.randint(40, (3, 16), generator=g) for _ in range(20)]
    models = stack(build, SEEDS)
    assert models.divisible
    trainer = Trainer(models, Recipe("Momentum", lr=0.03, batch=16), 20)
    for rows in batches:
        finish(trainer.train(examples, rows))
    for k, seed in enumerate(SEEDS):
        torch.manual_seed(seed)
        twin, losses = build(), []
        optimizer = torch.optim.SGD(twin.parameters(), 0.03, momentum=0.9)
        for rows in batches:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(twin(examples.x[rows[k]]), examples.y[rows[k]])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        ours = models.unstack(k)
        for p, q in zip(ours.state_dict().values(), twin.state_dict().values(), strict=True):
            assert p.dtype != torch.float32 or torch.allclose(p, q, atol=1e-5)
        assert [float(row[k]) for row in trainer.losses] == pytest.approx(losses, abs=1e-5)
        with torch.no_grad():
            assert torch.allclose(ours(examples.x), models.shared(examples.x)[k], atol=1e-5)


def test_parts_of_a_stack_are_put_together_and_a_loss_that_is_not_finite_is_nan():
    examples, rows = data(), torch.arange(3 * 16).view(3, 16) % 40
    whole, divided = (Trainer(stack(residual, SEEDS), Recipe("SGD", lr=0.1, batch=16), 3) for _ in range(2))
    divided.meter.limit = 1e-9
    divided.step.at_once = lambda B, shape: False
    divided.step._division = lambda B, shape: type("Thirds", (), {
        "models": [slice(0, 1), slice(1, 2), slice(2, 3)], "rows": [slice(0, 16)], "seconds": 1.0,
    })  # fmt: skip
    for _ in range(3):
        finish(whole.train(examples, rows))
        assert sum(1 for _ in divided.train(examples, rows)) >= 2
    assert torch.tensor(divided.losses[-1]) == pytest.approx(torch.tensor(whole.losses[-1]), abs=1e-6)
    assert divided.accuracies[-1].tolist() == whole.accuracies[-1].tolist()
    with torch.no_grad():
        whole.models.theta[1] = math.inf
    finish(whole.train(examples, rows))
    assert [math.isnan(v) for v in whole.losses[-1]] == [False, True, False]
