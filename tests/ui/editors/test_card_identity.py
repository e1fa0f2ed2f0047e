"""What an edited card is still found by when detection sees it again."""

import pytest

from moeplanner_gui.ui.editors.card import card_content

READ = {"name": "RTX 5090, completed", "vendor": "NVIDIA", "memory_gb": 32, "has_display": True}


@pytest.mark.parametrize("is_copy", [True, False])
def test_that_a_completed_card_is_still_that_card_and_a_copy_is_not(real_catalog, is_copy) -> None:
    base = real_catalog.gpu("rtx5090")
    content = card_content(dict(READ), base, is_copy=is_copy)
    assert bool(content["pci_device_ids"]) is not is_copy
    assert bool(content["nvml_name"]) is not is_copy
