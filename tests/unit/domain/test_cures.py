"""What one press puts right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.cures import default_cure, nearest_choice, set_to
from runcomfy_desktop.domain.input_spec import InputKind, InputSpec

if TYPE_CHECKING:
    from runcomfy_desktop.domain.json_value import Json

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
    cure = nearest_choice(value, choices)
    assert (None if cure is None else cure.value) == meant


def test_the_nearest_of_very_many_is_found() -> None:
    many = tuple(f"model_{number}.safetensors" for number in range(50_000))
    cure = nearest_choice("model_123.safetensor", many)
    assert cure is not None
    assert cure.value == "model_123.safetensors"
    assert nearest_choice("a" * 1_000_000, many) is None


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
    cure = default_cure(InputSpec(kind, default=default))
    assert (None if cure is None else cure.label) == label


def test_a_limit_is_set() -> None:
    assert (set_to(0.5).label, set_to(0.5).value) == ("Set to 0.5", 0.5)
