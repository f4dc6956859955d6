"""The places that jumps led to and from, for Back and Forward; one list for each draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.workflow.workflow import InputKey

_MAX_ENTRIES = 100


class NavigationHistory:
    """Two piles: where one came from, and where one went back from."""

    def __init__(self) -> None:
        self._past: list[InputKey] = []
        self._future: list[InputKey] = []

    def record_jump(self, here: InputKey) -> None:
        """A jump begins at `here`."""
        self._future.clear()
        _push(self._past, here)

    def back(self, here: InputKey | None, exists: Callable[[InputKey], bool]) -> InputKey | None:
        """Where to go back to; places that are gone are passed over."""
        return _step(self._past, self._future, here, exists)

    def forward(self, here: InputKey | None, exists: Callable[[InputKey], bool]) -> InputKey | None:
        return _step(self._future, self._past, here, exists)

    @property
    def can_go_back(self) -> bool:
        return bool(self._past)

    @property
    def can_go_forward(self) -> bool:
        return bool(self._future)


def _push(stack: list[InputKey], entry: InputKey) -> None:
    if not stack or stack[-1] != entry:
        stack.append(entry)
    del stack[:-_MAX_ENTRIES]


def _step(
    popped_stack: list[InputKey],
    pushed_stack: list[InputKey],
    here: InputKey | None,
    exists: Callable[[InputKey], bool],
) -> InputKey | None:
    while popped_stack:
        entry = popped_stack.pop()
        if entry != here and exists(entry):
            if here is not None:
                _push(pushed_stack, here)
            return entry
    return None
