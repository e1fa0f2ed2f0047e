"""The nearest measurements are those a reader would pick, and say how they differ."""

import time

import pytest

from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.core.plan import (
    CustomCard,
    CustomSlot,
    Deployment,
    Node,
    Plan,
    Rig,
    Workload,
)
from moeplanner_gui.core.speed.nearest import Neighbour, distance, nearest, setup_of


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(catalogs_dir())


def plan(
    model: str, weights: str, *cards: str, tokens: int = 8192, users: int = 1, **options: object
) -> Plan:
    return Plan(
        model=model,
        weights=weights,
        rig=Rig(nodes=(Node(gpus=cards),)),
        deployment=Deployment(**options),  # type: ignore[arg-type]
        workload=Workload(context_tokens=tokens, sequences=users),
    )


def first(found: tuple[Neighbour, ...]) -> Neighbour:
    assert found
    return found[0]


def test_that_two_3090_with_a_70b_find_the_two_3090_with_that_70b(catalog: Catalog) -> None:
    found = nearest(plan("llama-3.3-70b", "Q4_K_M", "rtx3090", "rtx3090"), catalog)

    row = first(found).measurement
    assert (row.card_id, row.cards, row.model_id) == ("rtx3090", 2, "llama-3.3-70b")
    assert row.decode_tokens_per_s == pytest.approx(16.29)
    assert first(found).differences == ("600 tokens of context, not 8,192",)


def test_that_strix_halo_finds_the_same_model_at_the_same_depth(catalog: Catalog) -> None:
    asked = plan("gpt-oss-120b", "mxfp4_moe", "strixhalo", tokens=32_768, backend="vulkan")

    neighbour = first(nearest(asked, catalog))

    assert neighbour.measurement.model_id == "gpt-oss-120b"
    assert neighbour.measurement.backend == "vulkan"
    assert neighbour.measurement.depth_tokens == 32_768
    assert neighbour.differences == ()


def test_that_v4_on_gb10_is_compared_with_v4_on_gb10(catalog: Catalog) -> None:
    asked = plan("deepseek-v4-flash", "IQ2_XXS", "gb10", tokens=32_768)

    neighbour = first(nearest(asked, catalog))

    assert neighbour.measurement.hardware == "gb10"
    assert neighbour.measurement.model == "DeepSeek-V4-Flash"
    assert "ds4, not llama.cpp" in neighbour.differences


def test_that_users_count(catalog: Catalog) -> None:
    asked = plan(
        "qwen3.5-397b-a17b",
        "nvfp4",
        *["rtxpro6000"] * 4,
        tokens=64,
        users=8,
        engine="sglang",
        tensor_parallel=4,
    )

    neighbour = first(nearest(asked, catalog))

    assert neighbour.measurement.users == 8
    assert neighbour.differences == ()


def test_that_ours_is_in_the_meaning_of_what_was_measured(catalog: Catalog) -> None:
    asked = plan("gpt-oss-20b", "mxfp4_moe", "gb10", tokens=528 * 32, users=32)

    neighbour = first(nearest(asked, catalog))

    assert neighbour.measurement.users == 32
    assert neighbour.expected is not None
    measured = neighbour.measurement.decode_tokens_per_s
    assert measured is not None
    # All users together: a rate of one of them would be 32 times too low.
    assert 0.3 < neighbour.expected.expected / measured < 3


def test_that_a_card_typed_in_is_compared_by_its_bandwidth(catalog: Catalog) -> None:
    card = CustomSlot(custom=CustomCard(name="x", memory_mib=24_576, bandwidth_gbs=936.0))
    asked = Plan(model="llama-3.1-8b", weights="Q4_K_M", rig=Rig(nodes=(Node(gpus=(card,)),)))

    neighbour = first(nearest(asked, catalog))

    gbs = catalog.gpu(neighbour.measurement.card_id or "").bandwidth_gbs
    assert gbs == pytest.approx(936, rel=0.1)


def test_that_a_kimi_on_a_data_centre_node_finds_what_is_like_it(catalog: Catalog) -> None:
    asked = plan("kimi-k2.6", "native", *["h200"] * 8, engine="vllm", tensor_parallel=8)

    neighbour = first(nearest(asked, catalog))

    assert neighbour.measurement.model_id == "deepseek-r1"
    assert neighbour.differences[0] == "DeepSeek-R1, not Kimi K2.6"


def test_that_speculative_decoding_is_compared_with_itself_first(catalog: Catalog) -> None:
    cards = ("rtxpro6000", "rtxpro6000")
    asked = plan("deepseek-v4-flash", "native", *cards, engine="vllm", tensor_parallel=2, mtp=True)

    assert first(nearest(asked, catalog)).measurement.speculative


def test_that_a_rig_without_anything_is_no_error(catalog: Catalog) -> None:
    assert isinstance(nearest(Plan(model="kimi-k3", rig=Rig(nodes=())), catalog), tuple)


def test_that_rows_which_show_something_else_are_never_named(catalog: Catalog) -> None:
    for model, weights, cards in (
        ("qwen3-30b-a3b", "BF16", ("r9700", "r9700")),
        ("deepseek-r1", "Q4_K_M", ("rtx4090",)),
        ("minimax-m2", "native", ("h200",) * 8),
    ):
        for neighbour in nearest(plan(model, weights, *cards), catalog, count=50):
            reason = neighbour.measurement.left_out
            assert reason is None or reason.startswith(("Self-submitted", "Speculative"))


def test_that_only_one_of_a_series_is_named(catalog: Catalog) -> None:
    found = nearest(plan("gpt-oss-120b", "mxfp4_moe", "gb10"), catalog, count=20)

    series = [
        (n.measurement.model, n.measurement.hardware, n.measurement.backend, n.measurement.users)
        for n in found
        if n.measurement.engine == "llama.cpp" and n.measurement.weights == "MXFP4"
    ]
    assert len(series) == len(set(series))


def test_that_a_model_nothing_was_measured_of_may_find_nothing(catalog: Catalog) -> None:
    asked = plan("kimi-k3", "native", *["tt-n150d"] * 32)

    assert nearest(asked, catalog) == ()


def test_that_a_plan_is_nearest_to_itself(catalog: Catalog) -> None:
    mine = setup_of(plan("llama-3.1-8b", "Q4_K_M", "rtx4090"), catalog)

    assert distance(mine, mine) == 0


def test_that_the_second_question_is_answered_at_once(catalog: Catalog) -> None:
    asked = plan("llama-3.3-70b", "Q4_K_M", "rtx3090", "rtx3090")
    nearest(asked, catalog)

    times = []
    for _ in range(5):
        start = time.perf_counter()
        nearest(asked, catalog)
        times.append(time.perf_counter() - start)

    assert min(times) < 0.02
