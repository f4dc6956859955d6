"""Works out an axis: of what a person said of it, the points with their heads and values."""

from __future__ import annotations

import csv
from collections import Counter
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.input_spec import InputKind
from runcomfy_desktop.domain.live import live_spec
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.sweep.spec import (
    AxisSpec,
    ChoicesSpec,
    CsvSpec,
    DeploymentsSpec,
    FilesSpec,
    Found,
    LinesSpec,
    ListSpec,
    PresetsSpec,
    RangeSpec,
    ReplaceSpec,
)
from runcomfy_desktop.domain.sweep.sweep import MAX_CELLS, Axis, Point, Replacement
from runcomfy_desktop.domain.sweep.typed import (
    Field,
    as_number,
    cannot_vary,
    label_of,
    number_of,
    plain,
    value_of,
)
from runcomfy_desktop.domain.workflow import InputKey, link_of
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from runcomfy_desktop.domain.draft import Draft, Value
    from runcomfy_desktop.domain.schema import Schema

_NUMBERS = (InputKind.INT, InputKind.FLOAT)
_TEXTS = (InputKind.STRING, InputKind.TEXT)
# A third of something has no last digit.
_DIGITS = 10
_HEAD_JOIN = " · "
_HEAD_LETTERS = 120


def axis_of(spec: AxisSpec, draft: Draft, schema: Schema | None, found: Found) -> Axis:
    """The axis that `spec` says. Raises Problem: it is empty, a value is none that the input
    takes, an input or a column is not there, or there are more values than a grid has cells."""
    match spec:
        case CsvSpec():
            axis = _csv(spec, draft, schema, found)
        case PresetsSpec():
            axis = Axis(_("Preset"), tuple(Point(name, values) for name, values in found.presets))
        case DeploymentsSpec():
            points = (Point(name, {}, each) for each, name in found.deployments)
            axis = Axis(_("Deployment"), tuple(points))
        case ReplaceSpec():
            axis = _replacing(spec, draft, schema)
        case _:
            field = field_of(spec.key, draft, schema)
            values = _values(spec, field, found)
            axis = Axis(field.name, _points(spec.key, field, values))
    if not axis.points:
        raise nothing(axis.name)
    return axis


def field_of(key: InputKey, draft: Draft, schema: Schema | None) -> Field:
    """What is known of an input, and its name in words. Raises Problem: it cannot be varied."""
    node = draft.workflow.nodes.get(key.node_id)
    if node is None or not (key.name in node.inputs or key in draft.changes or schema is not None):
        raise Problem(
            _("The workflow has no input “%s” of node %s any more.")
            % (one_line(key.name), one_line(key.node_id))
        )
    spec = live_spec(key, draft, schema)
    name = one_line(spec.label or key.name)
    same = [each for each in draft.workflow.nodes.values() if _has_editable(each.inputs, key.name)]
    if len(same) > 1:
        name = _("%s of %s") % (name, one_line(node.title or node.class_type))
    field = Field(name, spec)
    if not spec.kind.editable:
        raise cannot_vary(field)
    return field


def _has_editable(inputs: object, name: str) -> bool:
    return isinstance(inputs, dict) and name in inputs and link_of(inputs[name]) is None


def nothing(name: str) -> Problem:
    """What is said of an axis without a value."""
    return Problem(
        _("There is nothing to try for %s yet.") % name, advice=_("Give it at least one value.")
    )


def too_many(name: str, count: int) -> Problem:
    """What is said of more values than a grid has cells."""
    return Problem(
        _("%s would get %s values, which is more than a grid can have.") % (name, f"{count:,}"),
        _("A grid has at most %s cells.") % f"{MAX_CELLS:,}",
    )


def entries_of(text: str) -> list[str]:
    """What a list names: one in each line, or one line with commas and perhaps quotes."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) != 1:
        return [line.strip() for line in lines]
    try:
        [entries] = csv.reader(lines, skipinitialspace=True)
    except (csv.Error, ValueError):
        entries = lines[0].split(",")
    return [each.strip() for each in entries if each.strip()]


def _values(spec: AxisSpec, field: Field, found: Found) -> list[Value]:
    match spec:
        case RangeSpec():
            return list(_range(spec, field))
        case ListSpec():
            return _all_of(entries_of(spec.text), field)
        case LinesSpec():
            lines = (line.strip() for line in spec.text.splitlines())
            return _all_of([line for line in lines if line], field)
        case ChoicesSpec():
            return _choices(spec, field)
        case FilesSpec():
            if not field.spec.kind.is_media:
                raise Problem(_("%s takes no files.") % field.name)
            return list(found.files)
    raise AssertionError(spec)


def _all_of(entries: Sequence[str], field: Field) -> list[Value]:
    if len(entries) > MAX_CELLS:
        raise too_many(field.name, len(entries))
    return [value_of(each, field) for each in entries]


def _choices(spec: ChoicesSpec, field: Field) -> list[Value]:
    if field.spec.kind is InputKind.BOOLEAN and not spec.picked:
        return [True, False]
    if field.spec.kind is InputKind.COMBO and not spec.picked:
        if len(field.spec.choices) > MAX_CELLS:
            raise too_many(field.name, len(field.spec.choices))
        return list(field.spec.choices)
    return _all_of(spec.picked, field)


def _range(spec: RangeSpec, field: Field) -> Iterable[Value]:
    if field.spec.kind not in _NUMBERS:
        raise Problem(_("%s takes no numbers, so it has no range.") % field.name)
    start, stop = number_of(spec.start, field.name), number_of(spec.stop, field.name)
    if spec.count.strip():
        numbers = _so_many(spec.count, start, stop, field)
    else:
        numbers = _by_step(spec.step, start, stop, field)
    return dict.fromkeys(as_number(each, field) for each in numbers)


def _by_step(text: str, start: Decimal, stop: Decimal, field: Field) -> list[Decimal]:
    usual = Decimal(repr(field.spec.step)) if field.spec.step else Decimal(1)
    step = number_of(text, field.name) if text.strip() else usual
    if not step:
        raise Problem(_("The step of %s is 0, so its range would never end.") % field.name)
    # Downwards from a larger to a smaller number, whichever sign the step was given.
    step = abs(step) if stop >= start else -abs(step)
    count = int((stop - start) / step) + 1
    if count > MAX_CELLS:
        raise too_many(field.name, count)
    return [start + each * step for each in range(count)]


def _so_many(text: str, start: Decimal, stop: Decimal, field: Field) -> list[Decimal]:
    wanted = number_of(text, field.name)
    if wanted != wanted.to_integral_value() or wanted < 1:
        raise Problem(_("“%s” is no number of values for %s.") % (one_line(text), field.name))
    count = int(wanted)
    if count > MAX_CELLS:
        raise too_many(field.name, count)
    if count == 1:
        return [start]
    numbers = [start + (stop - start) * each / (count - 1) for each in range(count)]
    finest = Decimal(1) if field.spec.kind is InputKind.INT else Decimal(1).scaleb(-_DIGITS)
    return [start, *(each.quantize(finest) for each in numbers[1:-1]), stop]


def _points(key: InputKey, field: Field, values: Iterable[Value]) -> tuple[Point, ...]:
    head = partial(_head, field=field)
    return tuple(Point(head(value), {key: value}) for value in values)


def _head(value: Value, field: Field) -> str:
    name = getattr(value, "name", None)
    return one_line(name) if isinstance(name, str) else label_of(value, field.spec)


def _replacing(spec: ReplaceSpec, draft: Draft, schema: Schema | None) -> Axis:
    field = field_of(spec.key, draft, schema)
    if field.spec.kind not in _TEXTS:
        raise Problem(_("%s is no text, so nothing can be replaced in it.") % field.name)
    entries = entries_of(spec.text)
    if len(entries) > MAX_CELLS:
        raise too_many(field.name, len(entries))
    points = (
        Point(label_of(each), {}, replaces=Replacement(spec.key, entries[0], each))
        for each in entries
    )
    name = _("“%s” in %s") % (label_of(entries[0]), field.name) if entries else field.name
    return Axis(name, tuple(points))


def _csv(spec: CsvSpec, draft: Draft, schema: Schema | None, found: Found) -> Axis:
    table = found.table
    if table is None or not spec.columns:
        raise Problem(
            _("No column of the CSV file is put on an input yet."),
            advice=_("Choose an input for at least one of its columns."),
        )
    missing = [name for name, _key in spec.columns if name not in table.columns]
    if spec.heads and spec.heads not in table.columns:
        missing.append(spec.heads)
    if missing:
        raise _no_columns(missing, table.columns)
    places = [
        (table.columns.index(name), key, field_of(key, draft, schema)) for name, key in spec.columns
    ]
    twice = next(
        (key for key, n in Counter(key for _c, key in spec.columns).items() if n > 1), None
    )
    if twice is not None:
        raise Problem(
            _("Two columns of the CSV file are put on the same input: %s.")
            % field_of(twice, draft, schema).name,
            _("Only one of them could have its way in a run."),
        )
    points = []
    for line, row in zip(table.lines, table.rows, strict=True):
        values: dict[InputKey, Value] = {}
        for place, key, field in places:
            values[key] = _in_line(row[place], field, line)
        head = row[table.columns.index(spec.heads)] if spec.heads else ""
        head = label_of(head) if one_line(head) else ""
        labels = (label_of(values[key], field.spec) for _place, key, field in places)
        points.append(Point(head or _HEAD_JOIN.join(labels)[:_HEAD_LETTERS], values))
    return Axis(_HEAD_JOIN.join(field.name for _place, _key, field in places), tuple(points))


def _in_line(text: str, field: Field, line: int) -> Value:
    try:
        return value_of(text, field)
    except Problem as problem:
        raise Problem(
            _("Line %d of the CSV file: %s") % (line, problem.title), problem.detail, problem.advice
        ) from None


def _no_columns(missing: Sequence[str], columns: Sequence[str]) -> Problem:
    text = n_(
        "The CSV file has no column %s.", "The CSV file has no columns %s.", len(missing)
    ) % ", ".join(f"“{one_line(each)}”" for each in missing)
    there = ", ".join(f"“{each}”" for each in columns if each)
    return Problem(text, _("Its columns are %s.") % one_line(there))


__all__ = ["axis_of", "entries_of", "field_of", "nothing", "plain", "too_many"]
