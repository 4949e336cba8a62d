"""The furniture of the first edition. The furniture that all pages share, each part imported when a page first asks for it: Home asks for little, and so is
there before torch is."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "charts": [
            "GROUND",
            "clickable",
            "confusion_matrix",
            "effects",
            "field",
            "field_row",
            "learning_curves",
            "norms",
            "picture",
            "pictures",
            "selectable",
            "stepped",
        ],
        "compare": ["overlaid", "pinned"],
        "controls": ["Controls"],
        "foot": ["SKLEARN", "foot"],
        "page": ["head", "layout"],
        "panels": ["cost", "digest", "own_points", "samples", "weights"],
        "running": ["Run", "at_once", "keep_alive"],
    },
)

from pages.ui.text import escape_markdown as plain  # noqa: E402, F401
from pages.ui.text import on_primary  # noqa: E402, F401
from pages.ui.uploads import own_picture  # noqa: E402, F401

NOT_IN_LINK = "A link does not contain your picture."
