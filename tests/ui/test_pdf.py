"""The printed plan: what it says, that it is text and vectors, and that it fits on its pages."""

import datetime
import os
import re
import shutil
import subprocess
from math import floor
from pathlib import Path

import pytest

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import DeviceMemory
from moeplanner_gui.core.bill_rows import bill_sum
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
from moeplanner_gui.core.units import GIB, format_count
from moeplanner_gui.export import speed_words
from moeplanner_gui.export.speed_rows import nearest_of
from moeplanner_gui.ui.charts.memory_rows import shown_short
from moeplanner_gui.ui.charts.users import for_each_user
from moeplanner_gui.ui.export.pdf import pdf_bytes, plan_hash, write_pdf
from moeplanner_gui.ui.export.words import device_groups, merge_alike, plan_title

CATALOG = load_catalog()
TODAY = datetime.date(2026, 11, 22)
needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is missing")
pytestmark = pytest.mark.usefixtures("qapp")


def plan_of(cards: int, nodes: int = 1, card="rtxpro6000", context: int = 131_072) -> Plan:
    node = Node(ram_gib=512, gpus=(card,) * cards)
    return Plan(
        model="deepseek-v4-flash",
        rig=Rig(nodes=(node,) * nodes),
        deployment=Deployment(),
        workload=Workload(context_tokens=context, sequences=4),
    )


PLANS = {
    "one card, too small": plan_of(1, card="rtx4090"),
    "two cards": plan_of(2),
    "sixteen cards": plan_of(8, nodes=2),
    "no card": plan_of(0),
    "cannot run": plan_of(2).replace(
        deployment=Deployment(engine="vllm", cache_type_k="q4_0", cache_type_v="q4_0")
    ),
}


@pytest.fixture(params=PLANS, ids=str)
def printed(request, tmp_path: Path):
    plan = PLANS[request.param]
    assessment = evaluate(plan, CATALOG)
    path = tmp_path / "plan.pdf"
    write_pdf(path, plan, assessment, CATALOG, today=TODAY)
    return plan, assessment, path


def text_of(path: Path) -> str:
    run = ["pdftotext", "-layout", str(path), "-"]
    return subprocess.run(run, check=True, capture_output=True, text=True).stdout


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


@needs_poppler
def test_that_the_text_has_the_verdict_and_every_device(printed) -> None:
    plan, assessment, path = printed
    text = flat(text_of(path))
    assert flat(assessment.reasons[0]) in text
    assert plan_title(plan, CATALOG).split(" on ")[0] in text
    if assessment.verdict != "cannot_run":
        for device in assessment.devices:
            name = "Host" if device.kind == "host" else device.name
            assert name in text


@needs_poppler
def test_that_the_text_has_the_longest_context_and_the_plans_name(printed) -> None:
    plan, assessment, path = printed
    text = flat(text_of(path))
    assert plan_hash(plan) in text
    assert "22 November 2026" in text
    assert str(CATALOG.date) in text
    if assessment.max_context_tokens:
        each = for_each_user(plan, assessment.max_context_tokens)
        assert format_count(each) in text


@needs_poppler
def test_that_nothing_is_a_picture(printed) -> None:
    run = ["pdfimages", "-list", str(printed[2])]
    listed = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    assert len(listed.strip().splitlines()) == 2  # the two lines of the heading


@needs_poppler
def test_that_every_font_is_embedded(printed) -> None:
    run = ["pdffonts", str(printed[2])]
    lines = subprocess.run(run, check=True, capture_output=True, text=True).stdout.splitlines()[2:]
    assert lines
    for line in lines:
        assert line.split()[-5] == "yes", line


@needs_poppler
def test_that_all_text_stays_within_the_page(printed) -> None:
    run = ["pdftotext", "-bbox", str(printed[2]), "-"]
    boxes = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    width = height = 0.0
    for line in boxes.splitlines():
        if "<page" in line:
            width, height = (float(n) for n in re.findall(r'="([\d.]+)"', line))
        elif "<word" in line:
            left, top, right, bottom = (float(n) for n in re.findall(r'="([\d.]+)"', line)[:4])
            assert left > 30 and right < width - 30, line
            assert top > 20 and bottom < height - 15, line


@needs_poppler
def test_that_no_two_words_are_printed_over_each_other(printed) -> None:
    run = ["pdftotext", "-bbox", str(printed[2]), "-"]
    pages = subprocess.run(run, check=True, capture_output=True, text=True).stdout.split("<page")
    for page in pages[1:]:
        words = [
            tuple(float(n) for n in re.findall(r'="([\d.]+)"', line)[:4])
            for line in page.splitlines()
            if "<word" in line
        ]
        for i, one in enumerate(words):
            for other in words[i + 1 :]:
                across = min(one[2], other[2]) - max(one[0], other[0])
                down = min(one[3], other[3]) - max(one[1], other[1])
                assert not (across > 1.5 and down > 4), (one, other)


@needs_poppler
def test_that_pages_are_numbered_up_to_their_count(printed) -> None:
    pages = text_of(printed[2]).split("\f")[:-1]
    for number, page in enumerate(pages, start=1):
        assert re.search(rf"\b{number} ?/ ?{len(pages)}\s*$", page)
    assert len(pages) <= 8


@needs_poppler
def test_that_a_long_name_is_wrapped_and_not_lost(tmp_path: Path) -> None:
    name = "Engineering sample with a very long name " * 4
    card = CustomSlot(custom=CustomCard(name=name.strip(), memory_mib=98_304))
    plan = plan_of(2, card=card)
    path = tmp_path / "plan.pdf"
    write_pdf(path, plan, evaluate(plan, CATALOG), CATALOG, today=TODAY)
    assert flat(name) in flat(text_of(path)) + " "


@needs_poppler
def test_that_a_table_over_two_pages_repeats_its_head(tmp_path: Path) -> None:
    cards = tuple(
        CustomSlot(custom=CustomCard(name=f"Card {n}", memory_mib=20_000 + 100 * n))
        for n in range(24)
    )
    plan = plan_of(1).replace(rig=Rig(nodes=(Node(gpus=cards), Node(gpus=cards))))
    path = tmp_path / "plan.pdf"
    write_pdf(path, plan, evaluate(plan, CATALOG), CATALOG, today=TODAY)
    with_devices = [page for page in text_of(path).split("\f") if re.search(r"GPU \d+ +\d", page)]
    heads = [page for page in text_of(path).split("\f") if "Held back" in page]
    assert len(heads) >= 2
    assert len(with_devices) >= 2


def test_that_letter_paper_can_be_chosen() -> None:
    plan = plan_of(2)
    found = evaluate(plan, CATALOG)
    letter = pdf_bytes(plan, found, CATALOG, paper="Letter", today=TODAY)
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", letter)
    assert box is not None
    assert [round(float(n)) for n in box.groups()] == [612, 792]


def test_that_equal_plans_have_equal_names_and_others_do_not() -> None:
    assert plan_hash(plan_of(2)) == plan_hash(plan_of(2))
    assert plan_hash(plan_of(2)) != plan_hash(plan_of(2, context=4096))


def test_that_a_folder_that_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        path = tmp_path / "missing" / "plan.pdf"
    else:
        tmp_path.chmod(0o500)
        path = tmp_path / "plan.pdf"
    plan = plan_of(2)
    with pytest.raises(OSError):
        write_pdf(path, plan, evaluate(plan, CATALOG), CATALOG)
    assert not path.exists()


def test_that_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "plan.pdf"
    path.write_bytes(b"old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    plan = plan_of(2)
    with pytest.raises(OSError, match="No space"):
        write_pdf(path, plan, evaluate(plan, CATALOG), CATALOG)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["plan.pdf"]


def test_that_neighbours_filled_alike_share_a_line_only_when_there_are_many() -> None:
    alike = DeviceMemory("GPU", 0, "gpu", GIB, GIB, kv_cache_bytes=5)
    other = DeviceMemory("GPU", 0, "gpu", GIB, GIB, kv_cache_bytes=6)
    devices = (alike, alike, alike, other)
    labels = ("GPU 1", "GPU 2", "GPU 3", "GPU 4")
    assert [name for name, _ in device_groups(devices, labels, most=4)] == list(labels)
    assert [n for n, _ in device_groups(devices, labels, most=3)] == ["GPU 1–3", "GPU 4"]


def test_that_devices_that_are_alike_share_a_line_when_neighbours_are_still_too_many() -> None:
    one = DeviceMemory("GPU", 0, "gpu", GIB, GIB, kv_cache_bytes=5)
    other = DeviceMemory("GPU", 0, "gpu", GIB, GIB, kv_cache_bytes=6)
    devices = (one, other) * 20
    labels = tuple(f"GPU {n + 1}" for n in range(40))
    names = [name for name, _ in device_groups(devices, labels, most=8)]
    assert names == ["GPU 1 and 19 alike", "GPU 2 and 19 alike"]


@needs_poppler
def test_that_the_largest_rig_is_printed_on_few_pages(tmp_path: Path) -> None:
    plan = plan_of(32, nodes=64, card="rtx4090")
    path = tmp_path / "plan.pdf"
    write_pdf(path, plan, evaluate(plan, CATALOG), CATALOG, today=TODAY)
    assert len(text_of(path).split("\f")[:-1]) <= 10


def test_that_many_sentences_that_differ_in_the_device_are_told_as_one() -> None:
    few = [("note", f"GPU {n}: desktop assumed.") for n in range(1, 4)]
    assert merge_alike(few) == few
    many = [("note", f"GPU {n}: desktop assumed.") for n in range(1, 10)]
    assert merge_alike(many) == [("note", "GPU 1 and 8 more: desktop assumed.")]


@needs_poppler
def test_that_the_price_agrees_with_the_parts_list_and_names_what_it_lacks(tmp_path) -> None:
    node = Node(ram_gib=64, host="am4", gpus=("rtxpro6000",) * 2)
    plan = plan_of(2).replace(rig=Rig(nodes=(node,)))
    assessment = evaluate(plan, CATALOG)
    write_pdf(tmp_path / "plan.pdf", plan, assessment, CATALOG, today=TODAY)
    text = flat(text_of(tmp_path / "plan.pdf"))
    known = assessment.cost.known_hardware_usd
    assert f"${floor(known):,}" in text and "and host, no price" in text
    assert f"{known:,.2f} 1 of 6 parts has no price" in text


@needs_poppler
def test_that_what_a_card_is_short_of_stays_in_one_line(tmp_path) -> None:
    plan = plan_of(1).replace(rig=Rig(nodes=(Node(ram_gib=16, gpus=("rtx3090",)),)))
    assessment = evaluate(plan, CATALOG)
    assert assessment.devices[0].free_bytes < -100 * 2**30
    write_pdf(tmp_path / "plan.pdf", plan, assessment, CATALOG, today=TODAY)
    short = shown_short(assessment.devices[0].free_bytes)
    first_page = text_of(tmp_path / "plan.pdf").split("\f")[0]
    assert re.search(rf"{short}\s+short", first_page.split("against")[0])


@needs_poppler
def test_that_the_bill_on_paper_says_what_is_assumed_what_is_mine_and_the_range(tmp_path) -> None:
    node = Node(ram_gib=256, host="sp3-7003", gpus=("rtx3090",) * 2)
    owned = Economics(owned=(NodePart(part="rtx3090"),))
    plan = plan_of(2).replace(rig=Rig(nodes=(node,)), economics=owned)
    assessment = evaluate(plan, CATALOG)
    write_pdf(tmp_path / "plan.pdf", plan, assessment, CATALOG, today=TODAY)
    text = flat(text_of(tmp_path / "plan.pdf"))
    assert "2 RTX 3090 24 GB, 350 W, triple-slot" in text and "assumed, Power" in text
    each = re.search(r"([\d,.]+) 1 ([\d,.]+) ", text[text.index("2 RTX 3090 24 GB") :])
    assert each is not None and each[1] == each[2], "one of the two is mine and costs nothing"
    total = bill_sum(plan, CATALOG).total
    assert f"{total.expected:,.2f} {total.low:,.0f}–{total.high:,.0f}, without tax" in text
    assert total.expected == assessment.cost.hardware_usd


@needs_poppler
def test_that_an_entered_price_is_printed_instead_of_the_sum(tmp_path) -> None:
    plan = plan_of(2).replace(economics=Economics(hardware_usd=21_000))
    write_pdf(tmp_path / "plan.pdf", plan, evaluate(plan, CATALOG), CATALOG, today=TODAY)
    text = flat(text_of(tmp_path / "plan.pdf"))
    assert "$21,000" in text and "Whole rig, typed in" in text


@needs_poppler
def test_that_a_plan_that_cannot_run_is_told_what_runs(tmp_path) -> None:
    plan = PLANS["cannot run"]
    write_pdf(tmp_path / "plan.pdf", plan, evaluate(plan, CATALOG), CATALOG, today=TODAY)
    text = flat(text_of(tmp_path / "plan.pdf"))
    assert "What would help" in text and "Use llama.cpp" in text


@needs_poppler
def test_that_the_speed_is_printed_with_range_step_curves_and_sources(tmp_path) -> None:
    plan = plan_of(2).replace(workload=Workload(context_tokens=32_768, sequences=1))
    assessment = evaluate(plan, CATALOG)
    write_pdf(tmp_path / "plan.pdf", plan, assessment, CATALOG, today=TODAY)
    text = flat(text_of(tmp_path / "plan.pdf"))
    speed = assessment.speed
    assert speed_words.rate(speed.decode_tokens_per_s) in text
    assert flat(speed_words.case_sentence(plan, speed)) in text
    for part in ("Where the time of one token goes", "Decode against context", "each user"):
        assert part in text
    assert "Decode, constants" in text  # and who published the rows they were fitted to
    near = nearest_of(plan, CATALOG)
    assert ("Measured by others" in text) is bool(near)
    assert all(re.sub(r"\s", "", n.measurement.source) in text.replace(" ", "") for n in near)


@needs_poppler
def test_that_a_plan_that_does_not_fit_has_no_speed_on_paper(tmp_path) -> None:
    plan = PLANS["one card, too small"]
    write_pdf(tmp_path / "plan.pdf", plan, evaluate(plan, CATALOG), CATALOG, today=TODAY)
    assert "tok/s" not in text_of(tmp_path / "plan.pdf")
