"""What judging reads beside the estimator's rows. The catalogue layer implements it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from moeplanner_gui.core.claims.terms import (
    Article,
    Claim,
    Contradiction,
    PublishedFigure,
    PublishedTable,
)
from moeplanner_gui.core.ports import CatalogReader


class ClaimData(Protocol):
    """Published claims and what belongs to them, each by id, read when first asked for."""

    @property
    def articles(self) -> Mapping[str, Article]: ...

    @property
    def claims(self) -> Mapping[str, Claim]: ...

    @property
    def contradictions(self) -> Mapping[str, Contradiction]: ...

    @property
    def tables(self) -> Mapping[str, PublishedTable]: ...

    @property
    def published(self) -> Mapping[str, PublishedFigure]: ...


class ClaimCatalog(CatalogReader, Protocol):
    """A catalogue that also has claims."""

    @property
    def claims(self) -> ClaimData: ...
