"""Recurrent layers of a stack against nn.RNN and nn.LSTM."""

import pytest
import torch
from torch import nn

from core.engine.cost import cost
from core.engine.networks import Recurrent
from core.engine.random import generator
from core.engine.recipe import Recipe
from core.engine.stack import stack
from core.engine.step import TrainStep

SEEDS, LRS = (3, 1, 4), (0.01, 0.03, 0.1)
KINDS = ("RNN", "LSTM")


def network(kind):
    return nn.Sequential(Recurrent(kind, 2, 8), nn.Linear(8, 1))


def loss(out, y):
    return (out[..., 0] - y).square().mean(-1)


@pytest.mark.parametrize("kind", KINDS)
def test_each_row_follows_its_plain_twin(kind):
    models = stack(lambda: network(kind), SEEDS)
    g = generator(0, "examples")
    x, y = torch.randn(12, 3, 5, 9, 2, generator=g), torch.randn(12, 3, 5, 9, generator=g)
    step = TrainStep(models, Recipe("Adam", lr=LRS, clip=0.5), loss, 12)
    for i in range(12):
        step(x[i], y[i], i)
    for k, (seed, lr) in enumerate(zip(SEEDS, LRS, strict=True)):
        torch.manual_seed(seed)
        twin = network(kind)
        start = nn.utils.parameters_to_vector(twin.parameters()).detach()
        optimizer = torch.optim.Adam(twin.parameters(), lr)
        for i in range(12):
            optimizer.zero_grad()
            loss(twin(x[i, k]), y[i, k]).mean().backward()
            nn.utils.clip_grad_norm_(twin.parameters(), 0.5)
            optimizer.step()
        ours = models.unstack(k)
        assert torch.equal(stack(lambda: network(kind), [seed]).theta[0], start)
        for p, q in zip(ours.parameters(), twin.parameters(), strict=True):
            assert torch.allclose(p, q, atol=1e-5) and not torch.equal(q.flatten(), start[: q.numel()])
        with torch.no_grad():
            assert torch.allclose(ours(x[0, k]), models(x[0])[k], atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_group_of_models_is_computed_as_in_the_whole(kind):
    models = stack(lambda: network(kind), SEEDS)
    x = torch.randn(3, 5, 9, 2, generator=generator(1, "examples"))
    with torch.no_grad():
        assert models.divisible and torch.allclose(models.part(slice(1, 3))(x[1:]), models(x)[1:], atol=1e-6)


@pytest.mark.parametrize(("kind", "gates"), [("RNN", 1), ("LSTM", 4)])
def test_the_cost_counts_both_matrices_at_every_time(kind, gates):
    assert cost(network(kind), (9, 2)).flops == 2 * 9 * (gates * 8 * (2 + 8) + 8)


def test_what_is_not_computed_is_refused():
    layer = Recurrent("RNN", 2, 8)
    layer.cell = nn.RNN(2, 8, num_layers=2, batch_first=True)
    with pytest.raises(TypeError, match="one layer"):
        stack(lambda: nn.Sequential(layer), SEEDS)
