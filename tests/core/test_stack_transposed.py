"""Transposed convolutions, added branches and fixed kernels in a stack follow torch.nn."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from core.engine.cost import flops
from core.engine.networks import Summed, Upsampling
from core.engine.stack import stack

SEEDS = (3, 1, 4)


def up(**sizes):
    """A convolution down, a norm and a transposed convolution up again."""

    def build():
        layers = [nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4), nn.ReLU()]
        return nn.Sequential(*layers, nn.ConvTranspose2d(4, **sizes))

    return build


def branches():
    """Two ways up from one map: a learned one of two doublings, and one whose kernel stays bilinear."""
    first = nn.Conv2d(3, 4, 3, stride=2, padding=1)  # built in the order in which the module lists its layers
    deep = nn.Sequential(nn.Conv2d(4, 3, 3, stride=2, padding=1), Upsampling(3, 2), nn.Conv2d(3, 3, 1))
    return nn.Sequential(first, Summed([deep, nn.Conv2d(4, 3, 1)]), Upsampling(3, 2, learned=False))


BUILDS = {
    "branches": branches,
    "doubled": up(out_channels=2, kernel_size=4, stride=2, padding=1),
    "in groups": up(out_channels=6, kernel_size=3, stride=2, padding=1, output_padding=1, groups=2),
    "dilated": up(out_channels=3, kernel_size=(2, 3), dilation=2, bias=False),
}


@pytest.fixture(autouse=True)
def float64():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("build", BUILDS.values(), ids=BUILDS)
def test_each_row_is_initialised_computes_and_trains_as_torch_would(build):
    models = stack(build, SEEDS)
    optimisers = []
    for k, seed in enumerate(SEEDS):
        torch.manual_seed(seed)
        twin = build()
        for a, b in zip(models.unstack(k).parameters(), twin.parameters(), strict=True):
            assert torch.allclose(a, b, rtol=1e-12)
        optimisers.append((twin, torch.optim.SGD(twin.parameters(), 0.05)))
    models.training = True
    g = torch.Generator().manual_seed(0)
    for _ in range(20):
        x = torch.randn(len(SEEDS), 5, 3, 8, 8, generator=g)
        answers = models(x)
        goal = torch.sin(torch.arange(float(answers[0].numel()))).view_as(answers[0])
        models.backward(((answers - goal) ** 2).flatten(2).mean(2))
        models.theta -= 0.05 * models.grad
        for k, (twin, optimiser) in enumerate(optimisers):
            given = twin(x[k])
            assert torch.allclose(answers[k], given, atol=1e-9)
            optimiser.zero_grad()
            ((given - goal) ** 2).mean().backward()
            optimiser.step()
    for k, (twin, _) in enumerate(optimisers):
        for a, b in zip(models.unstack(k).parameters(), twin.parameters(), strict=True):
            assert torch.allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("build", BUILDS.values(), ids=BUILDS)
def test_its_operations_are_counted_as_torch_counts_them(build):
    module = build().eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(torch.zeros(1, 3, 8, 8))
    assert flops(module, (3, 8, 8)) == counter.get_total_flops()


def test_upsampling_starts_bilinear_and_stays_so_where_it_is_not_learned():
    for times in (2, 4, 8):
        layer = Upsampling(3, times, learned=False)
        x = torch.rand(1, 3, 5, 5)
        expected = nn.functional.interpolate(x, scale_factor=times, mode="bilinear", align_corners=False)
        inside = slice(times, -times)  # torch repeats the edge where a transposed convolution adds nothing
        assert torch.allclose(layer(x)[..., inside, inside], expected[..., inside, inside])
    models = stack(branches, SEEDS)
    models.training = True
    models.backward(models(torch.rand(3, 2, 3, 8, 8)).square().flatten(2).mean(2))
    kept = models.unstack(0)[2].weight.numel()
    assert (models.grad[:, -kept:] == 0).all() and (models.grad[:, :-kept] != 0).any(1).all()
