"""From the names of memory sockets to channels; the names are those of real boards."""

import pytest

from moeplanner_gui.core.units import GIB
from moeplanner_gui.detect.memory_modules import RawModule, channel_name, facts_of_modules


@pytest.mark.parametrize(
    ("locator", "bank", "sockets", "channel"),
    [
        # AMD's own firmware: github.com/cyring/CoreFreq issues 378 and 561.
        ("DIMM 1", "P0 CHANNEL A", 1, "0 A"),
        ("DIMM 0", "P0 CHANNEL H", 1, "0 H"),
        # Supermicro: github.com/mchehab/rasdaemon issue 64, kvcache-ai/ktransformers issue 1073.
        ("DIMMC2", "P0_Node0_Channel2_Dimm1", 1, "0 0 2"),
        ("P2-DIMME2", "P1_Node1_Channel0_Dimm1", 2, "1 1 0"),
        # Intel since the 12th generation: github.com/ckb-next/ckb-next issue 1220, PerfSpect.
        ("Controller0-DIMMA2", "BANK 0", 1, "0 A"),
        ("Controller1-ChannelA-DIMM0", "BANK 0", 1, "1 A"),
        ("Controller1-ChannelB-DIMM1", "BANK 3", 1, "1 B"),
        # Servers and small computers: github.com/intel/PerfSpect.
        ("CPU0_DIMM_A1", "BANK 0", 2, "0 A"),
        ("CPU1_DIMM_H2", "BANK 7", 2, "1 H"),
        ("DIMM_P1_I0", "BANK 0", 2, "1 I"),
        ("SODIMM1", "CHANNEL B DIMM0", 1, "B"),
        ("ChannelA-DIMM1", "BANK 1", 1, "A"),
        ("DIMM_A2", "BANK 1", 1, "A"),
        # The letter may be the processor's there, and these say nothing at all.
        ("DIMM_A2", "BANK 1", 2, None),
        ("A1", "Not Specified", 1, None),
        ("PROC  2 DIMM 12 ", "Not Specified", 2, None),
        ("DIMM 0", "BANK 0", 1, None),
        ("", "", None, None),
    ],
)
def test_that_a_socket_s_name_is_its_channel_or_nothing(
    locator: str, bank: str, sockets: int | None, channel: str | None
) -> None:
    assert channel_name(locator, bank, sockets) == channel


def module(bank: str, mt_s: int | None = 4800, bits: int | None = 64) -> RawModule:
    return RawModule(32 * GIB, "DDR5", mt_s, "DIMM 0", bank, bits)


def test_that_four_modules_on_two_channels_are_two_channels_at_the_speed_they_run_at() -> None:
    # github.com/noonghunna/club-3090 issue 1130: four modules rated 5600 run at 4200.
    four = [module(f"P0 CHANNEL {letter}", 4200) for letter in "AABB"]
    facts = facts_of_modules(four, 1)
    assert (facts.channels, facts.mt_s, facts.installed_bytes) == (2, 4200, 128 * GIB)


def test_that_the_slowest_module_s_speed_counts_and_an_unknown_one_is_no_speed() -> None:
    mixed = [module("P0 CHANNEL A", 5600), module("P0 CHANNEL B", 4800)]
    assert facts_of_modules(mixed, 1).mt_s == 4800
    silent = facts_of_modules([module("P0 CHANNEL A", 5600), module("P0 CHANNEL B", None)], 1)
    assert silent.mt_s is None and "which speed" in silent.because_speed


def test_that_one_module_is_one_channel_whatever_it_is_called() -> None:
    assert facts_of_modules([RawModule(GIB, "DDR4", 3200, "A1", "")], None).channels == 1


def test_that_too_many_modules_of_one_name_are_no_channel() -> None:
    # Dell writes the processor's letter: A1 to A8 are eight channels of the first one.
    eight = [RawModule(GIB, "DDR4", 3200, f"DIMM A{number}", "") for number in range(1, 9)]
    facts = facts_of_modules(eight, 1)
    assert facts.channels is None and "do not say" in facts.because_channels


def test_that_narrow_memory_is_added_up_to_channels_of_64_bits() -> None:
    eight = [module(f"P0 CHANNEL {letter}", 8000, 32) for letter in "ABCDEFGH"]
    assert facts_of_modules(eight, 1).channels == 4
    assert facts_of_modules(eight[:3], 1).channels is None


def test_that_no_module_is_no_figure() -> None:
    facts = facts_of_modules([RawModule(0), RawModule(-5)], 1)
    assert (facts.installed_bytes, facts.mt_s, facts.channels) == (None, None, None)
