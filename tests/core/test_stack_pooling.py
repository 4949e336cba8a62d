"""Pooling and upsampling layers in a stack of models: as torch.nn computes them, model by model."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from core.engine.stack import stack


@pytest.mark.parametrize("pool", [nn.MaxPool2d(2), nn.AvgPool2d(2), nn.AdaptiveAvgPool2d(1), nn.AdaptiveMaxPool2d(1), nn.AdaptiveMaxPool2d(3), nn.Upsample(scale_factor=2)])  # fmt: skip
def test_a_stack_pools_and_enlarges_like_torch(pool: nn.Module) -> None:
    models = stack(lambda: nn.Sequential(nn.Conv2d(2, 3, 3), pool, nn.Flatten()), seeds=(4, 5, 6))
    x = torch.randn(3, 5, 2, 8, 8, generator=torch.Generator().manual_seed(0))
    y = models(x)
    for k in range(3):
        assert torch.allclose(y[k], models.unstack(k)(x[k]), atol=1e-6)
    models.backward(y.square().mean(2))
    for k in range(3):
        plain = models.unstack(k)
        plain(x[k]).square().mean().backward()
        gradient = nn.utils.parameters_to_vector([p.grad for p in plain.parameters()])  # type: ignore[misc]
        assert torch.allclose(models.grad[k], gradient, atol=1e-6)
