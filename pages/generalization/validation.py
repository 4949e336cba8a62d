"""Validation: what a score on rows held back is worth, and how choosing the best by it uses it up."""

from functools import partial
from typing import Any

import streamlit as st

from core.concepts.generalization import validation
from core.concepts.generalization import validation_views as views
from core.concepts.generalization.validation import LEARNERS, Result, Settings
from pages import legacy as ui

PAGE = "generalization/validation"
COUNTS = (2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40, 60, 80, 100, 120)


def chart(spec: dict, key: str, alt: str, height: int = 330, place: Any = st) -> None:
    place.echarts_chart(spec, height=height, key=f"validation-{key}", alt=f"{spec['title']['text']}. {alt}")


def fold_by_fold(dealt: validation.Folds, learner: str) -> None:
    """A fragment: the slider redraws the folds and nothing else."""
    k = int(dealt.fold.max()) + 1
    shown = st.slider("Fold", 1, k, min(3, k), key=f"validation-fold-{k}", help="Step through the folds, one by one")
    said = validation.fold_words(dealt, shown)
    a, b = st.columns([1.6, 1])
    chart(views.fold_table(dealt, shown), "folds", said, 360, place=a)
    with b:
        st.markdown(f"**Learnt without fold {shown}**")
        field = views.fold_field(dealt, shown, learner)
        ui.picture(field, said, "stretch", "Large: the rows left out; ringed: answered wrong")
    st.markdown(said)


def draw(result: Result, live: bool) -> None:
    alt = "The run so far." if live else " ".join(validation.findings(result)[:4])
    a, b = st.columns(2)
    chart(ui.overlaid(PAGE, result, views.networks_by_size), "networks-size", alt, place=a)
    chart(ui.overlaid(PAGE, result, views.networks_by_rows), "networks-rows", alt, place=b)
    chart(ui.overlaid(PAGE, result, views.cure), "cure", alt, 280)
    st.caption(
        f"{len(result.draws)} data sets; bands and bars: 95 % intervals over them, in the last chart holding together (hollow: "
        "zero lies within); ticks: single data sets, of the hold-out each the mean of 40 draws of validation rows."
    )


def before() -> None:
    st.markdown(":material/arrow_upward: Press **Train**: small networks are trained, cross-validated and chosen from.")


ui.head(
    PAGE,
    "What a model has learnt from tells nothing about new rows; so some are held back. Each row can take its turn: *k-fold "
    "cross-validation*. But who picks the best of $M$ by such a score picks luck too, and the score of the winner is too high.",
    r"\mathbb E\,\max_{m \le M} \hat a_m \;\le\; a + \sqrt{2 \ln M}\cdot\tfrac{1}{2\sqrt n}",
)
left, right = st.columns([2.8, 1], gap="medium")
c = ui.Controls("validation", Settings)
with right:
    c.choose("data", "Data", tuple(validation.POINTS), "Points in the plane, drawn anew as often as needed")
    c.pick("rows", "Rows", COUNTS[8:], "Labelled rows: all there are to learn from")
    c.pick("k", "Folds k", COUNTS, "As many as rows: leave one out")
    c.choose("learner", "Learner", tuple(LEARNERS), "A quick one, for the folds; the networks come below")
    c.pick("M", "Coin-flippers M", (2, 5, 10, 20, 50, 100, 200, 500, 1000), "Candidates of which none knows anything")
    c.slide("n", "Validation rows n", 10, 500, 10, "On which the best of M is chosen, of coin-flippers and of networks")
    c.slide("noise", "Noise", 0.0, 0.5, 0.05, "Standard deviation of the points' noise")
    c.slide(
        "flips",
        "Labels that are tossed",
        0.0,
        1.0,
        0.1,
        "At 1 there is nothing to know, and half right is all one can be",
    )
    c.slide("seed", "Seed", 0, 9999, 1, "Draws all of it")
st.header("The best of many networks", anchor=False)
bar, beside, figures = ui.layout()
with beside:
    c.pick("networks", "Networks", (2, 4, 8, 16, 32, 64), "Candidates trained on each data set")
    what = "Random search: learning rate, weight decay and start. Starts only: nothing else differs"
    c.segment("search", "What differs", validation.SEARCHES, what)
    c.slide("outer", "Folds for the networks", 3, 8, 1, "Outer folds; within each, the others are the inner ones")
    c.slide("sets", "Data sets", 4, 40, 4, "Each with rows and networks of its own: more make intervals narrower")
    with st.expander("Network", icon=":material/hub:"):
        c.pick("width", "Width", (2, 4, 8, 16, 32, 64), "Neurons in the hidden layer")
        c.slide("steps", "Steps", 10, 300, 10, "Of Adam, each on all rows")
    settings = c.settings()
    run = ui.Run(PAGE, settings, partial(validation.run, settings))
with bar:
    run.buttons()
with figures:
    run.show(draw, before)
with left:
    if settings:
        key = tuple(getattr(settings, f) for f in ("data", "rows", "noise", "flips", "k", "learner", "seed"))
        st.fragment(fold_by_fold)(
            ui.at_once(f"{PAGE}-folds", key, lambda _: validation.folds(settings)), settings.learner
        )
        spread = ui.at_once(f"{PAGE}-spread", key, lambda _: validation.spread(settings))
        said = validation.spread_words(spread)
        chart(views.estimates(spread), "spread", " ".join(said), 380)
        st.caption("Half of the estimates lie within the box, nine in ten within the whiskers.")
        st.markdown("\n".join(f"- {line}" for line in said))
        st.header("The best of many coin-flippers", anchor=False)
        coins = ui.at_once(f"{PAGE}-coins", (settings.n, settings.M, settings.seed), lambda k: validation.flip(*k))
        a, b = st.columns(2)
        chart(views.coins_by_size(coins), "coins-size", validation.coin_words(coins), place=a)
        chart(views.coins_by_rows(coins), "coins-rows", validation.coin_words(coins), place=b)
        st.markdown(validation.coin_words(coins))
words = "NumPy and plain PyTorch, nothing of this lab in it. It prints the estimates, and how far they are off."
ui.foot(PAGE, c, validation, run.result, settings and validation.script(settings), words, lambda: run.result.frame())
