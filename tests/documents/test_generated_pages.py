from pathlib import Path

import pytest

from make_docs import PAGES
from pullproof.causes import Cause

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", PAGES)
def test_a_generated_page_is_what_the_code_says_now(path):
    hint = "run: python tests/support/make_docs.py"
    assert (ROOT / path).read_text() == PAGES[path](), hint


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_the_section_that_its_link_points_to(cause):
    # A heading's anchor is its text in lower case.
    assert f"\n## {cause}\n" in (ROOT / "docs/causes.md").read_text()
