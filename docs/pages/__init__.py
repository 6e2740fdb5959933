"""Pages that are made from the model and its data whenever the docs are built: nothing in them is typed by hand.

A Sphinx extension. Pages of data, cases and sources are written into `docs/_generated`; what a mechanism reads, gives and rests on is
added to its hand-written page as that is read; docstrings are read as they are written here.
"""

from __future__ import annotations

from pathlib import Path

from . import bibliography, cases, data, docstrings, links, mechanisms

FOLDER = "_generated"
MECHANISM = "mechanisms/"


def written() -> dict[str, str]:
    """{path within the folder: text} of every page that is written anew."""
    return {**{f"data/{name}.md": text for name, text in data.pages().items()}, "sources.md": bibliography.page(),
            "cases/skin.md": cases.skin(), "cases/body.md": cases.body()}


def write(folder: Path) -> None:
    """Write what has changed, and take away what is not made any more."""
    pages = {folder / name: text for name, text in written().items()}
    for path in set(folder.rglob("*.md")) - set(pages):
        path.unlink()
    for path, text in pages.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def add_to_mechanism(app, name: str, source: list[str]) -> None:
    """Put ports, numbers and sources below a mechanism's own text."""
    if name.startswith(MECHANISM):
        mechanism = name.removeprefix(MECHANISM)
        app.env.note_dependency(str(data.folder("parameters") / f"{mechanism}.toml"))
        source[0] = f"{source[0].rstrip()}\n\n{mechanisms.page(mechanism)}"


def check_links(app, exception) -> None:
    """A link of the finished site that leads nowhere is a warning, which fails the build."""
    from sphinx.util import logging

    if exception is None and app.builder.name == "html":
        for link in links.broken(Path(app.outdir)):
            logging.getLogger(__name__).warning("this link leads nowhere: %s", link)


def setup(app) -> dict:
    """Called by Sphinx."""
    app.connect("builder-inited", lambda app: write(Path(app.srcdir) / FOLDER))
    app.connect("source-read", add_to_mechanism)
    app.connect("autodoc-process-docstring", docstrings.process)
    app.connect("build-finished", check_links)
    return {"parallel_read_safe": True}
