"""The ways to say what an axis goes over: their words, and which of them fit an input."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.input_spec import InputKind
from runcomfy_desktop.domain.sweep import spec as specs
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.sweep.spec import AxisSpec


class AxisKind(Enum):
    """In the order of the list to choose from."""

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
        """Whether it goes over the values of one input."""
        return self not in _WITHOUT_INPUT


_K = AxisKind
_WITHOUT_INPUT = (_K.CSV, _K.PRESETS, _K.DEPLOYMENTS)
_OF_NUMBER, _OF_CHOICE = (_K.RANGE, _K.LIST), (_K.CHOICES, _K.LIST)
_OF_TEXT, _OF_FILE = (_K.LINES, _K.LIST, _K.REPLACE), (_K.FILES, _K.LIST)
_FITTING = {
    InputKind.INT: _OF_NUMBER,
    InputKind.FLOAT: _OF_NUMBER,
    InputKind.COMBO: _OF_CHOICE,
    InputKind.BOOLEAN: _OF_CHOICE,
    InputKind.STRING: _OF_TEXT,
    InputKind.TEXT: _OF_TEXT,
    InputKind.COLOR: (_K.LIST,),
    InputKind.IMAGE: _OF_FILE,
    InputKind.VIDEO: _OF_FILE,
    InputKind.AUDIO: _OF_FILE,
    InputKind.MESH: _OF_FILE,
}
_OF_SPEC = {
    specs.RangeSpec: _K.RANGE,
    specs.ListSpec: _K.LIST,
    specs.ChoicesSpec: _K.CHOICES,
    specs.LinesSpec: _K.LINES,
    specs.FilesSpec: _K.FILES,
    specs.CsvSpec: _K.CSV,
    specs.ReplaceSpec: _K.REPLACE,
    specs.PresetsSpec: _K.PRESETS,
    specs.DeploymentsSpec: _K.DEPLOYMENTS,
}


def can_vary(kind: InputKind) -> bool:
    """Whether values can be listed for an input of a kind."""
    return kind in _FITTING


def kinds_for(kind: InputKind | None) -> tuple[AxisKind, ...]:
    """What fits an input of a kind, the best first, and behind it what needs no input."""
    return (*(() if kind is None else _FITTING.get(kind, (_K.LIST,))), *_WITHOUT_INPUT)


def kind_of(spec: AxisSpec) -> AxisKind:
    return _OF_SPEC[type(spec)]


def words_for(kind: AxisKind) -> str:
    return {
        _K.RANGE: _("Range of numbers"),
        _K.LIST: _("List of values"),
        _K.CHOICES: _("Its choices"),
        _K.LINES: _("Lines of text"),
        _K.FILES: _("Files of a folder"),
        _K.REPLACE: _("Search and replace"),
        _K.CSV: _("Rows of a CSV file"),
        _K.PRESETS: _("Presets"),
        _K.DEPLOYMENTS: _("Deployments"),
    }[kind]


def hint_for(kind: AxisKind) -> str:
    """What has to be known to fill its editor."""
    return {
        _K.LIST: _("One value per line, or one line with commas between them."),
        _K.LINES: _("Each line is one value."),
        _K.REPLACE: _(
            "The first entry is looked for in the text; it and each further one is put in its "
            "place. One per line, or one line with commas between them."
        ),
        _K.FILES: _("Each file that the input takes is one value, in the order of their names."),
        _K.CSV: _("Each row is one value. Its columns are put on inputs."),
    }.get(kind, "")
