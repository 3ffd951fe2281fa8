"""Sphinx: the pages are MyST, the references are generated from the installed packages."""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE)]
os.environ["DJANGO_SETTINGS_MODULE"] = "site_settings"

project = "Chowk"
author = "The Chowk contributors"
copyright = author
html_title = "Chowk"

extensions = ["myst_parser", "chowk_reference"]
myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "_generated", "README.md"]
nitpicky = True
smartquotes = False

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["chowk.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0f5c5c", "color-brand-content": "#0f5c5c"},
    "dark_css_variables": {"color-brand-primary": "#6cc5bd", "color-brand-content": "#6cc5bd"},
}
pygments_style = "friendly"
pygments_dark_style = "github-dark"
