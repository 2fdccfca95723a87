// Frames: the reader moves a control, stored panels follow. No library, no kernel.
// The stored frames are fetched when a control is first touched, so they cost nothing before.
(() => {
  "use strict";
  const ready = new Map();

  function load(box) {
    const { name, source } = box.dataset;
    if (!ready.has(name)) {
      ready.set(name, new Promise((done, failed) => {
        // A script, not fetch(): it also works when the book is opened from a folder.
        const script = document.createElement("script");
        script.src = source;
        script.onload = () => done(window.bookFrames[name]);
        script.onerror = () => { ready.delete(name); failed(new Error(source)); };
        document.head.append(script);
      }));
    }
    return ready.get(name);
  }

  const steps = (control) => control.tagName === "SELECT" ? control.options.length : Number(control.max) + 1;
  const position = (control) => control.tagName === "SELECT" ? control.selectedIndex : Number(control.value);

  const startOf = (control) => control.tagName === "SELECT"
    ? [...control.options].findIndex((option) => option.defaultSelected)
    : Number(control.getAttribute("value"));

  async function update(box, controls) {
    for (const control of Object.values(controls)) {
      if (control.type !== "range") continue;
      const word = JSON.parse(control.dataset.words)[position(control)];
      control.setAttribute("aria-valuetext", word);
      box.querySelector(`output[for="${control.id}"]`).textContent = word;
    }
    let stored;
    try {
      stored = await load(box);
    } catch (error) {
      box.querySelector(".book-frames-title").textContent = `Could not load ${error.message}: reload the page.`;
      return;
    }
    box.querySelectorAll(".book-panel").forEach((panel, number) => {
      let index = 0;
      for (const name of stored[number].controls) index = index * steps(controls[name]) + position(controls[name]);
      if (panel.dataset.shown === String(index)) return;
      panel.dataset.shown = String(index);
      panel.innerHTML = stored[number].frames[index].map((piece) => stored[number].pieces[piece]).join("");
    });
  }

  for (const box of document.querySelectorAll(".book-frames")) {
    const controls = {};
    for (const control of box.querySelectorAll("[data-control]")) {
      controls[control.dataset.control] = control;
      control.addEventListener("input", () => update(box, controls));
    }
    // A browser that comes back to the page may restore moved controls, late and without an event.
    window.addEventListener("pageshow", () => {
      const moved = Object.values(controls).some((control) => position(control) !== startOf(control));
      if (moved) update(box, controls);
    });
    box.addEventListener("pointerenter", () => load(box).catch(() => {}), { once: true });
  }

  // Code that was folded when the page loaded was not scrollable then; opened, it may be, and then
  // the keyboard has to reach it.
  document.addEventListener("click", () => setTimeout(() => {
    for (const code of document.querySelectorAll('.bd-article pre[tabindex="-1"]')) {
      if (code.scrollWidth > code.clientWidth) code.tabIndex = 0;
    }
  }, 50));
})();

// Notebooks are downloaded, not opened as a page of JSON in a new tab; the theme's button does that.
for (const link of document.querySelectorAll("a.btn-download-notebook")) {
  link.download = "";
  link.removeAttribute("target");
}
