"""Kinds of axes, with their texts, and the kinds that fit an input."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.schema.input_spec import InputKind
from runcomfy_desktop.domain.sweeps import spec as specs
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.sweeps.spec import AxisSpec


class AxisKind(Enum):
    """Kind of an axis, in the order of the list to choose from."""

    RANGE = "range"
    CHOICES = "choices"
    LINES = "lines"
    FILES = "files"
    LIST = "list"
    REPLACE = "replace"
    CSV = "csv"
    PRESETS = "presets"
    DEPLOYMENTS = "deployments"

    @property
    def has_input(self) -> bool:
        """True if an axis of this kind varies one input."""
        return self not in _KINDS_WITHOUT_INPUT


_Kind = AxisKind
_KINDS_WITHOUT_INPUT = (_Kind.CSV, _Kind.PRESETS, _Kind.DEPLOYMENTS)
_NUMBER_KINDS, _CHOICE_KINDS = (_Kind.RANGE, _Kind.LIST), (_Kind.CHOICES, _Kind.LIST)
_TEXT_KINDS, _FILE_KINDS = (_Kind.LINES, _Kind.LIST, _Kind.REPLACE), (_Kind.FILES, _Kind.LIST)
_KINDS_BY_INPUT = {
    InputKind.INT: _NUMBER_KINDS,
    InputKind.FLOAT: _NUMBER_KINDS,
    InputKind.COMBO: _CHOICE_KINDS,
    InputKind.BOOLEAN: _CHOICE_KINDS,
    InputKind.STRING: _TEXT_KINDS,
    InputKind.TEXT: _TEXT_KINDS,
    InputKind.COLOR: (_Kind.LIST,),
    InputKind.IMAGE: _FILE_KINDS,
    InputKind.VIDEO: _FILE_KINDS,
    InputKind.AUDIO: _FILE_KINDS,
    InputKind.MESH: _FILE_KINDS,
}
_KIND_BY_SPEC = {
    specs.RangeSpec: _Kind.RANGE,
    specs.ListSpec: _Kind.LIST,
    specs.ChoicesSpec: _Kind.CHOICES,
    specs.LinesSpec: _Kind.LINES,
    specs.FilesSpec: _Kind.FILES,
    specs.CsvSpec: _Kind.CSV,
    specs.ReplaceSpec: _Kind.REPLACE,
    specs.PresetsSpec: _Kind.PRESETS,
    specs.DeploymentsSpec: _Kind.DEPLOYMENTS,
}


def can_vary(kind: InputKind) -> bool:
    """Returns True if values can be listed for an input of this kind."""
    return kind in _KINDS_BY_INPUT


def kinds_for(kind: InputKind | None) -> tuple[AxisKind, ...]:
    """Returns the kinds that fit an input, best first, followed by those that need no input."""
    return (
        *(() if kind is None else _KINDS_BY_INPUT.get(kind, (_Kind.LIST,))),
        *_KINDS_WITHOUT_INPUT,
    )


def kind_of(spec: AxisSpec) -> AxisKind:
    return _KIND_BY_SPEC[type(spec)]


def kind_text(kind: AxisKind) -> str:
    return {
        _Kind.RANGE: _("Range of numbers"),
        _Kind.LIST: _("List of values"),
        _Kind.CHOICES: _("Its choices"),
        _Kind.LINES: _("Lines of text"),
        _Kind.FILES: _("Files of a folder"),
        _Kind.REPLACE: _("Search and replace"),
        _Kind.CSV: _("Rows of a CSV file"),
        _Kind.PRESETS: _("Presets"),
        _Kind.DEPLOYMENTS: _("Deployments"),
    }[kind]


def kind_hint(kind: AxisKind) -> str:
    """Returns a hint on how to fill the editor of this kind."""
    return {
        _Kind.LIST: _("One value per line, or one line with commas between them."),
        _Kind.LINES: _("Each line is one value."),
        _Kind.REPLACE: _(
            "The first entry is looked for in the text; it and each further one is put in its "
            "place. One per line, or one line with commas between them."
        ),
        _Kind.FILES: _("Each file that the input takes is one value, in the order of their names."),
        _Kind.CSV: _("Each row is one value. Its columns are put on inputs."),
    }.get(kind, "")
