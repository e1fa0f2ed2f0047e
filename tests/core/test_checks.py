from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.plan import Plan
from tests.core.rigs import CATALOG, make_plan


def _findings(plan: Plan) -> dict[str, Finding]:
    return {finding.code: finding for finding in evaluate(plan, CATALOG).findings}


def test_that_a_cache_repeated_on_every_rank_is_remarked() -> None:
    plan = make_plan(
        "deepseek-v4-flash", "rtxpro6000", "rtxpro6000", engine="vllm", tensor_parallel=2
    )
    finding = _findings(plan)["kv_replicated"]
    assert finding.severity == "note"
    assert finding.message == "One KV head: both cards hold the whole KV cache, 0.14 GiB each."


def test_that_an_assumed_desktop_is_remarked_only_when_it_is_assumed() -> None:
    assumed = _findings(make_plan("llama-3.1-8b", "rtx4090", display=None))
    chosen = _findings(make_plan("llama-3.1-8b", "rtx4090", display="linux"))
    assert assumed["desktop_assumed"].subject == "gpu 1"
    assert "desktop_assumed" not in chosen


def test_that_v4_copies_its_cache_for_every_slot() -> None:
    one = _findings(make_plan("deepseek-v4-flash", "rtxpro6000", "rtxpro6000"))
    four = _findings(make_plan("deepseek-v4-flash", "rtxpro6000", "rtxpro6000", sequences=4))
    assert "v4_cache_per_slot" not in one
    assert four["v4_cache_per_slot"].severity == "warning"
    assert four["slots_share_context"].message == "4 slots divide -c 32768: 8,192 tokens each."


def test_that_host_memory_that_was_not_chosen_is_remarked() -> None:
    without = _findings(make_plan("deepseek-v4-flash", "rtxpro6000", "rtxpro6000"))
    with_memory = _findings(make_plan("deepseek-v4-flash", "rtxpro6000", "rtxpro6000", ram_gib=64))
    assert without["host_memory_not_chosen"].message.endswith("GiB are needed.")
    assert "host_memory_not_chosen" not in with_memory


def test_that_mtp_and_a_context_beyond_the_model_are_remarked() -> None:
    plan = make_plan("llama-3.1-8b", "rtx4090", context_tokens=262_144)
    assert _findings(plan)["context_beyond_model"].severity == "warning"
    assert "mtp_not_loaded" not in _findings(plan)
    assert "mtp_not_loaded" in _findings(make_plan("deepseek-v3", "h200"))


def test_that_cards_without_a_rank_are_remarked() -> None:
    plan = make_plan("llama-3.1-8b", "rtx4090", "rtx4090", engine="vllm")
    assert _findings(plan)["cards_not_used"].message.startswith("GPU 2 is not used")


def test_that_warnings_come_before_notes() -> None:
    plan = make_plan("deepseek-v4-flash", "rtxpro6000", sequences=2, display=None)
    severities = [finding.severity for finding in evaluate(plan, CATALOG).findings]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)


def test_that_an_unset_v4_cache_on_10_x_cards_is_remarked() -> None:
    unset = make_plan("deepseek-v4-flash", "b200", engine="vllm", cache_type_k="auto")
    chosen = make_plan(
        "deepseek-v4-flash", "b200", engine="vllm", cache_type_k="fp8", cache_type_v="fp8"
    )
    assert _findings(unset)["v4_cache_type_unset"].severity == "warning"
    assert "v4_cache_type_unset" not in _findings(chosen)
