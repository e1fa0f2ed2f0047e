from collections.abc import Iterator

import pytest

from moeplanner_gui.core import words
from moeplanner_gui.core.words import say

GERMAN = {
    "A card of {0:.1f} mm.": "Eine Karte von {0:.1f} mm.",
    "{0} of {1:,} tokens": "von {1:,} Token {0}",
    "Broken {0}": "Kaputt {0} {1}",
    "Also broken {0}": "Auch kaputt {name}",
    "Half {0}": "Halb {0",
    "Set {braces}": "Menge {braces}",
}


@pytest.fixture
def german() -> Iterator[None]:
    words.speak(lambda key: GERMAN.get(key, ""), point=",", group=".")
    yield
    words.speak(None)


def test_that_without_a_language_the_key_is_the_english_sentence() -> None:
    assert say("A card of {0:.1f} mm.", 267.04) == "A card of 267.0 mm."
    assert say("Set {braces}") == "Set {braces}"


@pytest.mark.usefixtures("german")
def test_that_numbers_are_written_as_the_language_writes_them_and_may_change_places() -> None:
    assert say("A card of {0:.1f} mm.", 267.04) == "Eine Karte von 267,0 mm."
    assert say("{0} of {1:,} tokens", "alle", 131072) == "von 131.072 Token alle"


@pytest.mark.usefixtures("german")
def test_that_a_name_with_points_keeps_them() -> None:
    assert say("A card of {0:.1f} mm.", 1.5).endswith("1,5 mm.")
    assert say("{0} of {1:,} tokens", "GLM-4.5, 355B", 1) == "von 1 Token GLM-4.5, 355B"


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("key", ["Broken {0}", "Also broken {0}", "Half {0}"])
def test_that_a_translation_that_does_not_take_the_values_is_dropped(key: str) -> None:
    assert say(key, 1.5) == key.format("1,5")


@pytest.mark.usefixtures("german")
def test_that_what_nobody_translated_is_english_with_the_numbers_of_the_language() -> None:
    assert say("{0:,.2f} GiB", 1234.5) == "1.234,50 GiB"
    assert say("Set {braces}") == "Menge {braces}"


@pytest.mark.usefixtures("german")
def test_that_what_was_typed_in_another_language_is_read_as_it_was_meant() -> None:
    assert words.typed("12.000,50") == "12,000.50"
    assert words.written("12,000.50") == "12.000,50"


def test_that_english_numbers_are_read_as_they_are_typed() -> None:
    assert words.typed("12,000.50") == words.written("12,000.50") == "12,000.50"


def test_that_sentences_stand_apart_unless_their_stop_is_wide() -> None:
    assert words.paragraph(["It fits.", "", "It is fast."]) == "It fits. It is fast."
    assert words.paragraph(["放得下。", "很快。"]) == "放得下。很快。"
    assert words.paragraph([]) == ""
    assert words.before_next("It fits.") == "It fits. "
    assert words.before_next("放得下。") == "放得下。"
