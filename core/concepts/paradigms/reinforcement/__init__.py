"""Reinforcement learning: Q-learning and SARSA on a grid that the learner paints.

Idea: an agent that knows nothing of its world tries actions and learns from rewards what each action in each cell is worth.
Q-learning learns the values of the best policy whatever it does meanwhile; SARSA learns those of the policy it follows, random
steps included, and so keeps away from a cliff.
Sources: Sutton and Barto, "Reinforcement Learning" (2nd ed. 2018), sections 4.3, 6.4 to 6.6 and example 6.6; Watkins and Dayan,
"Q-learning" (1992); van Seijen et al., "A Theoretical and Empirical Analysis of Expected Sarsa" (2009).
What to expect: on the cliff SARSA earns -25 an episode while learning and Q-learning -48, but every Q-learning agent finds the
shortest path of 13 steps and no SARSA agent does. With falling exploration both earn more, -17 and -13.
CPU seconds: 2 at the defaults (2 methods, 64 agents, 500 episodes) on one core; random steps alone or a very low learning rate 6.
"""

import lazy_loader

from core.concepts.paradigms.reinforcement.findings import QUESTIONS, difference, findings, score
from core.concepts.paradigms.reinforcement.result import Result
from core.concepts.paradigms.reinforcement.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
