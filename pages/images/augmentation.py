"""Data augmentation: what a pipeline makes of a picture, and what it does to the accuracy."""

from functools import partial

import streamlit as st

from core.concepts.images import augmentation
from core.concepts.images.augmentation import Look, Preview, Result, Settings
from core.figures import functions, sizes
from pages import legacy as ui
from pages.legacy.charts import QUIET, picture
from pages.legacy.controls import number

PAGE = "images/augmentation"
NAMES = {"mnist": "a digit of MNIST, 28 × 28", "digit": "a digit, 8 × 8", "own": "my own", "camera": "my camera"}
WIDTH = 150  # of a picture: two beside each other on a phone, four on a desk
LR = (0.0003, 0.001, 0.002, 0.003, 0.005, 0.01, 0.03)
ZERO = ("points of accuracy (right: gained)", 0, "no difference")


def sliders(steps: str) -> None:
    """The sliders of the chosen steps, two beside each other."""
    c.shown |= {name: number for name, v in c.defaults.items() if type(v) in (int, float)}  # of the other steps too
    for step in filter(None, steps.split(",")):
        knobs = augmentation.KNOBS[step]
        for pair in zip(knobs[::2], (*knobs[1::2], None), strict=False):
            for place, knob in zip(st.columns(2, gap="small"), pair, strict=True):
                if knob is not None:
                    with place:
                        c.slide(*knob)


def pictures(shown: Preview) -> None:
    """The original beside the draws, and what is to be seen in them."""
    subject, box, said = shown.subject, shown.look.box, augmentation.described(shown)
    steps = " → ".join(name for name, *_ in shown.plan) or "nothing"
    st.markdown(f"**The picture, and {len(shown.draws)} draws of** {steps}")
    with st.container(horizontal=True, gap="small"):
        label = f"The picture; label: {subject.label}"
        picture(sizes.boxed(subject.picture.numpy(), subject.box if box else None, 160), label, WIDTH, f"**{label}**")
        for d, words in zip(shown.draws, augmentation.captions(shown), strict=True):
            picture(sizes.boxed(d.picture, d.box if box else None, 160), f"Draw {words}", WIDTH, ui.plain(words))
    st.markdown("\n".join(f"- {line}" for line in said))
    with st.expander("This pipeline as code", icon=":material/code:"):
        st.caption("Plain torchvision. It gives the very pictures above.")
        st.code(augmentation.code(shown), language="python")


def draw(result: Result, live: bool) -> None:
    alt, smallest = " ".join(augmentation.findings(result)), result.settings.sizes[-1]
    a, b = st.columns(2)
    pinned = ui.pinned(PAGE, result)
    a.echarts_chart(augmentation.accuracy(result, pinned), height=340, key="augmentation-accuracy", alt=alt)
    if not live:
        title = f"Gained, by training examples ({result.split})"
        earlier = {name: [(n, i) for n, _, i, _ in augmentation.gains(pin)] for name, pin in pinned.items()}
        figure = functions.intervals(augmentation.gains(result), title, *ZERO, earlier)
        b.plotly_chart(figure, key="augmentation-gains", alt=alt, config=QUIET)
        b, d = st.columns(2)
        figure = functions.intervals(augmentation.class_gains(result), "Gained on each digit, mean of the sizes", *ZERO)
        d.plotly_chart(figure, key="augmentation-classes", alt=alt, config=QUIET)
    b.echarts_chart(augmentation.learning(result, smallest), height=340, key="augmentation-learning", alt=alt)
    st.caption(
        f"{result.settings.seeds} seeds, each with its own training examples, start, batches and draws; all but the draws are "
        "the same with augmentation and without, so the gain is paired. Curves: mean and 95 % interval; while learning, from the "
        "lowest seed to the highest. Another test set is not covered, and a pipeline tuned on these scores needs a fresh one."
    )


def before() -> None:
    st.markdown(":material/arrow_upward: Press **Train**: small networks learn digits, with this pipeline and without.")


ui.head(
    PAGE,
    "A picture of a cat that is turned, moved or darkened a little is still a picture of a cat. So each time a picture $x$ "
    "is learnt from, change it at random by some $t$ that keeps its label $y$ true: one example becomes many.",
    r"\min_\theta\; \tfrac1n\textstyle\sum_i \mathbb{E}_{t}\, L\bigl(f_\theta(t(x_i)),\, y_i\bigr)",
)
above, beside = st.columns([2.8, 1], gap="medium")
c, look = ui.Controls("augmentation", Settings), ui.Controls("augmentation", Look)
with beside:
    help = "What the pipeline is shown on. It does not change what the networks learn"
    shown = look.choose("picture", "Picture", augmentation.PICTURES, help, lambda name: NAMES.get(name, name))
    if shown in ("digit", "mnist"):
        look.slide("digit", "Which digit", 0, 9, 1, "The first of its kind in the data set")
    own = ui.own_picture("augmentation", shown == "camera") if shown in augmentation.GIVEN else None
    help = "Take one out and choose it again to move it to the end. Mix-up comes last"
    c.ordered("steps", "Steps, in the order they are taken", tuple(augmentation.STEPS), help)
    sliders(c.values["steps"])
    with st.expander("Draws", icon=":material/casino:"):
        for name, *rest in augmentation.KNOBS["draws"]:
            look.slide(name, *rest)
        help = "It moves with the picture, as a detector's labels must; what leaves the picture or is erased is counted"
        look.switch("box", "Box around the subject", help)
st.header("What it does to the accuracy", anchor=False)
bar, left, right = ui.layout()
with left:
    help = "What the networks learn; the pipeline is the one above"
    c.choose("data", "Learn", tuple(augmentation.DATA), help, augmentation.DATA.__getitem__)
    help = "Examples; the others are a half of it, a quarter and so on"
    c.pick("n", "Largest training set", (40, 80, 160, 320, 640, 800), help)
    for name, *rest in augmentation.KNOBS["training"]:
        c.slide(name, *rest)
    with st.expander("Network and seeds", icon=":material/hub:"):
        help = "MLP: one hidden layer. CNN: two convolutions, several times slower"
        c.choose("model", "Model", augmentation.MODELS, help)
        c.pick("width", "Width", (4, 8, 16, 32, 64, 128), "Neurons, or channels of the second convolution")
        c.pick("lr", "Learning rate", LR, "Of Adam")
        for name, *rest in augmentation.KNOBS["seeds"]:
            c.slide(name, *rest)
    settings, looked = c.settings(), look.settings()
    run = ui.Run(PAGE, settings, partial(augmentation.run, settings))
with bar:
    run.buttons()
with right:
    run.show(draw, before)
with above:
    if shown in augmentation.GIVEN and own is None:
        st.markdown(":material/photo_camera: Give a picture, and it stands here with its draws.")
    elif settings and looked:
        key = settings.plan, looked, ui.digest(None if own is None else own.tobytes())
        pictures(ui.at_once(f"{PAGE}-draws", key, lambda _: augmentation.preview(settings, looked, own)))
c.values, c.shown = c.values | look.values, look.shown | c.shown  # the link holds both
note = "" if own is None else ui.NOT_IN_LINK
code = settings and augmentation.script(settings)
ui.foot(PAGE, c, augmentation, run.result, code, frame=lambda: run.result.history, note=note)
