"""Detection of inputs that take files."""

from __future__ import annotations

import pytest

from runcomfy_desktop.domain.schema.input_spec import InputKind
from runcomfy_desktop.domain.schema.media_inputs import kind_of_file, kind_of_input
from runcomfy_desktop.domain.schema.schema import NodeSchema

K = InputKind


@pytest.mark.parametrize(
    ("class_type", "name", "kind"),
    [
        ("XLoadVideo", "video", K.VIDEO),
        ("XLoadVideo", "format", K.COMBO),
        ("Saver", "video", K.COMBO),
        ("VHS_LoadVideo", "video", K.VIDEO),
    ],
)
def test_a_choice_of_files_in_a_class_that_loads_them_takes_files(
    class_type: str, name: str, kind: InputKind
) -> None:
    schema = NodeSchema({class_type: {"input": {"required": {name: [["a.mp4", "b.mp4"], {}]}}}})
    spec = schema.spec(class_type, name)
    assert spec is not None
    assert (spec.kind, spec.choices) == (kind, ("a.mp4", "b.mp4"))


def test_a_file_says_what_its_input_takes_where_the_name_fits() -> None:
    assert kind_of_file("file", "a.glb") is K.MESH
    assert kind_of_file("file", "a.png") is None
    assert kind_of_file("image", "data:video/mp4;base64,AA") is None
    assert kind_of_input("LoadImage", "image") is K.IMAGE
    assert kind_of_input("LoadImage", "other") is None
