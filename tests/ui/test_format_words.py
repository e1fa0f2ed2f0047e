from moeplanner_gui.core import edits
from moeplanner_gui.core.plan import CustomWeights
from moeplanner_gui.core.weights import NO_SMALLER, FormatChoice
from moeplanner_gui.ui.model_picker.choices import (
    note_of,
    weight_choices,
    words_of,
    words_of_file,
)
from tests.core.reference import ROWS


def test_that_the_list_says_beside_a_format_that_it_is_larger() -> None:
    assert words_of(FormatChoice("q4_k_m", "Q4_K_M"), NO_SMALLER).startswith("Q4_K_M (larger")
    flash = ROWS["deepseek-v4-flash"]
    rows = weight_choices(flash, "llama.cpp")
    words = {words_of(row, note_of(flash, row, "llama.cpp")) for row in rows}
    assert {"Q4_K_M (larger than published)", "IQ4_XS"} <= words


def test_that_a_recipe_without_a_file_size_has_words_too() -> None:
    assert words_of_file(CustomWeights(recipe="q4_0", imatrix=True), "GiB") == "Q4_0, imatrix"
    file = CustomWeights(recipe="UD-Q4_K_XL", file_bytes=10 * 2**30)
    assert words_of_file(file, "GiB") == "UD-Q4_K_XL file, 10.0 GiB"


def test_that_the_list_is_weighed_when_it_opens(window, qtbot) -> None:
    weights = window.panes[0].weights
    assert not any("larger" in weights.itemText(i) for i in range(weights.count()))

    weights.showPopup()

    at = weights.findData("q8_0")
    assert weights.itemText(at) == "Q8_0 (larger than published)"
    weights.hidePopup()
    window.document.apply("larger", edits.set_weights(window.document.plan, "q8_0"))
    assert weights.currentText() == "Q8_0 (larger than published)"
