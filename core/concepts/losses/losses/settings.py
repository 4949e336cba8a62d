"""What can be set on the losses page, and the names of the losses."""

from __future__ import annotations

from core.questions import Preset
from core.settings import Values, When, choice, many, number, settings, switch

FAMILIES: dict[str, tuple[str, ...]] = {
    "regression": ("MAE", "MSE", "RMSE", "Huber", "smooth L1", "log-cosh", "quantile"),
    "classification": ("0-1", "BCE", "cross-entropy", "hinge", "focal", "label smoothing", "squared hinge", "KL"),
    "embedding": ("contrastive same", "contrastive other", "triplet", "InfoNCE"),
    "overlap": ("Dice", "IoU"),
}
PARAMETERS: dict[str, tuple[str, ...]] = {  # of each loss that has any: fields of the settings
    "RMSE": ("batch",),
    "Huber": ("delta",),
    "smooth L1": ("beta",),
    "quantile": ("q",),
    "cross-entropy": ("classes",),
    "focal": ("gamma",),
    "label smoothing": ("epsilon", "classes"),
    "KL": ("target",),
    "contrastive other": ("margin",),
    "triplet": ("margin", "negative"),
    "InfoNCE": ("temperature", "negative", "negatives"),
    "Dice": ("size",),
    "IoU": ("size",),
}
REFERENCE = {"regression": "MSE", "classification": "cross-entropy"}  # what the others are compared with
SLOPE = 1.0  # of the true line, x from 0 to 10
INTERCEPT = 2.0
TEST_POINTS = 500  # clean points on which each classifier is scored; every seed has its own
PLACES = {"regression": (1.0, 10.0), "classification": (-4.0, 4.0)}  # of the axis, where the pulls are compared

THRESHOLDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 100.0, 1000.0)
TEMPERATURES = (0.01, 0.02, 0.05, 0.07, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
SPANS = (1.0, 2.0, 5.0, 10.0, 100.0, 1000.0, 10_000.0)
SIZES = (0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0, 10.0, 20.0)


def _of(*families: str) -> When:
    """Whether one of these kinds is on view."""
    return lambda values: values["family"] in families


def _used(parameter: str) -> When:
    """Whether a loss on view takes this parameter."""

    def matters(values: Values) -> bool:
        return any(parameter in PARAMETERS.get(name, ()) for name in values[values["family"]])

    return matters


# The sizes of the experiments are bounded so that the largest is still drawn while a slider moves.
@settings
class Settings:
    family: str = choice("regression", tuple(FAMILIES), style="segment")
    regression: tuple[str, ...] = many(("MAE", "MSE", "Huber"), FAMILIES["regression"], least=1, when=_of("regression"))
    classification: tuple[str, ...] = many(
        ("0-1", "cross-entropy", "hinge", "focal"), FAMILIES["classification"], least=1, when=_of("classification")
    )
    embedding: tuple[str, ...] = many(FAMILIES["embedding"], FAMILIES["embedding"], least=1, when=_of("embedding"))
    overlap: tuple[str, ...] = many(FAMILIES["overlap"], FAMILIES["overlap"], least=1, when=_of("overlap"))
    outliers: int = number(3, 0, 10, when=_of("regression"))
    flips: float = number(0.2, 0, 0.5, step=0.05, when=_of("classification"))
    margin: float = number(1.0, 0, 2, step=0.05, when=_used("margin"))
    size: float = number(1.0, 0.05, 20, values=SIZES, when=_used("size"))
    height: float = number(20.0, -100, 100, step=1, group="points", when=_of("regression"))
    where: float = number(9.0, 0, 10, step=0.5, group="points", when=_of("regression"))
    noise: float = number(1.0, 0, 5, step=0.1, group="points", when=_of("regression"))
    points: int = number(30, 10, 100, step=5, group="points", when=_of("regression"))
    examples: int = number(100, 20, 150, step=10, group="training", when=_of("classification"))
    width: int = number(32, 0, 32, step=4, group="training", when=_of("classification"))
    steps: int = number(150, 1, 200, group="training", when=_of("classification"))
    delta: float = number(1.0, 0.01, 10_000, values=THRESHOLDS, group="curves", when=_used("delta"))
    beta: float = number(1.0, 0.01, 10_000, values=THRESHOLDS, group="curves", when=_used("beta"))
    q: float = number(0.9, 0.01, 0.99, step=0.01, group="curves", when=_used("q"))
    batch: int = number(
        8, 1, 1024, values=(1, 2, 4, 8, 16, 32, 64, 128, 256, 1024), group="curves", when=_used("batch")
    )
    classes: int = number(2, 2, 1000, values=(2, 3, 5, 10, 20, 50, 100, 1000), group="curves", when=_used("classes"))
    epsilon: float = number(0.1, 0, 1, step=0.05, group="curves", when=_used("epsilon"))
    gamma: float = number(2.0, 0, 10, step=0.5, group="curves", when=_used("gamma"))
    target: float = number(0.9, 0.5, 1, step=0.01, group="curves", when=_used("target"))
    negative: float = number(1.0, 0, 2, step=0.05, group="curves", when=_used("negative"))
    temperature: float = number(0.1, 0.01, 10, values=TEMPERATURES, group="curves", when=_used("temperature"))
    negatives: int = number(
        16, 1, 10_000, values=(1, 4, 16, 64, 256, 1024, 10_000), group="curves", when=_used("negatives")
    )
    span: float = number(5.0, 1, 10_000, values=SPANS, group="curves", when=_of("regression", "classification"))
    log: bool = switch(False, group="curves")
    seeds: int = number(12, 2, 16, group="seeds", when=_of("regression", "classification"))
    seed: int = number(0, 0, 9999, group="seeds", when=_of("regression", "classification"))

    @property
    def chosen(self) -> tuple[str, ...]:
        """The losses on view."""
        names: tuple[str, ...] = getattr(self, self.family)
        return names

    @property
    def fitted(self) -> tuple[str, ...]:
        """The losses that the experiment fits: those on view, and the reference last where it is not among them."""
        reference = REFERENCE.get(self.family)
        return tuple(dict.fromkeys([*self.chosen, reference])) if reference else ()


PRESETS = (
    Preset("robust", {"regression": ("MSE", "Huber", "log-cosh"), "outliers": 6, "height": 30.0}),
    Preset("quantile", {"regression": ("MAE", "quantile"), "outliers": 0, "points": 100}),
    Preset("too_many", {"outliers": 10, "points": 15, "height": 30.0}, works=False),
    Preset("zero_one", {"family": "classification", "classification": ("0-1", "cross-entropy")}, works=False),
    Preset("wrong_size", {"family": "overlap", "size": 4.0}, works=False),
)
