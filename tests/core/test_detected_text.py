"""What a driver says goes to labels, terminals and files: it steers none of them, and fits."""

from __future__ import annotations

import pytest

from moeplanner_gui.core.detected import (
    CardProcess,
    DetectedCard,
    DetectedDisk,
    DetectedHost,
    MigInstance,
    ProbeReport,
    Unread,
)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("NVIDIA GeForce RTX 3090", "NVIDIA GeForce RTX 3090"),
        ("Intel® Arc™ Pro B60", "Intel® Arc™ Pro B60"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "]0;titlex"),
        ("two\r\nlines\tand\u2028more", "two  lines and more"),
        ("\u202eevil\u2066\ufeff\u200b", "evil"),
        ("<b>bold</b>", "‹b›bold‹/b›"),
        ("half \ud800 of one", "half  of one"),
        ("\x00", ""),
    ],
)
def test_that_a_text_steers_nothing(said: str, kept: str) -> None:
    card = DetectedCard(
        vendor="NVIDIA", probe="nvml", name=said, unread=(Unread(field="x", because=said),)
    )
    assert card.name == card.unread[0].because == kept
    assert MigInstance(name=said, memory_bytes=None).name == kept
    assert CardProcess(name=said, memory_bytes=None).name == kept
    assert DetectedDisk(name=said).name == kept
    host = DetectedHost(system="linux", cpu=said, board=said, remote_session=said)
    assert (host.cpu, host.board, host.remote_session) == (kept,) * 3
    assert ProbeReport(probe="nvml", outcome="failed", steps=((said, said),)).steps == (
        (kept, kept),
    )


def test_that_a_text_that_is_too_long_costs_its_end_and_not_the_card() -> None:
    card = DetectedCard(vendor="AMD", probe="amd", name="AB " * 4_000, gfx="g" * 10_000)
    assert card.name is not None and card.gfx is not None
    assert (len(card.name), card.name[-2:]) == (160, " …")
    assert len(card.gfx) == 400
    endless = DetectedCard(vendor="AMD", probe="amd", name="One " + "W" * 1_000 + " two")
    assert endless.name == f"One {'W' * 39}… two"


def test_that_the_lines_of_a_detail_stay() -> None:
    report = ProbeReport(
        probe="nvml", outcome="failed", detail="one\x1b[2J\ntwo<i>\n" + "x" * 10_000
    )
    assert report.detail.splitlines()[:2] == ["one", "two‹i›"]
    assert 3900 < len(report.detail) <= 4000


def test_that_a_text_that_was_made_plain_stays_as_it_is() -> None:
    card = DetectedCard(vendor="AMD", probe="amd", name="\u202e<" + "é" * 500)
    assert DetectedCard.model_validate_json(card.model_dump_json()) == card
