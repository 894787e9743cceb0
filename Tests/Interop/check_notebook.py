"""Notebooks that orrery wrote: valid nbformat 4.5, outputs filled in, and they run from top to bottom with numpy and matplotlib alone.

    python check_notebook.py NOTEBOOK.ipynb …

Needs nbformat 5.10.4, nbclient 0.10.2, ipykernel 6.30.1, numpy and matplotlib. What the cells compute is held against the outputs the
program filled in: the same counts to the letter, every mean to four digits.
"""
import ast
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def fail(why):
    sys.exit(f"FAILED: {why}")


def imports(code):
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.split(".")[0]


def streams(cell):
    return "".join(o.text for o in cell.outputs if o.output_type == "stream")


def numbers(text):
    return [float(x) for x in re.findall(r"-?\d+\.?\d*(?:e[-+]?\d+)?", text)]


def means(cell):
    """The filled-in table's means by (metric, subject), from its HTML."""
    html = cell.outputs[0].data["text/html"]
    head, *rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", html, re.S)]
    return {(metric, row[0].removesuffix(" (control)")): text for row in rows for metric, text in zip(head[1:], row[1:])}


def computed(text):
    found, metric = {}, None
    for line in text.splitlines():
        if line and not line.startswith(" "):
            metric = line.split(" (")[0]
        else:
            subject, value = re.match(r"  (.{32})\s*(.*)", line).groups()
            found[metric, subject.strip()] = value
    return found


def check(path):
    book = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(book)
    if (book.nbformat, book.nbformat_minor) != (4, 5):
        fail(f"{path}: nbformat {book.nbformat}.{book.nbformat_minor}")
    code = [c for c in book.cells if c.cell_type == "code"]
    used = {name for c in code for name in imports(c.source)} - set(sys.stdlib_module_names)
    if not used <= {"numpy", "matplotlib"}:
        fail(f"{path}: it imports {used}")
    if any(not c.outputs or c.execution_count is None for c in code):
        fail(f"{path}: a cell has no output")
    before = [streams(c) for c in code]
    table = means(code[1])
    NotebookClient(book, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}).execute()
    if streams(code[0]) != before[0]:
        fail(f"{path}: the file says {before[0]!r}, running it {streams(code[0])!r}")
    again = computed(streams(code[1]))
    if set(table) != set(again):
        fail(f"{path}: other metrics or subjects: {sorted(set(table) ^ set(again))}")
    for key, text in table.items():
        if text.startswith("n/a") != again[key].startswith("n/a"):
            fail(f"{path}: {key} is {text}, running it {again[key]}")
        if not text.startswith("n/a") and abs(numbers(text)[0] - numbers(again[key])[0]) > 2e-3 * abs(numbers(text)[0]) + 1e-9:
            fail(f"{path}: {key} is {text}, running it {again[key]}")
    figures = sum("image/png" in o.get("data", {}) for c in code for o in c.outputs)
    if figures == 0:
        fail(f"{path}: no figure was drawn")
    print(f"  {path.name}: valid 4.5, {len(code)} cells run, {len(table)} means agree, {figures} figures drawn")


for name in sys.argv[1:]:
    check(Path(name).resolve())
