"""Bias and variance: what single learners, bagging, boosting and stacking err from, over many training sets."""

from functools import partial

import streamlit as st

from core.concepts.ensembles import bias_variance
from core.concepts.ensembles.bias_variance import ALL, DRAWS, NAMES, Result, Settings
from pages import legacy as ui

PAGE = "ensembles/bias_variance"
WHAT = {
    "new": "everything: new rows each time",
    "noise": "only the noise, at the same x",
    "bootstrap": "bootstrap draws of one set",
}
CLASSES = (
    "Bias: points whose main prediction, what most sets answer, is wrong. Variance there pays, as some sets answer right; "
    "elsewhere it costs. Disagreement: how often two sets differ about a point."
)
SHOWN = ("shallow tree", "boosted shallow", "deep tree", "bagged deep")


def draw(result: Result, live: bool) -> None:
    alt = "The run so far." if live else " ".join(bias_variance.findings(result))
    a, b = st.columns(2)
    with a:
        st.echarts_chart(bias_variance.bars(result), height=420, key="bias_variance-bars", alt=alt)
    with b:
        pinned = ui.pinned(PAGE, result)
        spec = bias_variance.plane(result, pinned)
        st.echarts_chart(spec, height=420, key="bias_variance-plane", alt=alt)
    for column, name in zip(st.columns(2), ("bagged deep", "boosted shallow"), strict=True):
        with column:
            spec = bias_variance.way(result, name)
            st.echarts_chart(spec, height=300, key=f"bias_variance-way-{name.split()[0]}", alt=alt)
    st.caption(
        f"{result.R} training sets, the same for every learner. Whiskers and crosses: 95 % intervals, for the luck of these "
        "sets; the test points are taken as they are."
        + (" Hollow diamonds: pinned." if pinned else "")
        + ("" if result.settings.regression else f" {CLASSES}")
    )
    if live:
        closer(result, 10)
    else:
        st.fragment(closer)(result)


def closer(result: Result, most: int = 30) -> None:
    """Single learners from near. A fragment: the pills redraw these from the held result, nothing else."""
    chosen = st.pills(
        "Look closer at", ALL, selection_mode="multi", default=SHOWN, key="bias_variance-shown", wrap=True
    )
    shown = [n for n in result.names if n in chosen]
    if result.settings.regression:
        for i, name in enumerate(shown):
            if i % 2 == 0:
                pair = st.columns(2)
            with pair[i % 2]:
                spec = bias_variance.fits(result, name, most)
                st.echarts_chart(spec, height=260, key=f"bias_variance-fits-{name}", alt=spec["title"]["text"])
        for column, term in zip(st.columns(2), (0, 1), strict=True):
            with column:
                spec = bias_variance.along(result, shown, term)
                title = f"{spec['title']['text']}, for {', '.join(shown)}"
                st.echarts_chart(spec, height=320, key=f"bias_variance-along{term}", alt=title)
        return
    if result.problem.axes is not None:
        st.markdown("**Which class the training sets answer** (the paler, the less they agree)")
        captions = {n: f"{n}: {100 * result.terms[n].values['disagreement']:.0f} % disagree" for n in shown}
        x, y = result.problem.draw(0)
        ui.field_row({n: bias_variance.field(result, n) for n in shown}, result.problem.axes, x, y, captions)
    for i, name in enumerate(shown):
        if i % 2 == 0:
            pair = st.columns(2)
        with pair[i % 2]:
            spec = bias_variance.ballots(result, name)
            st.echarts_chart(spec, height=280, key=f"bias_variance-ballots-{name}", alt=spec["title"]["text"])


def before() -> None:
    if settings is None:
        return
    if spec := bias_variance.start(settings):
        st.echarts_chart(spec, height=360, key="bias_variance-start", alt=spec["title"]["text"])
    st.markdown(
        ":material/arrow_upward: Press **Measure**: every learner is trained on the same training sets, and asked about the "
        "same points."
    )


ui.head(
    PAGE,
    "Train a learner on another training set and it answers differently. How far its mean answer $\\bar a$ lies from the truth "
    "$f$ is its **bias**; how much the answers scatter, its **variance**; what no answer can know, **noise**. Averaging many "
    "learners and adding one to the other attack different terms.",
    r"\mathbb E\,(y - a)^2 = (\bar a - f)^2 + \mathbb E\,(a - \bar a)^2 + \sigma^2",
)
bar, left, right = ui.layout()
c = ui.Controls("bias_variance", Settings)
with left:
    c.choose("data", "Truth", NAMES, "Known functions, points of known classes, or tables, whose noise is not known")
    c.slide("n", "Rows in a training set", 20, 500, 10, "Of a table at most half of its training rows")
    c.slide(
        "noise", "Noise σ", 0.0, 0.5, 0.05, "In spreads of the function, or units of the points; tables have their own"
    )
    c.choose("draws", "What differs between sets", DRAWS, "Where the variance comes from", WHAT.__getitem__)
    with st.expander("Trees", icon=":material/park:"):
        c.slide("shallow", "Depth of shallow trees", 1, 4, 1, "Questions from root to leaf; 1 is a stump")
        c.slide("deep", "Depth of deep trees (0: no limit)", 0, 12, 1, "Without limit every leaf is pure")
        c.slide("members", "Bagging: trees", 1, 100, 1, "Trees on bootstrap draws, averaged")
        c.slide("rounds", "Boosting: rounds", 1, 200, 1, "Trees in a row")
        c.pick("rate", "Boosting: learning rate", (0.01, 0.03, 0.1, 0.3, 1.0), "Of gradient boosting, used for functions; AdaBoost, used for classes, has none")  # fmt: skip
    with st.expander("Other learners", icon=":material/hub:"):
        c.slide("k", "Neighbours k", 1, 20, 1, "Of k-NN, here and in the stack")
        c.pick("width", "Network: width", (4, 8, 16, 32, 64, 128), "Neurons in each of two hidden layers")
        c.slide("epochs", "Network: epochs", 5, 300, 5, "How often it goes through its training set")
    with st.expander("Training sets", icon=":material/tune:"):
        c.slide("resamples", "Training sets", 5, 100, 5, "More make the terms sharper, and take longer")
        c.slide("seed", "Seed", 0, 9999, 1, "Draws all of it")
    settings = c.settings()
    run = ui.Run(PAGE, settings, partial(bias_variance.run, settings))
with bar:
    run.buttons("Measure")
with right:
    run.show(draw, before)
words = "Plain scikit-learn and PyTorch, nothing of this lab in it. It prints the terms above."
ui.foot(
    PAGE, c, bias_variance, run.result, settings and bias_variance.script(settings), words, lambda: run.result.frame()
)
