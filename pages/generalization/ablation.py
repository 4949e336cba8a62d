"""Ablation: a recipe taken apart, one ingredient at a time."""

from functools import partial
from typing import Any

import streamlit as st

from core.concepts.generalization import ablation
from core.concepts.generalization import ablation_views as views
from core.concepts.generalization.ablation import Result, Settings
from core.concepts.generalization.ablation_network import BARE, FULL
from core.concepts.generalization.ablation_words import costs
from pages import legacy as ui

PAGE = "generalization/ablation"
NAMES = {"mnist5k": "MNIST, 14 × 14", "digits": "digits, 8 × 8"}


def chart(spec: dict, key: str, alt: str, height: int = 340, place: Any = st) -> None:
    place.echarts_chart(spec, height=height, key=f"ablation-{key}", alt=f"{spec['title']['text']}. {alt}")


def draw(result: Result, live: bool) -> None:
    said = ablation.findings(result)
    a, b = st.columns(2)
    chart(ui.overlaid(PAGE, result, views.in_company), "within", said[1], place=a)
    chart(ui.overlaid(PAGE, result, views.by_itself), "alone", said[2], place=b)
    a, b = st.columns(2)
    chart(views.interactions(result), "interactions", said[3], 380, place=a)
    with b:
        part = st.selectbox("Curves without it, and with it alone", result.settings.chosen, key="ablation-shown")
        shown = (FULL, f"without {part}", BARE, f"only {part}")
        runs = {n: result.history[result.history.variant == n] for n in shown}
        ui.learning_curves(
            runs, "accuracy", "Validation accuracy (%)", "ablation-curves", said[0], True, ("validation",)
        )
    st.caption(
        f"{result.settings.seeds} seeds, each with its own training examples, the same for all variants. Bars: intervals that hold "
        "together at 95 %, paired; hollow: zero lies within; ticks: single seeds. Faint lines: no difference beyond luck. Curves: mean, lowest and highest seed."
    )
    if not live:
        rows = costs(result)
        st.markdown("**What each part costs**, added alone")
        numbers = {k: st.column_config.NumberColumn(format="%.0f") for k, v in rows[0].items() if isinstance(v, float)}
        st.dataframe(rows, hide_index=True, column_config=numbers)
        st.caption(
            "Time of one step of one network on one core, rounds in turns. In so small a network each further call shows."
        )


def before() -> None:
    st.markdown(
        ":material/arrow_upward: Press **Train**: the full recipe, the bare network, the recipe without each part, and each part "
        "alone, all from the same starts."
    )


ui.head(
    PAGE,
    "A recipe of many parts works; which of them are worth having? Take each one out of the full recipe, and see what is lost. "
    "Add each one alone to a bare network, and see what is gained. The two need not agree: parts can do each other's work, or "
    "need each other.",
    r"\Delta_{\text{in company}} = a(\text{all}) - a(\text{all} \setminus p), \qquad \Delta_{\text{alone}} = a(\{p\}) - a(\varnothing)",
)
bar, left, right = ui.layout()
c = ui.Controls("ablation", Settings)
with left:
    c.many("parts", "The recipe", ablation.PARTS, "What the full recipe is made of")
    c.choose("data", "Data set", ablation.DATA, "Pictures of digits, or points in the plane", lambda n: NAMES.get(n, n))
    c.slide("n", "Training examples", 20, 400, 20, "Each seed draws its own")
    c.slide(
        "depth",
        "Blocks",
        1,
        10,
        1,
        "Of one hidden layer each, after a first one; a residual connection goes past a block",
    )
    with st.expander("Strengths", icon=":material/tune:"):
        c.slide("dropout", "Dropout p", 0.1, 0.9, 0.1, "Probability to drop a hidden activation")
        c.slide(
            "shift", "Augmentation: pixels", 1, 4, 1, "Moves a picture by up to so many either way; points are jittered"
        )
        c.pick("momentum", "Momentum", (0.5, 0.8, 0.9, 0.95, 0.99), "Share of the velocity that is kept")
        c.pick("decay", "Weight decay", (0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3), "Pulls weights towards zero")
        c.pick(
            "lr",
            "Learning rate",
            (0.003, 0.01, 0.03, 0.1, 0.3),
            "Of SGD; the schedule takes it down to zero by half a cosine",
        )
        c.switch("fair", "Higher rate without momentum", "By 1 / (1 - momentum), so that steps are as long in the end")
    with st.expander("Network and seeds", icon=":material/hub:"):
        c.slide("noise", "Noise", 0.0, 0.5, 0.05, "Standard deviation of the points' noise")
        c.pick("width", "Width", (8, 16, 32, 64), "Neurons in each hidden layer")
        c.pick("batch", "Batch", (8, 16, 32, 64), "Examples a step")
        c.slide("epochs", "Epochs", 5, 200, 5, "How often the training set is gone through")
        c.slide("seeds", "Seeds", 3, 16, 1, "Training sets and starts for every variant")
        c.slide("seed", "First seed", 0, 9999, 1, "The next seed is the next number")
    settings = c.settings()
    run = ui.Run(PAGE, settings, partial(ablation.run, settings))
with bar:
    run.buttons()
with right:
    run.show(draw, before)
ui.foot(PAGE, c, ablation, run.result, settings and ablation.script(settings), frame=lambda: run.result.frame())
