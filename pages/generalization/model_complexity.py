"""Model complexity: training and test error from the simplest model to one with far more weights than rows."""

from functools import partial

import streamlit as st

from core.concepts.generalization import model_complexity
from core.concepts.generalization.model_complexity import DATA, FEATURES, ONE_INPUT, TEN, Result, Settings
from pages import legacy as ui

PAGE = "generalization/model_complexity"


def draw(result: Result, live: bool) -> None:
    alt = "The run so far." if live else " ".join(model_complexity.findings(result))
    if live:
        family(result, True)
    else:
        st.fragment(family)(result, False)
    st.markdown("**With more data, and past the point where every row is fitted exactly**")
    a, b = st.columns(2)
    for column, name in ((a, FEATURES[0]), (b, TEN)):
        if name in result.families:
            with column:
                spec = model_complexity.ten_inputs(result, name)
                st.echarts_chart(spec, height=400, key=f"model_complexity-ten-{name.split()[0]}", alt=alt)
    if result.growing:
        st.echarts_chart(model_complexity.learning(result), height=360, key="model_complexity-learning", alt=alt)
    st.caption(
        f"Means over {result.settings.resamples} training sets ({result.settings.networks} for networks), the same for every "
        "size. Bands: 95 % intervals for the luck of these sets. The truth is known, so the error on new data is the expected one, "
        "not an estimate from a test set. Error axes are logarithmic; what lies above 1,000 is drawn there. "
        "Bias² is drawn where it stands out from luck."
    )


def family(result: Result, live: bool) -> None:
    """One family. A fragment: its controls redraw it from the held result, nothing else."""
    chosen = st.segmented_control(
        "Family",
        ONE_INPUT,
        default=ONE_INPUT[0],
        key="model_complexity-family",
        required=True,
        format_func=model_complexity.title_of,
    )
    if chosen not in result.families:
        st.caption(f"{model_complexity.title_of(chosen)}: its turn comes later in this run.")
        return
    swept = result.families[chosen]
    a, b = st.columns(2)
    with a:
        spec = ui.overlaid(
            PAGE, result, lambda run: model_complexity.errors(run, chosen), lambda pin: chosen in pin.families
        )
        st.echarts_chart(spec, height=340, key="model_complexity-errors", alt=spec["title"]["text"])
    with b:
        spec = model_complexity.bias_and_variance(result, chosen)
        st.echarts_chart(spec, height=340, key="model_complexity-terms", alt=spec["title"]["text"])
    i = swept.best
    if not live:
        words = "Draws what models of this size fitted to each training set"
        label = model_complexity.AXIS[chosen].capitalize()
        key = f"model_complexity-size-{ONE_INPUT.index(chosen)}"
        i = swept.sizes.index(st.select_slider(label, swept.sizes, value=swept.sizes[i], key=key, help=words))
    spec = model_complexity.fits(result, chosen, i, 10 if live else 30)
    st.echarts_chart(spec, height=320, key="model_complexity-fits", alt=spec["title"]["text"])


def before() -> None:
    if settings is None:
        return
    spec = model_complexity.start(settings)
    st.echarts_chart(spec, height=380, key="model_complexity-start", alt=spec["title"]["text"])
    st.markdown(
        ":material/arrow_upward: Which of the three is best on new data? Press **Measure**: many training sets, and every "
        "size from the simplest to the most complex."
    )


ui.head(
    PAGE,
    "A simple model misses what is there, a complex one learns what is not. As a model grows its training error falls; its error on "
    "new data falls, and then rises again. So the books say. Here the truth is known, and both halves are put to the test, "
    "also for models with more weights than there are rows.",
    r"\text{error}(\text{size}) = \underbrace{\text{bias}^2}_{\text{falls}} + "
    r"\underbrace{\text{variance}}_{\text{rises?}} + \underbrace{\sigma^2}_{\text{noise}}",
)
bar, left, right = ui.layout()
c = ui.Controls("model_complexity", Settings)
with left:
    c.choose("data", "Truth", DATA, "The function of one input that is to be learned")
    c.slide("n", "Rows in a training set", 20, 200, 5, "Of one input")
    c.slide("noise", "Noise σ", 0.0, 0.8, 0.05, "Standard deviation; the functions have spread 1")
    c.pick(
        "l2",
        "L2 penalty λ",
        (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
        "Of polynomials and random features",
    )
    c.slide("rows", "Rows with ten inputs", 50, 200, 10, "Where models are taken past as many weights as rows")
    with st.expander("Learners", icon=":material/tune:"):
        c.slide("members", "Bagging: trees", 2, 40, 1, "Trees on bootstrap draws, averaged")
        c.slide("epochs", "Networks: epochs", 20, 600, 20, "How often they go through their training set")
    with st.expander("Training sets", icon=":material/database:"):
        c.slide("resamples", "Training sets", 10, 60, 5, "More make the terms sharper, and take longer")
        c.slide("networks", "Of them for networks", 4, 30, 1, "Networks a width, all trained at once")
        c.slide("seed", "Seed", 0, 9999, 1, "Draws all of it")
    settings = c.settings()
    run = ui.Run(PAGE, settings, partial(model_complexity.run, settings))
with bar:
    run.buttons("Measure")
with right:
    run.show(draw, before)
words = "Plain numpy, scikit-learn and PyTorch, nothing of this lab in it. It prints the terms of every size."
ui.foot(
    PAGE,
    c,
    model_complexity,
    run.result,
    settings and model_complexity.script(settings),
    words,
    lambda: run.result.frame(),
)
