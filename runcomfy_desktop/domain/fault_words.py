"""Says a finding in words for people: what stands there, what it means, and what puts it right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.cures import default_cure, nearest_choice, set_to
from runcomfy_desktop.domain.fault import Cure, FaultKind
from runcomfy_desktop.domain.input_by_value import fits
from runcomfy_desktop.domain.input_spec import InputKind
from runcomfy_desktop.domain.shown import shown
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from runcomfy_desktop.domain.input_spec import InputSpec
    from runcomfy_desktop.domain.verdict.finding import Finding

    Said: TypeAlias = tuple[str, Cure | None]

_NAMED_CHOICES = 4
_NO = frozenset({"false", "no", "off", "0", ""})


def said(finding: Finding, spec: InputSpec) -> Said:
    """The sentence for a finding about an input of this kind, and the cure where there is one."""
    say = _WORDS.get(finding.kind)
    return (_("ComfyUI refuses this value."), None) if say is None else say(finding, spec)


def _missing(_finding: Finding, spec: InputSpec) -> Said:
    if not spec.kind.editable:
        return _("Nothing is linked here, and the node cannot run without it."), None
    return _("There is no value here, and the node cannot run without it."), default_cure(spec)


def _bad_link(finding: Finding, _spec: InputSpec) -> Said:
    value = finding.value
    if isinstance(value, list) and len(value) != 2:
        text = n_(
            "Here is a list of %d entry. ComfyUI takes every list for a link, which has two.",
            "Here is a list of %d entries. ComfyUI takes every list for a link, which has two.",
            len(value),
        )
        return text % len(value), None
    if isinstance(finding.limit, int):
        text = _("Comes from output %s of node #%s, which has no such output.")
        return text % (shown(finding.limit), shown(finding.got)), None
    if isinstance(value, list) and isinstance(value[0], str):
        text = _("Comes from node #%s, which is not in this workflow.")
        return text % shown(value[0]), None
    return _("This link does not name a node and one of its outputs."), None


def _mismatch(finding: Finding, spec: InputSpec) -> Said:
    if finding.accepted:
        text = _(
            "Here is a value where a link belongs. ComfyUI takes it, and the run is likely to "
            "fail at it."
        )
        return text, None
    if not isinstance(finding.value, list):
        text = _("ComfyUI refuses a value here, where a link belongs. Link %s in ComfyUI.")
        return text % shown(spec.type_name), None
    text = _("What is linked here is %s, and only %s can be used.")
    return text % (shown(finding.got), shown(spec.type_name)), None


def _no_such_value(finding: Finding, spec: InputSpec) -> Said:
    text = _("“%s” is not a number.")
    if spec.kind is InputKind.INT or spec.type_name == "INT":
        text = _("“%s” is not a whole number.")
    elif spec.kind.is_media:
        text = _("“%s” is not the name of a file.")
    return text % shown(finding.value), default_cure(spec)


def _too_small(finding: Finding, _spec: InputSpec) -> Said:
    text = _("%s is below the minimum. Set it to %s or more.")
    return text % (shown(finding.value), shown(finding.limit)), set_to(finding.limit)


def _too_large(finding: Finding, _spec: InputSpec) -> Said:
    text = _("%s is above the maximum. Set it to %s or less.")
    return text % (shown(finding.value), shown(finding.limit)), set_to(finding.limit)


def _unlisted(finding: Finding, spec: InputSpec) -> Said:
    choices = spec.choices
    some = ", ".join(shown(each) for each in choices[:_NAMED_CHOICES])
    more = "" if len(choices) <= _NAMED_CHOICES else ", …"
    text = _("“%s” is not one of: %s%s") % (shown(finding.value), some, more)
    if not choices:
        text = _("“%s” cannot be chosen: there is nothing to choose from") % shown(finding.value)
    if finding.accepted:
        text += ". " + _("ComfyUI takes it, and leaves out the inputs of every choice.")
    elif finding.in_doubt:
        text += ". " + _(
            "This node is from a custom pack, which may take other values too; if it does not, "
            "ComfyUI refuses the job after the machine has started, which is billed."
        )
    cure = nearest_choice(finding.value, choices)
    return text, cure if spec.kind is not InputKind.MULTI else None


def _no_file(finding: Finding, _spec: InputSpec) -> Said:
    return _("There is no file “%s”.") % shown(finding.value), None


def _no_ratio(finding: Finding, spec: InputSpec) -> Said:
    if isinstance(finding.value, list):
        text = _(
            "ComfyUI checks this ratio before the run, when a link has no value yet. Enter a ratio "
            "from 1:4 to 4:1, such as 16:9."
        )
        return text, None
    text = _("“%s” is not a ratio from 1:4 to 4:1. Enter two whole numbers, such as 16:9.")
    return text % shown(finding.value), default_cure(spec)


def _no_branch(_finding: Finding, _spec: InputSpec) -> Said:
    text = _(
        "Neither “on_false” nor “on_true” is linked, and the node cannot run without one of them."
    )
    return text, None


def _converted(finding: Finding, spec: InputSpec) -> Said:
    value = finding.value
    if spec.kind is InputKind.BOOLEAN or spec.type_name == "BOOLEAN":
        is_no = isinstance(value, str) and value.strip().lower() in _NO
        made = _("on") if finding.limit else _("off")
        text = _("“%s” is no yes or no: ComfyUI takes it for “%s”.") % (shown(value), made)
        return text, set_to(False if is_no else bool(value))
    if finding.limit is None:
        cure = Cure(_("Make it a text"), shown(value)) if isinstance(value, int | float) else None
        return _("“%s” is no text: ComfyUI makes one of it.") % shown(value), cure
    text = _("ComfyUI runs %s in place of “%s”.") % (shown(finding.limit), shown(value))
    return text, set_to(finding.limit) if fits(spec.kind, finding.limit) else None


def _stranger(finding: Finding, _spec: InputSpec) -> Said:
    return _("The node has no input of this name, and ComfyUI leaves it out."), None


_WORDS: Mapping[FaultKind, Callable[[Finding, InputSpec], Said]] = {
    FaultKind.REQUIRED_INPUT_MISSING: _missing,
    FaultKind.BAD_LINKED_INPUT: _bad_link,
    FaultKind.RETURN_TYPE_MISMATCH: _mismatch,
    FaultKind.INVALID_INPUT_TYPE: _no_such_value,
    FaultKind.BELOW_MINIMUM: _too_small,
    FaultKind.ABOVE_MAXIMUM: _too_large,
    FaultKind.NOT_IN_LIST: _unlisted,
    FaultKind.CUSTOM_VALIDATION: _no_file,
    FaultKind.ASPECT_RATIO: _no_ratio,
    FaultKind.NO_BRANCH: _no_branch,
    FaultKind.CONVERTED: _converted,
    FaultKind.UNKNOWN_INPUT: _stranger,
}
