"""Training all variants times seeds as one stack, and measuring them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from core.concepts.generalization.ablation.network import answer_steps, build, load, timing_steps
from core.concepts.generalization.ablation.network import train as train_steps
from core.concepts.generalization.ablation.result import MEASUREMENTS, Result
from core.concepts.generalization.ablation.settings import Settings, variants
from core.engine import cost, device
from core.engine.pieces import relay
from core.progress import Step


def run(s: Settings) -> Iterator[Step[Result]]:
    """Train; a Step after every step of the networks. They are measured at the same steps on every machine."""
    yield Step(0.0, doing="data")
    data = yield from relay(load(s), Step(0.0, doing="data"))
    features = data.x[0, 0].numel()
    plain, normed = (build(s, features, data.classes, 0.0, norm, False) for norm in (False, True))
    parameters = cost.parameters(plain), cost.parameters(normed)
    flops = cost.flops(plain, (features,))
    names = [v.name for v in variants(s)]
    records: list[pd.DataFrame] = []
    per_epoch = s.n // min(s.batch, s.n)
    result: Result | None = None
    for stacks, done, total in train_steps(s, data, device.pick()):
        here: Step[Result] = Step(
            min(0.999, done / max(1, total)), partial(_same, result) if result else None, "training"
        )
        if stacks and (done == total or done * MEASUREMENTS // total > (done - 1) * MEASUREMENTS // total):
            validated = yield from relay(answer_steps(stacks, data.validation), here)
            tested = yield from relay(answer_steps(stacks, data.test), here)
            ms = (yield from relay(timing_steps(s, data), here)) if done == total else {}
            records.append(_record(s, names, done / per_epoch, _accuracy(validated)))
            test = dict(zip(names, _accuracy(tested).reshape(-1, s.seeds), strict=True))
            history = pd.concat(records, ignore_index=True)
            rows = tested.shape[1]
            right = dict(zip(names, tested.reshape(-1, s.seeds, rows).mean(1), strict=True)) if s.pictures else {}
            result = Result(s, test, history, done / total, ms, parameters, flops, rows, right)
            here = Step(done / total, partial(_same, result))
        yield here


def _accuracy(right: np.ndarray) -> np.ndarray:
    """(K, rows) bool -> (K,) float32."""
    shares: np.ndarray = right.mean(1).astype(np.float32)
    return shares


def _same(result: Result) -> Result:
    return result


def _record(s: Settings, names: list[str], epoch: float, values: np.ndarray) -> pd.DataFrame:
    where = {"variant": np.repeat(names, s.seeds), "seed": np.tile(s.all_seeds, len(names)), "epoch": epoch}
    return pd.DataFrame(where | {"split": "validation", "metric": "accuracy", "value": values})
