"""What a person reads for the ids that rows and derivations carry: kinds of prices, confidence."""

from __future__ import annotations

from moeplanner_gui.core.words import say


def confidence_words(confidence: str) -> str:
    """How sure a figure is: ``"exact"``, ``"modelled"``; what is unknown stays as it is."""
    return {
        "exact": say("exact"),
        "measured": say("measured"),
        "modelled": say("modelled"),
        "unverified": say("unverified"),
    }.get(confidence, confidence)


def price_confidence_words(confidence: str) -> str:
    """How sure a price is, within a line: ``"high confidence"``."""
    return {
        "high": say("high confidence"),
        "medium": say("medium confidence"),
        "low": say("low confidence"),
    }.get(confidence, confidence)


def price_kind_words(kind: str) -> str:
    """What sort of price it is: ``"street new"``, ``"used"``."""
    return {
        "street_new": say("street new"),
        "used": say("used"),
        "msrp": say("msrp"),
        "server": say("server"),
        "part": say("part"),
    }.get(kind, kind.replace("_", " "))


def group_words(group: str) -> str:
    """A group of cards; brands are called so everywhere."""
    return {
        "NVIDIA data centre": say("NVIDIA data centre"),
        "NVIDIA workstation": say("NVIDIA workstation"),
        "Other": say("Other"),
    }.get(group, group)


def field_words(field: str) -> str:
    """A field of a card, a host or a part that nobody verified."""
    known = {
        "arch": say("architecture"),
        "bandwidth_gbs": say("bandwidth (GB/s)"),
        "bus": say("bus"),
        "card_places": say("card places"),
        "cards": say("cards"),
        "channels": say("channels"),
        "compute_capability": say("compute capability"),
        "cores": say("cores"),
        "efficiency_level": say("efficiency level"),
        "fp16_dense_tflops": say("FP16 dense TFLOPS"),
        "fp32_tflops": say("FP32 TFLOPS"),
        "fp4_dense_tflops": say("FP4 dense TFLOPS"),
        "fp8_dense_tflops": say("FP8 dense TFLOPS"),
        "gbit": say("Gbit"),
        "hosts": say("hosts"),
        "int8_dense_tops": say("INT8 dense TOPS"),
        "launch": say("release date"),
        "max_memory_gb": say("most memory (GB)"),
        "memory_gb": say("memory (GB)"),
        "memory_kind": say("memory kind"),
        "memory_slots": say("memory slots"),
        "memory_total_mib": say("memory in all (MiB)"),
        "mt_s": say("MT/s"),
        "nvlink_gbs": say("NVLink (GB/s)"),
        "nvml_name": say("NVML name"),
        "pcie_gen": say("PCIe generation"),
        "pcie_lanes": say("PCIe lanes"),
        "ports": say("ports"),
        "power_connector": say("power connector"),
        "read_gbs": say("reading (GB/s)"),
        "slot_width": say("slot width"),
        "slots": say("slots"),
        "socket": say("socket"),
        "tdp_w": say("power limit (W)"),
    }
    return known.get(field) or field.replace("_", " ")
