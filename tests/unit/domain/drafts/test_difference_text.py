"""Changes as text: complete, with their nodes and the values before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.drafts.difference_text import (
    WorkflowComparison,
    comparison_text,
    difference_text,
)
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.drafts.overrides import compare_workflows
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.drafts.draft import Value

_PICTURE = MediaFile("bike.png", "ab.png", "ab", "image/png", 1000, 20, 10)
_DRAFT = Draft(
    Workflow(
        {
            "6": Node("6", "CLIPTextEncode", "Prompt", {"text": "one\ntwo\nthree\nfour"}),
            "31": Node("31", "KSampler", "", {"seed": 1, "steps": 20, "cfg": 7.5}),
            "9": Node("9", "LoadImage", "Load", {"image": "a.png"}),
        }
    ),
    DraftSource("flux.json"),
)


def test_short_values_stand_in_a_line_and_texts_as_the_lines_that_changed() -> None:
    draft = _DRAFT.with_values(
        {
            InputKey("9", "image"): _PICTURE,
            InputKey("31", "steps"): 35,
            InputKey("31", "seed"): 2**64 - 1,
            InputKey("6", "text"): "one\n2\n2b\nthree\nfour",
        }
    )
    assert difference_text(draft, "Flux") == (
        "4 inputs of Flux are changed.\n"
        "\n"
        "#6 Prompt (CLIPTextEncode)\n"
        "  text:\n"
        "    - two\n"
        "    + 2\n"
        "    + 2b\n"
        "\n"
        "#31 KSampler\n"
        "  seed: 1 → 18446744073709551615\n"
        "  steps: 20 → 35\n"
        "\n"
        "#9 Load (LoadImage)\n"
        "  image: a.png → bike.png\n"
    )


def test_an_input_that_the_workflow_does_not_have_is_told_as_new() -> None:
    draft = _DRAFT.with_values({InputKey("31", "mode.width"): 512})
    assert difference_text(draft, "") == (
        "1 input of flux.json is changed.\n\n#31 KSampler\n  mode.width: (not there) → 512\n"
    )


def test_names_from_outside_stay_in_their_line() -> None:
    node = Node("a\nb", "C\nlass", "T\nitle", {"na\nme": 1})
    draft = Draft(Workflow({"a\nb": node}), DraftSource("f")).with_values(
        {InputKey("a\nb", "na\nme"): 2}
    )
    text = difference_text(draft, "De\nployment")
    assert text.splitlines()[0] == "1 input of De ployment is changed."
    assert len(text.splitlines()) == 4


def test_a_picture_in_base64_is_only_named() -> None:
    draft = _DRAFT.with_values({InputKey("9", "image"): "data:image/png;base64," + "A" * 5_000_000})
    assert len(difference_text(draft, "")) < 300


def test_texts_of_megabytes_take_no_time() -> None:
    old = "\n".join(f"line {number}" for number in range(200_000))
    node = Node("1", "Text", "", {"text": old})
    draft = Draft(Workflow({"1": node}), DraftSource("f"))
    changed = draft.with_values({InputKey("1", "text"): f"first\n{old}\nlast"})
    text = difference_text(changed, "")
    assert text.count("\n    - ") == 200_000
    assert text.endswith("    + last\n")


def _change(before: Json, after: Value) -> str:
    node = Node("6", "Text", "", {"text": before})
    draft = Draft(Workflow({"6": node}), DraftSource("f")).with_values(
        {InputKey("6", "text"): after}
    )
    return difference_text(draft, "").partition("#6 Text\n")[2]


def test_what_differs_only_in_what_is_not_seen_is_told_all_the_same() -> None:
    assert _change("a", "a\n") == '  text: "a" → "a\\n"\n'
    assert _change("a\nb", "a\r\nb") == '  text: "a\\nb" → "a\\r\\nb"\n'
    assert _change(20, "20") == '  text: 20 → "20"\n'
    assert _change(True, "true") == '  text: true → "true"\n'
    assert _change("", "a") == '  text: "" → a\n'
    assert _change("a ", "a") == '  text: "a " → "a"\n'


def test_another_picture_of_the_same_name_is_told_by_its_size() -> None:
    assert _change("bike.png", _PICTURE) == "  text: bike.png → bike.png (20 × 10, 1000 bytes)\n"


def test_a_long_text_that_differs_only_at_its_end_is_told_as_such() -> None:
    long = "a very long line of a prompt, of more letters than fit beside one another\n" * 3
    told = _change(long, long.rstrip("\n"))
    assert told == "  text:\n    (Only blanks or line breaks differ.)\n"


def test_two_workflows_are_compared_input_by_input() -> None:
    before = Workflow(
        {
            "31": Node("31", "KSampler", "Sampler", {"seed": 1, "gone": True, "model": ["4", 0]}),
            "6": Node("6", "CLIPTextEncode", "", {"text": "one\ntwo"}),
            "8": Node("8", "Old", "", {}),
        }
    )
    after = Workflow(
        {
            "31": Node("31", "KSampler", "Sampler", {"seed": 2, "new": 3, "model": ["5", 0]}),
            "6": Node("6", "CLIPTextEncode", "", {"text": "one\nthree"}),
            "9": Node("9", "New", "", {}),
        }
    )
    compared = WorkflowComparison(before, after, compare_workflows(after, before), "Flux", "a.json")
    assert comparison_text(compared) == (
        "Flux → a.json\n\n"
        "#31 Sampler (KSampler)\n"
        "  seed: 1 → 2\n"
        "  new: (not there) → 3\n"
        '  model: ["4", 0] → ["5", 0]\n'
        "  gone: true → (not there)\n\n"
        "#6 CLIPTextEncode\n"
        "  text:\n    - two\n    + three\n\n"
        "Only in a.json:\n  #9 New\n\n"
        "Only in Flux:\n  #8 Old\n"
    )
