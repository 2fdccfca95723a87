// node compile_wheels.mjs FOLDER CORE WHEEL…: compiles wheels for the browser's Python.
// CORE is a folder with Pyodide, whose own Python does the work: its byte code must match it.
// Each FOLDER/WHEEL is rewritten with byte code in place of sources; the book's own wheel keeps its
// sources, since readers may want to inspect them.
import { pathToFileURL } from "node:url";

const [folder, core, ...wheels] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${core}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: core });
python.FS.mkdir("/wheels");
python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, "/wheels");
python.globals.set("names", python.toPy(wheels));
python.runPython(`
import importlib.util
import os
import zipfile
from importlib._bootstrap_external import _code_to_hash_pyc


def byte_code(name, source):
    code = compile(source, f"/lib/python3.12/site-packages/{name}", "exec", dont_inherit=True)
    # "Unchecked": Python does not compare it with a source, which may not be there.
    return _code_to_hash_pyc(code, importlib.util.source_hash(source), checked=False)


def compiled(old, new, keeps_sources):
    for entry in old.infolist():
        data = old.read(entry)
        stem, end = os.path.splitext(entry.filename)
        made = None
        if end == ".py":
            try:
                made = byte_code(entry.filename, data)
            except SyntaxError:  # templates and tests of other Pythons stay as they are
                pass
        if made is None or keeps_sources:
            new.writestr(entry, data, zipfile.ZIP_DEFLATED)
        if made is not None:
            folder, name = os.path.split(stem)
            cached = f"{folder}/__pycache__/{name}.cpython-312.pyc"
            info = zipfile.ZipInfo(cached if keeps_sources else f"{stem}.pyc", entry.date_time)
            info.external_attr = entry.external_attr
            new.writestr(info, made, zipfile.ZIP_DEFLATED)


for name in names:
    path = f"/wheels/{name}"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(f"{path}.new", "w") as new:
        compiled(old, new, keeps_sources=name.startswith("bridgebook-"))
    os.replace(f"{path}.new", path)
`);
