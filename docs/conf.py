"""Configure Sphinx for the site: the pages of docs/ and the ones at the top of the repository.

The source folder is the repository, so that links between pages are the same in the site as in
the view of the repository.
"""

from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parent.parent

project = "rehearse"
version = release = (
    (REPOSITORY / "driver/test_driver/version.txt").read_text(encoding="utf-8").strip()
)
extensions = ["myst_parser", "sphinx_copybutton", "sphinx_design"]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**.md"]
# Anchors of headings, as in the view of the repository.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

# Quotes in types and messages stay as they are in code.
smartquotes = False

html_theme = "furo"
html_title = f"rehearse {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
# Prompts of the examples are not copied.
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True


def leave_records_out_of_the_menu(app: Any, doctree: Any) -> None:  # noqa: ANN401 - of Sphinx
    """Leave the records of decisions to their own list: the menu stands on every page."""
    if app.env.docname.startswith("docs/decisions/0"):
        app.env.metadata[app.env.docname]["orphan"] = ""


def setup(app: Any) -> None:  # noqa: ANN401 - of Sphinx
    """Take part in the build, after Sphinx has read the head of a page."""
    app.connect("doctree-read", leave_records_out_of_the_menu, priority=600)
