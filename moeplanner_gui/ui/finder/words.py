"""The page's sentences: counts, notes, what a rig is called in the foot. Knows no Qt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from moeplanner_gui.core.cost.sentence import money_text
from moeplanner_gui.core.search.terms import FoundRig, Progress, SearchResult, Wishes
from moeplanner_gui.core.units import rounded_down
from moeplanner_gui.export import speed_words
from moeplanner_gui.ui.charts.finder_chart import speed_text, value_text

HEAD = ("Rig", "Price", "tok/s, low–high", "Max context", "Watts")
NO_RIGS = "Nothing does all of that"
STOPPED = "The search was stopped: these are the best of what it had seen, not of all."


def shown_count(rigs: int, considered: int) -> str:
    """``5 of 1,284 plans``: what is listed of what was looked at."""
    return f"{rigs:,} of {considered:,} plans"


def seconds_text(seconds: float) -> str:
    """``0.4 s``; what is under a tenth counts as one."""
    seconds = max(seconds, 0.1)
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def progress_words(progress: Progress) -> str:
    """``Searching, 43 %``."""
    share = 0 if progress.of <= 0 else min(99, 100 * progress.considered // progress.of)
    return f"Searching, {share} %"


def price_text(rig: FoundRig) -> str:
    """``$21,000``; never rounded down, and never 0 for one that is not known."""
    return "no price" if rig.usd is None else value_text("price", rig.usd)


def speed_lines(rig: FoundRig) -> tuple[str, str]:
    """The expected speed, and its band."""
    speed = rig.decode_tokens_per_s
    if speed is None:
        return "–", ""
    return speed_text(speed.expected), speed_words.band(speed)


def watts_text(rig: FoundRig) -> str:
    """Watts at the wall."""
    return "–" if rig.load_w is None else f"{rig.load_w:,.0f}"


def second_line(rig: FoundRig) -> str:
    """What stands under the name: the computer, then why it does it."""
    return ", ".join(part for part in (rig.subtitle, rig.because) if part)


def foot_words(rig: FoundRig) -> str:
    """``2 × RTX PRO 6000: $300 per tok/s``."""
    speed = rig.decode_tokens_per_s
    parts = []
    if rig.usd == 0:
        parts.append("nothing to buy")
    elif rig.usd is not None and speed is not None and speed.expected > 0:
        parts.append(f"{value_text('price', rig.usd / speed.expected)} per tok/s")
    if rig.usd_per_month is not None:
        parts.append(f"{money_text(rig.usd_per_month)} a month")
    if rig.unpriced:
        parts.append(f"no price for {', '.join(rig.unpriced)}")
    first = f"{rig.title}: {', '.join(parts)}" if parts else rig.title
    return f"{first}\n{second_line(rig)}"


def notes_of(result: SearchResult) -> tuple[str, ...]:
    """What to know about the list, in whole sentences."""
    found: list[str] = []
    if not result.complete and result.rigs:
        found.append(STOPPED)
    unsure = sum(rig.price_unsure for rig in result.rigs)
    if unsure:
        prices = "Prices of 1 rig" if unsure == 1 else f"Prices of {unsure:,} rigs"
        found.append(f"{prices} are partly typed in or launch prices, or rest on few offers.")
    if result.unchecked:
        found.append(
            f"{result.unchecked:,} plans were left out because nobody has checked whether the "
            "engine runs on the cards."
        )
    if result.unknown_speed:
        found.append(
            f"{result.unknown_speed:,} plans were left out because their speed is unknown."
        )
    return tuple(found)


def missing_words(count: int) -> str:
    """How many rigs lack a price."""
    if count == 1:
        return "1 rig was left out because a price is missing."
    return f"{count:,} rigs were left out because a price is missing."


def tsv(rigs: Iterable[FoundRig], best: Sequence[bool | None]) -> str:
    """The list for a spreadsheet."""
    head = (
        "Rig", "Computer and way", "USD", "tok/s", "tok/s low", "tok/s high", "Max context",
        "W at the wall", "USD a month", "Nothing beats it in the chart", "Without a price",
    )  # fmt: skip
    lines = ["\t".join(head)]
    for rig, is_best in zip(rigs, best, strict=True):
        speed = rig.decode_tokens_per_s
        cells = (
            rig.title,
            "; ".join((second_line(rig), *rig.ways)),
            "" if rig.usd is None else f"{rig.usd:.2f}",
            *(
                ("", "", "")
                if speed is None
                else (
                    f"{speed.expected:.2f}",
                    f"{rounded_down(speed.low, 2):.2f}",
                    f"{speed.high:.2f}",
                )
            ),
            str(rig.max_context_tokens),
            "" if rig.load_w is None else f"{rig.load_w:.0f}",
            "" if rig.usd_per_month is None else f"{rig.usd_per_month:.2f}",
            "" if is_best is None else "yes" if is_best else "no",
            ", ".join(rig.unpriced),
        )
        lines.append("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in cells))
    return "\n".join(lines) + "\n"


def subject(wishes: Wishes, model_name: str) -> str:
    """What is asked about, for the page's title."""
    more = len(wishes.models) - 1
    return model_name if not more else f"{model_name} and {more} more"
