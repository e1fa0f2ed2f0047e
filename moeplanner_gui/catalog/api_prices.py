"""The snapshot of API prices: ``python -m`` this module ``--write`` writes it.

The program reads ``catalogs/api_prices`` and nothing else, so that it has prices whatever
becomes of the package they were read from. Without ``--write`` it says what would change.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from collections.abc import Mapping, Sequence

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.catalog.peak_hours import PeakHours
from moeplanner_gui.catalog.price_package import (
    PROVIDERS,
    ROUTERS,
    PackageRows,
    Reading,
    bundled_providers,
    newest_date,
    package_name,
    tariffs_of,
)
from moeplanner_gui.catalog.tariff_files import TariffFiles
from moeplanner_gui.catalog.tariff_kinds import APIS
from moeplanner_gui.core.cost.tariffs import ApiTariff
from moeplanner_gui.safe_write import write_file_atomically

LICENCE = "MIT, Copyright (c) Pydantic Services Inc. 2025 to present"


def peak_hours() -> Mapping[str, PeakHours]:
    """The shipped peak hours by provider."""
    return TariffFiles(catalogs_dir()).peak_hours


def snapshot(today: dt.date) -> tuple[PackageRows, Reading]:
    """The rows of the installed package as of a day; no network."""
    providers = bundled_providers()
    reading = Reading(
        today=today,
        date=newest_date(providers, today),
        package=package_name(),
        known=load_catalog(catalogs_dir()).models,
        peaks=peak_hours(),
    )
    return tariffs_of(providers, reading), reading


def file_text(provider: str, rows: Sequence[ApiTariff], package: str, day: str) -> str:
    """One provider's file, a row a line, so that a change of price is a line of a diff."""
    head: dict[str, object] = {
        "$schema": APIS.schema_name,
        "date": day,
        "order": [*PROVIDERS].index(provider) + 10 if provider in PROVIDERS else 50,
        "provider": PROVIDERS.get(provider, provider),
        "package": f"{package} ({LICENCE})",
    }
    if provider in ROUTERS:
        head["note"] = ROUTERS[provider]
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
    texts = (json.dumps(as_json(row), ensure_ascii=False) for row in rows)
    body = ",\n".join(f"    {text}" for text in texts)
    return "\n".join(["{", *lines, '  "apis": [', body, "  ]", "}"]) + "\n"


def as_json(row: ApiTariff) -> dict[str, object]:
    """A row as a file has it: without what is not said, amounts as they would be printed."""
    kept = row.model_dump(mode="json", exclude_defaults=True)
    for name in ("input", "cached", "output", "write", "batch_discount"):
        if name in kept:
            kept[name] = f"{getattr(row, name).normalize():f}"
    if row.tiers:
        kept["tiers"] = [
            {
                "above_tokens": tier.above_tokens,
                **{
                    name: f"{getattr(tier, name).normalize():f}"
                    for name in ("input", "cached", "output")
                },
            }
            for tier in row.tiers
        ]
    return kept


def files_of(found: PackageRows, reading: Reading) -> dict[str, str]:
    """The text of every file by its name."""
    return {
        f"{provider}.json": file_text(provider, rows, reading.package, reading.today.isoformat())
        for provider, rows in found.rows.items()
        if rows
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Say what a new snapshot would change, or write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write catalogs/api_prices")
    parser.add_argument(
        "--today", type=dt.date.fromisoformat, default=None, help="the day of the prices"
    )
    options = parser.parse_args(arguments)
    folder = catalogs_dir() / APIS.folder
    found, reading = snapshot(options.today or dt.datetime.now(dt.UTC).date())
    count = sum(len(rows) for rows in found.rows.values())
    print(f"{count} prices of {len(found.rows)} providers, {reading.package}, {reading.date}.")
    for row, why in sorted(found.left_out.items()):
        if why.startswith("Is implausible"):
            print(f"left out: {row}: {why}")
    for name, text in files_of(found, reading).items():
        path = folder / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        print(f"{'written' if options.write else 'would change'}: {path}")
        if options.write:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file_atomically(path, text.encode("utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
