import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.ui.editors.values import (
    FieldError,
    FieldSpec,
    parse,
    parse_names,
    shown,
    shown_names,
)

GB = FieldSpec("memory_gb", "&Memory", "", "number", unit="GB", low=1, high=1000)
WHOLE = FieldSpec("n", "N", "", "int", low=0, high=100_000, required=True)
TOKENS = FieldSpec("c", "C", "", "tokens", low=1, high=2**31)
NAME = FieldSpec("name", "Name", "", required=True)


@pytest.mark.parametrize(
    ("spec", "text", "value"),
    [
        (GB, "48", 48),
        (GB, " 48 GB ", 48),
        (GB, "48gb", 48),
        (GB, "", None),
        (GB, "1.5", 1.5),
        (WHOLE, "32,607", 32607),
        (WHOLE, "32 607", 32607),
        (WHOLE, "12.0", 12),
        (TOKENS, "128K", 131072),
        (TOKENS, "1M", 1048576),
        (TOKENS, "1.5k", 1536),
        (TOKENS, "40960", 40960),
        (NAME, "  two   words ", "two words"),
    ],
)
def test_that_a_value_is_read_as_it_is_meant(spec, text, value) -> None:
    assert parse(spec, text) == value


@pytest.mark.parametrize(
    ("spec", "text", "sentence"),
    [
        (GB, "4,8", "Write 4.8 with a point."),
        (GB, "x", "A number, please."),
        (GB, "0.5", "At least 1 GB."),
        (GB, "5000", "At most 1,000 GB."),
        (GB, "-3", "At least 1 GB."),
        (GB, "nan", "A number, please."),
        (GB, "1e5", "A number, please."),
        (GB, "٤٨", "A number, please."),
        (GB, "9" * 400, "This number is too large."),
        (GB, "48 MiB", "A number, please."),
        (WHOLE, "", "Needed."),
        (WHOLE, "1.5", "A whole number, please."),
        (NAME, "   ", "Needed."),
        (NAME, "x" * 201, "At most 200 characters."),
    ],
)
def test_that_what_is_no_value_is_refused_with_what_to_do(spec, text, sentence) -> None:
    with pytest.raises(FieldError) as caught:
        parse(spec, text)
    assert str(caught.value) == sentence


@given(st.text(max_size=40), st.sampled_from([GB, WHOLE, TOKENS, NAME]))
def test_that_any_text_is_a_value_or_a_sentence(text, spec) -> None:
    try:
        value = parse(spec, text)
    except FieldError as error:
        assert str(error).endswith(".")
    else:
        assert value is None or parse(spec, shown(spec, value)) == value


@given(st.lists(st.sampled_from(["full", "swa", "dense", "moe 2"]), min_size=1, max_size=30))
def test_that_a_pattern_comes_back_as_it_was(names) -> None:
    assert parse_names(shown_names(names)) == tuple(names)


@pytest.mark.parametrize("text", ["a,,b", ",", "*3", "a*0", "a*99999"])
def test_that_a_pattern_which_is_none_is_refused(text) -> None:
    with pytest.raises(FieldError):
        parse_names(text)


@pytest.mark.parametrize("value", [0, 999, 1000, 24_576, 100_000])
def test_that_a_large_number_is_shown_in_groups_and_read_again(value) -> None:
    text = shown(WHOLE, value)
    assert text == f"{value:,}"
    assert parse(WHOLE, text) == value
