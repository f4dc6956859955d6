"""Axes from the user's specs: exact numbers, named errors, readable labels."""

from __future__ import annotations

import pytest

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource, Value
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.sweeps.axes import build_axis, parse_entries
from runcomfy_desktop.domain.sweeps.csv_table import parse_csv
from runcomfy_desktop.domain.sweeps.spec import (
    AxisSources,
    AxisSpec,
    ChoicesSpec,
    CsvSpec,
    DeploymentsSpec,
    FilesSpec,
    LinesSpec,
    ListSpec,
    PresetsSpec,
    RangeSpec,
    ReplaceSpec,
)
from runcomfy_desktop.domain.sweeps.sweep import Axis, SearchReplace
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json

CFG, STEPS = InputKey("3", "cfg"), InputKey("3", "steps")
SAMPLER, TILED = InputKey("3", "sampler_name"), InputKey("3", "tiled")
PROMPT, NEGATIVE = InputKey("6", "text"), InputKey("7", "text")
IMAGE, MODEL = InputKey("9", "image"), InputKey("3", "model")

SCHEMA = NodeSchema(
    {
        "Sampler": {
            "input": {
                "required": {
                    "cfg": ["FLOAT", {"min": 0.0, "max": 30.0, "step": 0.5}],
                    "steps": ["INT", {"min": 1, "max": 100}],
                    "sampler_name": [["euler", "heun", "lcm"]],
                    "tiled": ["BOOLEAN", {}],
                    "model": ["MODEL"],
                }
            }
        },
        "Text": {"input": {"required": {"text": ["STRING", {"multiline": True}]}}},
        "LoadImage": {"input": {"required": {"image": [["a.png"], {"image_upload": True}]}}},
    }
)
DRAFT = Draft(
    workflow_from_json(
        {
            "3": {
                "class_type": "Sampler",
                "inputs": {
                    "cfg": 4.0,
                    "steps": 20,
                    "sampler_name": "euler",
                    "tiled": False,
                    "model": ["1", 0],
                },
            },
            "6": {
                "class_type": "Text",
                "inputs": {"text": "a red fox"},
                "_meta": {"title": "Positive"},
            },
            "7": {"class_type": "Text", "inputs": {"text": "blurry"}},
            "9": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
        }
    ),
    DraftSource("Flux"),
    "d1",
)


def axis(spec: AxisSpec, found: AxisSources | None = None) -> Axis:
    return build_axis(spec, DRAFT, SCHEMA, found or AxisSources())


def values(spec: AxisSpec, key: InputKey, found: AxisSources | None = None) -> list[Value]:
    return [point.values[key] for point in axis(spec, found).points]


def refusal(spec: AxisSpec, found: AxisSources | None = None) -> str:
    with pytest.raises(Problem) as caught:
        axis(spec, found)
    return caught.value.title


def test_a_range_is_exact() -> None:
    spec = RangeSpec(CFG, "0.1", "0.5", "0.1")
    assert values(spec, CFG) == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert [point.label for point in axis(spec).points] == ["0.1", "0.2", "0.3", "0.4", "0.5"]
    assert values(RangeSpec(STEPS, "10", "40", "10"), STEPS) == [10, 20, 30, 40]
    assert all(isinstance(each, int) for each in values(RangeSpec(STEPS, "1", "3"), STEPS))


def test_a_range_without_a_step_takes_that_of_its_input() -> None:
    assert values(RangeSpec(CFG, "1", "2.5"), CFG) == [1.0, 1.5, 2.0, 2.5]
    assert values(RangeSpec(STEPS, "3", "5"), STEPS) == [3, 4, 5]


def test_a_range_may_go_down_and_end_between_two_steps() -> None:
    assert values(RangeSpec(STEPS, "10", "1", "4"), STEPS) == [10, 6, 2]
    assert values(RangeSpec(STEPS, "10", "1", "-4"), STEPS) == [10, 6, 2]


def test_a_range_of_so_many_begins_and_ends_where_it_was_said() -> None:
    assert values(RangeSpec(CFG, "0", "1", count="4"), CFG) == [
        0.0,
        0.3333333333,
        0.6666666667,
        1.0,
    ]
    assert values(RangeSpec(STEPS, "1", "10", count="4"), STEPS) == [1, 4, 7, 10]
    # Values that become the same whole number are tried once.
    assert values(RangeSpec(STEPS, "1", "2", count="5"), STEPS) == [1, 2]
    assert values(RangeSpec(STEPS, "7", "9", count="1"), STEPS) == [7]


def test_what_is_wrong_with_a_range_is_named() -> None:
    assert refusal(RangeSpec(CFG, "a", "2")) == "“a” is no number for cfg."
    assert refusal(RangeSpec(CFG, "1", "2", "0")) == (
        "The step of cfg is 0, so its range would never end."
    )
    assert refusal(RangeSpec(STEPS, "1", "5", "0.5")) == (
        "steps takes whole numbers, and 1.5 is none."
    )
    assert refusal(RangeSpec(STEPS, "0", "5")) == "0 is too small for steps: it takes 1 or more."
    assert refusal(RangeSpec(CFG, "0", "1", count="0")) == "“0” is no number of values for cfg."
    assert refusal(RangeSpec(PROMPT, "0", "1")).endswith("takes no numbers, so it has no range.")


def test_a_range_of_a_million_is_refused_with_its_number_at_once() -> None:
    assert refusal(RangeSpec(CFG, "0", "1000000", "0.000001")) == (
        "cfg would get 1,000,000,000,001 values, which is more than a grid can have."
    )
    assert "1,000,000 values" in refusal(RangeSpec(CFG, "0", "1", count="1000000"))


def test_lists_are_lines_or_words_between_commas() -> None:
    assert parse_entries('a, "b, c",, d ') == ["a", "b, c", "d"]
    assert parse_entries("a, b\n\nc, d\n") == ["a, b", "c, d"]
    assert parse_entries("  \n ") == []
    assert parse_entries('an "open quote') == ['an "open quote']
    assert values(ListSpec(CFG, "1, 2.5"), CFG) == [1.0, 2.5]
    assert values(ListSpec(TILED, "yes, no"), TILED) == [True, False]
    assert refusal(ListSpec(CFG, " ")) == "There is nothing to try for cfg yet."
    assert refusal(ListSpec(SAMPLER, "euler, ddim")) == (
        "“ddim” is none of the choices of sampler_name."
    )


def test_choices_are_all_or_those_that_were_picked() -> None:
    assert values(ChoicesSpec(SAMPLER), SAMPLER) == ["euler", "heun", "lcm"]
    assert values(ChoicesSpec(SAMPLER, ("lcm", "euler")), SAMPLER) == ["lcm", "euler"]
    assert values(ChoicesSpec(TILED), TILED) == [True, False]


def test_lines_of_a_text_keep_their_commas() -> None:
    assert values(LinesSpec(PROMPT, "a fox, red\n\n a hen \n"), PROMPT) == ["a fox, red", "a hen"]


def test_inputs_of_one_name_are_told_apart_by_their_node() -> None:
    assert axis(LinesSpec(PROMPT, "x")).name == "text of Positive"
    assert axis(LinesSpec(NEGATIVE, "x")).name == "text of Text"
    assert axis(ListSpec(CFG, "1")).name == "cfg"


def test_files_are_headed_by_their_names() -> None:
    file = MediaFile("a\ncat.png", "0" * 64 + ".png", "0" * 64, "image/png", 10, 4, 4)
    found = axis(FilesSpec(IMAGE, "/x"), AxisSources(files=(file,)))
    assert found.points[0].label == "a cat.png"
    assert found.points[0].values == {IMAGE: file}
    assert refusal(FilesSpec(IMAGE, "/x")) == "There is nothing to try for image yet."
    assert refusal(FilesSpec(CFG, "/x")) == "cfg takes no files."


def test_rows_of_a_csv_set_several_inputs() -> None:
    table = parse_csv(b'prompt;cfg;about\n"a; b";0,5;first\nc;7;\n')
    spec = CsvSpec("/x.csv", (("prompt", PROMPT), ("cfg", CFG)), label_column="about")
    found = axis(spec, AxisSources(table=table))
    assert found.name == "text of Positive · cfg"
    assert [point.values for point in found.points] == [
        {PROMPT: "a; b", CFG: 0.5},
        {PROMPT: "c", CFG: 7.0},
    ]
    assert [point.label for point in found.points] == ["first", "c · 7"]


def test_what_is_wrong_with_a_csv_is_named() -> None:
    table = parse_csv(b"prompt,cfg\na,1\nb,many\n")
    found = AxisSources(table=table)
    assert refusal(CsvSpec("/x.csv", (("cfg", CFG),)), found) == (
        "Line 3 of the CSV file: “many” is no number for cfg."
    )
    assert refusal(CsvSpec("/x.csv", (("seed", CFG), ("steps", STEPS))), found) == (
        "The CSV file has no columns “seed”, “steps”."
    )
    assert refusal(CsvSpec("/x.csv", (("prompt", PROMPT),), label_column="who"), found) == (
        "The CSV file has no column “who”."
    )
    assert refusal(CsvSpec("/x.csv", (("cfg", CFG), ("prompt", CFG))), found) == (
        "Two columns of the CSV file are put on the same input: cfg."
    )
    assert refusal(CsvSpec("/x.csv"), found).startswith("No column of the CSV file is put on")


def test_replacing_looks_for_the_first_entry() -> None:
    found = axis(ReplaceSpec(PROMPT, "fox, hen, cat"))
    assert found.name == "“fox” in text of Positive"
    assert [point.label for point in found.points] == ["fox", "hen", "cat"]
    assert found.points[1].replacement == SearchReplace(PROMPT, "fox", "hen")
    assert refusal(ReplaceSpec(CFG, "a")) == "cfg is no text, so nothing can be replaced in it."
    assert refusal(ReplaceSpec(PROMPT, "")).startswith("There is nothing to try for text")


def test_presets_and_deployments_are_axes() -> None:
    found = axis(PresetsSpec(("a", "b")), AxisSources(presets=(("Calm", {CFG: 2.0}), ("Wild", {}))))
    assert [point.label for point in found.points] == ["Calm", "Wild"]
    there = AxisSources(deployments=(("d1", "Flux"), ("d2", "Qwen")))
    found = axis(DeploymentsSpec(("d1", "d2")), there)
    assert [(point.label, point.deployment_id) for point in found.points] == [
        ("Flux", "d1"),
        ("Qwen", "d2"),
    ]
    assert refusal(DeploymentsSpec(())) == "There is nothing to try for Deployment yet."


def test_what_is_linked_or_gone_cannot_be_varied() -> None:
    assert refusal(ListSpec(MODEL, "x")) == "model cannot be varied by values in a list."
    assert refusal(ListSpec(InputKey("77", "cfg"), "1")) == (
        "The workflow has no input “cfg” of node 77 any more."
    )
