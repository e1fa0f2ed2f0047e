"""The catalogue check refuses cards that detection could not tell apart."""

from collections.abc import Iterable
from typing import Any

import pytest

from moeplanner_gui.catalog.check_cards import APART, card_identity_rules
from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.detect.card_memory import LEAST_SHARE, TOLERANCE

ROWS = load_catalog(catalogs_dir()).gpus


def said(cards: Iterable[GpuSpec]) -> list[str]:
    return [str(problem) for problem in card_identity_rules(cards)]


def changed(row_id: str, **update: Any) -> GpuSpec:
    return ROWS[row_id].model_copy(update=update)


def test_that_the_shipped_cards_can_be_told_apart() -> None:
    assert said(ROWS.values()) == []


def test_that_two_cards_of_one_name_and_one_memory_are_refused() -> None:
    twin = changed("rtx3090", id="twin", memory_gb=25.0)
    assert ["rtx3090" in text for text in said([ROWS["rtx3090"], twin])] == [True]


def test_that_another_memory_size_of_one_name_is_told_apart() -> None:
    assert said([ROWS["rtx4090"], ROWS["rtx4090-48-mod"]]) == []
    close = changed("rtx4090-48-mod", memory_gb=26.0)
    assert len(said([ROWS["rtx4090"], close])) == 1


def test_that_one_number_with_two_names_is_told_apart() -> None:
    assert said([ROWS["rx9070"], ROWS["rx9070xt"]]) == []
    same = changed("rx9070", name="RX 9070 XT 16 GB", id="other")
    assert len(said([same, ROWS["rx9070xt"]])) == 1


@pytest.mark.parametrize("number", ["10de:2204", "2204", "10DE-2204", "10DE:220"])
def test_that_a_number_of_another_form_is_refused(number: str) -> None:
    assert len(said([changed("rtx3090", pci_device_ids=(number,))])) == 1


def test_that_a_number_written_twice_is_refused() -> None:
    assert len(said([changed("rtx3090", pci_device_ids=("10DE:2204", "10DE:2204"))])) == 1


@pytest.mark.parametrize("field", ["pci_device_ids", "nvml_name"])
def test_that_what_identifies_a_card_needs_a_source(field: str) -> None:
    sources = {key: text for key, text in ROWS["rtx3090"].sources.items() if key != field}
    assert said([changed("rtx3090", sources=sources)]) == [
        f"gpus, rtx3090, {field}: Has no source."
    ]


def test_that_the_gap_between_two_sizes_is_one_that_detection_can_see() -> None:
    assert APART * LEAST_SHARE > 1 + TOLERANCE
