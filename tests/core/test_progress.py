"""The one clock: when a step becomes a picture."""

from itertools import count

import pytest

from core.progress import Step, finished, paced


class Clock:
    """Time that passes only when told."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def steps(clock, n, each, cost, made):
    for i in range(1, n + 1):
        clock.now += each

        def result(i=i):
            clock.now += cost
            made.append(i)
            return i

        yield Step(i / n, result)


def test_a_picture_is_renewed_no_more_often_than_asked():
    clock, made = Clock(), []
    seen = list(paced(steps(clock, 100, 0.01, 0.0, made), every=0.25, clock=clock))
    assert (len(seen) == 100 and made == [1, 26, 51, 76, 100]) or made == [1, 27, 53, 79, 100]
    assert seen[0].result == 1 and seen[10] is seen[0] and seen[-1].result == 100 and seen[-1].fraction == 1


def test_costly_pictures_take_a_sixth_of_the_time():
    clock, made = Clock(), []
    list(paced(steps(clock, 1000, 0.01, 1.0, made), every=0.1, clock=clock))
    assert 1.0 * len(made) / clock.now <= 1 / 6 + 0.1
    assert len(made) == 3


def test_what_is_done_is_told_while_there_is_nothing_to_see():
    seen = list(paced([Step(0.1, doing="data"), Step(1.0, lambda: "end")], clock=count().__next__))
    assert (seen[0].result, seen[0].doing) == (None, "data") and seen[1].result == "end" and seen[1].doing == ""


def test_finished_gives_the_result_whether_it_comes_in_steps_or_at_once():
    assert finished("result") == "result"
    assert finished(iter([Step(0.5), Step(1.0, lambda: 7)])) == 7
    with pytest.raises(AssertionError, match="not the end"):
        finished(iter([Step(0.5, lambda: 7)]))
