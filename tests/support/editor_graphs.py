"""Small workflows in the ComfyUI editor's format, and the classes of their nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.convert import convert

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.workflow.conversion_report import ConversionResult

CLASSES: JsonObject = {
    "Load": {
        "input": {"required": {"name": [["a.safetensors", "b.safetensors"]]}},
        "output": ["MODEL", "CLIP"],
        "display_name": "Load a model",
    },
    "Text": {
        "input": {
            "required": {
                "text": ["STRING", {"multiline": True, "dynamicPrompts": True}],
                "clip": ["CLIP"],
            }
        },
        "output": ["CONDITIONING"],
    },
    "Sample": {
        "input": {
            "required": {
                "model": ["MODEL"],
                "seed": ["INT", {"control_after_generate": True, "default": 0}],
                "steps": ["INT", {"default": 20, "min": 1}],
                "sampler": [["euler", "heun"], {"default": "euler"}],
                "positive": ["CONDITIONING"],
            },
            "optional": {"cfg": ["FLOAT", {"default": 8.0}]},
        },
        "input_order": {
            "required": ["model", "seed", "steps", "sampler", "positive"],
            "optional": ["cfg"],
        },
        "output": ["IMAGE"],
        "display_name": "Sample",
    },
    "Picture": {
        "input": {"required": {"image": [["example.png"], {"image_upload": True}]}},
        "output": ["IMAGE", "MASK"],
    },
    "Scale": {
        "input": {"required": {"image": ["IMAGE"], "by": ["FLOAT", {"default": 1.0}]}},
        "output": ["IMAGE"],
    },
    "Mix": {
        "input": {"required": {"mask": ["MASK"], "image": ["IMAGE"], "other": ["IMAGE"]}},
        "output": ["IMAGE"],
    },
    "SaveImage": {
        "input": {
            "required": {"images": ["IMAGE"], "filename_prefix": ["STRING", {"default": "A"}]}
        },
        "output": [],
    },
    "Number": {
        "input": {"required": {"value": ["INT", {"default": 1}]}},
        "output": ["INT"],
    },
    "Pick": {
        "input": {
            "required": {
                "how": [
                    "COMFY_DYNAMICCOMBO_V3",
                    {
                        "options": [
                            {
                                "key": "size",
                                "inputs": {"required": {"width": ["INT", {"default": 8}]}},
                            },
                            {
                                "key": "like",
                                "inputs": {
                                    "required": {
                                        "image": ["IMAGE"],
                                        "fit": [
                                            "COMFY_DYNAMICCOMBO_V3",
                                            {
                                                "options": [
                                                    {"key": "none", "inputs": {"required": {}}},
                                                    {
                                                        "key": "crop",
                                                        "inputs": {
                                                            "required": {"x": ["FLOAT", {}]}
                                                        },
                                                    },
                                                ]
                                            },
                                        ],
                                    }
                                },
                            },
                        ]
                    },
                ],
                "last": ["STRING", {"default": "end"}],
            }
        },
        "output": ["IMAGE"],
    },
    "Batch": {
        "input": {
            "required": {
                "images": [
                    "COMFY_AUTOGROW_V3",
                    {"template": {"input": {"required": {"image": ["IMAGE"]}}, "prefix": "image"}},
                ]
            }
        },
        "output": ["IMAGE"],
    },
    "Forced": {
        "input": {
            "required": {
                "note": ["STRING", {"forceInput": True}],
                "count": ["INT", {"default": 3}],
            }
        },
        "output": ["INT"],
    },
    "CustomCombo": {"input": {"required": {"choice": ["COMBO", {}]}}, "output": ["STRING"]},
    "Many": {
        "input": {"required": {"styles": ["COMBO", {"options": ["ink"], "multi_select": {}}]}},
        "output": ["STRING"],
    },
}


def node(node_id: Json, kind: str, values: Json = None, **more: Json) -> JsonObject:
    """Returns a node; pass its `inputs` and `outputs` in `more`."""
    found: JsonObject = {"id": node_id, "type": kind, "mode": 0, "properties": {}}
    if values is not None:
        found["widgets_values"] = values
    return {**found, **more}


def wired_input(kind: str, name: str, link: int | None, widget: bool = False) -> JsonObject:
    """Returns an input of a node, connected to `link`; with `widget`, the widget's input."""
    found: JsonObject = {"name": name, "type": kind, "link": link}
    if widget:
        found["widget"] = {"name": name}
    return found


def graph(nodes: list[JsonObject], links: list[list[Json]], **more: Json) -> JsonObject:
    """Returns a complete workflow; a link is `[id, from, slot, to, slot, type]`."""
    return {"version": 0.4, "nodes": list(nodes), "links": list(links), **more}


def subgraph(
    graph_id: str, nodes: list[JsonObject], links: list[list[Json]], **more: Json
) -> JsonObject:
    """Returns a subgraph definition; its links are objects, and its slots list their links."""
    names = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
    return {
        "id": graph_id,
        "name": "Inner",
        "nodes": list(nodes),
        "links": [dict(zip(names, link, strict=True)) for link in links],
        **more,
    }


def slot(name: str, kind: str, *links: int) -> JsonObject:
    return {"name": name, "type": kind, "linkIds": list(links)}


def convert_graph(ui: Json) -> ConversionResult:
    return convert(ui, CLASSES)


def inputs_of(ui: Json) -> dict[str, dict[str, Json]]:
    """Converts a workflow and returns the inputs of its nodes by node id."""
    return {key: dict(each.inputs) for key, each in convert_graph(ui).workflow.nodes.items()}


def warnings_of(ui: Json) -> list[str]:
    return [each.line() for each in convert_graph(ui).report.remarks]


INNER = "11111111-0000-4000-8000-000000000001"
OUTER = "22222222-0000-4000-8000-000000000002"


def scaling() -> JsonObject:
    """Returns a subgraph that scales a picture by a value set outside the subgraph."""
    return subgraph(
        INNER,
        [
            node(
                10,
                "Scale",
                [0.25],
                inputs=[
                    wired_input("IMAGE", "image", 1),
                    wired_input("FLOAT", "by", 2, widget=True),
                ],
                outputs=[{"name": "IMAGE", "type": "IMAGE", "links": [3]}],
            )
        ],
        [
            [1, -10, 0, 10, 0, "IMAGE"],
            [2, -10, 1, 10, 1, "FLOAT"],
            [3, 10, 0, -20, 0, "IMAGE"],
        ],
        inputs=[slot("picture", "IMAGE", 1), slot("amount", "FLOAT", 2)],
        outputs=[slot("scaled", "IMAGE", 3)],
    )


def workflow(*instances: JsonObject, definitions: list[Json] | None = None) -> JsonObject:
    """Returns a workflow: a picture, instances of subgraphs, and a node that saves the result.

    The saved picture comes from the first instance.
    """
    links: list[list[Json]] = [[2, instances[0]["id"], 0, 3, 0, "IMAGE"]]
    links += [[50 + index, 1, 0, each["id"], 0, "IMAGE"] for index, each in enumerate(instances)]
    return graph(
        [
            node(1, "Picture", ["a.png", "image"]),
            *instances,
            node(3, "SaveImage", ["x"], inputs=[wired_input("IMAGE", "images", 2)]),
        ],
        links,
        definitions={"subgraphs": definitions or [scaling()]},
    )


def subgraph_instance(node_id: int, values: Json, link: int = 50, **more: Json) -> JsonObject:
    return node(node_id, INNER, values, inputs=[wired_input("IMAGE", "picture", link)], **more)
