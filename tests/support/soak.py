"""Amount of work in the long tests: a small share in a normal run, all of it in `make soak`.

The share is the same in each normal run, since Hypothesis then draws its examples from a fixed
seed. A soak draws new examples, and many more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import settings

if TYPE_CHECKING:
    import pytest

_EXAMPLES = 100
_SOAK_FACTOR = 20
# No deadline: the time of an example depends on the load of the machine.
settings.register_profile("share", max_examples=_EXAMPLES, deadline=None, derandomize=True)
settings.register_profile("soak", max_examples=_SOAK_FACTOR * _EXAMPLES, deadline=None)


def configure(*, is_soak: bool) -> None:
    """Sets the amount; call it before the tests are imported."""
    settings.load_profile("soak" if is_soak else "share")


def is_soak() -> bool:
    return settings.get_current_profile_name() == "soak"


def share(small: int, whole: int) -> int:
    """Returns `whole` in a soak, else `small`."""
    return whole if is_soak() else small


def examples(number: int) -> int:
    """Returns the number of examples for a Hypothesis test that draws `number` in a normal run."""
    return share(number, _SOAK_FACTOR * number)


def is_wanted(item: pytest.Item) -> bool:
    """Returns True if this run includes the test.

    A soak only includes the tests that do more in a soak; other runs include all tests except those
    marked `soak(alone=True)`.
    """
    mark = item.get_closest_marker("soak")
    if not is_soak():
        return mark is None or not mark.kwargs.get("alone", False)
    return mark is not None or getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
