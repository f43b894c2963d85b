"""Configure Sphinx for the pages of this folder."""

project = "rehearse"
extensions = ["myst_parser"]
# The tutorials are the beginning. Their index lists the other pages, too, which have no order yet.
root_doc = "tutorials/index"
myst_heading_anchors = 3
html_theme = "alabaster"
html_copy_source = False
html_show_copyright = False
