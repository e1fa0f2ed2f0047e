"""The speed of a plan, as a terminal shows it."""

from __future__ import annotations

from moeplanner_gui.commands.speed import speed_text
from moeplanner_gui.core.assessment import Range, Speed
from moeplanner_gui.core.plan import Plan, Rig, Workload


def plan(users: int = 1) -> Plan:
    return Plan(model="m", rig=Rig(nodes=()), workload=Workload(sequences=users))


KNOWN = Speed(
    decode_tokens_per_s=Range(24.2, 31.4, 38.6),
    decode_tokens_per_s_all_users=Range(96.8, 125.6, 154.4),
    prefill_tokens_per_s=Range(900.0, 1234.0, 1800.0),
    time_to_first_token_s=Range(4.6, 6.71, 9.2),
    bound_by="memory bandwidth",
    depth_tokens=8192,
    prompt_tokens=8192,
)


def test_that_every_figure_has_its_unit_its_range_and_its_case() -> None:
    assert speed_text(plan(), KNOWN).splitlines() == [
        "Decode with 8,192 tokens of context filled: 31 tok/s (24–39), bound by memory bandwidth.",
        "Prefill of a prompt of 8,192 tokens: 1,234 tok/s (900–1,800), "
        "first token after 6.7 (4.6–9.2) s.",
        "Modelled from published measurements: 8 of 10 lie in the range.",
    ]


def test_that_several_users_are_told_apart_from_all_of_them() -> None:
    first = speed_text(plan(4), KNOWN).splitlines()[0]
    assert "31 tok/s (24–39) each, 126 tok/s (96–154) in all" in first


def test_that_what_is_not_known_is_said_and_never_a_zero() -> None:
    text = speed_text(plan(), Speed(because="Unknown, because no host is chosen."))
    assert text == "Unknown, because no host is chosen."


def test_that_thin_evidence_is_said() -> None:
    weak = Speed(decode_tokens_per_s=Range(1, 2, 3), depth_tokens=1, weak=True)
    assert "few measurements" in speed_text(plan(), weak)
