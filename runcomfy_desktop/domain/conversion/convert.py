"""The whole conversion: the editor's file in, the graph that is run and a report out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.building import build_graphs
from runcomfy_desktop.domain.conversion.prompt import Exporter
from runcomfy_desktop.domain.conversion.report import Converted, Remarks, Report
from runcomfy_desktop.domain.conversion.specs import Classes
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.json_value import Json


def convert(ui: Json, object_info: Mapping[str, Json] | None) -> Converted:
    """The graph that ComfyUI's own export would give for `ui`.

    Without `object_info` what the file itself tells is converted, and the report says so.
    Whatever the JSON is, this answers.
    """
    remarks = Remarks()
    raw = ui if isinstance(ui, dict) else {}
    if object_info is None:
        remarks.add(
            "",
            "",
            _(
                "The classes of the deployment's nodes are not known, so values that the file "
                "does not name are missing."
            ),
        )
    classes = None if object_info is None else Classes(object_info)
    exporter = Exporter(build_graphs(raw, classes, remarks), remarks)
    workflow = exporter.workflow()
    is_cut = exporter.is_cut or remarks.is_cut
    if is_cut:
        remarks.add("", "", _("The workflow has too many nodes; the rest was left out."))
    report = Report(
        remarks.all(),
        len(workflow.nodes),
        exporter.left_out,
        object_info is None,
        is_cut,
    )
    return Converted(workflow, report)
