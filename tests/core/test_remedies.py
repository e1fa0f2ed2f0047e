import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import CardMemory, Plan, TunedSlot
from moeplanner_gui.core.remedies import Remedy, ranked, remedies, search
from tests.core.rigs import CATALOG, make_plan

SHORT = [
    make_plan("deepseek-v4-flash", "rtx4090", "rtx4090"),
    make_plan("llama-3.1-8b", "rtx4090", context_tokens=131_072, sequences=4),
    make_plan("deepseek-v4-flash", *("rtx4090",) * 8, engine="vllm", tensor_parallel=8),
    make_plan("deepseek-v4-flash", "rtxpro6000", "rtxpro6000", weights="q5_k_m"),
    make_plan("qwen3-235b-a22b", "h100-sxm", "h100-sxm", engine="vllm"),
]


def _titles(plan: Plan) -> list[str]:
    return [remedy.title for remedy in remedies(plan, CATALOG)]


def _in_small_host(plan: Plan) -> Plan:
    """The plan in a host that takes at most 256 GB of memory."""
    host = next(row for row in CATALOG.hosts.values() if row.max_memory_gb == 256)
    node = plan.rig.nodes[0].model_copy(update={"host": host.id})
    return plan.replace(rig=plan.rig.model_copy(update={"nodes": (node,)}))


def _named(plan: Plan, start: str) -> Remedy:
    return next(r for r in remedies(plan, CATALOG) if r.title.startswith(start))


@pytest.mark.parametrize("plan", SHORT, ids=lambda p: f"{p.model}-{p.deployment.engine}")
def test_that_every_remedy_makes_the_plan_fit(plan: Plan) -> None:
    found = remedies(plan, CATALOG)
    assert found
    for remedy in found:
        after = evaluate(remedy.plan, CATALOG)
        assert after.fits
        assert remedy.plan != plan
        assert remedy.title
        assert remedy.outcome.startswith("Fits" if after.verdict == "fits" else "Tight")
    assert len({remedy.plan for remedy in found}) == len(found)


def test_that_a_plan_that_fits_needs_no_remedy() -> None:
    assert remedies(make_plan("llama-3.1-8b", "rtx4090"), CATALOG) == ()


def test_that_settings_come_before_weights_and_hardware_comes_last() -> None:
    titles = _titles(make_plan("llama-3.1-8b", "rtx4090", context_tokens=131_072))
    assert titles[0].startswith("Shorten the context to ")
    assert titles[1].startswith("Choose ")
    assert "Use a q4_0 KV cache" in titles[2:]
    assert titles[-1].startswith(("Add ", "Change to "))


def test_that_a_cache_of_half_the_bits_comes_before_a_shorter_context() -> None:
    plan = make_plan("llama-3.1-8b", "rtx4090", context_tokens=100_000)
    titles = _titles(plan)
    assert titles[0] == "Use a q8_0 KV cache"
    assert titles[1].startswith("Shorten the context to ")


def test_that_experts_in_host_memory_are_the_fewest_that_help() -> None:
    remedy = _named(make_plan("deepseek-v4-flash", "rtx4090", "rtx4090"), "Keep the experts")
    layers = remedy.plan.deployment.cpu_moe_layers
    fewer = remedy.plan.deployment.model_copy(update={"cpu_moe_layers": layers - 1})
    assert 0 < layers <= 43
    assert not evaluate(remedy.plan.replace(deployment=fewer), CATALOG).fits


def test_that_whole_layers_go_to_host_memory_only_without_experts() -> None:
    dense = make_plan("llama-3.1-8b", "rtx4090", context_tokens=131_072, ram_gib=64)
    layers = _named(dense, "Keep ").plan.deployment.gpu_layers
    assert layers is not None
    more = dense.deployment.model_copy(update={"gpu_layers": layers + 1})
    assert not evaluate(dense.replace(deployment=more), CATALOG).fits
    assert not any("-ngl" in r.detail for r in remedies(SHORT[0], CATALOG))


def test_that_host_memory_is_offered_only_in_sizes_the_host_takes() -> None:
    plan = _in_small_host(make_plan("glm-4.6", "rtx4090", "rtx4090", ram_gib=64))
    assert remedies(plan, CATALOG)
    for remedy in remedies(plan, CATALOG):
        assert remedy.plan.rig.nodes[0].ram_gib <= 256


def test_that_native_is_offered_for_weights_larger_than_the_checkpoint() -> None:
    assert remedies(SHORT[3], CATALOG)[0].plan.weights == "native"


def test_that_a_screen_is_given_up_before_anything_that_costs() -> None:
    for display in (None, "linux", "windows"):
        plan = make_plan("llama-3.1-8b", "rtx4090", context_tokens=68_864, display=display)
        first = remedies(plan, CATALOG)[0]
        assert first.title == "Run without a screen"
        assert first.plan.rig.nodes[0].display == "headless"


def test_that_other_programs_on_a_card_can_be_closed() -> None:
    card = TunedSlot(gpu="rtx4090", memory=CardMemory(other_mib=4000, driver_mib=500))
    plan = make_plan("llama-3.1-8b", card, context_tokens=65_536)
    first = remedies(plan, CATALOG)[0]
    assert first.title == "Close other programs"
    changed = first.plan.rig.nodes[0].gpus[0]
    assert changed == TunedSlot(gpu="rtx4090", memory=CardMemory(driver_mib=500))


def test_that_an_engine_that_does_not_start_gets_the_limit_that_is_free() -> None:
    card = TunedSlot(gpu="h100-sxm", memory=CardMemory(other_mib=12_000))
    options = {"engine": "vllm", "cache_type_k": "auto", "cache_type_v": "auto"}
    plan = make_plan("llama-3.1-8b", card, **options)
    assert evaluate(plan, CATALOG).verdict == "cannot_run"
    remedy = _named(plan, "Let the engine use ")
    share = remedy.plan.deployment.memory_utilization
    assert f"{share:.0%}" in remedy.title
    more = plan.deployment.model_copy(update={"memory_utilization": share + 0.01})
    assert evaluate(plan.replace(deployment=more), CATALOG).verdict == "cannot_run"


def test_that_two_changes_are_combined_where_one_is_not_enough() -> None:
    plan = make_plan(
        "llama-3.1-8b", "rtx4090", weights="iq1_s", context_tokens=131_072 * 4, sequences=4,
        ubatch=4096, batch=4096,
    )  # fmt: skip
    # Fewer users alone would help; without that way out a pair is left.
    found = remedies(SHORT[4], CATALOG)
    assert found[0].title == "Use tensor parallel 2 and choose NVFP4"
    single = SHORT[4].deployment.model_copy(update={"tensor_parallel": 2})
    assert not evaluate(SHORT[4].replace(deployment=single), CATALOG).fits
    assert not evaluate(SHORT[4].replace(weights="nvfp4"), CATALOG).fits
    assert not any(" and " in title for title in _titles(plan))


def test_that_no_advice_is_given_where_none_helps() -> None:
    assert remedies(_in_small_host(make_plan("deepseek-v4-pro", "rtx4090")), CATALOG) == ()


def test_that_smaller_weights_and_host_memory_go_together() -> None:
    plan = make_plan("glm-4.6", "rtx4090", "rtx4090", ram_gib=256)
    first = remedies(plan, CATALOG)[0]
    assert first.title.startswith("Choose Q5_K_M and keep the experts of ")
    assert first.plan.rig.nodes[0].ram_gib == 256
    # The next larger recipe would need more memory than there is.
    larger = first.plan.replace(weights="q6_k")
    assert not evaluate(larger, CATALOG).fits


def test_that_less_host_memory_is_worth_smaller_weights_where_none_was_chosen() -> None:
    found = remedies(make_plan("deepseek-v4-flash", "rtx4090", "rtx4090"), CATALOG)
    with_host = [r for r in found if "in host memory" in r.title]
    sizes = [r.plan.rig.nodes[0].ram_gib for r in with_host]
    assert len(sizes) > 1
    assert sizes == sorted(set(sizes), reverse=True)


@pytest.mark.parametrize(
    "plan",
    [
        make_plan("deepseek-v4-flash", "rtxpro6000", "rtxpro6000", cache_type_k="fp8"),
        make_plan("llama-3.1-8b", "rtx4090", engine="vllm", tensor_parallel=3),
        make_plan("llama-3.1-8b", "rtx4090", split="row"),
        make_plan("llama-3.1-8b"),
    ],
    ids=["fp8 in llama.cpp", "three ranks on one card", "split row", "no card"],
)
def test_that_no_cards_are_added_to_a_plan_that_cannot_run_for_another_reason(plan: Plan) -> None:
    assert evaluate(plan, CATALOG).verdict == "cannot_run"
    assert not [title for title in _titles(plan) if title.startswith(("Add ", "Change to"))]


@pytest.mark.parametrize("plan", SHORT, ids=lambda p: f"{p.model}-{p.deployment.engine}")
def test_that_no_rig_of_more_cards_than_a_computer_holds_is_offered(plan: Plan) -> None:
    for remedy in remedies(plan, CATALOG):
        assert all(len(node.gpus) <= 8 for node in remedy.plan.rig.nodes)


def test_that_cards_for_slots_are_not_replaced_by_modules_for_server_boards() -> None:
    for remedy in remedies(SHORT[0], CATALOG):
        assert "SXM" not in remedy.title
    assert any("SXM" in title for title in _titles(SHORT[4]))


def test_that_what_must_be_bought_tells_its_price_or_that_there_is_none() -> None:
    for plan in SHORT:
        for remedy in remedies(plan, CATALOG):
            if remedy.title.startswith(("Add ", "Change to ")):
                assert "$" in remedy.detail or "No price" in remedy.detail


def test_that_the_search_can_be_taken_in_steps() -> None:
    steps = list(search(SHORT[0], CATALOG))
    found = [remedy for remedy in steps if remedy is not None]
    assert len(steps) > 20
    assert ranked(found) == remedies(SHORT[0], CATALOG)
