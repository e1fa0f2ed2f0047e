"""The shapes of the files of published claims."""

from __future__ import annotations

from moeplanner_gui.catalog.rows import CatalogFile, Kind
from moeplanner_gui.core.claims.terms import (
    Article,
    Claim,
    Contradiction,
    PublishedFigure,
    PublishedTable,
)


class ArticleFile(CatalogFile):
    """Articles whose claims were read."""

    articles: tuple[Article, ...]


class ClaimFile(CatalogFile):
    """Claims, one file an article."""

    claims: tuple[Claim, ...]


class ContradictionFile(CatalogFile):
    """Matters on which articles contradict each other."""

    contradictions: tuple[Contradiction, ...]


class PublishedTableFile(CatalogFile):
    """Tables as articles printed them; the cells name claims."""

    tables: tuple[PublishedTable, ...]


class PublishedFigureFile(CatalogFile):
    """Figures of others that claims are compared with and that the planner does not compute."""

    figures: tuple[PublishedFigure, ...]


ARTICLES = Kind("claims", "articles", "article", ArticleFile, Article, files="articles*.json")
CLAIMS = Kind("claims", "claims", "claim", ClaimFile, Claim, files="claims-*.json")
CONTRADICTIONS = Kind(
    "claims",
    "contradictions",
    "contradiction",
    ContradictionFile,
    Contradiction,
    files="contradictions*.json",
)
TABLES = Kind(
    "claims",
    "tables",
    "published-table",
    PublishedTableFile,
    PublishedTable,
    files="tables*.json",
)
PUBLISHED = Kind(
    "claims",
    "figures",
    "published-figure",
    PublishedFigureFile,
    PublishedFigure,
    files="figures*.json",
)
CLAIM_KINDS = (ARTICLES, CLAIMS, CONTRADICTIONS, TABLES, PUBLISHED)
