"""Learning-rate schedules: drawn, then trained, each at three base rates."""

from functools import partial

import streamlit as st

from core.concepts.optimization import schedules, schedules_views
from core.concepts.optimization.schedules import DATA, NAMES, OPTIMIZERS, PLATEAU, Result, Settings
from pages import legacy as ui
from pages.legacy.charts import QUIET

PAGE = "optimization/schedules"
DATA_NAMES = {"mnist5k": "MNIST (5,000)"}
RATES = (0.0003, 0.001, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5)
LEFT = (0.0, 0.0001, 0.001, 0.01, 0.03, 0.1, 0.3, 0.5)
CURVES = ("validation loss", "validation accuracy", "training loss")


def plan(shown: Settings) -> None:
    said = f"Learning rate against epoch, planned, for {', '.join(shown.chosen)}."
    st.echarts_chart(schedules_views.planned(shown), height=360, key="schedules-planned", alt=said)


def draw(result: Result, live: bool) -> None:
    if live:
        views(result)
        return
    st.fragment(views)(result)
    if result.fraction < 1 or len(result.names) < 2:
        return
    alt = " ".join(schedules.findings(result))
    a, b = st.columns(2)
    a.plotly_chart(schedules_views.gains(result), key="schedules-gains", alt=f"Gains. {alt}", config=QUIET)
    b.plotly_chart(schedules_views.tuned(result), key="schedules-tuned", alt=f"Tuned. {alt}", config=QUIET)
    st.caption(
        f"Mean and interval over {result.settings.seeds} seeds, paired; the intervals of a picture hold together at 95 %. "
        "Base rates are chosen on validation data, all is judged on test data; the data is one draw."
    )
    with st.expander("All accuracies (%)", icon=":material/table:"):
        st.dataframe(schedules_views.table(result), hide_index=True, key="schedules-table")


def views(result: Result) -> None:
    """The curves of one base rate, beside what was planned. A fragment: the choice redraws this from the held result."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        help, names = "Each schedule is trained at all three", [f"{v:.2g}" for v in result.settings.rates]
        at = st.segmented_control("Base rate of the curves", names, default=names[1], required=True, key="schedules-at", help=help)  # fmt: skip
        what = st.segmented_control("Curves", CURVES, default=CURVES[0], required=True, key="schedules-what", help="Mean over seeds")  # fmt: skip
    r, what = names.index(at or names[1]), what or CURVES[0]
    a, b = st.columns(2)
    with a:
        plan(settings or result.settings)
    said = f"{what} by epoch, a line a schedule, from base rate {names[r]}"
    spec = ui.overlaid(PAGE, result, lambda run: schedules_views.learning(run, what, r))
    b.echarts_chart(spec, height=360, key="schedules-curves", alt=said)
    if PLATEAU in result.names:
        c, d = st.columns(2)
        fired = sum(len(row) for row in result.fired(r))
        said = f"It fired {fired} times in {result.settings.seeds} seeds."
        c.echarts_chart(schedules_views.waited(result, r), height=300, key="schedules-waited", alt=said)
        d.echarts_chart(schedules_views.lowered(result, r), height=300, key="schedules-lowered", alt=said)


def before() -> None:
    if settings is not None:
        plan(settings)
        count = f"{len(settings.chosen)} schedules × 3 base rates × {settings.seeds} seeds"
        st.markdown(f":material/arrow_upward: Press **Train**: {count}, all from the same starts, in one stack.")


ui.head(
    PAGE,
    "A schedule multiplies the base learning rate $\\eta_0$ by a factor that changes as training goes on. Small steps at the end let "
    "the loss settle; small steps from the start get nowhere. So each schedule is tried at three base rates: where it only mends a "
    "rate that was too high, a better constant rate would have done.",
    r"w \leftarrow w - \eta_0\, f(t)\, \nabla L(w) \qquad \text{cosine: } f(t) = \tfrac12\left(1 + \cos \tfrac{\pi t}{T}\right)",
)
bar, left, right = ui.layout()
c = ui.Controls("schedules", Settings)
with left:
    help = "The constant one always runs: it is what the others are set against"
    chosen = c.many("schedules", "Schedules", NAMES, help)
    c.pick("lr", "Base rate η₀, middle", RATES, "What a schedule multiplies with its factor")
    c.pick("spread", "The other two: times and by", (1.5, 2.0, 3.0, 5.0, 10.0), "Each schedule runs at all three")
    with st.expander("Shapes", icon=":material/show_chart:", expanded=True):
        if "StepLR" in chosen:
            c.slide("step_parts", "StepLR: equal parts", 2, 8, 1, "The rate is lowered after each")
            c.pick("step_gamma", "StepLR: γ", (0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9), "It is multiplied by this")
        if "Exponential" in chosen:
            c.pick("exponential_last", "ExponentialLR: left at the end", LEFT[1:], "As a share of the base rate")
        if "osine" in chosen:
            c.pick("cosine_last", "Cosine: left at the end", LEFT, "As a share of the base rate")
        if "OneCycle" in chosen:
            c.pick("cycle_top", "OneCycle: peak", (0.5, 1.0, 2.0, 3.0, 5.0, 10.0), "Times the base rate")
            c.slide("cycle_rise", "OneCycle: rise (%)", 5, 90, 5, "Share of the run until the peak")
        if "warm-up" in chosen:
            c.slide("warm_share", "Warm-up (%)", 1, 90, 1, "Share of the run in which the rate rises")
        if PLATEAU in chosen:
            help = "Epochs without a better validation loss that it bears"
            c.slide("plateau_patience", f"{PLATEAU}: patience", 0, 20, 1, help)
            factor = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
            c.pick("plateau_factor", f"{PLATEAU}: factor", factor, "By what it then multiplies the rate")
    with st.expander("Task", icon=":material/database:"):
        c.choose("data", "Data set", DATA, "Pictures of digits, or points in the plane", lambda n: DATA_NAMES.get(n, n))
        c.choose("optimizer", "Optimiser", OPTIMIZERS, "What is scheduled; momentum is 0.9")
        c.slide("n", "Training examples", 100, 2000, 100, "Of digits there are 1,078")
        c.slide("noise", "Noise", 0.0, 0.5, 0.05, "Standard deviation of the points' noise")
        c.pick("width", "Width", (8, 16, 32, 64), "Neurons in each of the two hidden layers")
        c.pick("batch", "Batch size", (8, 16, 32, 64, 128, 256), "Examples a step")
        c.slide("epochs", "Epochs", 5, 60, 5, "The length of every schedule")
    with st.expander("Seeds", icon=":material/tune:"):
        c.slide("seeds", "Seeds", 2, 16, 1, "Random starts of each schedule at each rate")
        c.slide("seed", "First seed", 0, 9999, 1, "Also draws the training examples")
    settings = c.settings()
    run = ui.Run(PAGE, settings, partial(schedules.run, settings))
with bar:
    run.buttons()
with right:
    run.show(draw, before)
code = settings and schedules.script(settings)
words = "Plain PyTorch with torch's own schedulers, nothing of this lab in it. It prints the mean accuracies of every schedule and rate."
ui.foot(PAGE, c, schedules, run.result, code, words, frame=lambda: run.result.frame())
