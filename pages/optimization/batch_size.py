"""Batch size: the noise of a gradient at fixed weights, and training at every batch size."""

from functools import partial

import streamlit as st

from core.concepts.optimization import batch_size, batch_size_views
from core.concepts.optimization.batch_size import BATCHES, DATA, OPTIMIZERS, RULES, Result, Settings
from core.concepts.optimization.batch_size_words import UNITS
from pages import legacy as ui

PAGE = "optimization/batch_size"
DATA_NAMES = {"mnist5k": "MNIST (5,000)"}
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
RATES = (0.0003, 0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)


def chart(place: st.delta_generator.DeltaGenerator, spec: dict, name: str, alt: str) -> None:
    said = f"{spec['title']['text']}. {alt}"
    place.echarts_chart(spec, height=340, key=f"batch_size-chart-{name}", alt=said)


def draw(result: Result, live: bool) -> None:
    said = "The run goes on." if live else " ".join(batch_size.findings(result))
    st.markdown("**The noise of a gradient, at fixed weights**")
    a, b = st.columns(2)
    chart(a, batch_size_views.variance(result), "variance", said)
    chart(b, batch_size_views.angle(result), "angle", said)
    st.caption(
        f"Dots: measured on {batch_size.noises.DRAWS} batches of each size, mean of the seeds; full dots and lines: drawn with replacement, "
        "hollow and dashed: without. Lines: theory, from the spread of single examples."
    )
    if result.curves and live:
        trained(result, said)
    elif result.curves:
        st.fragment(trained)(result, said)
    a, b = st.columns(2)
    chart(a, batch_size_views.throughput(result), "throughput", said)
    chart(b, batch_size_views.memory(result), "memory", said)
    st.caption(
        "Kept for the backward pass: the input of every layer, the output of every ReLU (one and the same where they follow each other), "
        "the probabilities and the labels; all grow with B. A gradient of the weights, and what an optimiser remembers, do not."
    )


def trained(result: Result, said: str) -> None:
    """Training. A fragment: the choice redraws this from the held result."""
    st.markdown("**Training from the same starts**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        help = "How the rate goes with the batch size: × 1, × √(B/B₀) or × B/B₀"
        rule = st.segmented_control("Learning rate of the curves", tuple(RULES), default="fixed", required=True, key="batch_size-rule", help=help)  # fmt: skip
        help = "Seconds: of one network alone on this machine"
        unit = st.segmented_control(
            "Counted in", UNITS, default="epochs", required=True, key="batch_size-unit", help=help
        )
    rule, unit = rule or "fixed", unit or "epochs"
    a, b = st.columns(2)
    chart(a, batch_size_views.learning(result, rule, unit), "curves", said)
    chart(b, batch_size_views.to_target(result, unit), "target", said)
    chart(st.container(), ui.overlaid(PAGE, result, batch_size_views.ends), "ends", said)
    st.caption(
        f"Curves: mean of {result.settings.seeds} seeds. Accuracies against B: mean and 95 % interval. To the target: median and middle half "
        f"of the seeds that reach it; no dot where half of them do not. {batch_size_views.missing(result.settings.sizes, result)}"
    )


def before() -> None:
    if settings is not None:
        count = f"{len(settings.sizes)} batch sizes × {len(RULES)} rules for the learning rate × {settings.seeds} seeds"
        st.markdown(f":material/arrow_upward: Press **Train**: first the noise, then {count}, one stack a batch size.")


ui.head(
    PAGE,
    "The gradient of a batch of $B$ examples is the gradient $g$ of all of them plus noise. Its variance falls as $1/B$, so four times the "
    "batch only halves the noise, at four times the work. With the same epochs a larger batch takes fewer steps; whether a higher "
    "learning rate makes up for that is tried here.",
    r"\operatorname{Var}[g_B] = \frac{\operatorname{tr}\Sigma}{B} \quad \text{with replacement;}$$"  # two lines fit a phone
    "\n\n"
    r"$$\text{without: times } \tfrac{n-B}{n-1}",
)
bar, left, right = ui.layout()
c = ui.Controls("batch_size", Settings)
with left:
    c.many("batches", "Batch sizes B", BATCHES, "The reference always runs; full: all training examples")
    c.pick("reference", "Reference B₀", SIZES, "Here all rules have the same learning rate")
    c.pick("lr", "Learning rate at B₀", RATES, "The rules scale it for the other batch sizes")
    c.choose("optimizer", "Optimiser", OPTIMIZERS, "Momentum is 0.9; Rprop on all examples runs beside it")
    c.slide("epochs", "Budget (epochs)", 1, 40, 1, "The same for all batch sizes")
    c.slide("least", "Steps at least", 20, 1000, 10, "Large batches go on this long, to see when they reach the target")
    c.slide("target", "Target (%)", 50, 99, 1, "Validation accuracy")
    with st.expander("Task", icon=":material/database:"):
        c.choose("data", "Data set", DATA, "Pictures of digits, or points in the plane", lambda n: DATA_NAMES.get(n, n))
        c.pick("n", "Training examples", (64, 128, 256, 512, 1024), "What a full batch holds")
        c.slide("noise", "Noise", 0.0, 0.5, 0.05, "Standard deviation of the points' noise")
        c.pick("width", "Width", (8, 16, 32, 64), "Neurons in each of the two hidden layers")
    with st.expander("Seeds", icon=":material/tune:"):
        c.slide("seeds", "Seeds", 2, 16, 1, "Random starts at each batch size and rule")
        c.slide("seed", "First seed", 0, 9999, 1, "Also draws the training examples")
    settings = c.settings()
    run = ui.Run(PAGE, settings, partial(batch_size.run, settings))
with bar:
    run.buttons()
with right:
    run.show(draw, before)
code = settings and batch_size.script(settings)
words = "Plain PyTorch, nothing of this lab in it. It measures the noise at the start and prints the accuracy and the steps to the target of every batch size and rule."
ui.foot(PAGE, c, batch_size, run.result, code, words, frame=lambda: run.result.frame())
