"""Sphinx settings of the docs."""

project = "epsom"
author = "The epsom maintainers"
extensions = ["myst_parser"]
exclude_patterns = ["_build", "_validation"]
html_theme = "alabaster"
html_theme_options = {"description": "Put magnesium on the skin: what reaches which tissue, when?", "page_width": "1000px"}
myst_enable_extensions = ["dollarmath"]
