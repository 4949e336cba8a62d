"""Stacking: out-of-fold predictions, the meta learner taught with them, and whether that pays."""

from functools import partial

import streamlit as st

from core.concepts.ensembles import stacking
from core.concepts.ensembles.stacking import BEST, STACK, Result, Settings
from core.data import tables
from core.figures import functions
from core.figures import stacking as figures
from core.stats import Interval
from pages import legacy as ui
from pages.legacy.charts import QUIET

PAGE = "ensembles/stacking"
METAS = {"logistic": "logistic regression", "average": "average, weights ≥ 0"}


def draw(result: Result, live: bool) -> None:
    alt = " ".join(stacking.findings(result))
    if live or not len(result.all_wrong):
        table(result, "out of fold", "Out-of-fold predictions of the first seed, as they come in", alt)
        return
    verdict(result, alt)
    st.fragment(lessons)(result, alt)
    if result.axes is not None:
        st.markdown("**What each then answers**, trained on all rows; validation error, mean of all seeds")
        names = {p: f"{p}: {100 * result.error(p).mean():.1f} %" for p in result.players}
        ui.field_row(result.fields, result.axes, *result.table.train, names, 120)
    st.caption(
        f"Dots: mean of {len(result.all_wrong)} seeds, each with its own data split and folds; ticks: single seeds; bars: 95 % intervals "
        "over seeds, those of the errors saved hold together. Errors are counted on validation rows, which nothing was trained or "
        "chosen on. Tables and fields are of the first seed."
    )


def table(result: Result, taught: str, title: str, alt: str, fold: int | None = None) -> None:
    """Who was asked about which row when, and what was said."""
    y, leak = result.table.train.y, taught == "in sample"
    named = result.settings.names, result.table.classes
    spec, height = figures.table(result.fold, result.taught[taught], y, *named, title, leak, fold)
    st.echarts_chart(spec, height=height, key="stacking-table", alt=f"{title}. {alt}")


def lessons(result: Result, alt: str) -> None:
    """What the meta learner is taught with. A fragment: fold and leak redraw this from the held result, nothing else."""
    s, (x, y) = result.settings, result.table.train
    a, b = st.columns(2, vertical_alignment="center")
    help = "The learners answer the very rows they were trained on, and the meta learner is taught with that"
    leak = b.toggle("Leak: teach with in-sample answers", key="stacking-leak", help=help, bind="query-params")
    help = "Predicted by learners that were trained on the other folds"
    fold = a.slider("Fold on show", 1, s.folds, 1, key="stacking-fold", help=help, bind="query-params", disabled=leak)
    taught = "in sample" if leak else "out of fold"
    if result.fold_fields is not None:
        mine = slice(None) if leak else result.fold == fold - 1
        words = f"without fold {fold}, asked about fold {fold}: the points on show, and the share of them it gets wrong"
        st.markdown(f"**Trained {'on all rows, asked about the same rows, and the share wrong' if leak else words}**")
        grids = {n: result.fields[n] if leak else result.fold_fields[fold - 1, i] for i, n in enumerate(s.names)}
        missed = stacking.wrong(result.taught[taught][mine], y[mine]).mean(0)
        names = {n: f"{n}: {100 * m:.0f} %" for n, m in zip(s.names, missed, strict=True)}
        ui.field_row(grids, result.axes, x[mine], y[mine], names, 120)
    table(
        result,
        taught,
        f"What the meta learner is taught: answers {taught}",
        alt,
        fold - 1,
    )


def verdict(result: Result, alt: str) -> None:
    """Weights and scores."""
    t, s, dark = result.table, result.settings, st.context.theme.type == "dark"
    a, b = st.columns(2)
    earlier = {name: saved(pin) for name, pin in ui.pinned(PAGE, result).items()}
    with a:
        title, unit = "Errors the stack saves against each", "points of validation error"
        ui.effects(saved(result), title, unit, "stacking-saved", alt, earlier)
    title = "Whom the meta learner believes"
    figure = figures.side_by_side(stacking.voices(result), title, "weight (mean, 95 % interval, seeds)")
    b.plotly_chart(figure, key="stacking-weights", alt=f"{title}. {alt}", config=QUIET)
    with st.expander("All errors, and errors in common", icon=":material/query_stats:"):
        a, b = st.columns(2)
        rows = [(p, int(p == STACK), result.percent(p), 100 * result.error(p)) for p in (*result.players, BEST)]
        figure = functions.intervals(rows, "Validation error", "% (mean, 95 % interval, seeds)")
        a.plotly_chart(figure, key="stacking-errors", alt=alt, config=QUIET)
        title, what = "Errors in common", ("% also wrong by", "of the rows wrong by")
        figure = figures.matrix(100 * result.shared.mean(0), s.names, s.names, title, *what, dark=dark)
        b.plotly_chart(figure, key="stacking-shared", alt=title, config=QUIET)
        if len(t.classes) > 2:
            title, weights = "Weight of each base for each class", result.class_weights("out of fold")
            figure = figures.matrix(weights, s.names, t.classes, title, "class", "", 1, True, dark)
            st.plotly_chart(figure, key="stacking-classes", alt=title, config=QUIET)


def saved(result: Result) -> list[tuple[str, Interval]]:
    return [(p, result.saved(p)) for p in (*result.players, BEST) if p != STACK]


def before() -> None:
    """The first screen: who will predict which row."""
    if settings is not None:
        title = "Each round: trained on grey, predicts orange"
        spec, height = figures.table(*stacking.first(settings), title)
        st.echarts_chart(spec, height=height, key="stacking-first", alt=title)
        fits = settings.folds * len(settings.names)
        st.markdown(
            f":material/arrow_upward: Press **Train**: {fits} fits fill the meta learner's table, for each seed."
        )


ui.head(
    PAGE,
    "Several learners answer; one more, the meta learner, learns from their answers whom to believe. It must be taught "
    "with answers to rows that the learners were not trained on, or it will trust whoever learnt the rows by heart. So each row $i$ "
    "is answered by learners $1 \\dots B$ that were trained without its fold $k(i)$.",
    r"\hat y_i = g\bigl(f_1^{-k(i)}(x_i), \dots, f_B^{-k(i)}(x_i)\bigr)",
)
bar, left, right = ui.layout()
c = ui.Controls("stacking", Settings)
with left:
    c.many("bases", "Base learners", tuple(stacking.BASES), "Two or more; 15-NN asks the 15 nearest rows")
    c.choose("meta", "Meta learner", stacking.METAS, "Both give every base a weight", METAS.__getitem__)
    c.slide("folds", "Folds", 2, 10, 1, "More folds: more rows to train on in each round, and more rounds")
    freedom = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
    c.pick(
        "strength", "Freedom of the weights C", freedom, "Of the logistic meta learner; small C pulls weights to zero"
    )
    with st.expander("Data", icon=":material/database:"):
        c.choose("data", "Data set", tables.NAMES, "Points in the plane, or tables of measurements")
        c.slide("n", "Training points", 40, 2000, 20, "Tables have their own number of rows")
        c.slide("noise", "Noise", 0.0, 0.5, 0.05, "Standard deviation of the points' noise")
    with st.expander("Seeds", icon=":material/tune:"):
        c.slide("seeds", "Seeds", 1, 16, 1, "Repeats, each with its own data split and folds")
        c.slide("seed", "First seed", 0, 9999, 1, "The one in the pictures")
    settings = c.settings()
    run = ui.Run(PAGE, settings, partial(stacking.run, settings))
with bar:
    run.buttons()
with right:
    run.show(draw, before)
script = settings and stacking.script(settings)
ui.foot(PAGE, c, stacking, run.result, script, ui.SKLEARN, lambda: run.result.errors)
