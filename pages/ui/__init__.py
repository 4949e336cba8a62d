"""The furniture that all pages share."""

from pages.ui.charts import (
    clickable,
    confusion_matrix,
    distributions,
    effects,
    field,
    field_row,
    learning_curves,
    norms,
    picture,
    pictures,
    selectable,
    stepped,
)
from pages.ui.compare import pin_name, pins
from pages.ui.controls import Controls
from pages.ui.foot import SKLEARN, foot
from pages.ui.page import head, layout
from pages.ui.panels import cost, digest, own_points, samples, weights
from pages.ui.running import Run, at_once, keep_alive
from pages.ui.text import on_primary, plain
from pages.ui.uploads import NOT_IN_LINK, own_picture

__all__ = [
    "NOT_IN_LINK",
    "SKLEARN",
    "Controls",
    "Run",
    "at_once",
    "clickable",
    "confusion_matrix",
    "cost",
    "digest",
    "distributions",
    "effects",
    "field",
    "field_row",
    "foot",
    "head",
    "keep_alive",
    "layout",
    "learning_curves",
    "norms",
    "on_primary",
    "own_picture",
    "own_points",
    "picture",
    "pictures",
    "pin_name",
    "pins",
    "plain",
    "samples",
    "selectable",
    "stepped",
    "weights",
]
