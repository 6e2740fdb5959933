"""Sphinx settings of the docs."""

import logging
import os
import sys
import tempfile
from functools import partial
from pathlib import Path

from jupyter_cache.executors import utils as executing
from traitlets.config import Config

from epsom.core.code import source_digest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))                                # for the extension that stands beside this file

os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"       # pages run the `epsom` of this environment
logging.getLogger("traitlets").setLevel(logging.WARNING)
os.environ["COLUMNS"] = "88"

project = "epsom"
author = "The epsom maintainers"
html_title = "epsom"
extensions = ["myst_nb", "sphinx.ext.autodoc", "pages"]
exclude_patterns = ["_build", "_validation", "_body_validation"]
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["wide.css"]
html_show_sphinx = html_show_copyright = False
html_copy_source = False
nitpicky = True
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4

nb_execution_mode = "cache"
nb_execution_cache_path = str(HERE / "_build" / f".notebooks-{source_digest()}")         # other code, other outputs
nb_execution_in_temp = True
nb_execution_timeout = 600
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_execution_show_tb = True

# What a cell prints comes as one piece, and the kernel talks through a socket of this machine's files.
socket = {"transport": "ipc", "ip": str(Path(tempfile.mkdtemp()) / "kernel")}
executing.executenb = partial(executing.executenb, coalesce_streams=True, config=Config(KernelManager=socket))

autodoc_member_order = "bysource"
autodoc_typehints = "none"
