"""How the figures of the printed plan are computed: rule, inputs and source of each."""

from __future__ import annotations

from collections.abc import Sequence

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.derivation import Derivation
from moeplanner_gui.core.explain import explain
from moeplanner_gui.core.id_words import confidence_words
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.export.sheet import Draw, Sheet

MOST_INPUTS = 24
MOST_WHOLE = 180.0
"""A derivation higher than this may go on over the page."""
_INDENT = 10.0


def add_derivations(
    sheet: Sheet, plan: Plan, assessment: Assessment, catalog: CatalogReader
) -> None:
    """How the main figures are computed: rule, inputs and source of each."""
    if assessment.model is None:
        return
    paths = ["model.total_parameters", "model.active_parameters", "model.weights_bytes"]
    index = assessment.tightest
    if assessment.verdict != "cannot_run" and index is not None:
        device = assessment.devices[index]
        fields = ["routed_experts", "other_weights", "kv_cache", "compute", "output", "overhead"]
        fields.append("file_rest")
        paths += [f"devices.{index}.{n}_bytes" for n in fields if getattr(device, f"{n}_bytes")]
        paths += [f"devices.{index}.usable_bytes", f"devices.{index}.free_bytes"]
        paths.append("max_context_tokens")
        speeds = ("decode_tokens_per_s", "prefill_tokens_per_s", "time_to_first_token_s")
        paths += [f"speed.{name}" for name in speeds if getattr(assessment.speed, name) is not None]
    if assessment.cost.hardware_usd is not None:
        paths.append("cost.hardware_usd")
    sheet.section(say("How it is computed"))
    source = ""
    for path in paths:
        item = explain(plan, assessment, catalog, path)
        _add_derivation(sheet, item, source)
        source = item.source


def _add_derivation(sheet: Sheet, item: Derivation, source_before: str) -> None:
    """A figure with its rule and source, and under it what went in, values in a column."""
    theme, start = sheet.theme, len(sheet.blocks)
    lead = f"{item.label} {item.confidence.mark} {item.value}"
    words = confidence_words(item.confidence.value)
    if item.assumed:
        words = say("{0}, assumed", words)
    text = f"{lead}  ({words})"
    sheet.text(text, sheet.base, theme.text2, strong_until=len(lead), before=7, most_lines=6)
    rule = "" if item.formula == say("the sum of its parts") and item.inputs else item.formula
    if rule:
        sheet.stay()
        sheet.text(rule, sheet.small, theme.text2, indent=_INDENT, most_lines=12)
    if item.source and item.source != source_before:
        sheet.stay()
        source = say("Source: {0}", item.source)
        sheet.text(source, sheet.small, theme.text3, indent=_INDENT, most_lines=12)
    shown = item.inputs[:MOST_INPUTS]
    if len(shown) > 4 and not any(child.formula for child in shown):
        # Plain sums go side by side, down the first half and then the second.
        half = (len(shown) + 1) // 2
        lines = [[shown[row], *shown[row + half : row + half + 1]] for row in range(half)]
        widths = (120.0, 186.0, 0.0)
    else:
        lines = [[child] for child in shown]
        widths = (208.0, 182.0, sheet.width - 438.0)
    for number, line in enumerate(lines):
        # Neither the first nor the last line of inputs stands alone on a page.
        if number in (0, len(lines) - 1):
            sheet.stay()
        _add_inputs(sheet, line, widths)
    if len(item.inputs) > MOST_INPUTS:
        sheet.stay()
        rest = len(item.inputs) - MOST_INPUTS
        sheet.text(say("and {0} more", rest), sheet.small, theme.text3, indent=_INDENT)
    if sum(block.height for block in sheet.blocks[start:]) <= MOST_WHOLE:
        sheet.keep_whole(start)


def _add_inputs(
    sheet: Sheet, items: Sequence[Derivation], widths: tuple[float, float, float]
) -> None:
    """One line of inputs: label, value and note of each in columns of these widths."""
    label_width, value_width, note_width = widths
    draws: list[Draw] = []
    x, height = _INDENT, 0.0
    for item in items:
        value = f"{item.confidence.mark} {item.value}"
        note = say("{0} (assumed)", item.formula) if item.assumed else item.formula
        for text, width, right, gap in (
            (item.label, label_width, False, 8.0),
            (value, value_width, True, 14.0),
            (note if note_width else "", note_width, False, 0.0),
        ):
            laid = sheet.lay_text(text, sheet.small, width, right=right, most_lines=14)
            if text:
                draws.append(laid.at(x, 0.0, sheet.theme.text2))
                height = max(height, laid.height)
            x += width + gap
    sheet.add(height, *draws)
