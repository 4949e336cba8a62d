"""The pictures of model_complexity, made from its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from core.concepts.generalization.model_complexity_fits import FITS
from core.concepts.generalization.model_complexity_words import AXIS, number, size
from core.data.functions import FUNCTIONS
from core.figures import terms
from core.figures.curves import Curve, curves
from core.figures.look import GREY

if TYPE_CHECKING:
    from core.concepts.generalization.model_complexity import Result, Settings, Swept

BLUE, ORANGE, GREEN, PINK, AMBER, SKY = range(6)
LINE, TOP = 81, 1000.0  # points of a drawn line; errors above are drawn there
FLOOR = 0.001  # of a logarithmic axis


def _line(name: str, x: np.ndarray, mean: np.ndarray, color: int, dashed: bool = False, band: Any = None) -> Curve:
    low, high = (mean, mean) if band is None else band
    mean, low, high = (np.clip(v, FLOOR, TOP) for v in (mean, low, high))
    return Curve(name, x, mean, low, high, color, dashed)


def _band(swept: Swept, term: str) -> tuple[np.ndarray, np.ndarray]:
    intervals = [t.interval(term, skewed=True) for t in swept.terms]
    return np.array([i.low for i in intervals]), np.array([i.high for i in intervals])


def title_of(family: str) -> str:
    return family[0].upper() + family[1:]


def _bias(swept: Swept) -> np.ndarray:
    """bias^2 where it stands out from the luck of the training sets; elsewhere a gap, as a logarithm has no place for it."""
    return np.where(_band(swept, "bias")[0] > 0, swept.of("bias"), np.nan)


def _axes(spec: dict[str, Any], log_x: bool, low: float | None = None, backwards: bool = False) -> dict[str, Any]:
    """A logarithmic error axis, and x as asked; errors beyond the top are drawn at it."""
    values = [v for line in spec["series"] for _, v in line["data"] if v and line["id"].startswith("mean")]
    spec["yAxis"] = {"type": "log", "min": low or (0.01 if min(values, default=1) < 0.1 else 0.1)}
    spec["yAxis"]["max"] = float(10 ** np.ceil(np.log10(0.99 * max(values, default=1.0))))
    spec["xAxis"] |= {"type": "log"} if log_x else {}
    spec["xAxis"] |= {"inverse": True} if backwards else {}
    spec["xAxis"].pop("minInterval", None)
    spec["grid"]["left"] = 12
    return spec


def errors(result: Result, family: str) -> dict[str, Any]:
    """Training error and expected error on new data against the size of the model."""
    f, log_x = result.families[family], family in ("network", "k-NN")
    x = np.array(f.sizes, float)
    series = [
        _line("training error", x, np.array([t.mean() for t in f.train]), GREEN),
        _line("error on new data", x, f.of("error"), PINK, True, _band(f, "error")),
    ]
    spec = curves(f"{title_of(family)}: error", series, AXIS[family], x_max=float(x.max()))
    spec["xAxis"]["min"] = float(x.min())
    return _axes(spec, log_x, backwards=family == "k-NN")


def bias_and_variance(result: Result, family: str) -> dict[str, Any]:
    """What the error on new data is made of."""
    f, log_x = result.families[family], family in ("network", "k-NN")
    x = np.array(f.sizes, float)
    series = [
        _line("bias²", x, _bias(f), ORANGE),
        _line("variance", x, f.of("variance"), BLUE, band=_band(f, "variance")),
        _line("noise", x, f.of("noise"), SKY, True),
    ]
    spec = curves(f"{title_of(family)}: what it is made of", series, AXIS[family], x_max=float(x.max()))
    spec["xAxis"]["min"] = float(x.min())
    return _axes(spec, log_x, FLOOR, family == "k-NN")


def ten_inputs(result: Result, family: str) -> dict[str, Any]:
    """Errors past the point where the training set is fitted exactly, against weights a row."""
    f, n = result.families[family], result.settings.rows
    x = np.array(f.sizes, float)
    series = [
        _line("training error", x, np.array([t.mean() for t in f.train]), GREEN),
        _line("bias²", x, _bias(f), ORANGE),
        _line("variance", x, f.of("variance"), BLUE),
        _line("error on new data", x, f.of("error"), PINK, True, _band(f, "error")),
    ]
    features = family.startswith("random")
    held = result.families.get(f"{family} + L2") if features else None
    if held is not None:
        series.append(_line("the same with L2", np.array(held.sizes, float), held.of("error"), AMBER, True))
    title = "Random features" if features else "Trained networks"
    name = "features" if features else "neurons in the hidden layer"
    spec = curves(f"{title}: ten inputs, {n} rows", series, name, x_max=float(x.max()))
    spec["xAxis"]["min"] = float(x.min())
    at = n if features else n / 12  # a neuron has 10 weights and a bias, and a weight onwards
    spec["series"][2]["markLine"] = {
        "symbol": "none", "silent": True, "animation": False,
        "data": [{"xAxis": at, "lineStyle": {"color": GREY, "type": "dotted", "width": 1.5},
                  "label": {"formatter": "as many weights as rows", "color": GREY}}],
    }  # fmt: skip
    spec["grid"]["top"] = 56
    if features:
        return _axes(spec, True, FLOOR)
    spec["xAxis"]["type"] = "log"
    spec["yAxis"] = {"type": "value", "min": 0}
    return spec


def learning(result: Result) -> dict[str, Any]:
    """Training and expected error of three polynomials as the training set grows."""
    series = []
    for hue, (name, f) in zip((ORANGE, GREEN, BLUE), result.growing.items(), strict=False):
        x = np.array(f.sizes, float)
        series.append(_line(f"{name}, training", x, np.array([t.mean() for t in f.train]), hue))
        series.append(_line(f"{name}, new data", x, f.of("error"), hue, True))
    spec = curves("Learning curves", series, "rows in the training set")
    spec["xAxis"] |= {"min": float(series[0].x[0]), "max": float(max(s.x[-1] for s in series))}
    spec = _axes(spec, True)
    spec["yAxis"]["max"] = min(10.0, spec["yAxis"]["max"])  # what matters lies below, where the curves meet
    return spec


def fits(result: Result, family: str, i: int, most: int = 30) -> dict[str, Any]:
    """What the i-th size of a family fitted to each training set."""
    f, s = result.families[family], result.settings
    x = np.linspace(-1, 1, LINE)
    truth, t = FUNCTIONS[s.data](x[:, None]), f.terms[i].values
    reach = float(np.ceil(float(np.abs(truth).max()) + 2.5 * s.noise))
    title = f"{title_of(family)}, {size(family, i, f)}: bias² {number(t['bias'])}, variance {number(t['variance'])}"
    drawn = np.clip(f.drawn[i], -2 * reach, 2 * reach)
    return terms.bundle(title, x, drawn, truth, PINK, "x", (-reach, reach), most)


def start(s: Settings) -> dict[str, Any]:
    """The truth, one training set, and three polynomials fitted to it, before anything is run."""
    rng = np.random.default_rng([s.seed, 1, 0])
    for_x, for_y = rng.spawn(2)
    x = for_x.uniform(-1, 1, (s.n, 1))
    y = FUNCTIONS[s.data](x) + s.noise * for_y.standard_normal(s.n)
    at = np.linspace(-1, 1, LINE)[:, None]
    lines = []
    for degree, hue in ((1, ORANGE), (3, GREEN), (12, BLUE)):
        said = FITS["polynomial"](x, y, degree, s, rng)(at)
        lines.append((f"degree {degree}", hue, said))
    title = "One training set, and polynomials of three degrees fitted to it"
    return terms.samples(title, at[:, 0], FUNCTIONS[s.data](at), [(x[:, 0], y)], "x", lines)
