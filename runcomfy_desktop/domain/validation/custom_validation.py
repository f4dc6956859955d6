"""Classes that validate some of their inputs themselves; `object_info` does not say which do.

Taken from the source of ComfyUI 0.33 (`VALIDATE_INPUTS` in old classes, `validate_inputs` in new
ones). ComfyUI ignores the limits and lists of inputs that such a check takes as arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.validation.input_issue import IssueKind, ValidationIssue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.schema.input_declaration import InputDeclaration

NO_FILE = ("", "none")
"""Values that stand for no file in a class that does not need one."""


@dataclass(frozen=True, slots=True)
class CustomValidationArgs:
    """Values passed to a check, and the types of the linked outputs.

    A type is None if the linked class is unknown.
    """

    values: Mapping[str, Json]
    types: Mapping[str, Json]
    file_exists: Callable[[str], bool]


ValidationRule: TypeAlias = "Callable[[CustomValidationArgs], ValidationIssue | None]"


@dataclass(frozen=True, slots=True)
class CustomValidation:
    """Arguments of a class's own check, and its rule; without a rule it accepts everything.

    The check fails if one of `required` is missing, and works without `optional`. `takes_kwargs` is
    true if it has keyword arguments, `takes_types` if it checks the types of links itself.
    `allows_any_input` is true if the class uses inputs that it does not declare. `file` is the
    input that names a file; the file may be left out if the class does not need one. `matches`
    distinguishes the class as described here from earlier and later versions without this check;
    None if no such versions are known.
    """

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    takes_kwargs: bool = False
    takes_types: bool = False
    allows_any_input: bool = False
    rule: ValidationRule | None = None
    file: str = ""
    needs_file: bool = True
    matches: Callable[[Mapping[str, InputDeclaration]], bool] | None = None

    def covers(self, name: str) -> bool:
        return self.takes_kwargs or name in self.required or name in self.optional

    def allows_none(self, name: str, value: Json) -> bool:
        """Returns True if `value` stands for no file in an input that does not need one."""
        return name == self.file and not self.needs_file and value in NO_FILE


def unwrap_value(value: Json) -> Json:
    """Returns the value in `{"__value__": ...}`, as lists are sent; any other value unchanged."""
    if isinstance(value, dict) and "__value__" in value:
        return value["__value__"]
    return value


def is_link(value: Json) -> bool:
    """Returns True if ComfyUI takes `value` for a link; a custom check then sees None."""
    match value:
        case [str(), int() | float()]:
            return True
    return False


def _file_loader(
    name: str, *, needs_file: bool = True, takes_kwargs: bool = False
) -> CustomValidation:
    """Returns the check of a class that loads a file."""
    return CustomValidation(
        (name,),
        takes_kwargs=takes_kwargs,
        rule=partial(_check_file, name=name, needs_file=needs_file),
        file=name,
        needs_file=needs_file,
        matches=None if needs_file else partial(_lists_none, name=name),
    )


def _lists_none(declared: Mapping[str, InputDeclaration], *, name: str) -> bool:
    """Returns True if "none" is a choice; earlier versions of the class lack it, and any check."""
    return name in declared and declared[name].has_choice("none")


def _check_file(
    args: CustomValidationArgs, *, name: str, needs_file: bool
) -> ValidationIssue | None:
    value = unwrap_value(args.values[name])
    if not needs_file and (not value or value in NO_FILE or is_link(value)):
        return None
    if not isinstance(value, str):
        return ValidationIssue(name, IssueKind.INVALID_INPUT_TYPE, value, breaks_check=True)
    if args.file_exists(value):
        return None
    return ValidationIssue(name, IssueKind.CUSTOM_VALIDATION, value)


def _check_ratio(args: CustomValidationArgs, *, name: str) -> ValidationIssue | None:
    value = unwrap_value(args.values[name])
    if isinstance(value, str) and _is_ratio(value):
        return None
    return ValidationIssue(name, IssueKind.ASPECT_RATIO, value, breaks_check=True)


def _is_ratio(text: str) -> bool:
    """Returns True for two whole numbers whose ratio is from 1:4 to 4:1."""
    try:
        first, second = (int(each) for each in text.split(":"))
        return first > 0 and second > 0 and 1 / 4 <= first / second <= 4
    except (ValueError, OverflowError):
        return False


def _check_task(
    args: CustomValidationArgs, *, name: str, tasks: tuple[str, ...]
) -> ValidationIssue | None:
    """Checks that an input is linked to an output whose type is one of `tasks`.

    Types are compared verbatim, so `*` is not one of them.
    """
    if name not in args.types:
        value = args.values.get(name)
        return ValidationIssue(name, IssueKind.RETURN_TYPE_MISMATCH, value, breaks_check=True)
    kind = args.types[name]
    if kind is None or kind in tasks:
        return None
    got = kind if isinstance(kind, str) else "COMBO"
    return ValidationIssue(name, IssueKind.RETURN_TYPE_MISMATCH, args.values[name], got=got)


def _takes_tasks(
    declared: Mapping[str, InputDeclaration], *, name: str, tasks: tuple[str, ...]
) -> bool:
    """Returns True if the class takes exactly these tasks; later versions have no check."""
    return name in declared and declared[name].type == ",".join(tasks)


def _check_branch(args: CustomValidationArgs) -> ValidationIssue | None:
    if "on_false" in args.values or "on_true" in args.values:
        return None
    return ValidationIssue("switch", IssueKind.NO_BRANCH)


_TASK = "original_model_task_id"
_TASKS = ("MODEL_TASK_ID", "RIG_TASK_ID", "RETARGET_TASK_ID")

CUSTOM_VALIDATIONS: Mapping[str, CustomValidation] = {
    "LoadImage": _file_loader("image"),
    "LoadImageMask": _file_loader("image"),
    "LoadImageOutput": _file_loader("image"),
    "WebcamCapture": _file_loader("image"),
    "LoadLatent": _file_loader("latent"),
    "LoadAudio": _file_loader("audio"),
    "LoadVideo": _file_loader("file"),
    "Load3D": _file_loader("model_file", needs_file=False, takes_kwargs=True),
    "Load3DAdvanced": _file_loader("model_file", needs_file=False, takes_kwargs=True),
    "ComfySoftSwitchNode": CustomValidation(
        ("switch",), ("on_false", "on_true"), rule=_check_branch
    ),
    "CustomCombo": CustomValidation(
        ("choice",), ("index",), takes_kwargs=True, allows_any_input=True
    ),
    # An unknown `gpu:1` is accepted by design: the run continues without it.
    "SelectModelDevice": CustomValidation(optional=("device",)),
    "SelectCLIPDevice": CustomValidation(optional=("device",)),
    "SelectVAEDevice": CustomValidation(optional=("device",)),
    "ModelAttentionBackend": CustomValidation(("attention",)),
    "FluxProUltraImageNode": CustomValidation(
        ("aspect_ratio",), rule=partial(_check_ratio, name="aspect_ratio")
    ),
    "TripoConversionNode": CustomValidation(
        takes_types=True,
        rule=partial(_check_task, name=_TASK, tasks=_TASKS),
        matches=partial(_takes_tasks, name=_TASK, tasks=_TASKS),
    ),
}
_NO_VALIDATION = CustomValidation()


def custom_validation(
    class_type: str, declared: Mapping[str, InputDeclaration]
) -> CustomValidation:
    """Returns the check of a class that declares these inputs."""
    found = CUSTOM_VALIDATIONS.get(class_type, _NO_VALIDATION)
    return found if found.matches is None or found.matches(declared) else _NO_VALIDATION
