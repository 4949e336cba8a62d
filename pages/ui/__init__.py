"""The furniture that all pages share."""

from pages.ui.charts import (
    confusion_matrix,
    distributions,
    effects,
    field,
    field_row,
    learning_curves,
    norms,
    pictures,
)
from pages.ui.compare import comparison, pin_name, pins
from pages.ui.controls import Controls
from pages.ui.page import head, layout, sources
from pages.ui.panels import afterwards, cost, digest, findings, own_points, pin_and_share, samples, script
from pages.ui.questions import try_this
from pages.ui.running import Run, keep_alive
from pages.ui.text import plain

__all__ = [
    "Controls",
    "Run",
    "afterwards",
    "comparison",
    "confusion_matrix",
    "cost",
    "digest",
    "distributions",
    "effects",
    "field",
    "field_row",
    "findings",
    "head",
    "keep_alive",
    "layout",
    "learning_curves",
    "norms",
    "own_points",
    "pictures",
    "pin_and_share",
    "pin_name",
    "pins",
    "plain",
    "samples",
    "script",
    "sources",
    "try_this",
]
