"""Depth or width: the fold that depth can do, and what training makes of the same number of weights, stacked or spread."""

from functools import partial

import streamlit as st

from core.concepts.generalization import depth_vs_width
from core.concepts.generalization import depth_vs_width_views as views
from core.concepts.generalization.depth_vs_width import BUDGETS, TARGETS, Look, Result, Settings
from pages import legacy as ui
from pages.legacy.charts import QUIET

PAGE = "generalization/depth_vs_width"


def folding() -> None:
    """The folding network, layer by layer, from exact numbers."""
    said = depth_vs_width.described(looked)
    rows = (
        (("after", views.after), ("neurons", views.neurons)),
        (("growth", views.growth), ("shallow", views.shallow)),
    )
    for row in rows:
        for column, (name, make) in zip(st.columns(2), row, strict=True):
            spec = make(looked)
            alt = f"{spec['title']['text']}. {said[0]}"
            column.echarts_chart(spec, height=300, key=f"depth_vs_width-fold-{name}", alt=alt)
    st.markdown("\n".join(f"- {line}" for line in said))
    st.caption(
        "All from exact fractions. One hidden layer of n neurons makes n + 1 pieces at most; this zigzag takes one neuron for each."
    )


def draw(result: Result, live: bool) -> None:
    alt = "The run so far." if live else " ".join(depth_vs_width.findings(result)[1:5])
    a, b = st.columns(2)
    spec = ui.overlaid(PAGE, result, views.errors, lambda pin: pin.fraction == result.fraction)
    a.echarts_chart(spec, height=360, key="depth_vs_width-errors", alt=alt)
    if live:
        b.echarts_chart(views.learning(result, 0), height=360, key="depth_vs_width-learning", alt=alt)
        b.echarts_chart(
            views.fits(result, 1, 0), height=360, key="depth_vs_width-fits1", alt="Irregular target, so far."
        )
        a.echarts_chart(views.fits(result, 0, 0), height=360, key="depth_vs_width-fits0", alt="Regular target, so far.")
        return
    if result.fraction == 1:
        b.plotly_chart(views.ratios(result), key="depth_vs_width-ratios", alt=alt, config=QUIET)
    st.fragment(closely)(result)
    if result.fraction == 1:
        a, b = st.columns(2)
        a.echarts_chart(views.pieces(result), height=360, key="depth_vs_width-pieces", alt=alt)
        b.plotly_chart(views.found(result), key="depth_vs_width-found", alt=alt, config=QUIET)
        st.dataframe(views.table(result), hide_index=True, key="depth_vs_width-table")
    st.caption(
        f"{result.settings.seeds} seeds, each with a start, training rows and an irregular target of its own, the same for every depth, so "
        "ratios are paired. Every depth is trained at three learning rates; validation data chooses, fresh points judge. Errors are means of "
        "squares over [0, 1], of targets with variance 1. More steps could change the order."
    )


def closely(result: Result) -> None:
    """One seed from near. A fragment: its controls redraw it from the held result."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        target = st.segmented_control(
            "Curves of the",
            TARGETS,
            default=TARGETS[0],
            required=True,
            key="depth_vs_width-target",
            help="Which target is drawn",
        )
        seed = st.slider(
            "Seed",
            0,
            result.settings.seeds - 1,
            0,
            key="depth_vs_width-which",
            help="Which of the seeds is drawn, counted from 0",
        )
    t = TARGETS.index(target or TARGETS[0])
    a, b = st.columns(2)
    spec = views.fits(result, t, seed)
    a.echarts_chart(
        spec, height=360, key="depth_vs_width-fits", alt=f"What each depth answers: {spec['title']['text']}"
    )
    spec = views.learning(result, t)
    b.echarts_chart(
        spec, height=360, key="depth_vs_width-course", alt=f"{spec['title']['text']}, by step, a line a depth"
    )


def before() -> None:
    st.markdown(
        ":material/arrow_upward: What a deep network can be is one thing, what training finds another. Press **Train**: the same number of "
        "weights, in one layer to eight, on the very zigzag that folding makes and on an irregular one."
    )


ui.head(
    PAGE,
    "Two ReLU neurons fold the interval $[0, 1]$ in the middle, and a next layer folds what is folded: $k$ layers make $2^k$ straight pieces "
    "of $2k$ neurons. One hidden layer needs a neuron for every piece. But does training find the fold?",
    r"y_{l} = 2 \left[ \mathrm{relu}(y_{l-1} - \tfrac12) + \mathrm{relu}(\tfrac12 - y_{l-1}) \right] = \lvert 2 y_{l-1} - 1 \rvert",
)
above, beside = st.columns([2.8, 1], gap="medium")
c, look = ui.Controls("depth_vs_width", Settings), ui.Controls("depth_vs_width", Look)
with beside:
    look.slide("layers", "Layers", 1, 8, 1, "The last of them is drawn")
    weights = (0.5, 0.8, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.1, 2.2, 2.5)
    look.pick(
        "weight",
        "Weight of the sum",
        weights,
        "By what the two neurons' sum is multiplied; 2 stretches the fold to full size",
    )
    neurons = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
    look.pick("neurons", "Neurons of the one hidden layer", neurons, "As many pieces, from the left, are right")
st.header("Trained", anchor=False)
bar, left, right = ui.layout()
with left:
    c.slide("folds", "Folds of the target", 1, 5, 1, "It has 2 to that power pieces, and so has the irregular one")
    c.pick("budget", "Parameters", BUDGETS, "Of every network, within 2 %")
    c.slide("epochs", "Epochs", 50, 300, 10, "How often the training rows are gone through")
    with st.expander("Data and seeds", icon=":material/tune:"):
        c.slide("n", "Training rows", 64, 512, 32, "Drawn evenly from [0, 1]")
        c.slide("noise", "Noise", 0.0, 0.5, 0.05, "Standard deviation; the targets have variance 1")
        c.slide("seeds", "Seeds", 2, 16, 1, "Starts, each with rows and an irregular target of its own")
        c.slide("seed", "First seed", 0, 9999, 1, "The others follow it")
    settings, looked = c.settings(), look.settings()
    run = ui.Run(PAGE, settings, partial(depth_vs_width.run, settings))
with bar:
    run.buttons()
with right:
    run.show(draw, before)
with above:
    if looked:
        folding()
c.values, c.shown = c.values | look.values, look.shown | c.shown  # the link holds both
code = settings and depth_vs_width.script(settings)
words = "Plain PyTorch, nothing of this lab in it. It prints the errors of every depth, and of the folding network."
ui.foot(PAGE, c, depth_vs_width, run.result, code, words, frame=lambda: run.result.frame())
