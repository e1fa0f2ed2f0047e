"""The cost on the command line: flags, text, JSON and what is refused."""

from __future__ import annotations

import json

import pytest

from moeplanner_gui.cli import main
from moeplanner_gui.commands.cost import cost_text
from tests.core.cost.plans import CV11_WORK, CV12_RIG, NO_WORK, assess

RIG = ["estimate", "--model", "llama-3.1-8b", "--gpu", "custom:65536:0", "--display", "headless"]
CV12 = [
    *("--hardware-usd", "21000", "--resale-share", "0.4", "--load-w", "1400", "--idle-w", "120"),
    *("--kwh-usd", "0.1872", "--prefill-tps", "10000", "--decode-tps", "700"),
    *("--input-mtok", "1000", "--output-mtok", "100", "--cache-hits", "0.7"),
]


def test_that_flags_give_the_worked_example(capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--peak-share", "0.2083333333333333", "--api", "deepseek/deepseek-flash", "--json"]
    assert main([*RIG, *CV12, *flags]) == 0
    cost = json.loads(capsys.readouterr().out)["cost"]
    assert cost["own_usd_per_month"] == 412.90
    assert cost["api_usd_per_month"] == 129.41
    assert cost["verdict"] == "api"
    assert "the API is 3.2 times cheaper; the rig wins above 3.7B" in cost["sentence"]


def test_that_the_text_names_every_break_even(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*RIG, *CV12, "--api", "0.5,0.05,2", "--rent", "rtxpro6000=1.69"]) == 0
    text = capsys.readouterr().out
    assert "Own: $412.90 a month (" in text
    assert "loss of value $350.00, maintenance $35.00, power of waiting $16.40" in text
    assert "Break-even at " in text
    assert "payback " in text
    assert " a kWh." in text or "at no tariff." in text
    assert "Rent of rtxpro6000: $101.43 a month on demand" in text


def test_that_a_kind_of_use_fills_the_month(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*RIG, *CV12[:14], "--usage", "coding-agent", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cost"]["mtok_per_month"] == 200
    assert main([*RIG, *CV12[:14], "--inferences", "300,1000000,2000", "--json"]) == 0
    cost = json.loads(capsys.readouterr().out)["cost"]
    assert cost["mtok_per_month"] == pytest.approx(300.6)


def test_that_no_use_and_no_price_are_told() -> None:
    api = {"api": {"input": 1.0, "cached": 0.1, "output": 5.0}}
    text = cost_text(assess(CV12_RIG | api, NO_WORK).cost)
    assert "Break-even at which volume: n/a without use; payback: never" in text
    text = cost_text(assess(CV12_RIG | {"hardware_usd": None}, CV11_WORK).cost)
    assert text == "Cost: No price for bare. Set one to compare."


def test_that_a_region_brings_its_tariff(capsys: pytest.CaptureFixture[str]) -> None:
    dear = {}
    for region in ("us", "DE"):
        assert main([*RIG, *CV12[:8], *CV12[10:], "--region", region, "--json"]) == 0
        cost = json.loads(capsys.readouterr().out)["cost"]
        dear[region] = cost["own_idle_power_usd"]
    # 0.3869 EUR at 1.1204 USD against 0.1872 USD: of one rig, to the cent.
    assert dear == {"us": 16.40, "DE": 37.97}
    assert main([*RIG, "--region", "Atlantis"]) == 1
    assert "Atlantis" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--hardware-usd", "nan"], "--hardware-usd"),
        (["--hardware-usd", "cheap"], "--hardware-usd: 'cheap' is not a number"),
        (["--kwh-usd", "inf"], "--kwh-usd"),
        (["--api", "1,2"], "three prices"),
        (["--rent", "h100=x"], "h100-sxm=2.35"),
        (["--inferences", "3"], "10000,2000,400"),
        (["--inferences=-1,20,30"], "10000,2000,400"),
        (["--usage", "dreaming"], "coding_agent"),
        (["--hardware-usd", "1e12"], "hardware_usd"),
        (["--hardware-usd=-1"], "hardware_usd"),
        (["--decode-tps", "0"], "decode_tokens_per_s"),
    ],
)
def test_that_bad_money_is_refused_with_a_sentence(
    flags: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main([*RIG, *flags])
    except SystemExit as stopped:
        code = int(str(stopped.code))
    assert code in (1, 2)
    assert words in capsys.readouterr().err
