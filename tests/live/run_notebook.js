// Runs the code cells of a notebook in the site's own Pyodide; for page.evaluate.
// Gives the outputs of each cell; throws what a cell raises, with the cell's first words.
async ({ folder, sources }) => {
  const { loadPyodide } = await import(`${folder}pyodide.mjs`);
  const python = await loadPyodide({ indexURL: folder, stdout: () => {}, stderr: () => {} });
  const quiet = { messageCallback: () => {}, errorCallback: (text) => { throw new Error(text); } };
  // As the kernel of JupyterLite does at its start.
  await python.loadPackage(["ipython", "ssl", "sqlite3", "packaging"], quiet);
  python.runPython(`
import os

os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))

def run(source):
    "Run a cell; returns its rich outputs, or raises what it raised."
    with capture_output() as seen:
        done = shell.run_cell(source, store_history=True)
    done.raise_error()
    return [
        {"output_type": "display_data", "data": made.data, "metadata": made.metadata or {}}
        for made in seen.outputs
        if made.data
    ]
`);
  const run = python.globals.get("run");
  const transformed = python.runPython("shell.transform_cell");
  const found = [];
  for (const source of sources) {
    await python.loadPackagesFromImports(transformed(source), quiet);
    try {
      const outputs = run(source);
      found.push(outputs.toJs({ dict_converter: Object.fromEntries }));
      outputs.destroy();
    } catch (error) {
      throw new Error(`the cell that begins ${JSON.stringify(source.slice(0, 60))}: ${error.message}`);
    }
  }
  return found;
}
