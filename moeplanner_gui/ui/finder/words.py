"""The page's sentences: counts, notes, what a rig is called in the foot. Knows no Qt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from moeplanner_gui.core.cost.sentence import money_text
from moeplanner_gui.core.search.terms import FoundRig, Progress, SearchResult, Wishes
from moeplanner_gui.core.units import rounded_down
from moeplanner_gui.core.words import comma_joined, say
from moeplanner_gui.export import speed_words
from moeplanner_gui.ui.charts.finder_chart import speed_text, value_text

HEAD = (say("Rig"), say("Price"), say("tok/s, low–high"), say("Max context"), say("Watts"))
NO_RIGS = say("Nothing does all of that")
STOPPED = say("The search was stopped: these are the best of what it had seen, not of all.")


def shown_count(rigs: int, considered: int) -> str:
    """``5 of 1,284 plans``: what is listed of what was looked at."""
    return say("{0:,} of {1:,} plans", rigs, considered)


def seconds_text(seconds: float) -> str:
    """``0.4 s``; what is under a tenth counts as one."""
    seconds = max(seconds, 0.1)
    return say("{0:.1f} s", seconds) if seconds < 10 else say("{0:.0f} s", seconds)


def progress_words(progress: Progress) -> str:
    """``Searching, 43 %``."""
    share = 0 if progress.of <= 0 else min(99, 100 * progress.considered // progress.of)
    return say("Searching, {0} %", share)


def price_text(rig: FoundRig) -> str:
    """``$21,000``; never rounded down, and never 0 for one that is not known."""
    return say("no price") if rig.usd is None else value_text("price", rig.usd)


def speed_lines(rig: FoundRig) -> tuple[str, str]:
    """The expected speed, and its band."""
    speed = rig.decode_tokens_per_s
    if speed is None:
        return "–", ""
    return speed_text(speed.expected), speed_words.band(speed)


def watts_text(rig: FoundRig) -> str:
    """Watts at the wall."""
    return "–" if rig.load_w is None else say("{0:,.0f}", rig.load_w)


def second_line(rig: FoundRig) -> str:
    """What stands under the name: the computer, then why it does it."""
    return comma_joined(part for part in (rig.subtitle, rig.because) if part)


def foot_words(rig: FoundRig) -> str:
    """``2 × RTX PRO 6000: $300 per tok/s``."""
    speed = rig.decode_tokens_per_s
    parts = []
    if rig.usd == 0:
        parts.append(say("nothing to buy"))
    elif rig.usd is not None and speed is not None and speed.expected > 0:
        parts.append(say("{0} per tok/s", value_text("price", rig.usd / speed.expected)))
    if rig.usd_per_month is not None:
        parts.append(say("{0} a month", money_text(rig.usd_per_month)))
    if rig.unpriced:
        parts.append(say("no price for {0}", comma_joined(rig.unpriced)))
    first = f"{rig.title}: {', '.join(parts)}" if parts else rig.title
    return f"{first}\n{second_line(rig)}"


def notes_of(result: SearchResult) -> tuple[str, ...]:
    """What to know about the list, in whole sentences."""
    found: list[str] = []
    if not result.complete and result.rigs:
        found.append(STOPPED)
    unsure = sum(rig.price_unsure for rig in result.rigs)
    if unsure:
        prices = say("Prices of 1 rig") if unsure == 1 else say("Prices of {0:,} rigs", unsure)
        found.append(
            say("{0} are partly typed in or launch prices, or rest on few offers.", prices)
        )
    if result.unchecked:
        found.append(
            say(
                "{0:,} plans were left out because nobody has checked whether the "
                "engine runs on the cards.",
                result.unchecked,
            )
        )
    if result.unknown_speed:
        found.append(
            say("{0:,} plans were left out because their speed is unknown.", result.unknown_speed)
        )
    return tuple(found)


def missing_words(count: int) -> str:
    """How many rigs lack a price."""
    if count == 1:
        return say("1 rig was left out because a price is missing.")
    return say("{0:,} rigs were left out because a price is missing.", count)


def tsv(rigs: Iterable[FoundRig], best: Sequence[bool | None]) -> str:
    """The list for a spreadsheet."""
    head = (
        say("Rig"),
        say("Computer and way"),
        "USD",
        "tok/s",
        say("tok/s low"),
        say("tok/s high"),
        say("Max context"),
        say("W at the wall"),
        say("USD a month"),
        say("Nothing beats it in the chart"),
        say("Without a price"),
    )
    lines = ["\t".join(head)]
    for rig, is_best in zip(rigs, best, strict=True):
        speed = rig.decode_tokens_per_s
        cells = (
            rig.title,
            "; ".join((second_line(rig), *rig.ways)),
            "" if rig.usd is None else say("{0:.2f}", rig.usd),
            *(
                ("", "", "")
                if speed is None
                else (
                    say("{0:.2f}", speed.expected),
                    say("{0:.2f}", rounded_down(speed.low, 2)),
                    say("{0:.2f}", speed.high),
                )
            ),
            str(rig.max_context_tokens),
            "" if rig.load_w is None else say("{0:.0f}", rig.load_w),
            "" if rig.usd_per_month is None else say("{0:.2f}", rig.usd_per_month),
            "" if is_best is None else say("yes") if is_best else say("no"),
            comma_joined(rig.unpriced),
        )
        lines.append("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in cells))
    return "\n".join(lines) + "\n"


def subject(wishes: Wishes, model_name: str) -> str:
    """What is asked about, for the page's title."""
    more = len(wishes.models) - 1
    return model_name if not more else say("{0} and {1} more", model_name, more)
