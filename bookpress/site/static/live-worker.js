// Python for a live page, in its own thread so that the page stays responsive.
// Requests: {id, call, …}. Replies: {id, value} or {id, error}; while starting also {bytes}.
"use strict";

let python;

// Counts downloaded bytes, for the progress bar. WebAssembly is not counted, so that the browser
// can cache the compiled module and start faster the next time.
const fetchPlainly = self.fetch.bind(self);
self.fetch = async (...request) => {
  const response = await fetchPlainly(...request);
  const known = Number(response.headers.get("Content-Length")) || 0;
  if (!response.body || response.headers.get("Content-Type") === "application/wasm") {
    self.postMessage({ bytes: known });
    return response;
  }
  const counter = new TransformStream({
    transform(chunk, controller) {
      self.postMessage({ bytes: chunk.byteLength });
      controller.enqueue(chunk);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(counter), { status, statusText, headers });
};

const calls = {
  async start({ folder, packages }) {
    const { loadPyodide } = await import(`${folder}pyodide.mjs`);
    python = await loadPyodide({ indexURL: folder, packages, stdout() {}, stderr() {} });
    python.runPython("from bridgebook.page import live; live.start()");
  },
  async run({ source }) {
    // Load other packages that a reader imports, if the site has them.
    await python.loadPackagesFromImports(source, { messageCallback() {}, errorCallback() {} });
    return JSON.parse(call("run", source));
  },
  redraw({ number, place, positions }) {
    return call("redraw", number, place, JSON.stringify(positions));
  },
};

function call(name, ...values) {
  const live = python.pyimport("bridgebook.page.live");
  try {
    return live[name](...values);
  } finally {
    live.destroy();
  }
}

self.onmessage = async ({ data }) => {
  try {
    self.postMessage({ id: data.id, value: await calls[data.call](data) });
  } catch (error) {
    self.postMessage({ id: data.id, error: String(error.message ?? error).trim() });
  }
};
