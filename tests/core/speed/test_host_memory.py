"""The bandwidth of host memory: measured, derived, replaced, or unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.core.derivation import Confidence
from moeplanner_gui.core.plan import Node
from moeplanner_gui.core.speed.host_memory import HostBandwidth, bandwidth_gbs
from moeplanner_gui.core.speed.terms import Unknown
from tests.core.rigs import CATALOG


def read(host: str | None, *, numa_aware: bool = False, **node: object) -> HostBandwidth:
    row = None if host is None else CATALOG.host(host)
    found = bandwidth_gbs(Node.model_validate(node), row, numa_aware=numa_aware)
    assert isinstance(found, HostBandwidth), found
    return found


def test_that_a_measured_host_is_read_at_what_was_measured() -> None:
    found = read("wrx90-7965wx")
    assert found.gbs == 238
    assert found.confidence is Confidence.MEASURED
    assert "238 GB/s were measured" in found.sentence


def test_that_an_unmeasured_host_reaches_085_of_its_peak() -> None:
    found = read("wrx90-7975wx")
    assert found.gbs == pytest.approx(0.85 * 358.4)
    assert found.confidence is Confidence.MODELLED
    assert "8 × DDR5-5600, 358 GB/s peak" in found.sentence


def test_that_without_a_host_the_bandwidth_is_unknown_and_says_what_to_do() -> None:
    found = bandwidth_gbs(Node(ram_gib=64), None)
    assert isinstance(found, Unknown)
    assert "no host is chosen" in found.sentence
    assert isinstance(bandwidth_gbs(Node(memory_mt_s=5600), None), Unknown)


def test_that_speed_and_channels_are_enough_without_a_host() -> None:
    assert read(None, memory_mt_s=6000, memory_channels=2).gbs == pytest.approx(0.85 * 96)


def test_that_a_figure_of_the_user_counts_as_it_is() -> None:
    assert read("sp5-9355-2s", memory_gbs=333.0).gbs == 333.0
    assert read(None, memory_gbs=333.0).confidence is Confidence.MEASURED


def test_that_fewer_channels_and_slower_memory_scale_what_was_measured() -> None:
    assert read("wrx90-7965wx", memory_channels=4).gbs == pytest.approx(119)
    assert read("am5-5600", memory_mt_s=4800).gbs == pytest.approx(65 * 4800 / 5600)


def test_that_a_second_socket_adds_nothing_unless_the_engine_knows_of_it() -> None:
    assert read("sp5-9004-2s").gbs == pytest.approx(765 / 2)
    assert read("sp5-9004-2s").confidence is Confidence.UNVERIFIED
    assert read("sp5-9004-2s", numa_aware=True).gbs == 765


@given(
    st.sampled_from(sorted(CATALOG.hosts)),
    st.integers(1_600, 9_000),
    st.integers(1, 24),
    st.integers(0, 3_000),
    st.integers(0, 8),
)
def test_that_faster_or_wider_memory_is_never_slower(
    host: str, mt_s: int, channels: int, more_mt_s: int, more_channels: int
) -> None:
    less = read(host, memory_mt_s=mt_s, memory_channels=channels)
    more = read(host, memory_mt_s=mt_s + more_mt_s, memory_channels=channels + more_channels)
    assert more.gbs >= less.gbs - 1e-9


@given(st.sampled_from(sorted(CATALOG.hosts)))
def test_that_the_host_s_own_values_change_nothing(host: str) -> None:
    row = CATALOG.host(host)
    same = read(host, memory_mt_s=row.mt_s, memory_channels=row.channels)
    assert same.gbs == pytest.approx(read(host).gbs)
    assert same.gbs <= row.peak_gbs


def test_that_a_host_measured_above_085_of_its_peak_loses_nothing_to_faster_memory() -> None:
    assert read("sp5-9355").gbs == 598
    assert read("sp5-9355", memory_mt_s=6_600).gbs == 598
    assert read("sp5-9355", memory_mt_s=8_800).gbs == pytest.approx(0.85 * 844.8)
