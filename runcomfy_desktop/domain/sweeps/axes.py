"""Builds an axis from its spec: the points with their labels and values."""

from __future__ import annotations

import csv
from collections import Counter
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.drafts.dynamic_inputs import active_spec
from runcomfy_desktop.domain.schema.input_spec import InputKind
from runcomfy_desktop.domain.sweeps.spec import (
    AxisSources,
    AxisSpec,
    ChoicesSpec,
    CsvSpec,
    DeploymentsSpec,
    FilesSpec,
    LinesSpec,
    ListSpec,
    PresetsSpec,
    RangeSpec,
    ReplaceSpec,
)
from runcomfy_desktop.domain.sweeps.sweep import MAX_CELLS, Axis, AxisPoint, SearchReplace
from runcomfy_desktop.domain.sweeps.typed_values import (
    SweepInput,
    cannot_vary_problem,
    checked_number,
    parse_number,
    parse_value,
    plain_number,
    value_label,
)
from runcomfy_desktop.domain.workflow.workflow import InputKey, link_of
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from runcomfy_desktop.domain.drafts.draft import Draft, Value
    from runcomfy_desktop.domain.schema.schema import NodeSchema

_NUMBERS = (InputKind.INT, InputKind.FLOAT)
_TEXTS = (InputKind.STRING, InputKind.TEXT)
# Decimal places of a value such as a third.
_DIGITS = 10
_LABEL_SEPARATOR = " · "
_MAX_LABEL_CHARS = 120


def build_axis(
    spec: AxisSpec, draft: Draft, schema: NodeSchema | None, sources: AxisSources
) -> Axis:
    """Returns the axis for `spec`.

    Raises Problem if the axis is empty, if an input does not accept a value, if an input or a
    column does not exist, or if there are more values than a grid has cells.
    """
    match spec:
        case CsvSpec():
            axis = _csv_axis(spec, draft, schema, sources)
        case PresetsSpec():
            axis = Axis(
                _("Preset"), tuple(AxisPoint(name, values) for name, values in sources.presets)
            )
        case DeploymentsSpec():
            points = (AxisPoint(name, {}, each) for each, name in sources.deployments)
            axis = Axis(_("Deployment"), tuple(points))
        case ReplaceSpec():
            axis = _replace_axis(spec, draft, schema)
        case _:
            sweep_input = sweep_input_of(spec.key, draft, schema)
            values = _values(spec, sweep_input, sources)
            axis = Axis(sweep_input.name, _points(spec.key, sweep_input, values))
    if not axis.points:
        raise empty_axis_problem(axis.name)
    return axis


def sweep_input_of(key: InputKey, draft: Draft, schema: NodeSchema | None) -> SweepInput:
    """Returns the spec and display name of an input. Raises Problem if it cannot be varied."""
    node = draft.workflow.nodes.get(key.node_id)
    if node is None or not (key.name in node.inputs or key in draft.changes or schema is not None):
        raise Problem(
            _("The workflow has no input “%s” of node %s any more.")
            % (one_line(key.name), one_line(key.node_id))
        )
    spec = active_spec(key, draft, schema)
    name = one_line(spec.label or key.name)
    same = [each for each in draft.workflow.nodes.values() if _has_editable(each.inputs, key.name)]
    if len(same) > 1:
        name = _("%s of %s") % (name, one_line(node.title or node.class_type))
    sweep_input = SweepInput(name, spec)
    if not spec.kind.is_editable:
        raise cannot_vary_problem(sweep_input)
    return sweep_input


def _has_editable(inputs: object, name: str) -> bool:
    return isinstance(inputs, dict) and name in inputs and link_of(inputs[name]) is None


def empty_axis_problem(name: str) -> Problem:
    """Returns the problem for an axis without a value."""
    return Problem(
        _("There is nothing to try for %s yet.") % name, advice=_("Give it at least one value.")
    )


def too_many_values_problem(name: str, count: int) -> Problem:
    """Returns the problem for more values than a grid has cells."""
    return Problem(
        _("%s would get %s values, which is more than a grid can have.") % (name, f"{count:,}"),
        _("A grid has at most %s cells.") % f"{MAX_CELLS:,}",
    )


def parse_entries(text: str) -> list[str]:
    """Returns the entries of a list: one per line, or one line with commas and optional quotes."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) != 1:
        return [line.strip() for line in lines]
    try:
        [entries] = csv.reader(lines, skipinitialspace=True)
    except (csv.Error, ValueError):
        entries = lines[0].split(",")
    return [each.strip() for each in entries if each.strip()]


def _values(spec: AxisSpec, sweep_input: SweepInput, sources: AxisSources) -> list[Value]:
    match spec:
        case RangeSpec():
            return list(_range(spec, sweep_input))
        case ListSpec():
            return _parse_values(parse_entries(spec.text), sweep_input)
        case LinesSpec():
            lines = (line.strip() for line in spec.text.splitlines())
            return _parse_values([line for line in lines if line], sweep_input)
        case ChoicesSpec():
            return _choices(spec, sweep_input)
        case FilesSpec():
            if not sweep_input.spec.kind.is_media:
                raise Problem(_("%s takes no files.") % sweep_input.name)
            return list(sources.files)
    raise AssertionError(spec)


def _parse_values(entries: Sequence[str], sweep_input: SweepInput) -> list[Value]:
    if len(entries) > MAX_CELLS:
        raise too_many_values_problem(sweep_input.name, len(entries))
    return [parse_value(each, sweep_input) for each in entries]


def _choices(spec: ChoicesSpec, sweep_input: SweepInput) -> list[Value]:
    if sweep_input.spec.kind is InputKind.BOOLEAN and not spec.picked:
        return [True, False]
    if sweep_input.spec.kind is InputKind.COMBO and not spec.picked:
        if len(sweep_input.spec.choices) > MAX_CELLS:
            raise too_many_values_problem(sweep_input.name, len(sweep_input.spec.choices))
        return list(sweep_input.spec.choices)
    return _parse_values(spec.picked, sweep_input)


def _range(spec: RangeSpec, sweep_input: SweepInput) -> Iterable[Value]:
    if sweep_input.spec.kind not in _NUMBERS:
        raise Problem(_("%s takes no numbers, so it has no range.") % sweep_input.name)
    start, stop = (
        parse_number(spec.start, sweep_input.name),
        parse_number(spec.stop, sweep_input.name),
    )
    if spec.count.strip():
        numbers = _range_by_count(spec.count, start, stop, sweep_input)
    else:
        numbers = _range_by_step(spec.step, start, stop, sweep_input)
    return dict.fromkeys(checked_number(each, sweep_input) for each in numbers)


def _range_by_step(
    text: str, start: Decimal, stop: Decimal, sweep_input: SweepInput
) -> list[Decimal]:
    default_step = Decimal(repr(sweep_input.spec.step)) if sweep_input.spec.step else Decimal(1)
    step = parse_number(text, sweep_input.name) if text.strip() else default_step
    if not step:
        raise Problem(_("The step of %s is 0, so its range would never end.") % sweep_input.name)
    # Counts downwards if `stop` is the smaller number, whatever the sign of the step.
    step = abs(step) if stop >= start else -abs(step)
    count = int((stop - start) / step) + 1
    if count > MAX_CELLS:
        raise too_many_values_problem(sweep_input.name, count)
    return [start + each * step for each in range(count)]


def _range_by_count(
    text: str, start: Decimal, stop: Decimal, sweep_input: SweepInput
) -> list[Decimal]:
    wanted = parse_number(text, sweep_input.name)
    if wanted != wanted.to_integral_value() or wanted < 1:
        raise Problem(_("“%s” is no number of values for %s.") % (one_line(text), sweep_input.name))
    count = int(wanted)
    if count > MAX_CELLS:
        raise too_many_values_problem(sweep_input.name, count)
    if count == 1:
        return [start]
    numbers = [start + (stop - start) * each / (count - 1) for each in range(count)]
    finest = Decimal(1) if sweep_input.spec.kind is InputKind.INT else Decimal(1).scaleb(-_DIGITS)
    return [start, *(each.quantize(finest) for each in numbers[1:-1]), stop]


def _points(
    key: InputKey, sweep_input: SweepInput, values: Iterable[Value]
) -> tuple[AxisPoint, ...]:
    label = partial(_point_label, sweep_input=sweep_input)
    return tuple(AxisPoint(label(value), {key: value}) for value in values)


def _point_label(value: Value, sweep_input: SweepInput) -> str:
    name = getattr(value, "name", None)
    return one_line(name) if isinstance(name, str) else value_label(value, sweep_input.spec)


def _replace_axis(spec: ReplaceSpec, draft: Draft, schema: NodeSchema | None) -> Axis:
    sweep_input = sweep_input_of(spec.key, draft, schema)
    if sweep_input.spec.kind not in _TEXTS:
        raise Problem(_("%s is no text, so nothing can be replaced in it.") % sweep_input.name)
    entries = parse_entries(spec.text)
    if len(entries) > MAX_CELLS:
        raise too_many_values_problem(sweep_input.name, len(entries))
    points = (
        AxisPoint(value_label(each), {}, replacement=SearchReplace(spec.key, entries[0], each))
        for each in entries
    )
    name = (
        _("“%s” in %s") % (value_label(entries[0]), sweep_input.name)
        if entries
        else sweep_input.name
    )
    return Axis(name, tuple(points))


def _csv_axis(spec: CsvSpec, draft: Draft, schema: NodeSchema | None, sources: AxisSources) -> Axis:
    table = sources.table
    if table is None or not spec.columns:
        raise Problem(
            _("No column of the CSV file is put on an input yet."),
            advice=_("Choose an input for at least one of its columns."),
        )
    missing = [name for name, _key in spec.columns if name not in table.columns]
    if spec.label_column and spec.label_column not in table.columns:
        missing.append(spec.label_column)
    if missing:
        raise _no_columns(missing, table.columns)
    columns = [
        (table.columns.index(name), key, sweep_input_of(key, draft, schema))
        for name, key in spec.columns
    ]
    duplicate = next(
        (key for key, n in Counter(key for _c, key in spec.columns).items() if n > 1), None
    )
    if duplicate is not None:
        raise Problem(
            _("Two columns of the CSV file are put on the same input: %s.")
            % sweep_input_of(duplicate, draft, schema).name,
            _("Only one of them could have its way in a run."),
        )
    points = []
    for line, row in zip(table.lines, table.rows, strict=True):
        values: dict[InputKey, Value] = {}
        for column, key, sweep_input in columns:
            values[key] = _parse_in_line(row[column], sweep_input, line)
        label = row[table.columns.index(spec.label_column)] if spec.label_column else ""
        label = value_label(label) if one_line(label) else ""
        labels = (
            value_label(values[key], sweep_input.spec) for _column, key, sweep_input in columns
        )
        points.append(AxisPoint(label or _LABEL_SEPARATOR.join(labels)[:_MAX_LABEL_CHARS], values))
    return Axis(
        _LABEL_SEPARATOR.join(sweep_input.name for _column, _key, sweep_input in columns),
        tuple(points),
    )


def _parse_in_line(text: str, sweep_input: SweepInput, line: int) -> Value:
    try:
        return parse_value(text, sweep_input)
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


__all__ = [
    "build_axis",
    "empty_axis_problem",
    "parse_entries",
    "plain_number",
    "sweep_input_of",
    "too_many_values_problem",
]
