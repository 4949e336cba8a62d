"""Optimisers raced on a surface, from a start chosen by clicking on it."""

from functools import partial

import streamlit as st

from core.concepts.optimization import optimizers, optimizers_views
from core.concepts.optimization.optimizers import MOMENTA, OPTIMIZERS, RATES, SURFACES, Result, Settings
from pages import legacy as ui

PAGE = "optimization/optimizers"


def draw(result: Result) -> None:
    said = " ".join(optimizers.findings(result))
    ui.clickable(
        optimizers_views.played(result), c, "optimizers-map", said, partial(optimizers_views.start_at, result.surface)
    )
    st.caption(
        "Lines: the whole path; ball: where it is; dotted arrow: where its memory would take it. "
        "Bars: by what it divides each coordinate's step. Click anywhere to start there."
    )
    a, b = st.columns(2)
    for column, what, title in (
        (a, "distance", "Distance to the nearest minimum"),
        (b, "value", "Loss above the lowest"),
    ):
        with column:
            spec = ui.overlaid(
                PAGE,
                result,
                lambda run, what=what, title=title: optimizers_views.against(run, what, title),
                lambda pin: pin.surface is result.surface,
            )
            st.echarts_chart(spec, height=320, key=f"optimizers-{what}", alt=f"{title} against the step. {said}")
    starts = optimizers.GRID**2
    st.markdown(f"**Not only from here:** the same from {starts} starts all over the window")
    with st.container(horizontal=True, gap="small"):
        for name, path in result.paths.items():
            picture = optimizers_views.basin(result, name).repeat(6, 0).repeat(6, 1)
            caption = f"{name}: {100 * optimizers.share(path, result.surface):.0f} %"
            ui.picture(picture, f"Where each start ends with {name}", 144, caption)
    st.caption(
        "Each square is a start, coloured by the minimum it ends at; pale: at none. The number is the share that reaches a global one."
    )


ui.head(
    PAGE,
    "All of these take the same gradient $g$ and make a different step of it. Momentum keeps a velocity; RMSprop and Adam "
    "divide each coordinate by the usual size of its gradient; Rprop looks only at signs. The paths are those of `torch.optim`.",
    r"\text{SGD: } w \leftarrow w - \eta g \qquad \text{momentum: } v \leftarrow \mu v + g,\; w \leftarrow w - \eta v "
    r"\qquad \text{Adam: } w \leftarrow w - \eta\, \hat m / (\sqrt{\hat v} + \epsilon)",
)
_, left, right = ui.layout()
c = ui.Controls("optimizers", Settings)
with left:
    surface = c.choose("surface", "Surface", tuple(SURFACES), "What is to be minimised")
    st.caption(f"$f = {SURFACES[surface].formula}$. {SURFACES[surface].says}")
    chosen = c.many("optimizers", "Optimisers", tuple(OPTIMIZERS), "Raced from the same start").split(",")
    for name in OPTIMIZERS:
        if name in chosen:
            c.pick(f"lr_{name}", f"η of {name}", RATES, "First step size" if name == "Rprop" else "Learning rate")
    if {"Momentum", "Nesterov"} & set(chosen):
        c.pick("momentum", "Momentum μ", MOMENTA, "Share of the velocity that is kept")
    if "AdamW" in chosen:
        c.slide("decay", "Weight decay of AdamW", 0.0, 1.0, 0.05, "Pulls towards the origin, past the gradient")
    c.slide("steps", "Steps", 10, 500, 10, "How many each takes")
    with st.expander("Start", icon=":material/my_location:"):
        c.slide("across", "From left to right (%)", 0, 100, 1, "Of the window; or click on the map")
        c.slide("up", "From bottom to top (%)", 0, 100, 1, "Of the window; or click on the map")
    settings = c.settings()
result = ui.at_once(PAGE, settings, optimizers.run)
with right:
    if result is not None and result.paths:
        draw(result)
code = optimizers.script(settings) if settings else None
words = "Plain PyTorch, nothing of this lab in it. It prints where each path ends."
ui.foot(PAGE, c, optimizers, result, code, words, frame=lambda: result.frame)
