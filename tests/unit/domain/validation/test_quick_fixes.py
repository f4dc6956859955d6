"""Quick fixes of issues."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.schema.input_spec import InputKind, InputSpec
from runcomfy_desktop.domain.validation.quick_fixes import (
    default_fix,
    nearest_choice_fix,
    set_value_fix,
)

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json

MODELS = ("sd15/dreamshaper_8.safetensors", "sdxl/base.safetensors", "flux/dev.safetensors")


@pytest.mark.parametrize(
    ("value", "choices", "meant"),
    [
        ("eulr", ("dpmpp", "euler", "ddim"), "euler"),
        ("Euler Ancestral", ("euler", "euler_ancestral"), "euler_ancestral"),
        ("dreamshaper_8.safetensors", MODELS, "sd15/dreamshaper_8.safetensors"),
        ("sd15\\base.safetensors", MODELS, "sdxl/base.safetensors"),
        (
            "dreamshaper_7.safetensors",
            ("dreamshaper_8.safetensors", "x"),
            "dreamshaper_8.safetensors",
        ),
        ("x.safetensors", ("sd_xl_base_1.0.safetensors", "wan.safetensors"), None),
        ("sd_xl_refiner_1.0.safetensors", ("sd_xl_base_1.0.safetensors",), None),
        (
            "v1-5-pruned-emaonly.ckpt",
            ("sd_xl_base_1.0.safetensors", "v1-5-pruned-emaonly-fp16.safetensors"),
            "v1-5-pruned-emaonly-fp16.safetensors",
        ),
        (30, (8, 16, 32), 32),
        ("16", (8, 16, 32), 16),
        ("zzz", ("euler", "ddim"), None),
        ("", ("euler", "a/"), None),
        (None, ("euler",), None),
        (["a"], ("a",), None),
        ("a", (), None),
    ],
)
def test_the_choice_that_was_probably_meant(
    value: Json, choices: tuple[str | int | float, ...], meant: Json
) -> None:
    quick_fix = nearest_choice_fix(value, choices)
    assert (None if quick_fix is None else quick_fix.value) == meant


def test_the_nearest_of_very_many_is_found() -> None:
    many = tuple(f"model_{number}.safetensors" for number in range(50_000))
    quick_fix = nearest_choice_fix("model_123.safetensor", many)
    assert quick_fix is not None
    assert quick_fix.value == "model_123.safetensors"
    assert nearest_choice_fix("a" * 1_000_000, many) is None


@pytest.mark.parametrize(
    ("kind", "default", "label"),
    [
        (InputKind.INT, 20, "Set to 20"),
        (InputKind.BOOLEAN, True, "Turn it on"),
        (InputKind.COMBO, "euler", "Use euler"),
        (InputKind.TEXT, "", "Leave it empty"),
        (InputKind.BOX, {"x": 0}, "Use the default"),
        (InputKind.IMAGE, "a.png", None),
        (InputKind.OTHER, 5, None),
        (InputKind.STRING, None, None),
    ],
)
def test_the_default_of_a_class(kind: InputKind, default: Json, label: str | None) -> None:
    quick_fix = default_fix(InputSpec(kind, default=default))
    assert (None if quick_fix is None else quick_fix.label) == label


def test_a_limit_is_set() -> None:
    assert (set_value_fix(0.5).label, set_value_fix(0.5).value) == ("Set to 0.5", 0.5)
