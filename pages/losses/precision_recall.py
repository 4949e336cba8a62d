"""Precision and recall: real scores, a threshold to move, and the curves over all thresholds."""

import streamlit as st

from core.concepts.losses import precision_recall
from core.concepts.losses.precision_recall import Result, Settings
from core.figures import ensembles, ranking
from core.figures.pins import lay_over
from pages import legacy as ui

PAGE = "losses/precision_recall"
MEANING = {
    "precision": "Of the rows called positive, the share that are: TP / (TP + FP)",
    "recall": "Of the rows that are positive, the share that was found: TP / (TP + FN)",
    "F1": "Their harmonic mean: 2 TP / (2 TP + FP + FN)",
    "false positive rate": "Of the rows that are negative, the share called positive: FP / (FP + TN)",
    "accuracy": "The share of all rows that is answered rightly",
}
HOW = {"weights": "weighting rows", "rows": "leaving rows out"}
SHARES = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)


def numbers(result: Result) -> None:
    """What the threshold gives: on the first seed, and over all."""
    with st.container(horizontal=True):
        for name, words in MEANING.items():
            here, seeds = precision_recall.tile(result, name)
            st.metric(name.capitalize(), here, seeds, "off", help=words, width="content", delta_arrow="off")
    st.caption(
        f"Large: the first seed, as in the matrix. Below it: mean of {result.settings.seeds} seeds with its 95 % interval."
    )


def draw(result: Result) -> None:
    alt = " ".join(precision_recall.findings(result))
    pictures = precision_recall.drawn(result)
    earlier = {name: precision_recall.drawn(pin) for name, pin in ui.pinned(PAGE, result).items()}
    for name in ("pr", "roc"):
        pictures[name] = lay_over(pictures[name], {pin: old[name] for pin, old in earlier.items()}, ("first seed",))
    for pair in (("scores", "matrix"), ("pr", "roc")):
        for column, name in zip(st.columns(2), pair, strict=True):
            with column:
                st.echarts_chart(pictures[name], height=340, key=f"precision_recall-{name}", alt=alt)
    lines = [ranking.banded(n, result.grid, v, i) for i, (n, v) in enumerate(result.by_threshold.items())]
    a, b = st.columns(2)
    spec = ensembles.against("Against the threshold (%)", lines, "threshold", mark=result.settings.threshold)
    with a:
        st.echarts_chart(spec, height=340, key="precision_recall-sweep", alt=alt)
    with b:
        st.markdown("**The whole ranking**, mean of all seeds (AP: average precision)")
        st.table(precision_recall.summary(result))
    st.caption(
        f"Validation rows of {result.settings.seeds} seeds, each with its own split and its own training. Bands: from the lowest to the highest seed; precision "
        "where anything is called positive. "
        "Changes: 99 % intervals over seeds, which hold together at 95 %."
    )


ui.head(
    PAGE,
    "A classifier gives each row a score; a threshold $t$ turns scores into answers. Lower it and more positives are found, with "
    "more false alarms among them. Which error is worse is for you to say: the scores do not know.",
    r"\text{precision} = \frac{TP}{TP + FP} \qquad \text{recall} = \frac{TP}{TP + FN} \qquad F_1 = \frac{2\,TP}{2\,TP + FP + FN}",
)
c = ui.Controls("precision_recall", Settings)
c.slide("threshold", "Threshold", 0.0, 1.0, 0.01, "Rows with at least this score are called positive")
tiles = st.container()
figures, controls = st.columns([2.8, 1], gap="medium")
with controls:
    c.choose(
        "data", "Data set", precision_recall.DATA, "Digits: one of them against the rest. Cancer: malignant is positive"
    )
    if c.values["data"] == "digits":
        c.slide("digit", "Positive digit", 0, 9, 1, "All others are negative")
    c.choose("learner", "Classifier", tuple(precision_recall.LEARNERS), "Trained on the training rows of each split")
    c.pick(
        "share",
        "Share of positives (0: as they come)",
        SHARES,
        "Among the rows judged. Training and scores stay the same",
    )
    c.choose(
        "how",
        "Make that share by",
        precision_recall.HOW,
        "Weights use every row; leaving rows out adds luck",
        HOW.__getitem__,
    )
    c.choose(
        "average",
        "Average precision drawn",
        tuple(precision_recall.AVERAGES),
        "What is shaded under the curve of the first seed",
    )
    with st.expander("Seeds", icon=":material/tune:"):
        c.slide("seeds", "Seeds", 2, 16, 1, "Splits, each with its own training")
        c.slide("seed", "First seed", 0, 9999, 1, "The bold one in the pictures")
result = ui.at_once(PAGE, c.settings(), precision_recall.run)
if result is not None:
    with tiles:
        numbers(result)
    with figures:
        draw(result)
code = result and precision_recall.script(result.settings)
ui.foot(PAGE, c, precision_recall, result, code, ui.SKLEARN, lambda: result.measures)
