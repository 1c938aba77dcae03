"""How Sphinx makes the site (scripts/docs, `make docs`). Nothing here is loaded from a network, nor by the pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

project = "smtplab"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 4

smartquotes = False  # "--lab" and quotes are meant as they stand

html_theme = "furo"
html_title = "smtplab"
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_show_search_summary = False  # it would be fetched from the pages, which browsers do not allow from the file system
pygments_style = "default"  # every colour of these two has contrast (tests/docs/test_site.py)
pygments_dark_style = "native"

# Where Debian keeps a style sheet of Furo's, as its web servers and, under /usr/share, its folders name it.
APART = "/javascript/normalize.css/normalize.css"

# "RFC 5321 4.5.2", "RFC 5321 D.1"; without a section the whole of it.
CITED = re.compile(r"RFC (\d{3,4})(?: ((?:\d+|[A-D])(?:\.\d+)*)(?![\w-]))?")


class LinkRfcs(SphinxTransform):
    """A section that is cited is a link to it."""

    default_priority = 500

    def apply(self, **_: Any) -> None:
        for text in list(self.document.findall(nodes.Text)):
            if not isinstance(text.parent, (nodes.literal, nodes.literal_block, nodes.reference, nodes.title)):
                parts = self.parts(text.astext())
                if len(parts) > 1:
                    text.parent.replace(text, parts)

    @staticmethod
    def parts(text: str) -> list[nodes.Node]:
        found: list[nodes.Node] = []
        at = 0
        for match in CITED.finditer(text):
            section = match[2] or ""
            kind = "appendix" if section[:1].isalpha() else "section"
            where = f"https://www.rfc-editor.org/rfc/rfc{match[1]}" + (f"#{kind}-{section}" if section else "")
            found += [nodes.Text(text[at:match.start()]), nodes.reference("", match[0], refuri=where)]
            at = match.end()
        return [*found, nodes.Text(text[at:])]


def mend_furo(app: Sphinx, error: Exception | None) -> None:
    """Debian has taken Furo's bundle apart: a style sheet and a module stand elsewhere, where browsers do not look when
    a page is a file. The style sheet is put back; the module only marks where one is in the list of headings, and is
    left out. And what makes a page dark where the reader's whole system is dark is missing: it is added, by the colours
    of the dark theme that is chosen."""
    for name, old, new in (("styles/furo.css", f"@import url({APART});", basics()),
                           ("scripts/furo.js", 'import Gumshoe from "./gumshoe-patched.js";', "class Gumshoe {}")):
        path = Path(app.outdir) / "_static" / name
        if error is None and path.exists():
            text = path.read_text("utf-8").replace(old, new)
            path.write_text(text + (dark_by_itself(text) if name.endswith(".css") else ""), "utf-8")


def basics() -> str:
    """What Furo takes for granted of a browser (no margin round the page, and the like)."""
    sheet = Path(f"/usr/share{APART}")
    return sheet.read_text("utf-8") if sheet.exists() else ""


def dark_by_itself(css: str) -> str:
    """The rule that the style sheet lacks, or nothing."""
    colours = re.search(r'body\[data-theme="dark"\] \{([^{}]*)\}', css)
    if colours is None or "prefers-color-scheme" in css:
        return ""
    return f'\n@media screen and (prefers-color-scheme: dark) {{ body[data-theme="auto"] {{{colours[1]}}} }}\n'


def setup(app: Sphinx) -> None:
    app.add_transform(LinkRfcs)
    app.connect("build-finished", mend_furo)
