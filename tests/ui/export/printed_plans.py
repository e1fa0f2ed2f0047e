"""Plans of every kind, printed, and what poppler reads from the pages."""

from __future__ import annotations

import datetime
import functools
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.catalog.paths import samples_dir
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.check_edits import dismiss
from moeplanner_gui.core.plan import (
    CustomCard,
    CustomSlot,
    Deployment,
    Economics,
    Node,
    NodePart,
    Plan,
    Rig,
    Workload,
)
from moeplanner_gui.export.plan_file import read_plan
from moeplanner_gui.ui.export import pdf
from moeplanner_gui.ui.export.blocks import Page

CATALOG = load_catalog()
TODAY = datetime.date(2026, 11, 23)


def flash(*nodes: Node, **more: object) -> Plan:
    """V4 Flash on these computers."""
    network = "100gbe" if len(nodes) > 1 else None
    return Plan(model="deepseek-v4-flash", rig=Rig(nodes=nodes, network=network), **more)


def own(name: str, mib: int = 98_304, **more: object) -> CustomSlot:
    """A card of one's own."""
    return CustomSlot(custom=CustomCard(name=name, memory_mib=mib, **more))


def all_dismissed() -> Plan:
    """A plan of which every finding was looked at."""
    parts = (NodePart(part="board-am5"), NodePart(part="psu-750-w"))
    node = Node(host="am5-5600", ram_gib=64, gpus=("rtx3090",) * 2, parts=parts)
    plan = Plan(model="qwen3-30b-a3b", weights="q4_k_m", rig=Rig(nodes=(node,)))
    for found in evaluate(plan, CATALOG).findings:
        reason = f"Measured on site; {found.code} is accepted by the owner. " * 2
        plan = dismiss(plan, found.code, found.subject, reason.strip())
    return plan


def with_costs() -> Plan:
    """A plan with an API, a rent and a break-even."""
    return read_plan(samples_dir() / "qwen3-30b-one-24gb.moeplan").replace(
        economics=Economics(
            api={"input": 0.3, "cached": 0.03, "output": 1.2},
            rent={"gpu": "rtx3090", "usd_per_gpu_hour": 0.3},
        ),
        workload=Workload(
            context_tokens=32_768,
            sequences=4,
            input_mtok_per_month=1000,
            output_mtok_per_month=100,
        ),
    )


def long_bill() -> Plan:
    """Two computers with cards of 25 kinds."""
    cards = tuple(own(f"Card {n}", 20_000 + 100 * n, price_usd=100 + n) for n in range(24))
    second = Node(gpus=("rtx4090",) * 8, ram_gib=64, host="am5-5600")
    return flash(
        Node(gpus=cards, host="sp5-9004", ram_gib=256),
        second,
        economics=Economics(owned=(NodePart(part="rtx4090", count=3),)),
    )


HOSTILE = '<b>=HYPERLINK("x")</b>\u202e evil\u2066 ' + "A very long name <script> " * 6
PLANS: dict[str, Plan] = {
    "two 96 GB": read_plan(samples_dir() / "v4-flash-two-96gb.moeplan"),
    "does not fit": read_plan(samples_dir() / "v4-flash-two-24gb.moeplan"),
    "experts in memory": read_plan(samples_dir() / "r1-experts-in-memory.moeplan"),
    "eight modules": read_plan(samples_dir() / "v3-eight-h200-vllm.moeplan"),
    "unified memory": read_plan(samples_dir() / "gpt-oss-120b-dgx-spark.moeplan"),
    "mac": flash(Node(gpus=("m3ultra-80c",))),
    "cannot run": flash(
        Node(ram_gib=512, gpus=("rtxpro6000",) * 2),
        deployment=Deployment(engine="vllm", cache_type_k="q4_0", cache_type_v="q4_0"),
    ),
    "costs": with_costs(),
    "no price": flash(Node(ram_gib=64, host="am4", gpus=(own("Own 96"),) * 2)),
    "no card": flash(Node(ram_gib=512, host="sp5-9004")),
    "all dismissed": all_dismissed(),
    "long bill": long_bill(),
    "two nodes": flash(
        Node(host="sp5-9004", ram_gib=512, gpus=("rtxpro6000",) * 4),
        Node(host="sp5-9004", ram_gib=512, gpus=("rtxpro6000",) * 2),
    ),
    "twelve nodes": flash(*(Node(host="sp5-9004", ram_gib=512, gpus=("rtxpro6000",)),) * 12),
    "64 nodes": flash(*(Node(host="sp5-9004", ram_gib=512, gpus=("rtx4090",) * 8),) * 64),
    "hostile names": flash(
        Node(name="Rack \u202e <i>", ram_gib=64, host="am5-5600", gpus=(own(HOSTILE[:200]),) * 2),
    ),
}
Word = tuple[float, float, float, float, str]


@dataclass(frozen=True)
class Printed:
    """A printed plan: its file, its pages as they were laid out, and as poppler sees them."""

    plan: Plan
    path: Path
    pages: list[Page]
    room: float

    def words(self) -> list[tuple[float, float, list[Word]]]:
        """Width and height of each page in points, and the words on it with their places."""
        found: list[tuple[float, float, list[Word]]] = []
        for line in run("pdftotext", "-bbox", self.path, "-").splitlines():
            numbers = [float(n) for n in re.findall(r'(?:Min|Max|width|height)="([\d.]+)"', line)]
            if "<page" in line:
                found.append((numbers[0], numbers[1], []))
            elif "<word" in line:
                text = re.sub(r"<[^>]*>", "", line).strip()
                found[-1][2].append((*numbers, text))  # type: ignore[arg-type]
        return found

    def texts(self, *how: str) -> list[str]:
        """The text of each page."""
        return run("pdftotext", *how, self.path, "-").split("\f")[:-1]


@functools.cache
def run(*words: object) -> str:
    """What a command prints; a complaint about the file is a failure."""
    done = subprocess.run(list(map(str, words)), check=True, capture_output=True, text=True)
    assert "Syntax Error" not in done.stderr, done.stderr
    return done.stdout


def printed(plan: Plan, paper: pdf.Paper, folder: Path, catalog=CATALOG) -> Printed:
    """Print a plan, and keep the pages as they were laid out."""
    kept: list[tuple[list[Page], float]] = []
    fill = pdf.fill_pages

    def keeping(blocks, room):
        kept.append((fill(blocks, room), room))
        return kept[-1][0]

    path = folder / "plan.pdf"
    pdf.fill_pages = keeping
    try:
        pdf.write_pdf(path, plan, evaluate(plan, catalog), catalog, paper=paper, today=TODAY)
    finally:
        pdf.fill_pages = fill
    return Printed(plan, path, *kept[-1])
