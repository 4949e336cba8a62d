"""Pictures that are moved by a few pixels."""

import pytest
import torch

from core.data.shift import shifted


@pytest.mark.parametrize("reach", [1, 2])
def test_a_picture_moves_by_up_to_so_many_pixels_either_way(reach: int) -> None:
    x = torch.zeros(400, 1, 9, 9)
    x[:, 0, 4, 4] = 1
    moved = shifted(x, reach, torch.Generator().manual_seed(0)).flatten(1)
    assert torch.equal(moved.sum(1), torch.ones(400))
    dy, dx = moved.argmax(1) // 9 - 4, moved.argmax(1) % 9 - 4
    reached = set(zip(dy.tolist(), dx.tolist(), strict=True))
    assert reached == {(a, b) for a in range(-reach, reach + 1) for b in range(-reach, reach + 1)}


def test_what_leaves_the_picture_is_lost_and_what_comes_in_is_black() -> None:
    x = torch.rand(50, 3, 5, 7, generator=torch.Generator().manual_seed(1))
    moved = shifted(x, 2, torch.Generator().manual_seed(2))
    dy, dx = torch.randint(0, 5, (2, 50), generator=torch.Generator().manual_seed(2)) - 2
    for picture, got, a, b in zip(x, moved, dy.tolist(), dx.tolist(), strict=True):
        expected = torch.zeros(3, 5, 7)
        rows, columns = range(max(0, -a), min(5, 5 - a)), range(max(0, -b), min(7, 7 - b))
        for i in rows:
            for j in columns:
                expected[:, i, j] = picture[:, i + a, j + b]
        assert torch.equal(got, expected)
