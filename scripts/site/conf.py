"""How Sphinx makes the site of what pages.mjs has put together. KaTeX's folder is in SITE_KATEX."""
import json
import os
import subprocess

from docutils import nodes

project = html_title = "CLIP the Landscape"
language = "en"
extensions = ["myst_nb", "sphinx_copybutton"]
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
# A second heading of the first level; a file that Pygments can't read to its end: both are shown all the same.
suppress_warnings = ["myst.header", "misc.highlighting_failure"]
html_math_renderer = "katex"
html_theme = "sphinx_book_theme"
html_static_path = ["_static"]
html_css_files = ["katex/katex.min.css", "course.css"]
html_js_files = [("course.js", {"defer": "defer"})]
html_context = {"default_mode": "auto"}
html_show_sphinx = False
html_show_search_summary = False  # would fetch pages, which browsers refuse to pages from a folder
html_show_copyright = False
html_theme_options = {
    "use_fullscreen_button": False,
    "show_navbar_depth": 1,
    "home_page_in_toc": True,
    "search_as_you_type": True,
    "show_prev_next": True,
    "footer_content_items": "",
}
copybutton_selector = "div.cell_input pre, div.highlight-shell pre"

# Formulas become HTML and MathML in one run of Node, so that pages need no script for them.
RENDER = """
const katex = require(process.env.SITE_KATEX);
const formulas = JSON.parse(require("fs").readFileSync(0, "utf8"));
const render = ([tex, displayMode]) => katex.renderToString(tex, { displayMode, strict: "error" });
process.stdout.write(JSON.stringify(formulas.map(render)));
"""
rendered = {}


def render_formulas(app, env):
    found = set()
    for page in env.found_docs:
        doctree = env.get_doctree(page)
        found |= {(node.astext(), False) for node in doctree.findall(nodes.math)}
        found |= {(node.astext(), True) for node in doctree.findall(nodes.math_block)}
    formulas = sorted(found)
    done = subprocess.run(
        ["node", "-e", RENDER], input=json.dumps(formulas), stdout=subprocess.PIPE, check=True, encoding="utf8"
    )
    rendered.update(zip(formulas, json.loads(done.stdout)))


def write_inline(writer, node):
    writer.body.append(rendered[node.astext(), False])
    raise nodes.SkipNode


def write_block(writer, node):
    writer.body.append(f'<div class="math">{rendered[node.astext(), True]}</div>')
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("katex", (write_inline, None), (write_block, None))
    app.connect("env-updated", render_formulas)
