"""The network from ImageNet: its convolutions follow TensorFlow, and it is used only if it recognises three pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from torch.nn import functional as F

from core.engine import imagenet


@pytest.fixture(scope="module")
def weights() -> imagenet.Weights:
    found = imagenet.pretrained()
    assert found is not None, "tests/requirements.txt installs the weights"
    return found


def test_a_cat_an_espresso_and_a_rocket_are_recognised(weights: imagenet.Weights) -> None:
    for name, right in imagenet.KNOWN.items():
        odds = imagenet.logits(imagenet.square(getattr(skimage.data, name)()), weights)[0].softmax(0)
        assert int(odds.argmax()) in right and odds[list(right)].sum() > 0.4, name


def test_its_layers_have_the_published_shapes_and_size(weights: imagenet.Weights) -> None:
    found, last = imagenet.feature_maps(torch.rand(1, 3, 224, 224), weights)
    assert [m.shape[-1] for m in found] == [112, 112, 56, 56, 28, 28, *[14] * 6, *[7] * 5]
    assert last.shape == (1, 320, 7, 7) and all(m.min() >= 0 and m.max() <= 6 for m in found)
    learnt = [v for k, v in weights.items() if "running" not in k and "tracked" not in k]
    assert sum(v.numel() for v in learnt) == 4_652_008  # the 4.7 million of the paper's Lite0 model card


@pytest.mark.parametrize(("n", "kernel", "stride"), [(8, 3, 2), (9, 3, 2), (8, 5, 2), (7, 5, 1)])
def test_a_convolution_is_padded_right_and_below_first(n: int, kernel: int, stride: int) -> None:
    x, weight = torch.randn(1, 2, n, n), torch.randn(3, 2, kernel, kernel)
    total = max((-(-n // stride) - 1) * stride + kernel - n, 0)
    want = F.conv2d(F.pad(x, (total // 2, total - total // 2) * 2), weight, stride=stride)
    got = imagenet.same(x, weight, stride)
    assert got.shape[-1] == -(-n // stride) and torch.allclose(got, want, atol=1e-5)


def test_weights_that_recognise_nothing_are_not_used(
    weights: imagenet.Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    g = torch.Generator().manual_seed(0)
    shuffled = weights | {"_fc.weight": weights["_fc.weight"][torch.randperm(1000, generator=g)]}
    assert not imagenet.recognises(shuffled)
    monkeypatch.setattr(torch, "load", lambda *_, **__: shuffled)
    assert imagenet.pretrained.__wrapped__() is None


@pytest.mark.parametrize("content", [b"", b"not a file of weights"])
def test_a_damaged_or_missing_file_counts_as_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    (tmp_path / f"{imagenet.PACKAGE}.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    assert imagenet.pretrained.__wrapped__() is None  # the package is there, its file is not
    (tmp_path / imagenet.FILE).parent.mkdir()
    (tmp_path / imagenet.FILE).write_bytes(content)
    assert imagenet.pretrained.__wrapped__() is None


def test_without_the_package_there_are_no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imagenet, "PACKAGE", "a_package_nobody_has")
    assert imagenet.pretrained.__wrapped__() is None
    assert imagenet.square(np.zeros((30, 40, 3), np.uint8)).shape == (1, 3, 224, 224)
