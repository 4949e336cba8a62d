"""Supervision: its facts."""

import numpy as np
import pytest

from core.concepts.paradigms import supervision
from core.concepts.paradigms.supervision import Settings, plain
from core.progress import finished


def test_the_error_shrinks_with_the_root_of_the_sample_size():
    few, many = (np.abs(finished(supervision.run(Settings(n=n, seeds=32))).means).mean() for n in (10, 1000))
    assert few / many == pytest.approx(10, rel=0.5)


def test_the_script_gives_the_numbers_of_the_run():
    settings = Settings(seeds=3)
    assert plain.main(settings)["means"] == finished(supervision.run(settings)).means.tolist()
