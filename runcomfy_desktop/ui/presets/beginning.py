"""A deployment that is opened with nothing changed begins with its default preset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.domain.draft import is_edited
from runcomfy_desktop.ui.presets.heads import head_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.library import Library
    from runcomfy_desktop.core.workbench import BenchState, Workbench
    from runcomfy_desktop.domain.draft import Draft


class Beginning(QObject):
    """Looks once at each draft that comes into view: what is done to it later stays as it is.

    `begin_with` applies a preset by its path, without a question where everything fits, if what it
    is given says that it still may.
    """

    def __init__(
        self, parent: QObject, begin_with: Callable[[str, Callable[[], bool]], object]
    ) -> None:
        super().__init__(parent)
        self._begin_with = begin_with
        self._library: Library | None = None
        self._workbench: Workbench | None = None
        self._links = Subscriptions()
        self._known: set[str] = set()

    def attach(self, library: Library, workbench: Workbench) -> None:
        self._library, self._workbench = library, workbench
        self._links.add(workbench.changed, lambda _state: self._look())
        self._links.add(library.changed, lambda _state: self._look())
        self._look()

    def detach(self) -> None:
        self._links.close()
        self._library = self._workbench = None
        self._known.clear()

    def _look(self) -> None:
        library, workbench = self._library, self._workbench
        if library is None or workbench is None:
            return
        bench = workbench.state
        draft = bench.draft
        if draft is None or draft.key in self._known:
            return
        if not is_untouched(bench):
            self._known.add(draft.key)
        elif not library.state.loading and bench.schema is not None:
            # Before, nobody knows what fits.
            self._known.add(draft.key)
            self._begin(draft, library)

    def _begin(self, draft: Draft, library: Library) -> None:
        head = head_of(library.state, library.state.defaults.get(draft.deployment_id, ""))
        if head is not None and not head.problem and not draft.source.is_file:
            self._begin_with(head.path, lambda: self._is_still(draft))

    def _is_still(self, draft: Draft) -> bool:
        """Whether the draft is in view, as untouched as it was."""
        bench = None if self._workbench is None else self._workbench.state
        if bench is None or bench.draft is None:
            return False
        return bench.draft.key == draft.key and is_untouched(bench)


def is_untouched(bench: BenchState) -> bool:
    """Whether nobody has done anything to the draft in view, nor taken it back."""
    draft = bench.draft
    is_as_opened = not (bench.undo_text or bench.redo_text)
    return draft is not None and is_as_opened and not is_edited(draft)
