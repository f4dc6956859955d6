"""Converts typed text to values of an input: exact numbers, and choices as the node spells them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.media.media import address_error
from runcomfy_desktop.domain.media.signed_urls import strip_signatures
from runcomfy_desktop.domain.schema.input_spec import InputKind, InputSpec
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.drafts.draft import Value

_K = InputKind
_YES = frozenset({"true", "yes", "on", "1"})
_NO = frozenset({"false", "no", "off", "0"})
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
# Some spreadsheets write a decimal comma.
_COMMA = re.compile(r"[+-]?\d+,\d+")
# ComfyUI has no larger numbers, and a Decimal of "1e999999" would take minutes.
_MAX_DIGITS = 40
_MAX_LABEL_CHARS = 80
_MAX_SHOWN_CHARS = 40


@dataclass(frozen=True, slots=True)
class SweepInput:
    """Input for which values are typed; `name` is its display name."""

    name: str
    spec: InputSpec


def parse_value(text: str, sweep_input: SweepInput) -> Json:
    """Returns the value that `text` stands for. Raises Problem if the input does not accept it."""
    read = _READERS.get(sweep_input.spec.kind)
    if read is None:
        raise cannot_vary_problem(sweep_input)
    return read(text, sweep_input)


def parse_number(text: str, name: str) -> Decimal:
    """Returns the exact number in `text`. Raises Problem if there is none that ComfyUI can use."""
    normalized = text.strip()
    if _COMMA.fullmatch(normalized):
        normalized = normalized.replace(",", ".")
    try:
        found = Decimal(normalized)
    except InvalidOperation:
        raise Problem(_("“%s” is no number for %s.") % (_short(text), name)) from None
    if not found.is_finite() or abs(found.adjusted()) > _MAX_DIGITS:
        raise Problem(_("“%s” is no number that %s can take.") % (_short(text), name))
    return found


def checked_number(number: Decimal, sweep_input: SweepInput) -> int | float:
    """Returns the value for a number input.

    Raises Problem if it has to be whole and is not, or if it is beyond the limits.
    """
    spec = sweep_input.spec
    value: int | float
    if spec.kind is _K.INT:
        if number != number.to_integral_value():
            raise Problem(
                _("%s takes whole numbers, and %s is none.")
                % (sweep_input.name, plain_number(number))
            )
        value = int(number)
    else:
        value = float(number)
    if spec.minimum is not None and value < spec.minimum:
        raise Problem(
            _("%s is too small for %s: it takes %s or more.")
            % (plain_number(number), sweep_input.name, value_label(spec.minimum))
        )
    if spec.maximum is not None and value > spec.maximum:
        raise Problem(
            _("%s is too large for %s: it takes %s or less.")
            % (plain_number(number), sweep_input.name, value_label(spec.maximum))
        )
    return value


def plain_number(number: Decimal) -> str:
    """Returns the number without trailing zeros and without an exponent."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def value_label(value: Value, spec: InputSpec | None = None) -> str:
    """Returns the label of a column or row with this value.

    Labels are written to files that are shared, so signed URLs are cut.
    """
    if isinstance(value, bool):
        words = (spec.label_on, spec.label_off) if spec is not None else ("", "")
        return one_line(words[0]) or _("On") if value else one_line(words[1]) or _("Off")
    if isinstance(value, float):
        return plain_number(Decimal(repr(value)))
    text = one_line(str(strip_signatures(value) if isinstance(value, str) else value))
    if not text:
        return _("(empty)")
    return text if len(text) <= _MAX_LABEL_CHARS else text[: _MAX_LABEL_CHARS - 1].rstrip() + "…"


def cannot_vary_problem(sweep_input: SweepInput) -> Problem:
    """Returns the problem for an input whose values cannot be typed."""
    return Problem(
        _("%s cannot be varied by values in a list.") % sweep_input.name,
        _("Its value is more than a number, a choice or a text."),
    )


def _number(text: str, sweep_input: SweepInput) -> Json:
    return checked_number(parse_number(text, sweep_input.name), sweep_input)


def _text(text: str, _sweep_input: SweepInput) -> Json:
    return text


def _boolean(text: str, sweep_input: SweepInput) -> Json:
    normalized = text.strip().casefold()
    spec = sweep_input.spec
    if normalized in _YES or (spec.label_on and normalized == spec.label_on.strip().casefold()):
        return True
    if normalized in _NO or (spec.label_off and normalized == spec.label_off.strip().casefold()):
        return False
    raise Problem(_("“%s” is neither on nor off for %s.") % (_short(text), sweep_input.name))


def _choice(text: str, sweep_input: SweepInput) -> Json:
    choices = sweep_input.spec.choices
    wanted = text.strip()
    for each in choices:
        if str(each) in (text, wanted):
            return each
    matching = [each for each in choices if str(each).casefold() == wanted.casefold()]
    if len(matching) == 1:
        return matching[0]
    if sweep_input.spec.is_remote and wanted:
        # Only the running instance knows the choices.
        return wanted
    raise Problem(_("“%s” is none of the choices of %s.") % (_short(text), sweep_input.name))


def _colour(text: str, sweep_input: SweepInput) -> Json:
    if _HEX.fullmatch(text.strip()):
        return text.strip()
    raise Problem(
        _("“%s” is no colour for %s: write it as #rrggbb.") % (_short(text), sweep_input.name)
    )


def _media(text: str, sweep_input: SweepInput) -> Json:
    """Returns an address, or the name of a file that the deployment has. Raises Problem."""
    wanted = text.strip()
    if wanted in sweep_input.spec.choices:
        return wanted
    if "://" in wanted:
        error = address_error(wanted)
        if not error:
            return wanted
        raise Problem(_("“%s” cannot be used for %s.") % (_short(text), sweep_input.name), error)
    raise Problem(
        _("“%s” is neither an address nor a file that the deployment has, for %s.")
        % (_short(text), sweep_input.name),
        advice=_("To send files of this computer, vary the input by the files of a folder."),
    )


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _MAX_SHOWN_CHARS else line[: _MAX_SHOWN_CHARS - 1] + "…"


_READERS: dict[InputKind, Callable[[str, SweepInput], Json]] = {
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
