"""Measures row heights and caches them, because a changed filter often shows the same rows.

Wrapping thousands of prompts takes longer than everything else between a key press and its frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.ui.input_tree.editors import MultilineTextEditor, TallEditor
from runcomfy_desktop.ui.input_tree.inputs_model import TALL_KINDS
from runcomfy_desktop.ui.input_tree.rows import input_row_painter, row_layout
from runcomfy_desktop.ui.style.theme import STEP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtCore import QModelIndex

    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.delegate import InputsDelegate
    from runcomfy_desktop.ui.input_tree.inputs_model import InputRow, InputsModel


class RowMeasurer:
    """Measures the rows of a tree by their content and the open editor.

    `max_row_height` returns the greatest height at which a row is still fully visible.
    """

    def __init__(
        self, model: InputsModel, delegate: InputsDelegate, max_row_height: Callable[[], int]
    ) -> None:
        self._model = model
        self._delegate = delegate
        self._max_row_height = max_row_height
        self._cached_for: tuple[object, ...] = (None, None, None)
        self._cache_key = ("", 0)
        self._cached_heights: dict[str, dict[str, int]] = {}
        self.width = 0
        """Width of a whole row."""
        model.row_changed.connect(self._invalidate)
        model.many_rows_changed.connect(self._invalidate_many)
        model.node_rows_changed.connect(lambda node_id: self._cached_heights.pop(node_id, None))

    def header_height(self, header_row: int) -> int:
        """Returns the height of a node's header, including its issue."""
        metrics = self._delegate.metrics
        issue = self._model.issue_at(header_row) if self._model.state.issues else None
        if issue is None:
            return metrics.header_height
        return (
            metrics.header_height
            + input_row_painter.header_issue_height(issue, metrics, self.width)
            + STEP
        )

    def heights(self, header_row: int) -> list[int]:
        """Returns the heights of a node's visible inputs."""
        names = self._model.names_at(header_row)
        cached = self._cached_heights.setdefault(self._model.node_id_at(header_row), {})
        try:
            heights = [cached[name] for name in names]
        except KeyError:
            heights = [self._delegate.metrics.row_height] * len(names)
            for row, key in self._model.tall_inputs_at(header_row):
                heights[row] = self._height(self._model.input_row_of(key))
            for key, height in zip(self._model.keys_at(header_row), heights, strict=True):
                self._cache(key, height)
        return heights

    def height(self, index: QModelIndex) -> int:
        """Returns the height of one row, measured again."""
        row = self._model.input_row_at(index)
        if row is None:
            return self.header_height(index.row())
        self.prepare()
        height = self._height(row)
        self._cache(row.key, height)
        return height

    def _height(self, row: InputRow) -> int:
        metrics, width = self._delegate.metrics, self._delegate.cell_width
        height = row_layout.row_height(row, metrics, width)
        editor = self._delegate.editor
        if row.key != self._delegate.editing_key or not isinstance(editor, TallEditor):
            return height
        issue = row_layout.row_issue_layout(row, metrics, width)
        margins = (
            metrics.row_height - metrics.line_height + (0 if issue is None else issue.height + STEP)
        )
        margins += row_layout.hint_height(row, metrics, width)
        if not isinstance(editor, MultilineTextEditor):
            return max(height, editor.needed_height() + margins)
        # Beyond the visible height the editor scrolls, so that the caret can always be seen.
        min_height = 2 * metrics.line_height
        max_height = max(self._max_row_height() - margins, min_height)
        return (
            min(max(editor.needed_height(), row_layout.min_text_height(metrics)), max_height)
            + margins
        )

    def prepare(self) -> None:
        """Clears the cache if the workflow or the row width has changed."""
        draft, delegate = self._model.draft, self._delegate
        workflow, key = (None, "") if draft is None else (draft.workflow, draft.key)
        cached_for = (workflow, self._model.stats, delegate.metrics)
        cache_key = (key, delegate.cell_width)
        is_same = all(
            now is before for now, before in zip(cached_for, self._cached_for, strict=True)
        )
        if not is_same or cache_key != self._cache_key:
            self._cached_for, self._cache_key, self._cached_heights = cached_for, cache_key, {}

    def _cache(self, key: InputKey, height: int) -> None:
        cached = self._cached_heights.setdefault(key.node_id, {})
        if key == self._delegate.editing_key:
            # The edited row grows with the text.
            cached.pop(key.name, None)
        else:
            cached[key.name] = height

    def _invalidate(self, key: InputKey) -> None:
        self._cached_heights.get(key.node_id, {}).pop(key.name, None)

    def _invalidate_many(self, keys: Iterable[InputKey]) -> None:
        """Discards the cached heights of changed inputs.

        A number without an issue always has the same height, so most entries are kept.
        """
        issues, plain = self._model.state.issues, self._delegate.metrics.row_height
        for key in keys:
            cached = self._cached_heights.get(key.node_id, {})
            height = cached.get(key.name)
            if height is None:
                continue
            if height != plain or key in issues or self._model.spec_of(key).kind in TALL_KINDS:
                del cached[key.name]


class PinnedRowMeasurer(RowMeasurer):
    """Measurer for a few rows from many nodes: measures on every call, without the cache.

    Their common header has no height: a screen reader reads it, but nothing is painted.
    """

    def header_height(self, header_row: int) -> int:
        return 0

    def heights(self, header_row: int) -> list[int]:
        return [
            self._height(self._model.input_row_of(key)) for key in self._model.keys_at(header_row)
        ]
