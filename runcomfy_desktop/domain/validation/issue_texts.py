"""Texts of issues for users: the value, the meaning, and the correction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import inline_text
from runcomfy_desktop.domain.schema.input_spec import InputKind
from runcomfy_desktop.domain.schema.spec_inference import fits_editor
from runcomfy_desktop.domain.validation.input_issue import IssueKind, QuickFix
from runcomfy_desktop.domain.validation.quick_fixes import (
    default_fix,
    nearest_choice_fix,
    set_value_fix,
)
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from runcomfy_desktop.domain.schema.input_spec import InputSpec
    from runcomfy_desktop.domain.validation.input_issue import ValidationIssue

    IssueText: TypeAlias = tuple[str, QuickFix | None]

_MAX_NAMED_CHOICES = 4
_FALSE_WORDS = frozenset({"false", "no", "off", "0", ""})


def issue_text(issue: ValidationIssue, spec: InputSpec) -> IssueText:
    """Returns the text for a finding about an input of this kind, and a quick fix if possible."""
    write_text = _ISSUE_TEXTS.get(issue.kind)
    return (
        (_("ComfyUI refuses this value."), None) if write_text is None else write_text(issue, spec)
    )


def _missing(_issue: ValidationIssue, spec: InputSpec) -> IssueText:
    if not spec.kind.is_editable:
        return _("Nothing is linked here, and the node cannot run without it."), None
    return _("There is no value here, and the node cannot run without it."), default_fix(spec)


def _bad_link(issue: ValidationIssue, _spec: InputSpec) -> IssueText:
    value = issue.value
    if isinstance(value, list) and len(value) != 2:
        text = n_(
            "Here is a list of %d entry. ComfyUI takes every list for a link, which has two.",
            "Here is a list of %d entries. ComfyUI takes every list for a link, which has two.",
            len(value),
        )
        return text % len(value), None
    if isinstance(issue.limit, int):
        text = _("Comes from output %s of node #%s, which has no such output.")
        return text % (inline_text(issue.limit), inline_text(issue.got)), None
    if isinstance(value, list) and isinstance(value[0], str):
        text = _("Comes from node #%s, which is not in this workflow.")
        return text % inline_text(value[0]), None
    return _("This link does not name a node and one of its outputs."), None


def _type_mismatch(issue: ValidationIssue, spec: InputSpec) -> IssueText:
    if issue.is_accepted:
        text = _(
            "Here is a value where a link belongs. ComfyUI takes it, and the run is likely to "
            "fail at it."
        )
        return text, None
    if not isinstance(issue.value, list):
        text = _("ComfyUI refuses a value here, where a link belongs. Link %s in ComfyUI.")
        return text % inline_text(spec.type_name), None
    text = _("What is linked here is %s, and only %s can be used.")
    return text % (inline_text(issue.got), inline_text(spec.type_name)), None


def _invalid_type(issue: ValidationIssue, spec: InputSpec) -> IssueText:
    text = _("“%s” is not a number.")
    if spec.kind is InputKind.INT or spec.type_name == "INT":
        text = _("“%s” is not a whole number.")
    elif spec.kind.is_media:
        text = _("“%s” is not the name of a file.")
    return text % inline_text(issue.value), default_fix(spec)


def _beyond_limit(issue: ValidationIssue, _spec: InputSpec) -> IssueText:
    text = _("%s is above the maximum. Set it to %s or less.")
    if issue.kind is IssueKind.BELOW_MINIMUM:
        text = _("%s is below the minimum. Set it to %s or more.")
    return text % (inline_text(issue.value), inline_text(issue.limit)), set_value_fix(issue.limit)


def _not_in_list(issue: ValidationIssue, spec: InputSpec) -> IssueText:
    choices = spec.choices
    examples = ", ".join(inline_text(each) for each in choices[:_MAX_NAMED_CHOICES])
    more = "" if len(choices) <= _MAX_NAMED_CHOICES else ", …"
    value = inline_text(issue.value)
    text = _("“%s” is not one of: %s%s") % (value, examples, more)
    if not choices:
        text = _("“%s” cannot be chosen: there is nothing to choose from") % value
    if issue.is_accepted:
        text += ". " + _("ComfyUI takes it, and leaves out the inputs of every choice.")
    elif issue.is_uncertain:
        text += ". " + _(
            "This node is from a custom pack, which may take other values too; if it does not, "
            "ComfyUI refuses the job after the machine has started, which is billed."
        )
    quick_fix = nearest_choice_fix(issue.value, choices)
    return text, quick_fix if spec.kind is not InputKind.MULTI else None


def _no_file(issue: ValidationIssue, _spec: InputSpec) -> IssueText:
    return _("There is no file “%s”.") % inline_text(issue.value), None


def _no_ratio(issue: ValidationIssue, spec: InputSpec) -> IssueText:
    if isinstance(issue.value, list):
        text = _(
            "ComfyUI checks this ratio before the run, when a link has no value yet. Enter a ratio "
            "from 1:4 to 4:1, such as 16:9."
        )
        return text, None
    text = _("“%s” is not a ratio from 1:4 to 4:1. Enter two whole numbers, such as 16:9.")
    return text % inline_text(issue.value), default_fix(spec)


def _no_branch(_issue: ValidationIssue, _spec: InputSpec) -> IssueText:
    text = _(
        "Neither “on_false” nor “on_true” is linked, and the node cannot run without one of them."
    )
    return text, None


def _converted(issue: ValidationIssue, spec: InputSpec) -> IssueText:
    value, shown = issue.value, inline_text(issue.value)
    if spec.kind is InputKind.BOOLEAN or spec.type_name == "BOOLEAN":
        is_no = isinstance(value, str) and value.strip().lower() in _FALSE_WORDS
        taken_as = _("on") if issue.limit else _("off")
        text = _("“%s” is no yes or no: ComfyUI takes it for “%s”.")
        return text % (shown, taken_as), set_value_fix(False if is_no else bool(value))
    if issue.limit is None:
        text = _("“%s” is no text: ComfyUI makes one of it.") % shown
        has_text = isinstance(value, int | float)
        return text, QuickFix(_("Make it a text"), shown) if has_text else None
    text = _("ComfyUI runs %s in place of “%s”.") % (inline_text(issue.limit), shown)
    return text, set_value_fix(issue.limit) if fits_editor(spec.kind, issue.limit) else None


def _unknown_input(issue: ValidationIssue, _spec: InputSpec) -> IssueText:
    return _("The node has no input of this name, and ComfyUI leaves it out."), None


_ISSUE_TEXTS: Mapping[IssueKind, Callable[[ValidationIssue, InputSpec], IssueText]] = {
    IssueKind.REQUIRED_INPUT_MISSING: _missing,
    IssueKind.BAD_LINKED_INPUT: _bad_link,
    IssueKind.RETURN_TYPE_MISMATCH: _type_mismatch,
    IssueKind.INVALID_INPUT_TYPE: _invalid_type,
    IssueKind.BELOW_MINIMUM: _beyond_limit,
    IssueKind.ABOVE_MAXIMUM: _beyond_limit,
    IssueKind.NOT_IN_LIST: _not_in_list,
    IssueKind.CUSTOM_VALIDATION: _no_file,
    IssueKind.ASPECT_RATIO: _no_ratio,
    IssueKind.NO_BRANCH: _no_branch,
    IssueKind.CONVERTED: _converted,
    IssueKind.UNKNOWN_INPUT: _unknown_input,
}
