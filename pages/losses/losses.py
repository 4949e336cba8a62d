"""Loss functions: curves and their gradients, and what each does to a fit."""

from collections.abc import Callable

import streamlit as st

from core.concepts.losses import losses
from core.concepts.losses.losses import FAMILIES, LOSSES, Settings
from core.figures import functions
from pages import legacy as ui
from pages.legacy.controls import number

PAGE = "losses/losses"


def choose() -> str:
    """The family and its losses."""
    c.shown |= {name: number for name, v in c.defaults.items() if type(v) in (int, float)}  # of other families too
    c.shown |= {f: lambda names: names.split(",") for f in FAMILIES}
    c.labels |= {f: f.capitalize() for f in FAMILIES}
    family = c.segment("family", "Kind", tuple(FAMILIES), "What the model answers", str.capitalize)
    c.many(family, "Losses", losses.of(family), "Drawn over each other")
    return family


def shape(chosen: str) -> None:
    """The sliders of the losses on view."""
    used = {p for name in chosen.split(",") if name for p in LOSSES[name].parameters}
    used |= {"span"} if family in losses.REFERENCE else set()
    for name, rest in losses.PARAMETERS.items():
        if name in used:
            c.pick(name, *rest)
    c.switch("log", "Logarithmic", "Shows how fast a loss and its pull grow or fade; zero has no place on it")


def draw(figures: list, names: tuple[str, ...], clicked: Callable | None = None) -> None:
    """Two charts side by side; a click on the first moves what `clicked` says."""
    alt = " ".join(losses.findings(result))
    for column, figure, name in zip(st.columns(2), figures, names, strict=True):
        with column:
            if clicked and name == names[0]:
                ui.clickable(figure, c, f"losses-{name}", alt, clicked)
            else:
                st.plotly_chart(figure, key=f"losses-{name}", alt=alt, config={"displaylogo": False})


ui.head(
    PAGE,
    "A loss $\\ell$ says what an error costs; its gradient says how hard that error pulls on the model $\\theta$. $x_i$ is the "
    "residual, margin, distance or overlap of example $i$. What a loss forgives, the fit ignores.",
    r"\theta^* = \arg\min_\theta \textstyle\sum_i \ell(x_i)",
)
c = ui.Controls("losses", Settings)
family = choose()
above, sliders = st.columns([2.8, 1], gap="medium")
words = st.container()
title, knobs = losses.EXPERIMENTS.get(family, ("", ()))
if title:
    st.header(title, anchor=False)
below, beside = st.columns([2.8, 1], gap="medium")
with sliders:
    shape(c.values[family])
with beside:
    for name, *rest in knobs:
        c.slide(name, *rest)
settings = c.settings()
result = ui.at_once(PAGE, settings, losses.run)
if result is not None and settings.chosen:
    pinned = ui.pinned(PAGE, result)
    with above:
        parts = ("value", "Loss"), ("gradient", f"Gradient: the {'size of the ' if settings.log else ''}pull")
        args = (
            FAMILIES[family],
            losses.of(family),
            settings.log,
            {n: pin.curves for n, pin in pinned.items() if pin.settings.family == family},
        )
        draw([functions.overlaid(result.curves, *part, *args) for part in parts], ("value", "gradient"))
    words.markdown("\n".join(losses.described(settings)))
    with below:
        if result.scores is not None:
            clicked = losses.lifted_to if family == "regression" else None
            draw(losses.figures(result, pinned), ("fits", "effects"), clicked)
words = "The very functions that ran, as a file of its own that prints the numbers above."
ui.foot(PAGE, c, losses, result, settings and losses.script(settings), words)
