"""Ten ways not to overfit, side by side."""

from functools import partial

import streamlit as st

from core.concepts.generalization import regularization
from core.concepts.generalization.regularization import NONE, Result, Settings
from core.stats import Interval
from pages import legacy as ui

PAGE = "generalization/regularization"
STRENGTHS = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
NAMES = {"mnist5k": "MNIST (5,000)"}


def draw(result: Result, live: bool) -> None:
    said = regularization.findings(result)[0]
    frames = dict(list(result.history.groupby("variant", sort=False)))
    earlier = {name: gains(pin) for name, pin in ui.pinned(PAGE, result).items()}
    a, b = st.columns(2)
    with a:
        title = "Test accuracy gained over none"
        ui.effects(gains(result), title, "points", "regularization-gains", said, earlier)
    with b:
        names = [v.name for v in result.variants]
        default = [n for n in (NONE, "L2", "dropout", "early stopping", "more data") if n in names]
        shown = st.pills(
            "Curves of", names, selection_mode="multi", default=default, key="regularization-shown", wrap=True
        )
        runs = {n: frames[n] for n in names if n in shown}
        ui.learning_curves(runs, "loss", "Validation loss", "regularization-loss", said, splits=("validation",))
    if result.axes is not None:
        scores = {n: f"{n}: {100 * result.test[n].mean():.1f} %" for n in result.grids}
        st.markdown("**What the networks answer** (mean of seeds) and their test accuracy")
        ui.field_row(result.grids, result.axes, *result.points, scores)
    if not live:
        a, b = st.columns(2)
        with a:
            weights = {n: result.weights[n] for n in (NONE, "L1", "L2")}
            ui.distributions(weights, "The weights (log scale)", "regularization-weights", said)
        with b:
            rows = [
                {
                    "variant": n,
                    "test %": 100 * float(result.test[n].mean()),
                    "gap": 100 * float(result.gap[n].mean()),
                    "zeros %": 100 * float(result.zeros(n).mean()),
                }
                for n in names
            ]
            number = st.column_config.NumberColumn(format="%.1f", width=62)
            columns = dict.fromkeys(rows[0], number) | {"variant": st.column_config.TextColumn(width=105)}
            st.dataframe(rows, hide_index=True, column_config=columns)
    st.caption(
        f"Same {result.settings.seeds} random starts and batches for every variant, paired; "
        "the intervals hold together at 95 %, for this one draw of data. Another first seed draws another."
    )


def gains(result: Result) -> list[tuple[str, Interval]]:
    return [(v.name, result.against_none(v.name)) for v in result.variants[1:]]


def before() -> None:
    st.markdown(
        ":material/arrow_upward: Press **Train**: every variant is trained from the same random starts, on too little data."
    )


ui.head(
    PAGE,
    "A network with more weights than examples can learn its examples by heart, noise included. Everything here makes "
    "that harder, each in its own way, and is compared with doing nothing from the same starts.",
    r"\min_\theta\; \tfrac1n\textstyle\sum_i L_i(\theta) + \lambda_1 \lVert w\rVert_1 + \tfrac{\lambda_2}{2} \lVert w\rVert_2^2",
)
bar, left, right = ui.layout()
c = ui.Controls("regularization", Settings)
with left:
    c.choose("data", "Data set", regularization.DATA, "Points in the plane, or pictures", lambda n: NAMES.get(n, n))
    c.slide("n", "Training examples", 20, 400, 10, "Few, so that there is something to prevent")
    c.slide("dropout", "Dropout p", 0.1, 0.9, 0.1, "Probability to drop a hidden activation")
    c.pick(
        "l2", "L2 (weight decay)", (*STRENGTHS, 0.3, 1.0), "Pulls every weight towards zero in proportion to its size"
    )
    c.pick("l1", "L1", STRENGTHS, "Pulls every weight towards zero by the same amount, and stops there")
    with st.expander("Other variants", icon=":material/tune:"):
        c.slide("patience", "Early stopping: patience", 1, 100, 1, "Epochs without a better validation loss")
        c.slide("fewer", "Smaller model: times fewer neurons", 2, 16, 1, "Of each hidden layer")
        c.slide("more", "More data: times as much", 2, 8, 1, "What one could have instead of a trick")
    with st.expander("Free mix", icon=":material/blender:"):
        for name, label in (("l1", "L1"), ("l2", "L2"), ("dropout", "Dropout"), ("early", "Early stopping")):
            c.switch(f"mix_{name}", label, "Part of the mix")
        c.switch("mix_norm", "Batch norm", "Part of the mix")
        c.switch("mix_augment", "Augmentation", "Part of the mix; pictures only")
    with st.expander("Network and seeds", icon=":material/hub:"):
        c.slide("noise", "Noise", 0.0, 0.5, 0.05, "Standard deviation of the points' noise")
        c.pick("width", "Width", (8, 16, 32, 64, 128, 256), "Neurons in each of the two hidden layers")
        c.slide("epochs", "Epochs", 10, 400, 10, "How often the training set is gone through")
        c.pick("lr", "Learning rate", (0.0003, 0.001, 0.003, 0.01, 0.03), "Of Adam")
        c.slide("seeds", "Seeds", 2, 16, 1, "Random starts for every variant")
        c.slide("seed", "First seed", 0, 9999, 1, "Also draws the data")
    settings = c.settings()
    run = ui.Run(PAGE, settings, partial(regularization.run, settings))
with bar:
    run.buttons()
with right:
    run.show(draw, before, every=1.0)
ui.foot(
    PAGE, c, regularization, run.result, settings and regularization.script(settings), frame=lambda: run.result.history
)
