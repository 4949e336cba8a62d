"""What the calls moved, and what a plain list costs, from the numbers of a run."""

from __future__ import annotations

from core.concepts.convolution.modules.result import TENSORS, VARIANTS, Race, Result
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import share_interval

REGISTERED, HIDDEN, NONE = VARIANTS


def findings(result: Result) -> list[Finding]:
    """The verdict first: which calls moved which tensors."""
    calls = result.settings.calls
    movers = [i for i in range(len(calls)) if moved(result, i)]
    still = [i for i in range(len(calls)) if i not in movers and not result.said[i]]
    if not calls:
        found = [Finding("no_calls")]
    elif not movers and any(result.said):
        at = next(i for i, why in enumerate(result.said) if why)
        found = [Finding("only_refused", call=calls[at], why=_ended(result.said[at]))]
    elif not movers:
        found = [Finding("nothing_moved", calls=len(calls))]
    else:
        found = [Finding("moved", n=len(movers), calls=len(calls), parts=[_phrase(result, i) for i in movers])]
    if still and movers:
        found.append(Finding("still", calls=[_name(result, i) for i in still]))
    if movers:  # what was refused comes first
        why_not = [Finding("refused_call", call=calls[i], why=_ended(why)) for i, why in enumerate(result.said) if why]
        found = why_not + found
    found += _modes(result)
    if result.settings.file != "saved":
        found.append(Finding("file_refused" if result.refused else "file_sound", why=result.refused))
    if result.torch_said:
        found.append(Finding("torch_said", why=_ended(result.torch_said)))
    out_of_sight = [row for row in result.rows if row.kind == "list"]
    if out_of_sight:
        found.append(Finding("out_of_sight", n=len(out_of_sight), numbers=result.counts["numbers"]))
    return [*found, *_race(result.race)]


def moved(result: Result, call: int) -> dict[str, int]:
    """How many tensors of each kind a call moved; empty where it moved none."""
    kinds = [result.rows[i].kind for i in result.tensors if result.moved(i, call)]
    return {kind: kinds.count(kind) for kind in TENSORS if kind in kinds}


def _name(result: Result, call: int) -> Finding:
    return Finding("call", call=result.settings.calls[call])


def _phrase(result: Result, call: int) -> Finding:
    counts = moved(result, call)
    parts = []
    if "parameter" in counts:
        parts.append(Finding("parameters", n=counts["parameter"]))
    if "buffer" in counts:
        parts.append(Finding("buffers", n=counts["buffer"]))
    if "list" in counts:
        parts.append(Finding("listed", n=counts["list"]))
    return Finding("moved_by", call=result.settings.calls[call], parts=parts)


def _ended(sentence: str) -> str:
    return sentence.rstrip(".") + "."


def _modes(result: Result) -> list[Finding]:
    """What eval() did to the output without moving a tensor."""
    calls = result.settings.calls
    flag, output = (next(i for i, row in enumerate(result.rows) if row.kind == kind) for kind in ("flag", "output"))
    if "eval" not in calls or not result.moved(flag, calls.index("eval")):
        return []
    at = calls.index("eval")
    if not result.moved(output, at):
        return [Finding("eval_same", modules=result.counts["modules"])]
    return [Finding("eval_changes", modules=result.counts["modules"], change=result.change(output, at))]


def _race(race: Race) -> list[Finding]:
    change = race.change(HIDDEN)
    numbers = {
        "change": change, "seeds": change.n, "own": race.parameters[HIDDEN], "all": race.parameters[REGISTERED],
    }  # fmt: skip
    stays = share_interval(race.accuracy[NONE], len(race.right[NONE]))
    return [
        Finding({1: "list_better", -1: "list_worse", 0: "list_unclear"}[change.sign], **numbers),
        Finding("empty_list", why=race.refused, accuracy=stays.mean),
    ]


def score(result: Result) -> Finding:
    """How many calls moved something, and what the list costs, for a table."""
    n = sum(bool(moved(result, i)) for i in range(len(result.settings.calls)))
    accuracy = result.race.accuracy
    return Finding(
        "score", n=n, calls=len(result.settings.calls), listed=float(accuracy[HIDDEN].mean()),
        registered=float(accuracy[REGISTERED].mean()),
    )  # fmt: skip


def difference(a: Result, b: Result) -> Finding:
    """How many tensors each run moved, and the cost of the list in each."""
    now, then = (sum(sum(moved(r, i).values()) for i in range(len(r.settings.calls))) for r in (a, b))
    lost, before = (r.race.change(HIDDEN).mean for r in (a, b))
    return Finding("difference", now=now, then=then, lost=lost, before=before)


def _kinds(result: Result) -> Grade:
    """None, buffers only, or parameters: what the last call moved."""
    counts = moved(result, len(result.settings.calls) - 1)
    choice = 2 if "parameter" in counts else 1 if "buffer" in counts else 0
    return choice, {"parameters": counts.get("parameter", 0), "buffers": counts.get("buffer", 0)}


def _output(result: Result) -> Grade:
    output = len(result.rows) - 1
    return int(not result.moved(output, 0)), {
        "tensors": sum(moved(result, 0).values()),
        "change": result.change(output, 0),
    }


def _refused(result: Result) -> Grade:
    """Whether the last call ran, was refused without moving anything, or was refused half-way."""
    counts = moved(result, len(result.settings.calls) - 1)
    why = result.said[-1]
    choice = 0 if not why else 2 if counts else 1
    return choice, {"why": _ended(why or "no refusal"), "n": sum(counts.values())}


QUESTIONS = (
    Question("look", {"calls": ("forward",)}, _kinds),
    Question("eval", {"calls": ("eval",)}, _output),
    Question("no_backward", {"calls": ("forward", "step")}, _kinds),
    Question("double", {"calls": ("float64", "forward")}, _refused),
    Question("bomb", {"calls": ("load",), "file": "bomb"}, _refused),
    Question.sign("list", {"network": "list"}, lambda result: result.race.change(HIDDEN)),
)
