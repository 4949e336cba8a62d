"""The main page: train a network and watch."""

from functools import partial

import streamlit as st

from core.concepts.optimization import training
from core.concepts.optimization.training import Result, Settings
from pages import ui

PAGE = "optimization/training"
LR = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
DECAY = (0.0, 0.00001, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
BATCH = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
NAMES = {"mnist5k": "MNIST (5,000)", "mnist": "MNIST", "fashionmnist": "FashionMNIST", "cifar10": "CIFAR-10"}
NAMES |= {"own": "my own CSV"}


def draw(result: Result, live: bool) -> None:
    s, data = result.settings, result.dataset
    pinned = {name: pin.history for name, pin in ui.pinned(PAGE, result).items()}
    runs = {"now" if pinned else "": result.history, **pinned}
    alt = next(iter(training.findings(result)), "")
    a, b = st.columns(2)
    with a:
        if result.axes is not None:
            ui.field(result.grid, result.axes, data, live, "training-field", alt)
        elif result.confusion is not None:
            ui.confusion_matrix(result.confusion, data.classes, "training-confusion", alt)
    with b:
        ui.learning_curves(runs, "loss", "Loss (cross-entropy)", "training-loss", alt, epochs=s.epochs)
    a, b = st.columns(2)
    with a:
        ui.learning_curves(runs, "accuracy", "Accuracy (%)", "training-accuracy", alt, percent=True, epochs=s.epochs)
    with b:
        if result.wrong:
            ui.pictures(result.wrong, data.classes, "What most seeds get wrong (truth → answer)")
        else:
            ui.norms(result.history, "training-norms", alt, s.epochs)
    st.caption(
        f"Lines: mean of {s.seeds} seeds; bands: from the lowest seed to the highest. Solid: training; dashed: validation. "
        "Intervals speak of starts and batches, on this one draw of data; another first seed draws another."
    )
    ui.cost(result)


def before() -> None:
    """The first screen: the data, and what to do."""
    try:
        data = training.dataset(settings, own) if settings else None
    except training.datasets.DataError as error:
        ready = settings and settings.data != training.OWN
        more = " Press **Train** to download it." if ready else ""
        st.info(ui.plain(str(error)) + more, icon=":material/database:")
        return
    if data is not None and data.kind == "points":
        ui.field(None, training.field_axes(data), data, False, "training-points", f"The {settings.data} points")
    elif data is not None:
        ui.samples(data)
    st.markdown(":material/arrow_upward: Press **Train**: every seed starts from its own random weights.")


ui.head(
    PAGE,
    "A network learns by small corrections: guess, measure the error $L$, follow its gradient a short way down, repeat. "
    "The learning rate $\\eta$ says how far, the batch $B$ says on how many examples the gradient is measured.",
    r"\theta \leftarrow \theta - \eta\,\nabla_\theta \tfrac{1}{B}\textstyle\sum_{i\in B} L_i(\theta)",
)
bar, left, right = ui.layout()
c = ui.Controls("training", Settings)
with left:
    c.pick("lr", "Learning rate η", LR, "How far each step goes")
    c.pick("batch", "Batch size B", BATCH, "Examples whose gradients are averaged for one step")
    c.pick("weight_decay", "Weight decay", DECAY, "Pulls every weight towards zero; L2, as torch.optim takes it")
    c.slide("epochs", "Epochs", 1, 500, 1, "How often the training set is gone through")
    with st.expander("Data", icon=":material/database:"):
        menu = (*training.datasets.DATASETS, training.OWN)
        c.choose("data", "Data set", menu, "Points in the plane, or pictures", lambda n: NAMES.get(n, n))
        own = ui.own_points() if c.values["data"] == training.OWN else None
        c.slide("n", "Examples", 40, 2000, 20, "Points made in all, or pictures to train on")
        c.slide("noise", "Noise", 0.0, 0.5, 0.05, "Standard deviation of the points' noise")
    with st.expander("Network", icon=":material/hub:"):
        c.choose("model", "Model", training.MODELS, "MLP: fully connected. CNN: convolutions, for pictures")
        c.slide("depth", "Hidden layers", 0, 6, 1, "0 is a straight line (points) or softmax regression (pictures)")
        c.pick("width", "Width", (1, 2, 4, 8, 16, 32, 64, 128, 256), "Neurons a layer, or channels a convolution")
        c.choose("activation", "Activation", tuple(training.ACTIVATIONS), "What bends the lines")
        c.slide("dropout", "Dropout", 0.0, 0.9, 0.1, "Probability to drop a hidden activation while training")
    with st.expander("Optimiser and seeds", icon=":material/tune:"):
        c.choose("optimizer", "Optimiser", tuple(training.OPTIMIZERS), "How a gradient becomes a step")
        c.slide("momentum", "Momentum", 0.0, 0.99, 0.01, "Of Momentum and Nesterov; the others take none")
        c.slide("seeds", "Seeds", 1, 32, 1, "Random starts trained at once")
        c.slide("seed", "First seed", 0, 9999, 1, "Also draws the data")
    settings = c.settings(own=ui.digest(own))
    run = ui.Run(PAGE, settings, partial(training.run, settings, own))
with bar:
    run.buttons()
with right:
    run.show(draw, before)
result = run.result
code = settings and training.script(settings, own)
frame = lambda: result.history  # noqa: E731
ui.foot(PAGE, c, training, result, code, frame=frame, downloads=partial(ui.weights, result, "training"))
