"""Cells: which points a cell of a grid has, what they change together, and why a grid cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.sweep.sweep import MAX_AXES, MAX_CELLS, Axis, Point, Sweep
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runcomfy_desktop.domain.draft import Changes, Value
    from runcomfy_desktop.domain.workflow import InputKey

AXIS_LETTERS = ("X", "Y", "Z")


def check_lengths(lengths: Sequence[int], *, is_zip: bool) -> int:
    """How many cells axes of these lengths span. Raises Problem: none, too many, or zipped axes
    of different lengths. Nothing is built for it, so a million cells are refused at once."""
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


def check_clashes(axes: Sequence[Axis], name_of: Callable[[InputKey], str]) -> None:
    """Raises Problem when two axes set one input, so that one of them would do nothing."""
    seen: dict[InputKey, Axis] = {}
    deployments = [axis for axis in axes if any(point.deployment_id for point in axis.points)]
    if len(deployments) > 1:
        raise Problem(_("Two axes go over deployments, and a run goes to one only."))
    sought = [each.points[0].replaces for each in axes if each.points]
    words = [(each.key, each.sought) for each in sought if each is not None]
    if len(set(words)) < len(words):
        raise Problem(_("Two axes replace the same word in the same text."))
    for axis in axes:
        for key in {key for point in axis.points for key in point.values}:
            other = seen.setdefault(key, axis)
            if other is not axis:
                raise Problem(
                    _("Two axes set the same input: %s.") % one_line(name_of(key)),
                    _("Only one of them could have its way in a run."),
                )


def varied(axes: Sequence[Axis]) -> frozenset[InputKey]:
    """The inputs that some axis says something of."""
    points = [point for axis in axes for point in axis.points]
    replaced = {point.replaces.key for point in points if point.replaces is not None}
    return frozenset(replaced.union(*(point.values for point in points)))


def place_of(sweep: Sweep, cell: int) -> tuple[int, int, int]:
    """Column, row and page of a cell."""
    columns, rows, _pages = sweep.shape
    return cell % columns, cell // columns % rows, cell // (columns * rows)


def cell_of(sweep: Sweep, column: int, row: int = 0, page: int = 0) -> int:
    """The opposite of `place_of`."""
    columns, rows, _pages = sweep.shape
    return column + columns * (row + rows * page)


def points_of(sweep: Sweep, cell: int) -> tuple[Point, ...]:
    """What a cell has of each axis."""
    if sweep.is_zip:
        return tuple(axis.points[cell] for axis in sweep.axes)
    return tuple(
        axis.points[place] for axis, place in zip(sweep.axes, place_of(sweep, cell), strict=False)
    )


def deployment_of(sweep: Sweep, cell: int) -> str:
    """Where a cell's run goes."""
    others = (point.deployment_id for point in points_of(sweep, cell))
    return next(filter(None, others), sweep.deployment_id)


def changes_of(points: Sequence[Point], value_of: Callable[[InputKey], Value]) -> Changes:
    """What the points change together, of inputs that have `value_of` without them: values first,
    then replacements in their texts. Raises Problem: what is sought is not there."""
    changes: dict[InputKey, Value] = {}
    for point in points:
        changes.update(point.values)
    sources: Mapping[InputKey, Value] = dict(changes)
    for point in points:
        wish = point.replaces
        if wish is None:
            continue
        source = sources[wish.key] if wish.key in sources else value_of(wish.key)
        if not isinstance(source, str) or wish.sought not in source:
            raise not_found(wish.sought, wish.key.name)
        text = changes.get(wish.key, source)
        assert isinstance(text, str)
        changes[wish.key] = text.replace(wish.sought, wish.put)
    return changes


def not_found(sought: str, name: str) -> Problem:
    """What is said when a text to be replaced is not there."""
    return Problem(
        _("“%s” is not in %s, so nothing can be put in its place.")
        % (one_line(sought), one_line(name)),
        advice=_("The first entry of the list has to stand in the text, letter by letter."),
    )


def words_of(sweep: Sweep, cell: int) -> str:
    """The values of a cell in words: `cfg 4, steps 20`."""
    pairs = zip(sweep.axes, points_of(sweep, cell), strict=True)
    return ", ".join(f"{axis.name} {point.label}" for axis, point in pairs)
