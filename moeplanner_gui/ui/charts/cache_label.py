"""What a cache is called. Knows no chart: the first picture of the window needs no more."""

from __future__ import annotations

from moeplanner_gui.core.plan import Plan


def cache_label(plan: Plan) -> str:
    """The KV-cache type in a word, both when K and V differ."""
    key, value = plan.deployment.cache_type_k, plan.deployment.cache_type_v
    return key if key == value else f"{key} / {value}"
