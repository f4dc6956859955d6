"""Classes which check some of their inputs themselves: `object_info` does not say which do.

Read in the source of ComfyUI 0.33 (`VALIDATE_INPUTS` of old classes, `validate_inputs` of new
ones). ComfyUI looks at no limits and lists of the inputs that such a check takes as arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.fault import FaultKind
from runcomfy_desktop.domain.verdict.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from runcomfy_desktop.domain.input_reading import Declared
    from runcomfy_desktop.domain.json_value import Json

NO_FILE = ("", "none")
"""The values that stand for no file where a class can do without one."""


@dataclass(frozen=True, slots=True)
class Given:
    """The values that a check is given, and the types of the outputs that are linked.

    A type is None where nothing is known of the class that is linked.
    """

    values: Mapping[str, Json]
    types: Mapping[str, Json]
    is_there: Callable[[str], bool]


Rule: TypeAlias = "Callable[[Given], Finding | None]"


@dataclass(frozen=True, slots=True)
class OwnCheck:
    """The arguments of a class's check, and its rule; without a rule it accepts everything.

    It breaks when one of `needs` is missing, and does without `takes`. `takes_all` says that it has
    keyword arguments, `takes_types` that it checks the types of links itself. `any_input` says that
    the class itself has a use for inputs that it does not declare. `file` is the input that names
    a file, which may be left out where the class does not need one. `is_of` tells the class as it
    was read here from earlier and later ones without this check; None where no other is known.
    """

    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    takes_all: bool = False
    takes_types: bool = False
    any_input: bool = False
    rule: Rule | None = None
    file: str = ""
    needs_file: bool = True
    is_of: Callable[[Mapping[str, Declared]], bool] | None = None

    def covers(self, name: str) -> bool:
        return self.takes_all or name in self.needs or name in self.takes

    def allows_none(self, name: str, value: Json) -> bool:
        """Whether `value` stands for no file in an input that can be without one."""
        return name == self.file and not self.needs_file and value in NO_FILE


def unwrapped(value: Json) -> Json:
    """The value in `{"__value__": ...}`, as lists are sent; any other as it is."""
    if isinstance(value, dict) and "__value__" in value:
        return value["__value__"]
    return value


def is_link(value: Json) -> bool:
    """Whether ComfyUI takes a value for a link once it has checked it: a check sees None there."""
    match value:
        case [str(), int() | float()]:
            return True
    return False


def _loads(name: str, *, needs_file: bool = True, takes_all: bool = False) -> OwnCheck:
    """The check of a class that loads a file."""
    rule = partial(_find_file, name=name, needs_file=needs_file)
    is_of = None if needs_file else partial(_lists_none, name=name)
    return OwnCheck(
        (name,), takes_all=takes_all, rule=rule, file=name, needs_file=needs_file, is_of=is_of
    )


def _lists_none(declared: Mapping[str, Declared], *, name: str) -> bool:
    """Whether "no file" is one of the choices; before it was, the class had no check."""
    return name in declared and declared[name].lists("none")


def _find_file(given: Given, *, name: str, needs_file: bool) -> Finding | None:
    value = unwrapped(given.values[name])
    if not needs_file and (not value or value in NO_FILE or is_link(value)):
        return None
    if not isinstance(value, str):
        return Finding(name, FaultKind.INVALID_INPUT_TYPE, value, raises=True)
    return None if given.is_there(value) else Finding(name, FaultKind.CUSTOM_VALIDATION, value)


def _find_ratio(given: Given, *, name: str) -> Finding | None:
    value = unwrapped(given.values[name])
    if isinstance(value, str) and _is_ratio(value):
        return None
    return Finding(name, FaultKind.ASPECT_RATIO, value, raises=True)


def _is_ratio(text: str) -> bool:
    """Whether a text is two whole numbers whose ratio is from 1:4 to 4:1."""
    try:
        first, second = (int(each) for each in text.split(":"))
        return first > 0 and second > 0 and 1 / 4 <= first / second <= 4
    except (ValueError, OverflowError):
        return False


def _find_task(given: Given, *, name: str, tasks: tuple[str, ...]) -> Finding | None:
    """A link to one of `tasks`: they are compared as they are, so that `*` is none of them."""
    if name not in given.types:
        value = given.values.get(name)
        return Finding(name, FaultKind.RETURN_TYPE_MISMATCH, value, raises=True)
    kind = given.types[name]
    if kind is None or kind in tasks:
        return None
    got = kind if isinstance(kind, str) else "COMBO"
    return Finding(name, FaultKind.RETURN_TYPE_MISMATCH, given.values[name], got=got)


def _takes_tasks(declared: Mapping[str, Declared], *, name: str, tasks: tuple[str, ...]) -> bool:
    """Whether the class takes just these tasks; later, with more of them, it had no check."""
    return name in declared and declared[name].type == ",".join(tasks)


def _find_branch(given: Given) -> Finding | None:
    if "on_false" in given.values or "on_true" in given.values:
        return None
    return Finding("switch", FaultKind.NO_BRANCH)


_TASK = "original_model_task_id"
_TASKS = ("MODEL_TASK_ID", "RIG_TASK_ID", "RETARGET_TASK_ID")

OWN_CHECKS: Mapping[str, OwnCheck] = {
    "LoadImage": _loads("image"),
    "LoadImageMask": _loads("image"),
    "LoadImageOutput": _loads("image"),
    "WebcamCapture": _loads("image"),
    "LoadLatent": _loads("latent"),
    "LoadAudio": _loads("audio"),
    "LoadVideo": _loads("file"),
    "Load3D": _loads("model_file", needs_file=False, takes_all=True),
    "Load3DAdvanced": _loads("model_file", needs_file=False, takes_all=True),
    "ComfySoftSwitchNode": OwnCheck(("switch",), ("on_false", "on_true"), rule=_find_branch),
    "CustomCombo": OwnCheck(("choice",), ("index",), takes_all=True, any_input=True),
    # An unknown `gpu:1` is meant to pass: the run goes on without it.
    "SelectModelDevice": OwnCheck(takes=("device",)),
    "SelectCLIPDevice": OwnCheck(takes=("device",)),
    "SelectVAEDevice": OwnCheck(takes=("device",)),
    "ModelAttentionBackend": OwnCheck(("attention",)),
    "FluxProUltraImageNode": OwnCheck(
        ("aspect_ratio",), rule=partial(_find_ratio, name="aspect_ratio")
    ),
    "TripoConversionNode": OwnCheck(
        takes_types=True,
        rule=partial(_find_task, name=_TASK, tasks=_TASKS),
        is_of=partial(_takes_tasks, name=_TASK, tasks=_TASKS),
    ),
}
_NO_CHECK = OwnCheck()


def own_check(class_type: str, declared: Mapping[str, Declared]) -> OwnCheck:
    """The check of a class that declares these inputs."""
    found = OWN_CHECKS.get(class_type, _NO_CHECK)
    return found if found.is_of is None or found.is_of(declared) else _NO_CHECK
