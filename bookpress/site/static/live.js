// Live: the code of a chapter becomes editable on its page and runs there, in the site's Python.
// Loaded when a reader presses Live. New outputs replace the stored ones, and leaving restores the
// page. Edits stay in this browser, and nothing is sent.

const HERE = new URL(import.meta.url);
const SITE = new URL("../", HERE);
const PYTHON = new URL("lite/static/pyodide/", SITE);
const megabytes = (bytes) => Math.round(bytes / 1e6);
const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

// --- Python -----------------------------------------------------------------------------------

class Python {
  #worker;
  #waiting = new Map();
  #count = 0;

  constructor(onBytes) {
    const address = new URL("live-worker.js", HERE);
    address.search = HERE.search;
    this.#worker = new Worker(address);
    this.#worker.onmessage = ({ data }) => {
      if (data.bytes !== undefined) return onBytes(data.bytes);
      const { done, failed } = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      return "error" in data ? failed(new Error(data.error)) : done(data.value);
    };
    this.#worker.onerror = (event) => this.#fail(new Error(event.message || "the worker did not load"));
  }

  ask(call, details = {}) {
    return new Promise((done, failed) => {
      const id = (this.#count += 1);
      this.#waiting.set(id, { done, failed });
      this.#worker.postMessage({ id, call, ...details });
    });
  }

  end() {
    this.#worker.terminate();
    this.#fail(new Error("stopped"));
  }

  #fail(error) {
    for (const { failed } of this.#waiting.values()) failed(error);
    this.#waiting.clear();
  }
}

// --- readers' edits ---------------------------------------------------------------------------

// Keyed by the original code of a cell: a cell changed in a new edition starts unedited, and edits
// to the old one are kept in the download.
const edits = {
  key: `bridge-or-barrier live ${location.pathname}`,
  all() {
    try {
      return JSON.parse(localStorage.getItem(this.key)) ?? {};
    } catch {
      return {};
    }
  },
  put(original, text) {
    const all = this.all();
    if (text === original) delete all[original];
    else all[original] = text;
    try {
      localStorage.setItem(this.key, JSON.stringify(all));
    } catch { /* a private window without storage: edits last as long as the page */ }
  },
};

// --- cells ------------------------------------------------------------------------------------

const TEXT = { stdout: "output stream", stderr: "output stderr" };

function elementOf(output) {
  if (output.kind === "html") return make("div", { className: "output text_html", innerHTML: output.html });
  if (output.kind === "picture") {
    const picture = make("img", { src: output.address, alt: "Picture that this cell drew" });
    picture.className = "book-card dark-light";
    return make("div", { className: "output" }, picture);
  }
  if (output.kind === "error") {
    return make("div", { className: "output traceback" }, make("pre", { textContent: output.traceback }));
  }
  return make("div", { className: TEXT[output.stream] }, make("pre", { textContent: output.text }));
}

// A cell of the notebook. Cells that the page does not show have no element and only run.
class Cell {
  done = false;

  constructor(source, element) {
    this.source = source;
    this.element = element;
    this.shown = Boolean(element);
    this.isSolution = Boolean(element?.closest(".solution"));
    this.isExercise = Boolean(element?.closest(".exercise"));
  }

  get text() {
    return this.editor ? this.editor.getValue() : this.source;
  }

  // Replaces a node of the page and keeps it, with its listeners, so that it can be restored.
  #replace(old, fresh) {
    old.replaceWith(fresh);
    this.undo.push(() => fresh.replaceWith(old));
  }

  live(page) {
    this.undo = [];
    const code = this.element.querySelector(".highlight");
    const number = page.shown.indexOf(this) + 1;
    const holder = make("div", { className: "live-editor" });
    code.hidden = true;
    code.after(holder);
    this.editor = window.CodeMirror(holder, {
      value: edits.all()[this.source] ?? this.source,
      mode: "python",
      theme: "book",
      screenReaderLabel: `Code of cell ${number}`,
      lineWrapping: window.matchMedia("(max-width: 40rem)").matches,
      indentUnit: 4,
      viewportMargin: Infinity,
      matchBrackets: true,
      // Tab moves on, as elsewhere on the page, so that keyboard users are not trapped in a cell.
      extraKeys: {
        Tab: false,
        "Shift-Tab": false,
        "Ctrl-]": "indentMore",
        "Ctrl-[": "indentLess",
        "Ctrl-Enter": () => page.runCell(this),
        "Cmd-Enter": () => page.runCell(this),
        "Shift-Enter": () => page.runCell(this).then(() => page.focusAfter(this)),
      },
    });
    // Folded code has no size until it is opened.
    const sized = new ResizeObserver(() => this.editor.refresh());
    sized.observe(holder);
    this.runButton = make("button", { type: "button", className: "live-run", textContent: "▶ Run" });
    this.runButton.setAttribute("aria-label", `Run cell ${number}`);
    this.runButton.onclick = () => page.runCell(this);
    this.resetButton = make("button", { type: "button", textContent: "Reset", hidden: true });
    this.resetButton.setAttribute("aria-label", `Reset cell ${number}`);
    this.resetButton.onclick = () => this.reset();
    this.note = make("span", { className: "live-note" });
    const tools = make("div", { className: "live-tools" }, this.runButton, this.resetButton, this.note);
    const input = this.element.querySelector(".cell_input");
    (input.closest("details") ?? input).after(tools);
    this.editor.on("change", () => this.changed());
    this.changed();
    this.undo.push(() => {
      sized.disconnect();
      holder.remove();
      tools.remove();
      code.hidden = false;
      this.editor = undefined;
    });
  }

  changed() {
    this.done = false;
    edits.put(this.source, this.text);
    this.resetButton.hidden = this.text === this.source && this.undo.length === 1;
  }

  // Restores the book's code and outputs.
  reset() {
    while (this.undo.length > 1) this.undo.pop()();
    this.editor.setValue(this.source);
    this.note.textContent = "";
    this.changed();
    this.editor.focus();
  }

  dead() {
    while (this.undo?.length) this.undo.pop()();
    this.element?.removeAttribute("aria-busy");
    this.done = false;
  }

  busy(isBusy) {
    this.element.classList.toggle("live-busy", isBusy);
    this.element.setAttribute("aria-busy", String(isBusy));
    if (isBusy) this.note.textContent = "running …";
  }

  show(outputs, page) {
    while (this.undo.length > 1) this.undo.pop()();
    const figures = [];
    for (let next = this.element.nextElementSibling; next?.matches("figure.book-figure"); next = next.nextElementSibling) {
      figures.push(next);
    }
    const rest = [];
    for (const output of outputs) {
      if (output.kind === "number") page.number(output);
      else if (output.kind === "figure" || output.kind === "frames") {
        const figure = figures.shift();
        const fresh = make("div", { className: "book-image", innerHTML: output.html });
        const box = fresh.querySelector(".book-frames");
        if (box) page.follow(box);
        if (figure) {
          this.#replace(figure.querySelector(".book-image, .book-frames"), box ?? fresh);
          if (output.csv) this.#offerRows(figure, output.csv);
        } else {
          rest.push(make("div", { className: "output" }, box ?? fresh));
        }
      } else rest.push(elementOf(output));
    }
    const old = this.element.querySelector(":scope > .cell_output");
    const fresh = make("div", { className: "cell_output docutils container" }, ...rest);
    if (old) this.#replace(old, fresh);
    else {
      this.element.append(fresh);
      this.undo.push(() => fresh.remove());
    }
    this.resetButton.hidden = false;
    this.note.textContent = outputs.at(-1)?.kind === "error" ? "✗ error" : "✓ your run";
  }

  // The stored files belong to the book's figure; a reader's figure offers its own rows instead.
  #offerRows(figure, csv) {
    const links = figure.querySelector(".book-links");
    const name = links.querySelector('a[download$=".csv"]')?.download ?? "data.csv";
    const address = URL.createObjectURL(new Blob([csv], { type: "text/csv" }));
    const link = make("a", { href: address, download: name, textContent: "data" });
    this.#replace(links, make("p", { className: "book-links" }, "Drawn by your own run · ↓ ", link));
    this.undo.push(() => URL.revokeObjectURL(address));
  }
}

// --- the page ---------------------------------------------------------------------------------

class Page {
  #starting;
  #queue = Promise.resolve();
  #stops = 0;

  cells = [];

  constructor() {
    this.progress = make("progress", { max: 1, value: 0 });
    this.progress.setAttribute("aria-label", "Loading Python");
    this.status = make("p", { className: "live-status" });
    this.status.setAttribute("role", "status");
    const button = (text, onclick) => make("button", { type: "button", textContent: text, onclick });
    this.stopButton = button("Stop", () => this.stop());
    this.stopButton.disabled = true;
    this.bar = make(
      "section",
      { className: "live-bar" },
      this.status,
      this.progress,
      make(
        "div",
        { className: "live-buttons" },
        button("Run all", () => this.runAll()),
        this.stopButton,
        button("Save code", () => this.save()),
        button("Leave", () => this.leave()),
      ),
    );
    this.bar.setAttribute("aria-label", "Live Python");
  }

  showStatus(text) {
    this.status.textContent = text;
  }

  get shown() {
    return this.cells.filter((cell) => cell.shown);
  }

  // Python loads first, and the cells become editable meanwhile.
  async enter() {
    if (this.bar.isConnected) return;
    this.restored = "";
    document.body.append(this.bar);
    document.body.classList.add("is-live");
    this.showStatus("Starting Python …");
    this.started().catch(() => {});
    try {
      const [cells] = await Promise.all([this.cells.length ? this.cells : cellsOfThePage(), loadEditor()]);
      this.cells = cells;
    } catch (error) {
      this.leave();
      throw error;
    }
    if (!this.bar.isConnected) return;
    for (const cell of this.shown) cell.live(this);
    const edited = this.shown.filter((cell) => cell.text !== cell.source).length;
    this.restored = edited ? ` ${edited} ${edited === 1 ? "cell holds" : "cells hold"} what you wrote before.` : "";
    this.bar.querySelector("button").focus();
  }

  leave() {
    this.#stops += 1;
    this.#queue = Promise.resolve();
    this.python?.end();
    this.#starting = this.python = undefined;
    for (const cell of this.cells) cell.dead();
    for (const [span, text] of this.numbers ?? []) {
      span.textContent = text;
      span.classList.remove("live-moved");
    }
    this.numbers = undefined;
    this.bar.remove();
    document.body.classList.remove("is-live");
    document.querySelector("button.btn-live")?.focus();
  }

  // Starts Python once; a failed start is reported and may be retried.
  started() {
    this.#starting ??= this.#start().catch((error) => {
      this.#starting = undefined;
      this.progress.hidden = true;
      if (error.message !== "stopped") this.showStatus(`Python did not start: ${error.message}. Press Run to try again.`);
      throw error;
    });
    return this.#starting;
  }

  async #start() {
    const answer = await fetch(new URL("live.json", PYTHON));
    if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}`);
    const { packages, bytes } = await answer.json();
    let arrived = 0;
    this.progress.hidden = false;
    this.python = new Python((more) => {
      arrived += more;
      const share = Math.min(arrived / bytes, 1);
      this.progress.value = share;
      this.status.textContent =
        share < 0.99
          ? `Loading Python: ${megabytes(arrived)} of ${megabytes(bytes)} MB`
          : "Python is getting ready …";
    });
    await this.python.ask("start", { folder: PYTHON.href, packages });
    this.progress.hidden = true;
    this.showStatus(`Python is ready: change code, press Run.${this.restored}`);
    this.restored = "";
  }

  // Runs cells one at a time, in order, even if other buttons are pressed meanwhile.
  #enqueue(work) {
    const stops = this.#stops;
    const turn = this.#queue.then(() => (stops === this.#stops ? work(stops) : undefined));
    this.#queue = turn.catch(() => {});
    return turn;
  }

  runCell(cell) {
    const place = this.cells.indexOf(cell);
    // A cell needs the cells before it, except exercises and solutions.
    const isNeeded = (other) => !other.done && !other.isSolution && !other.isExercise;
    const before = () => this.cells.slice(0, place).filter(isNeeded);
    const after = this.cells.slice(place + 1);
    const end = after.findIndex((other) => other.shown);
    const hidden = end < 0 ? after : after.slice(0, end);
    return this.#enqueue((stops) => this.#run([...before(), cell], stops, hidden));
  }

  runAll() {
    const cells = this.cells.filter((cell) => !cell.isSolution);
    return this.#enqueue((stops) => this.#run(cells, stops));
  }

  // `followers` only update numbers in sentences; a reader's code may break them.
  async #run(cells, stops, followers = []) {
    this.stopButton.disabled = false;
    try {
      await this.started();
      for (const cell of cells) {
        if (stops !== this.#stops) return;
        if (!(await this.#runOne(cell, stops, cells.length > 1))) return;
      }
      let status = cells.length > 1 ? `${cells.filter((cell) => cell.shown).length} cells have run.` : "The cell has run.";
      for (const cell of followers) {
        if (stops !== this.#stops) return;
        const error = await this.#runHidden(cell);
        if (error) status += ` Numbers in the text were not updated (${error.name}: ${error.message}).`;
        if (error) break;
      }
      this.showStatus(status);
    } catch (error) {
      if (stops === this.#stops) this.showStatus(`Python failed: ${error.message}. Press Run to start it again.`);
    } finally {
      if (stops === this.#stops) this.stopButton.disabled = true;
    }
  }

  async #runHidden(cell) {
    const outputs = await this.python.ask("run", { source: cell.source });
    outputs.filter((output) => output.kind === "number").forEach((output) => this.number(output));
    const error = outputs.find((output) => output.kind === "error");
    cell.done = !error;
    return error;
  }

  // Runs a cell; returns false if the cells after it must not run.
  async #runOne(cell, stops, isOneOfMany) {
    if (!cell.shown) {
      const error = await this.#runHidden(cell);
      if (error) this.showStatus(`A cell behind the text stopped: ${error.name}: ${error.message}`);
      return !error;
    }
    const number = this.shown.indexOf(cell) + 1;
    this.showStatus(`Running cell ${number} of ${this.shown.length} …`);
    cell.busy(true);
    let outputs;
    try {
      outputs = await this.python.ask("run", { source: cell.text });
    } finally {
      if (cell.editor) cell.busy(false);
    }
    if (stops !== this.#stops) return false;
    // The cells below were computed from the old value.
    if (cell.ran !== cell.text) {
      for (const other of this.cells.slice(this.cells.indexOf(cell) + 1)) other.done = false;
    }
    cell.ran = cell.text;
    cell.show(outputs, this);
    const error = outputs.find((output) => output.kind === "error");
    cell.done = !error;
    if (!error || (cell.isExercise && isOneOfMany)) return true; // a wrong answer does not stop other cells
    this.showStatus(`Cell ${number} stopped: ${error.name}: ${error.message}`);
    return false;
  }

  // Updates a computed number in the sentences that quote it.
  number({ name, text }) {
    for (const span of document.querySelectorAll(`.glue-${CSS.escape(name)}`)) {
      if (span.textContent === text) continue;
      (this.numbers ??= new Map()).has(span) || this.numbers.set(span, span.textContent);
      span.textContent = text;
      span.classList.toggle("live-moved", this.numbers.get(span) !== text);
    }
  }

  // Frames whose states Python draws.
  follow(box) {
    const number = Number(box.dataset.live);
    window.bookFollow(box, async (place, positions) => {
      await this.started();
      return this.python.ask("redraw", { number, place, positions });
    });
  }

  focusAfter(cell) {
    this.shown[this.shown.indexOf(cell) + 1]?.editor.focus();
  }

  stop() {
    this.#stops += 1;
    this.python?.end();
    this.#starting = this.python = undefined;
    this.#queue = Promise.resolve();
    for (const cell of this.cells) cell.done = false;
    for (const cell of this.shown) cell.busy(false);
    this.progress.hidden = true;
    this.stopButton.disabled = true;
    this.showStatus("Stopped. Variables are gone; Run starts Python again.");
  }

  save() {
    const known = new Set(this.cells.map((cell) => cell.source));
    const earlier = Object.entries(edits.all()).filter(([original]) => !known.has(original));
    const parts = this.cells.map((cell) => cell.text);
    for (const [, text] of earlier) parts.push(`# Written by you for an earlier edition of this page:\n${text}`);
    const address = URL.createObjectURL(new Blob([`${parts.join("\n\n\n")}\n`], { type: "text/x-python" }));
    const name = `${location.pathname.split("/").pop().replace(/\.html$/, "") || "chapter"}.py`;
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }
}

// --- from the page to its cells ---------------------------------------------------------------

// The page shows some of the notebook's cells, in the notebook's order.
async function cellsOfThePage() {
  const run = new URL(document.querySelector("a.btn-run-in-browser").href);
  const answer = await fetch(new URL(`lite/files/${run.searchParams.get("path")}`, SITE));
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}`);
  const notebook = await answer.json();
  const elements = [...document.querySelectorAll(".bd-article div.cell")].filter((cell) => cell.querySelector(".cell_input pre"));
  const textOf = (element) => element.querySelector(".cell_input pre").textContent.trim();
  const cells = notebook.cells
    .filter((cell) => cell.cell_type === "code")
    .map((cell) => {
      const source = [cell.source].flat().join("");
      const isNext = elements.length && textOf(elements[0]) === source.trim();
      return new Cell(source, isNext ? elements.shift() : undefined);
    });
  if (elements.length) throw new Error("the page and its notebook differ; reload the page");
  return cells;
}

function script(address) {
  return new Promise((done, failed) => {
    const element = make("script", { src: address.href, onload: done });
    element.onerror = () => failed(new Error(`${address.pathname} did not load`));
    document.head.append(element);
  });
}

let editor;

function loadEditor() {
  editor ??= (async () => {
    const vendor = new URL("vendor/codemirror/", HERE);
    const sheet = new URL("live.css", HERE);
    sheet.search = HERE.search;
    for (const { href } of [new URL("codemirror.css", vendor), sheet]) {
      document.head.append(make("link", { rel: "stylesheet", href }));
    }
    await script(new URL("codemirror.js", vendor));
    await Promise.all(["python.js", "matchbrackets.js"].map((name) => script(new URL(name, vendor))));
  })();
  return editor;
}

let page;

export function enter() {
  page ??= new Page();
  return page.enter();
}
