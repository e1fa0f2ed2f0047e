"""Disk, system, memory of the host: from both sides."""

from __future__ import annotations

from tests.core.checks.plans import VLLM, desk, found, parts


def test_that_disks_among_the_parts_are_compared_with_the_file() -> None:
    model = {"model": "deepseek-v3", "weights": "native"}
    one = desk("rtx3090", parts=parts("nvme-consumer-per-tb"))
    assert "disk_too_small" not in found(one, **model)
    big = {"model": "kimi-k2-instruct", "weights": "bf16"}
    assert found(one, **big)["disk_too_small"].severity == "error"
    free = one.model_copy(update={"disk_gib": 4000})
    assert "disk_too_small" not in found(free, **big)


def test_that_every_node_needs_the_disk() -> None:
    small, large = desk("rtx3090", disk_gib=10), desk("rtx3090", disk_gib=500)
    assert found(large, small)["disk_too_small"].subject == "node 2"


def test_that_the_system_is_asked_for_where_the_engine_needs_linux() -> None:
    assert found(desk("rtx4090"), **VLLM)["engine_needs_linux"].severity == "note"
    windows = desk("rtx4090", display="windows")
    assert found(windows, **VLLM)["engine_needs_linux"].severity == "warning"
    assert "engine_needs_linux" not in found(desk("rtx4090", display="linux"), **VLLM)
    assert "engine_needs_linux" not in found(windows)


def test_that_weights_in_host_memory_may_be_locked_there() -> None:
    node = desk("rtx3090", ram_gib=128)
    offloaded = found(node, model="gpt-oss-120b", weights="native", cpu_moe_layers=-1)
    assert "page-locked" in offloaded["page_locked_weights"].message
    assert "page_locked_weights" not in found(node)
