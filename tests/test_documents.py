"""Documents are tested: paths in them exist, their commands are known, their samples run."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("plugin/*.md"), *ROOT.glob("core/decisions/*.md"),
                    *ROOT.glob("tests/**/README.md")])
TOP = ("core/", "plugin/", "installers/", "tests/", ".ci/")


def named_paths(text):
    for quoted in re.findall(r"`([^`\s]+)`", text) + re.findall(r"\]\(([^)\s]+)\)", text):
        if quoted.startswith(TOP) and not re.search(r"[<>*{$]|\.\.\.", quoted):
            yield quoted.split("#")[0]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_path_in_a_document_exists(document):
    missing = [path for path in named_paths(document.read_text(encoding="utf-8")) if not (ROOT / path).exists()]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_picture_and_link_within_the_repository_exists(document):
    for target in re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", document.read_text(encoding="utf-8")):
        link = (target[0] or target[1]).split("#")[0]
        if link and "://" not in link:
            assert (document.parent / link).exists(), link
