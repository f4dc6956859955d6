"""Cells of a grid: their points, their combined changes, and the checks of a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.sweeps.sweep import MAX_AXES, MAX_CELLS, Axis, AxisPoint, Sweep
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runcomfy_desktop.domain.drafts.draft import Changes, Value
    from runcomfy_desktop.domain.workflow.workflow import InputKey

AXIS_LETTERS = ("X", "Y", "Z")


def check_lengths(lengths: Sequence[int], *, is_zip: bool) -> int:
    """Returns the number of cells that axes of these lengths span.

    Raises Problem if there would be no cells or too many, or if zipped axes have different lengths.
    No cell is built for the check, so a million cells are refused at once.
    """
    if not lengths or len(lengths) > MAX_AXES:
        raise Problem(_("A grid has one to %d axes.") % MAX_AXES)
    if is_zip:
        if len(set(lengths)) > 1:
            counts = (f"{letter}: {n:,}" for letter, n in zip(AXIS_LETTERS, lengths, strict=False))
            raise Problem(
                _("Zipped axes need the same number of values (%s).") % ", ".join(counts),
                _("Each run takes one value of every axis, in their order."),
            )
        count = lengths[0]
    else:
        count = 1
        for each in lengths:
            count *= each
    if count > MAX_CELLS:
        sizes = " × ".join(f"{each:,}" for each in lengths)
        raise Problem(
            _("This grid would have %s cells, which is too many.") % f"{count:,}",
            _("%s was asked for; a grid has at most %s cells.") % (sizes, f"{MAX_CELLS:,}"),
            _("Take fewer values, or longer steps."),
        )
    if count < 1:
        raise Problem(_("This grid has no cells yet."), advice=_("Give each axis a value."))
    return count


def check_conflicts(axes: Sequence[Axis], name_of: Callable[[InputKey], str]) -> None:
    """Raises Problem if two axes vary the same thing, so that one of them would have no effect.

    That is the same input, the deployment, or the same search text in one input.
    """
    axis_by_input: dict[InputKey, Axis] = {}
    deployments = [axis for axis in axes if any(point.deployment_id for point in axis.points)]
    if len(deployments) > 1:
        raise Problem(_("Two axes go over deployments, and a run goes to one only."))
    replacements = [each.points[0].replacement for each in axes if each.points]
    searches = [(each.key, each.search_text) for each in replacements if each is not None]
    if len(set(searches)) < len(searches):
        raise Problem(_("Two axes replace the same word in the same text."))
    for axis in axes:
        for key in {key for point in axis.points for key in point.values}:
            other = axis_by_input.setdefault(key, axis)
            if other is not axis:
                raise Problem(
                    _("Two axes set the same input: %s.") % one_line(name_of(key)),
                    _("Only one of them could have its way in a run."),
                )


def varied_inputs(axes: Sequence[Axis]) -> frozenset[InputKey]:
    """Returns the inputs that are changed by any axis."""
    points = [point for axis in axes for point in axis.points]
    replaced = {point.replacement.key for point in points if point.replacement is not None}
    return frozenset(replaced.union(*(point.values for point in points)))


def position_of(sweep: Sweep, cell: int) -> tuple[int, int, int]:
    """Returns the column, row and page of a cell."""
    columns, rows, _pages = sweep.shape
    return cell % columns, cell // columns % rows, cell // (columns * rows)


def cell_of(sweep: Sweep, column: int, row: int = 0, page: int = 0) -> int:
    """Returns the index of the cell at a position; the inverse of `position_of`."""
    columns, rows, _pages = sweep.shape
    return column + columns * (row + rows * page)


def points_of(sweep: Sweep, cell: int) -> tuple[AxisPoint, ...]:
    """Returns the point of each axis for a cell."""
    if sweep.is_zip:
        return tuple(axis.points[cell] for axis in sweep.axes)
    return tuple(
        axis.points[index]
        for axis, index in zip(sweep.axes, position_of(sweep, cell), strict=False)
    )


def deployment_of(sweep: Sweep, cell: int) -> str:
    """Returns the deployment id for a cell's run."""
    others = (point.deployment_id for point in points_of(sweep, cell))
    return next(filter(None, others), sweep.deployment_id)


def changes_of(points: Sequence[AxisPoint], value_of: Callable[[InputKey], Value]) -> Changes:
    """Returns the combined changes of the points: values first, then replacements in strings.

    `value_of` returns the value that an input has before these changes. Raises Problem if a search
    text is not found.
    """
    changes: dict[InputKey, Value] = {}
    for point in points:
        changes.update(point.values)
    sources: Mapping[InputKey, Value] = dict(changes)
    for point in points:
        replacement = point.replacement
        if replacement is None:
            continue
        source = (
            sources[replacement.key] if replacement.key in sources else value_of(replacement.key)
        )
        if not isinstance(source, str) or replacement.search_text not in source:
            raise not_found_problem(replacement.search_text, replacement.key.name)
        text = changes.get(replacement.key, source)
        assert isinstance(text, str)
        changes[replacement.key] = text.replace(replacement.search_text, replacement.new_text)
    return changes


def not_found_problem(search_text: str, name: str) -> Problem:
    """Returns the problem for a search text that is not found."""
    return Problem(
        _("“%s” is not in %s, so nothing can be put in its place.")
        % (one_line(search_text), one_line(name)),
        advice=_("The first entry of the list has to stand in the text, letter by letter."),
    )


def cell_text(sweep: Sweep, cell: int) -> str:
    """Returns the values of a cell as text, such as `cfg 4, steps 20`."""
    pairs = zip(sweep.axes, points_of(sweep, cell), strict=True)
    return ", ".join(f"{axis.name} {point.label}" for axis, point in pairs)
