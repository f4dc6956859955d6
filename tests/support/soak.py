"""How much of the long tests runs: a small share in each run, all of it in `make soak`.

The share is the same in each run: Hypothesis draws its examples from a fixed seed then. A soak
draws them anew, many more of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import settings

if TYPE_CHECKING:
    import pytest

_EXAMPLES = 100
_SOAK_FACTOR = 20
# No deadline: how long an example takes depends on what else the machine does.
settings.register_profile("share", max_examples=_EXAMPLES, deadline=None, derandomize=True)
settings.register_profile("soak", max_examples=_SOAK_FACTOR * _EXAMPLES, deadline=None)


def configure(*, is_soak: bool) -> None:
    """Chooses how much runs; to be called before the tests are imported."""
    settings.load_profile("soak" if is_soak else "share")


def is_soak() -> bool:
    return settings.get_current_profile_name() == "soak"


def share(small: int, whole: int) -> int:
    """How many of `whole` this run does: all of them in a soak, else `small`."""
    return whole if is_soak() else small


def examples(number: int) -> int:
    """How many examples a Hypothesis test draws that draws `number` in each run."""
    return share(number, _SOAK_FACTOR * number)


def is_wanted(item: pytest.Item) -> bool:
    """Whether this run has the test: a soak has those with more to do in it, other runs all but
    those marked `soak(alone=True)`."""
    mark = item.get_closest_marker("soak")
    if not is_soak():
        return mark is None or not mark.kwargs.get("alone", False)
    return mark is not None or getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
