"""Gradient flow: how gradients fare on their way back through every kind of deep network, and what is learnt."""

from functools import partial

import streamlit as st

from core.concepts.optimization import gradient_flow
from core.concepts.optimization import gradient_flow_views as views
from core.concepts.optimization.gradient_flow import (
    ACTIVATIONS,
    CHOSEN,
    INITIALISATIONS,
    MEASURES,
    STRUCTURES,
    Look,
    Result,
    Settings,
)
from pages import legacy as ui

PAGE = "optimization/gradient_flow"
WHAT = {"gradient": "Gradient", "activations": "Activations", "gradient of the weights": "Gradient of the weights"}


def beginning() -> None:
    """The map of all networks before training, and one of them layer by layer."""
    key = (settings.depth, settings.width, settings.scale, settings.seeds, settings.seed)
    start = ui.at_once(f"{PAGE}-start", key, lambda _: gradient_flow.begin(settings))
    said = gradient_flow.described(start, looked)
    ui.selectable(views.start_map(start, looked), look, "gradient_flow-map", " ".join(said), 460, views.choice)
    st.caption(
        "A strip is a network, from its first layer on the left to its last; the number is log₁₀ from end to end, or of the mean. "
        "Click one to look at it closely."
    )
    a, b = st.columns(2)
    for column, measure in ((a, "gradient"), (b, "activations")):
        spec = views.layers(start, looked, measure)
        title = f"{spec['title']['text']}, layer by layer"
        column.echarts_chart(spec, height=320, key=f"gradient_flow-{measure}", alt=f"{title}. {said[0]}")
    st.markdown("\n".join(f"- {line}" for line in said))


def draw(result: Result, live: bool) -> None:
    if result.loss is None:
        return
    alt = "The run so far." if live else " ".join(gradient_flow.findings(result)[3:5])
    a, b = st.columns(2)
    for column, clipped in ((a, False), (b, True)):
        with column:
            key, spec = f"gradient_flow-learnt{int(clipped)}", views.learnt_map(result, looked, clipped)
            if live:  # a click would redraw the run alone, not the menus
                st.echarts_chart(spec, height=430, key=f"{key}-live", alt=alt)
            else:
                ui.selectable(spec, look, key, alt, 430, views.choice)
    a, b = st.columns(2)
    name = f"{looked.activation}, {looked.initialisation}, {looked.structure}"
    loss = ui.overlaid(PAGE, result, lambda run: views.learning(run, looked), lambda pin: pin.loss is not None)
    a.echarts_chart(loss, height=300, key="gradient_flow-loss", alt=f"Loss of {name}. {alt}")
    b.echarts_chart(views.foretelling(result), height=300, key="gradient_flow-foretold", alt=alt)
    a, b = st.columns(2)
    for column, clipped in ((a, False), (b, True)):
        spec = views.norms(result, looked, clipped)
        column.echarts_chart(
            spec, height=300, key=f"gradient_flow-norms{int(clipped)}", alt=f"{spec['title']['text']}: {name}."
        )
    st.caption(
        f"{result.settings.seeds} seeds, the same starts and batches for every network, with clipping and without, so differences are "
        "paired. Bands: from the lowest seed to the highest. The digits are one data set, the learning rate is one for all: another may "
        "suit a network better. Lines end where a gradient overflowed."
    )
    if not live and (rows := views.clipping_rows(result)):
        with st.expander("What clipping changed, beyond luck (points of accuracy)", icon=":material/content_cut:"):
            numbers = {k: st.column_config.NumberColumn(format="%.1f") for k in ("points", "from", "to")}
            st.dataframe(rows, hide_index=True, column_config=numbers)


def before() -> None:
    st.markdown(
        ":material/arrow_upward: Which of these networks will learn? Press **Train**: all of them at once, each with clipping and without."
    )


ui.head(
    PAGE,
    "On its way back the gradient is multiplied in each layer by the weights $W_l$ and by the slope $\\varphi'$ of the activation. Over "
    "many layers that is a power: it **vanishes** or **explodes**, unless something keeps it even.",
    r"\frac{\partial L}{\partial h_{l-1}} = W_l^{\top} \left( \varphi'(z_l) \odot \frac{\partial L}{\partial h_l} \right), \qquad "
    r"h_l = \varphi(z_l), \quad z_l = W_l h_{l-1} + b_l",
)
above, beside = st.columns([2.8, 1], gap="medium")
c, look = ui.Controls("gradient_flow", Settings), ui.Controls("gradient_flow", Look)
with beside:
    look.choose("measure", "Map of", MEASURES, "What is drawn layer by layer", WHAT.__getitem__)
    c.slide("depth", "Hidden layers", 2, 30, 1, "The longer the way back, the higher the power")
    c.pick("scale", "s of N(0, s)", (0.01, 0.03, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.7, 1.0), "Standard deviation of every weight")  # fmt: skip
    c.pick("width", "Width", (8, 12, 16, 24, 32), "Neurons in each hidden layer")
    st.markdown("**Look closely at**")
    look.choose("activation", "Activation", tuple(ACTIVATIONS), "Or click a cell of a map")
    look.choose("initialisation", "Initialisation", tuple(INITIALISATIONS), "How large the first weights are")
    look.choose(
        "structure",
        "Structure",
        STRUCTURES,
        "Residual: each layer adds to what it is given; / √L: what it adds is divided by the root of the depth",
    )
st.header("In training", anchor=False)
bar, left, right = ui.layout()
with left:
    c.choose("optimizer", "Optimiser", CHOSEN, "Momentum is 0.9")
    c.pick("lr", "Learning rate", (0.001, 0.003, 0.01, 0.03, 0.1, 0.3), "One for all networks")
    c.pick(
        "clip",
        "Clip the gradient at",
        (0.1, 0.3, 1.0, 3.0, 10.0),
        "Largest norm of the gradient of all weights together",
    )
    c.slide("steps", "Steps", 50, 400, 50, "Each on 32 digits of 8 × 8")
    with st.expander("Seeds", icon=":material/tune:"):
        c.slide("seeds", "Seeds", 2, 6, 1, "Random starts of each network, here and above")
        c.slide("seed", "First seed", 0, 9999, 1, "The others follow it")
    settings, looked = c.settings(), look.settings()
    run = ui.Run(PAGE, settings, partial(gradient_flow.run, settings))
with bar:
    run.buttons()
with right:
    run.show(draw, before)
with above:
    if settings and looked:
        beginning()
c.values, c.shown = c.values | look.values, look.shown | c.shown  # the link holds both
code = settings and looked and gradient_flow.script(settings, looked)
words = "Plain PyTorch, nothing of this lab in it. It prints the start of every network, and trains the one looked at."
ui.foot(PAGE, c, gradient_flow, run.result, code, words, frame=lambda: run.result.frame())
