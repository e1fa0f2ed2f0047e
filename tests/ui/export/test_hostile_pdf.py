"""Hostile names in the printed plan: printed as words, on whole pages, with nothing to run."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from moeplanner_gui.export.safe_text import one_line
from moeplanner_gui.ui.export.pdf import write_pdf
from tests.export.hostile_plans import hostile_case
from tests.hostile import HOSTILE

pytestmark = pytest.mark.usefixtures("qapp")

SEEN_AS_WRITTEN = ("html_script", "html_image", "html_entity", "ampersand", "formula_equals",
                   "quotes", "pdf", "markdown_table", "template")  # fmt: skip


@pytest.mark.parametrize("name", list(HOSTILE))
def test_that_a_plan_of_hostile_names_prints_whole_and_runs_nothing(
    name: str, tmp_path: Path
) -> None:
    target = tmp_path / "plan.pdf"
    write_pdf(target, *hostile_case(HOSTILE[name]), paper="A4", today=date(2026, 11, 23))
    data = target.read_bytes()
    assert data.startswith(b"%PDF")
    assert b"%%EOF" in data[-64:]
    # Text is in compressed streams: what stands outside them is structure.
    structure = re.sub(rb"stream\r?\n.*?endstream", b"", data, flags=re.DOTALL)
    for action in (b"/JavaScript", b"/Launch", b"/OpenAction", b"/EmbeddedFile"):
        assert action not in structure


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is missing")
@pytest.mark.parametrize("name", SEEN_AS_WRITTEN)
def test_that_a_name_is_printed_as_it_is_written(name: str, tmp_path: Path) -> None:
    target = tmp_path / "plan.pdf"
    write_pdf(target, *hostile_case(HOSTILE[name]), paper="A4", today=date(2026, 11, 23))
    done = subprocess.run(
        ["pdftotext", "-raw", str(target), "-"], capture_output=True, check=True, timeout=60
    )
    printed = "".join(done.stdout.decode("utf-8").split())
    # Long names are broken or cut: their beginning is there.
    assert "".join(one_line(HOSTILE[name]).split())[:14] in printed
