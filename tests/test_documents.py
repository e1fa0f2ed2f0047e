"""What the documents say exists, exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "catalogs/README.md"])
def test_that_every_file_a_document_links_to_exists(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    missing = [link for link in links if not (ROOT / name).parent.joinpath(link).exists()]
    assert missing == []


def test_that_every_folder_on_the_map_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    drawing = text.split("```")[1]
    package = re.findall(r"^  (\w+)/", drawing, re.MULTILINE)
    top = re.findall(r"^(\w+)/", drawing, re.MULTILINE)
    assert len(package) >= 6
    assert len(top) >= 5
    assert [folder for folder in package if not (ROOT / "moeplanner_gui" / folder).is_dir()] == []
    assert [folder for folder in top if not (ROOT / folder).is_dir()] == []


def test_that_the_readme_starts_with_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    first_block = text.split("```")[1].split()
    assert first_block == [
        *("python3", "installer/bootstrap.py", "run"),
        *("python3", "installer/bootstrap.py", "test"),
    ]
