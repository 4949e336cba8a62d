"""Contrastive learning: its facts."""

import numpy as np
import pytest

from core.concepts.attention import contrastive
from core.concepts.attention.contrastive import Settings, plain
from core.progress import finished


def test_the_error_shrinks_with_the_root_of_the_sample_size():
    few, many = (np.abs(finished(contrastive.run(Settings(n=n, seeds=32))).means).mean() for n in (10, 1000))
    assert few / many == pytest.approx(10, rel=0.5)


def test_the_script_gives_the_numbers_of_the_run():
    settings = Settings(seeds=3)
    assert plain.main(settings)["means"] == finished(contrastive.run(settings)).means.tolist()
