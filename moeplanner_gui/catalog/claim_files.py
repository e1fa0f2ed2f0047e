"""The files of published claims, read when they are first asked for.

A user's own claims lie in the same files of the user's folder and stand over the shipped ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from moeplanner_gui.catalog.read_rows import read_kind

if TYPE_CHECKING:
    from moeplanner_gui.catalog.problems import CatalogProblem
    from moeplanner_gui.catalog.rows import Kind
    from moeplanner_gui.core.claims.terms import (
        Article,
        Claim,
        Contradiction,
        PublishedFigure,
        PublishedTable,
    )

_Row = TypeVar("_Row", bound=BaseModel)


class ClaimFiles:
    """The rows of ``claims``; implements ``core.claims.data.ClaimData``.

    Args:
        folder: A catalogue; None for one without files.
        below: Claims that those of ``folder``, which then is the user's, stand over.
    """

    def __init__(self, folder: Path | None, below: ClaimFiles | None = None) -> None:
        self._folder = folder
        self._below = below
        self._problems: tuple[CatalogProblem, ...] = ()

    def under(self, user_folder: Path) -> ClaimFiles:
        """These claims below those of the user."""
        return ClaimFiles(user_folder, below=self)

    @property
    def problems(self) -> tuple[CatalogProblem, ...]:
        """What was left out of the kinds that were read so far, and why."""
        return (*(self._below.problems if self._below else ()), *self._problems)

    @property
    def user_ids(self) -> frozenset[str]:
        """Ids of the claims that are the user's own."""
        return frozenset() if self._below is None else frozenset(self._own_claims)

    @cached_property
    def articles(self) -> Mapping[str, Article]:
        """Articles by id."""
        from moeplanner_gui.catalog.claim_kinds import ARTICLES
        from moeplanner_gui.core.claims.terms import Article

        return self._over(lambda files: files.articles, self._rows(ARTICLES, Article))

    @cached_property
    def claims(self) -> Mapping[str, Claim]:
        """Claims by id, in the order of their articles."""
        return self._over(lambda files: files.claims, self._own_claims)

    @cached_property
    def contradictions(self) -> Mapping[str, Contradiction]:
        """Matters on which articles contradict each other, by id."""
        from moeplanner_gui.catalog.claim_kinds import CONTRADICTIONS
        from moeplanner_gui.core.claims.terms import Contradiction

        own = self._rows(CONTRADICTIONS, Contradiction)
        return self._over(lambda files: files.contradictions, own)

    @cached_property
    def tables(self) -> Mapping[str, PublishedTable]:
        """Tables as articles printed them, by id."""
        from moeplanner_gui.catalog.claim_kinds import TABLES
        from moeplanner_gui.core.claims.terms import PublishedTable

        return self._over(lambda files: files.tables, self._rows(TABLES, PublishedTable))

    @cached_property
    def published(self) -> Mapping[str, PublishedFigure]:
        """Figures of others that the planner does not compute, by id."""
        from moeplanner_gui.catalog.claim_kinds import PUBLISHED
        from moeplanner_gui.core.claims.terms import PublishedFigure

        return self._over(lambda files: files.published, self._rows(PUBLISHED, PublishedFigure))

    @cached_property
    def _own_claims(self) -> Mapping[str, Claim]:
        from moeplanner_gui.catalog.claim_kinds import CLAIMS
        from moeplanner_gui.core.claims.terms import Claim

        return self._rows(CLAIMS, Claim)

    def _over(
        self, below: Callable[[ClaimFiles], Mapping[str, _Row]], own: Mapping[str, _Row]
    ) -> Mapping[str, _Row]:
        if self._below is None:
            return own
        return MappingProxyType({**below(self._below), **own})

    def _rows(self, kind: Kind, row_type: type[_Row]) -> Mapping[str, _Row]:
        if self._folder is None:
            return MappingProxyType({})
        rows, problems = read_kind(self._folder, kind, by_path=self._below is not None)
        self._problems = tuple(dict.fromkeys((*self._problems, *problems)))
        found = {getattr(row, "id"): row for row in rows if isinstance(row, row_type)}  # noqa: B009
        return MappingProxyType(found)
