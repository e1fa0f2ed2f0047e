"""Which paper is taken where nobody says."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QLocale

from moeplanner_gui.ui.export.paper import usual_paper


@pytest.mark.parametrize(
    ("environment", "paper"),
    [
        ({"LC_ALL": "en_US.UTF-8"}, "Letter"),
        ({"LC_ALL": "de_DE.UTF-8@euro", "LC_PAPER": "en_US"}, "A4"),
        ({"LC_PAPER": "es_MX"}, "Letter"),
        ({"LC_PAPER": "en_GB.UTF-8"}, "A4"),
    ],
)
def test_that_the_paper_is_that_of_the_locale(environment, paper) -> None:
    assert usual_paper(environment) == paper


@pytest.mark.parametrize(
    ("locale", "paper"), [("en_US", "Letter"), ("de_DE", "A4"), ("C", "A4"), ("fr_CA", "Letter")]
)
def test_that_the_system_is_asked_where_the_environment_names_no_country(
    monkeypatch, locale, paper
) -> None:
    monkeypatch.setattr(QLocale, "system", staticmethod(lambda: QLocale(locale)))
    assert usual_paper({"LC_ALL": "C", "LC_PAPER": ""}) == paper
