"""Makes of typed text what an input takes: numbers exact, choices as they are spelt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.input_spec import InputKind, InputSpec
from runcomfy_desktop.domain.media import check_address
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.signed import unsigned
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.json_value import Json

_K = InputKind
_YES = frozenset({"true", "yes", "on", "1"})
_NO = frozenset({"false", "no", "off", "0"})
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
# What tables write where a comma stands for the point.
_COMMA = re.compile(r"[+-]?\d+,\d+")
# Beyond it nothing is a number for ComfyUI, and a Decimal of "1e999999" would take minutes.
_MAX_DIGITS = 40
_LABEL_LETTERS = 80
_NAMED = 40


@dataclass(frozen=True, slots=True)
class Field:
    """One input as values are made for it; `name` is what it is called in words."""

    name: str
    spec: InputSpec


def value_of(text: str, field: Field) -> Json:
    """The value that `text` says. Raises Problem: it is none that the input takes."""
    read = _READERS.get(field.spec.kind)
    if read is None:
        raise cannot_vary(field)
    return read(text, field)


def number_of(text: str, name: str) -> Decimal:
    """The number that `text` says, exact. Raises Problem."""
    plain = text.strip()
    if _COMMA.fullmatch(plain):
        plain = plain.replace(",", ".")
    try:
        found = Decimal(plain)
    except InvalidOperation:
        raise Problem(_("“%s” is no number for %s.") % (_short(text), name)) from None
    if not found.is_finite() or abs(found.adjusted()) > _MAX_DIGITS:
        raise Problem(_("“%s” is no number that %s can take.") % (_short(text), name))
    return found


def as_number(number: Decimal, field: Field) -> int | float:
    """What an input of numbers gets. Raises Problem: no whole one, or beyond its limits."""
    spec = field.spec
    value: int | float
    if spec.kind is _K.INT:
        if number != number.to_integral_value():
            raise Problem(
                _("%s takes whole numbers, and %s is none.") % (field.name, plain(number))
            )
        value = int(number)
    else:
        value = float(number)
    if spec.minimum is not None and value < spec.minimum:
        raise Problem(
            _("%s is too small for %s: it takes %s or more.")
            % (plain(number), field.name, label_of(spec.minimum))
        )
    if spec.maximum is not None and value > spec.maximum:
        raise Problem(
            _("%s is too large for %s: it takes %s or less.")
            % (plain(number), field.name, label_of(spec.maximum))
        )
    return value


def plain(number: Decimal) -> str:
    """The number without zeros at its end and without an exponent."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def label_of(value: Value, spec: InputSpec | None = None) -> str:
    """What heads a column or row of this value; it goes into files that others get, so that no
    signed address is in it."""
    if isinstance(value, bool):
        words = (spec.label_on, spec.label_off) if spec is not None else ("", "")
        return one_line(words[0]) or _("On") if value else one_line(words[1]) or _("Off")
    if isinstance(value, float):
        return plain(Decimal(repr(value)))
    text = one_line(str(unsigned(value) if isinstance(value, str) else value))
    if not text:
        return _("(empty)")
    return text if len(text) <= _LABEL_LETTERS else text[: _LABEL_LETTERS - 1].rstrip() + "…"


def cannot_vary(field: Field) -> Problem:
    """What is said of an input whose values cannot be typed."""
    return Problem(
        _("%s cannot be varied by values in a list.") % field.name,
        _("Its value is more than a number, a choice or a text."),
    )


def _number(text: str, field: Field) -> Json:
    return as_number(number_of(text, field.name), field)


def _text(text: str, _field: Field) -> Json:
    return text


def _boolean(text: str, field: Field) -> Json:
    word = text.strip().casefold()
    spec = field.spec
    if word in _YES or (spec.label_on and word == spec.label_on.strip().casefold()):
        return True
    if word in _NO or (spec.label_off and word == spec.label_off.strip().casefold()):
        return False
    raise Problem(_("“%s” is neither on nor off for %s.") % (_short(text), field.name))


def _choice(text: str, field: Field) -> Json:
    choices = field.spec.choices
    wanted = text.strip()
    for each in choices:
        if str(each) in (text, wanted):
            return each
    alike = [each for each in choices if str(each).casefold() == wanted.casefold()]
    if len(alike) == 1:
        return alike[0]
    if field.spec.is_remote and wanted:
        # What there is is known to the running instance only.
        return wanted
    raise Problem(_("“%s” is none of the choices of %s.") % (_short(text), field.name))


def _colour(text: str, field: Field) -> Json:
    if _HEX.fullmatch(text.strip()):
        return text.strip()
    raise Problem(_("“%s” is no colour for %s: write it as #rrggbb.") % (_short(text), field.name))


def _media(text: str, field: Field) -> Json:
    """An address, or the name of a file that the deployment has."""
    wanted = text.strip()
    if wanted in field.spec.choices:
        return wanted
    if "://" in wanted:
        wrong = check_address(wanted)
        if not wrong:
            return wanted
        raise Problem(_("“%s” cannot be used for %s.") % (_short(text), field.name), wrong)
    raise Problem(
        _("“%s” is neither an address nor a file that the deployment has, for %s.")
        % (_short(text), field.name),
        advice=_("To send files of this computer, vary the input by the files of a folder."),
    )


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _NAMED else line[: _NAMED - 1] + "…"


_READERS: dict[InputKind, Callable[[str, Field], Json]] = {
    _K.INT: _number,
    _K.FLOAT: _number,
    _K.STRING: _text,
    _K.TEXT: _text,
    _K.BOOLEAN: _boolean,
    _K.COMBO: _choice,
    _K.COLOR: _colour,
    _K.IMAGE: _media,
    _K.VIDEO: _media,
    _K.AUDIO: _media,
    _K.MESH: _media,
}
