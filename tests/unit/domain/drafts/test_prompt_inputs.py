from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.drafts.prompt_inputs import PromptInputs, find_prompt_inputs
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json

SCHEMA = NodeSchema(
    {
        "Text": {"input": {"required": {"value": ["STRING", {"multiline": True}]}}},
        "Name": {"input": {"required": {"value": ["STRING", {}]}}},
        "CLIPTextEncode": {"input": {"required": {"text": ["STRING", {"multiline": True}]}}},
    }
)


def _node(class_type: str, title: str = "", **inputs: Json) -> dict[str, Json]:
    return {"class_type": class_type, "inputs": inputs, "_meta": {"title": title}}


def _found(graph: dict[str, Json], *, with_schema: bool = True) -> PromptInputs:
    return find_prompt_inputs(workflow_from_json(graph), SCHEMA if with_schema else None)


def _keys(*keys: tuple[str, str]) -> tuple[InputKey, ...]:
    return tuple(InputKey(*key) for key in keys)


@pytest.mark.parametrize("with_schema", [True, False])
def test_the_links_say_which_prompt_is_negative(with_schema: bool) -> None:
    graph: dict[str, Json] = {
        "1": _node("CLIPTextEncode", text="blurry"),
        "2": _node("CLIPTextEncode", text="a red bicycle"),
        "3": _node("KSampler", positive=["2", 0], negative=["1", 0], sampler_name="euler"),
    }
    assert _found(graph, with_schema=with_schema) == PromptInputs(
        _keys(("2", "text")), _keys(("1", "text"))
    )


def test_a_node_that_passes_both_prompts_on_does_not_mix_them() -> None:
    found = _found(
        {
            "1": _node("CLIPTextEncode", text="blurry"),
            "2": _node("CLIPTextEncode", text=["5", 0]),
            "3": _node("ControlNetApply", positive=["2", 0], negative=["1", 0], image=["8", 0]),
            "4": _node("KSampler", positive=["3", 0], negative=["3", 1]),
            "5": _node("Text", value="a red bicycle"),
        }
    )
    assert found == PromptInputs(_keys(("5", "value")), _keys(("1", "text")))


def test_a_text_that_is_used_for_both_is_no_negative_one() -> None:
    found = _found(
        {
            "1": _node("CLIPTextEncode", text="a red bicycle"),
            "2": _node("ConditioningZeroOut", conditioning=["1", 0]),
            "3": _node("KSampler", positive=["1", 0], negative=["2", 0]),
        }
    )
    assert found == PromptInputs(_keys(("1", "text")))


def test_text_encoders_come_first_and_short_strings_are_no_prompts() -> None:
    found = _found(
        {
            "1": _node("Text", value="a note\nof two lines"),
            "2": _node("Name", value="flux.safetensors"),
            "3": _node("CLIPTextEncode", text="a red bicycle"),
            "4": _node("CLIPTextEncode", "Negative prompt", text="blurry"),
            "5": _node("Text", value=["9", 0]),
        }
    )
    assert found == PromptInputs(_keys(("3", "text"), ("1", "value")), _keys(("4", "text")))


def test_links_in_a_circle_come_to_an_end() -> None:
    found = _found(
        {
            "1": _node("CLIPTextEncode", text="a", other=["2", 0]),
            "2": _node("X", other=["1", 0]),
            "3": _node("KSampler", negative=["2", 0]),
        }
    )
    assert found == PromptInputs((), _keys(("1", "text")))
