"""Bagging: bootstrap draws, trees, and their vote, stepped through member by member."""

from functools import partial

import streamlit as st

from core.concepts.ensembles import bagging
from core.concepts.ensembles.bagging import LEARNERS, Result, Settings
from core.data import tables
from core.figures import bars, ensembles, fields
from pages import legacy as ui
from pages.legacy.charts import QUIET

PAGE = "ensembles/bagging"
WORDS = "Nothing of this lab in it. It prints the errors of every seed, as above."
FEATURES = {"all": "all (plain bagging)", "sqrt": "√ of them (random forest)", "one": "a single one"}


def draw(result: Result, live: bool) -> None:
    alt = " ".join(bagging.findings(result))
    if live or result.members == 1:
        members(result, live, alt)
    else:
        st.fragment(members)(result, live, alt)
    st.caption(
        f"Lines: mean of {len(result.tree)} seeds; bands: from the lowest seed to the highest. Every seed has its own "
        "data split and its own draws; the pictures are of the first. Errors are counted on validation rows."
        + (
            " In the first picture points are as large as often drawn, crosses never drawn." + ui.GROUND
            if result.axes is not None
            else ""
        )
    )


def members(result: Result, live: bool, alt: str) -> None:
    """The figures at one number of members. A fragment: the slider redraws these from the held result, nothing else."""
    m, table = result.members, result.table
    if not live and m > 1:
        words = "The left picture shows this member, the right one the vote of all up to it"
        m = st.slider("Member on show", 1, m, min(5, m), key="bagging-member", bind="query-params", help=words)
    (x, y), counts, points = table.train, result.draws[m - 1], table.kind == "points"
    expected = bagging.expected_draws(result.settings, len(y))
    share, right = bagging.right_share(result, m)
    vote = f"The vote of members 1 to {m}: {100 * (1 - right.mean()):.1f} % wrong"
    a, b = st.columns(2)
    if points:
        alone = 100 * (result.ballots[m - 1] != table.validation.y).mean()
        title = f"Member {m} and its draw: {alone:.1f} % wrong"
        mine, every = bagging.shares(result, m, first=m - 1), bagging.shares(result, m)
        with a:
            image = fields.weighted(mine, result.axes, x, y, counts)
            ui.stepped(image, title, "bagging-one", "Points are as large as often drawn, crosses were never drawn.")
        with b:
            image = fields.weighted(every, result.axes, x, y, None, result.mislabelled)
            ui.stepped(image, vote, "bagging-vote", alt)
    a, b = st.columns(2)
    with a:
        mark = None if live else m
        curve = ui.overlaid(PAGE, result, lambda run: ensembles.against(*curves(run), mark=mark), only=("vote",))
        st.echarts_chart(curve, height=360, key="bagging-curve", alt=alt)
    with b:
        spec = bars.draw_counts(counts, expected, f"Rows by how often member {m} drew them")
        st.echarts_chart(spec, height=360, key="bagging-rows", alt=alt)
    if points:
        return
    a, b = st.columns(2)
    with a:
        st.echarts_chart(bars.ballots(share, right, vote), height=360, key="bagging-ballots", alt=alt)
    if result.settings.learner != "tree":
        return
    title, dark = "Which features the trees use", st.context.theme.type == "dark"
    if table.name == "digits":
        figure = ensembles.pixels(result.importances, 8, f"{title}: pixels", dark)
    else:
        figure = ensembles.importances(table.features, result.importances, title)
    b.plotly_chart(figure, key="bagging-importances", alt=alt, config=QUIET)


def curves(result: Result) -> tuple[str, list[ensembles.Curve], str]:
    """Error against the number of members: the vote, out of bag, one tree."""
    at, vote = result.curve("validation")
    series = [
        ensembles.band("vote", at, vote, 0),
        ensembles.band("out of bag", *result.curve("out of bag"), 2, dashed=True),
        ensembles.flat(f"one {result.settings.learner} on all rows", at, result.tree, 1),
    ]
    return "Error (%) against members", series, "members that vote"


def before() -> None:
    """The first screen: one bootstrap draw."""
    if settings is None:
        return
    counts = bagging.first_draw(settings)
    expected = bagging.expected_draws(settings, len(counts))
    title = f"One bootstrap draw: {(counts == 0).sum()} of {len(counts)} rows never came up"
    spec = bars.draw_counts(counts, expected, title)
    st.echarts_chart(spec, height=360, key="bagging-first", alt=title)
    st.markdown(
        f":material/arrow_upward: Press **Grow**: {settings.trees} {settings.learner}s, each on a draw like this, then a vote."
    )


ui.head(
    PAGE,
    "A deep tree fits its data so closely that other data would have given another tree. So draw the training rows anew, "
    "with replacement, many times; grow a tree on each draw; let them vote. What is peculiar to one tree is outvoted, what "
    "they share remains. A draw misses a row with probability",
    r"(1 - \tfrac{1}{n})^n \to e^{-1} \approx 36.8\,\%",
)
bar, left, right = ui.layout()
c = ui.Controls("bagging", Settings)
with left:
    c.segment("learner", "Members are", tuple(LEARNERS), "Networks are trained all at once", lambda name: f"{name}s")
    c.slide("trees", "Members", 1, 300, 1, "Trees or networks that vote")
    c.slide(
        "depth",
        "Depth (0: no limit)",
        0,
        12,
        1,
        "Of a tree: questions from root to leaf; without limit every leaf is pure",
    )
    c.choose(
        "features", "Features a split may look at", tuple(FEATURES), "Drawn anew for every split", FEATURES.__getitem__
    )
    c.slide("draw", "Size of a draw", 0.1, 1.0, 0.1, "As a share of the training rows")
    with st.expander("Data", icon=":material/database:"):
        c.choose("data", "Data set", tables.NAMES, "Points in the plane, or tables of measurements")
        c.slide("n", "Training points", 20, 2000, 20, "Tables have their own number of rows")
        c.slide("noise", "Noise", 0.0, 0.5, 0.05, "Standard deviation of the points' noise")
        c.slide("wrong", "Wrong labels", 0.0, 0.4, 0.05, "Share of the training rows whose label is wrong")
    with st.expander("Seeds", icon=":material/tune:"):
        c.slide("seeds", "Seeds", 1, 16, 1, "Repeats, each with its own data split and draws")
        c.slide("seed", "First seed", 0, 9999, 1, "The one in the pictures")
    settings = c.settings()
    run = ui.Run(PAGE, settings, partial(bagging.run, settings))
with bar:
    run.buttons("Grow")
with right:
    run.show(draw, before)
ui.foot(PAGE, c, bagging, run.result, settings and bagging.script(settings), WORDS, lambda: run.result.errors)
