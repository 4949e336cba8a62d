"""What is said beforehand of how long a training takes, against what it takes."""

import time
from dataclasses import replace

import pytest
import torch
from torch import nn

from core.concepts.images import augmentation
from core.concepts.optimization import training
from core.engine.fit import fit
from core.engine.forecast import Rows, forecast, refuse_what_takes_too_long
from core.engine.pieces import finish
from core.engine.recipe import Recipe
from core.engine.stack import stack
from core.progress import finished
from core.settings import SettingsError

NETWORKS = {
    "convolutions": (
        lambda: nn.Sequential(nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(12 * 196, 10)),
        (1, 14, 14), 6, 32,
    ),
    "wide layers": (
        lambda: nn.Sequential(nn.Flatten(), nn.Linear(196, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)),
        (1, 14, 14), 16, 32,
    ),
    "small layers, small batches": (
        lambda: nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2)), (2,), 32, 4,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_the_forecast_is_within_a_factor_of_two(name: str) -> None:
    build, shape, models, batch = NETWORKS[name]
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(640, *shape, generator=generator), torch.randint(0, 2, (640,), generator=generator)
    data, held, recipe = Rows(x, y), Rows(x[:200], y[:200]), Recipe("Adam", batch=batch, epochs=3)
    ratios = []
    for _ in range(3):  # another program may slow one of them down
        said = finish(
            forecast(build(), range(models), data, recipe, 3 * (640 // batch), 4 * 840, 0.0, time.process_time)
        )
        networks = stack(build, range(models))
        begun = time.process_time()
        for _ in fit(networks, data, held, recipe):
            pass
        ratios.append(said / (time.process_time() - begun))
    assert 0.5 < sorted(ratios)[1] < 2, ratios


def test_what_is_cheap_by_its_counts_needs_no_trial() -> None:
    def never() -> float:
        raise AssertionError("a trial was made")

    x, y = torch.zeros(100, 2), torch.zeros(100, dtype=torch.long)
    said = finish(forecast(nn.Sequential(nn.Linear(2, 2)), range(2), Rows(x, y), Recipe("SGD"), 10, 100, clock=never))
    assert 0 < said < 1


@pytest.mark.parametrize(
    ("concept", "change", "says"),
    [
        (training, {"model": "CNN", "data": "mnist5k", "width": 64, "depth": 6, "n": 2000, "epochs": 500}, "Lower Epochs from 500 to"),
        (training, {"model": "CNN", "data": "mnist5k", "width": 256, "depth": 6, "n": 2000, "seeds": 32}, "Epochs alone is not enough"),
        (augmentation, {"model": "CNN", "width": 128, "seeds": 16, "halvings": 4, "n": 800, "iterations": 2000}, "Lower"),
    ],
)  # fmt: skip
def test_what_takes_too_long_is_refused_before_it_begins(concept, change, says) -> None:
    begun = time.process_time()
    with pytest.raises(SettingsError, match=says) as refused:
        finished(concept.run(concept.Settings(**change)))
    assert "a run may take 5" in str(refused.value) and len(str(refused.value)) < 300
    assert time.process_time() - begun < 20


def test_a_run_that_fits_is_not_refused_and_a_smaller_value_is_named() -> None:
    settings = training.Settings(epochs=100)
    refuse_what_takes_too_long(settings, 299, "epochs")
    with pytest.raises(SettingsError, match="from 100 to 35 or less"):
        refuse_what_takes_too_long(settings, 600, "epochs")
    with pytest.raises(SettingsError, match="not enough"):
        refuse_what_takes_too_long(replace(settings, epochs=1), 600, "epochs")
