"""Boosting: AdaBoost and gradient boosting, stepped through round by round."""

from functools import partial

import streamlit as st

from core.concepts.ensembles import boosting
from core.concepts.ensembles import boosting_views as views
from core.concepts.ensembles.boosting import METHODS, Result, Settings
from core.data import tables
from core.figures import ensembles, fields
from pages import legacy as ui
from pages.legacy.charts import QUIET

PAGE = "ensembles/boosting"


def draw(result: Result, live: bool) -> None:
    alt = " ".join(boosting.findings(result))
    charts = {"race": ui.overlaid(PAGE, result, views.race)}
    if live:
        charts["split"] = views.split(result, 1)
    else:
        st.fragment(rounds)(result, alt)
        charts |= {"rates": views.rates(result), "alphas": views.alphas(result), "focus": views.focus(result)}
    columns = st.columns(2)
    for i, (name, spec) in enumerate(charts.items()):
        with columns[i % 2]:
            st.echarts_chart(spec, height=320, key=f"boosting-{name}", alt=alt)
    asked = tables.TWO.get(result.table.name)
    st.caption(
        f"Lines: mean of {len(result.seeds)} seeds; bands: from the lowest seed to the highest. Every seed has its own data "
        "split; the pictures are of the first."
        + (f" Two classes: {asked[1]}, against {asked[0]}." if asked else "")
        + (
            " In the first picture points are as large as their weight or residual." + ui.GROUND
            if result.axes is not None
            else ""
        )
        + (" Dark rings (points) or hatched bars (tables): wrong labels." if result.settings.wrong else "")
    )


def rounds(result: Result, alt: str) -> None:
    """The figures at one round. A fragment: these controls redraw them from the held result, nothing else."""
    a, b = st.columns([1, 1.4], vertical_alignment="bottom")
    view = a.segmented_control(
        "Look at", METHODS[:2], default=METHODS[0], key="boosting-view", bind="query-params", required=True
    )
    method = METHODS.index(view)
    last = len((result.ada, result.gradient)[method])
    if last == 0:
        st.info("AdaBoost found no tree better than a coin, so there is no round to show.", icon=":material/info:")
        return
    t = 1
    if last > 1:
        words = "The left picture shows this round, the right one the sum of all up to it"
        key = f"boosting-round{method}"
        t = b.slider("Round on show", 1, last, min(3, last), key=key, bind="query-params", help=words)
    (x, y), table, wrong = result.table.train, result.table, result.mislabelled
    word = ("weight", "residual")[method]
    title = f"Round {t}: a tree fitted to the residuals"
    if method == 0:
        title = f"Round {t}: ε = {result.ada[t - 1].error:.3f}, α = {result.ada[t - 1].alpha:.2f}"
    a, b = st.columns(2)
    if result.axes is not None:
        alone, total = boosting.field(result, method, t, only=True), boosting.field(result, method, t)
        with a:
            words = f"Points are as large as their {word}."
            heavy = boosting.attention(result, method, t)
            ui.stepped(fields.weighted(alone, result.axes, x, y, heavy, wrong), title, "boosting-one", words)
        with b:
            name = f"The sum of rounds 1 to {t}: {100 * result.validation(method)[0, t - 1]:.1f} % wrong"
            ui.stepped(fields.weighted(total, result.axes, x, y, None, wrong), name, "boosting-sum", alt)
    else:
        with a:
            words = f"{title}. The rows with the largest {word}s."
            st.echarts_chart(views.rows(result, method, t, title), height=360, key="boosting-rows", alt=words)
        used, name = result.over("importances")[:, method], f"Which features {view} uses"
        if table.name == "digits":
            figure = ensembles.pixels(used, 8, f"{name}: pixels", st.context.theme.type == "dark")
        else:
            figure = ensembles.importances(table.features, used, name)
        b.plotly_chart(figure, key="boosting-importances", alt=alt, config=QUIET)
    st.echarts_chart(views.split(result, method, t), height=320, key=f"boosting-split{method}", alt=alt)


def before() -> None:
    """The first screen: what to do and what will be seen."""
    if settings is None:
        return
    table, y, wrong = boosting.data(settings)
    if table.kind == "points":
        title = f"{len(y)} training points, {int(wrong.sum())} with a wrong label: all weigh the same before round 1"
        image = fields.weighted(None, boosting.plot_axes(table.train.x, boosting.GRID), table.train.x, y, None, wrong)
        ui.stepped(image, title, "boosting-first", title)
    st.markdown(
        f":material/arrow_upward: Press **Boost**: {settings.rounds} trees in a row, twice. AdaBoost's each see the rows "
        "reweighted, gradient boosting's each see what the sum so far leaves over."
    )


ui.head(
    PAGE,
    "Trees in a row, each mending what those before it got wrong. **AdaBoost** multiplies the weight of every row a tree "
    "gets wrong, and lets a tree with error $\\varepsilon$ speak with voice $\\alpha$. **Gradient boosting** fits each tree "
    "to the residuals of the sum so far and adds a part $\\eta$ of it, the learning rate.",
    r"\alpha = \ln\tfrac{1-\varepsilon}{\varepsilon},\quad w_i \leftarrow w_i\,e^{\alpha[\text{wrong}_i]};\qquad "
    r"F \leftarrow F + \eta\,h,\quad h \approx y - \sigma(F)",
)
bar, left, right = ui.layout()
c = ui.Controls("boosting", Settings)
with left:
    c.slide("rounds", "Rounds", 1, 300, 1, "Trees in a row")
    c.slide("depth", "Depth of a tree", 1, 6, 1, "Questions from root to leaf; a tree of depth 1 is a stump")
    c.pick("lr", "Learning rate η", (0.01, 0.03, 0.1, 0.3, 0.5, 1.0, 2.0), "Of gradient boosting; AdaBoost has none")
    c.slide(
        "wrong",
        "Wrong labels",
        0.0,
        0.4,
        0.05,
        "Share of the training rows whose label is wrong; validation stays right",
    )
    with st.expander("Data", icon=":material/database:"):
        c.choose("data", "Data set", tables.NAMES, "Points or tables; those of more classes are asked with two")
        c.slide("n", "Training points", 20, 2000, 20, "Tables have their own number of rows")
        c.slide("noise", "Noise", 0.0, 0.5, 0.05, "Standard deviation of the points' noise")
    with st.expander("Seeds", icon=":material/tune:"):
        c.slide("seeds", "Seeds", 1, 16, 1, "Repeats, each with its own data split")
        c.slide("seed", "First seed", 0, 9999, 1, "The one in the pictures")
    settings = c.settings()
    run = ui.Run(PAGE, settings, partial(boosting.run, settings))
with bar:
    run.buttons("Boost")
with right:
    run.show(draw, before)
words = "Plain scikit-learn, nothing of this lab in it: our loops give what its classes give, up to ties between equally good splits."
ui.foot(PAGE, c, boosting, run.result, settings and boosting.script(settings), words, lambda: run.result.frame)
