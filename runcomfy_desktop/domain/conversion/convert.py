"""The whole conversion: the editor's file in, the graph that is run and a report out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.class_defs import ClassDefs
from runcomfy_desktop.domain.conversion.exporter import Exporter
from runcomfy_desktop.domain.conversion.graph_builder import build_graphs
from runcomfy_desktop.domain.workflow.conversion_report import (
    ConversionReport,
    ConversionResult,
    RemarkCollector,
)
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.base.json_value import Json


def convert(raw_workflow: Json, object_info: Mapping[str, Json] | None) -> ConversionResult:
    """The graph that ComfyUI's own export would give for `raw_workflow`.

    Without `object_info` what the file itself tells is converted, and the report says so.
    Whatever the JSON is, this answers.
    """
    remarks = RemarkCollector()
    raw = raw_workflow if isinstance(raw_workflow, dict) else {}
    if object_info is None:
        remarks.add(
            "",
            "",
            _(
                "The classes of the deployment's nodes are not known, so values that the file "
                "does not name are missing."
            ),
        )
    classes = None if object_info is None else ClassDefs(object_info)
    exporter = Exporter(build_graphs(raw, classes, remarks), remarks)
    workflow = exporter.export()
    is_truncated = exporter.is_truncated or remarks.is_truncated
    if is_truncated:
        remarks.add("", "", _("The workflow has too many nodes; the rest was left out."))
    report = ConversionReport(
        remarks.all(),
        len(workflow.nodes),
        exporter.skipped_count,
        object_info is None,
        is_truncated,
    )
    return ConversionResult(workflow, report)
