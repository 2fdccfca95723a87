// Frames: when the reader moves a control, the stored panels update. No library, no kernel.
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

  // Show the states that the controls select. `frameOf` returns a panel's HTML for positions.
  async function update(box, controls, frameOf) {
    for (const control of Object.values(controls)) {
      if (control.type !== "range") continue;
      const word = JSON.parse(control.dataset.words)[position(control)];
      control.setAttribute("aria-valuetext", word);
      box.querySelector(`output[for="${control.id}"]`).textContent = word;
    }
    const positions = Object.fromEntries(Object.entries(controls).map(([name, control]) => [name, position(control)]));
    for (const [place, panel] of box.querySelectorAll(".book-panel").entries()) {
      const wanted = panel.dataset.controls.split(" ").map((name) => positions[name]).join(" ");
      if (panel.dataset.shown === wanted) continue;
      try {
        panel.innerHTML = await frameOf(place, positions);
        panel.dataset.shown = wanted;
      } catch (error) {
        box.querySelector(".book-frames-title").textContent = `Could not draw this: ${error.message}. Reload the page.`;
        return;
      }
    }
  }

  // Make a box respond to its controls. A state that takes long to draw is skipped if the reader
  // has moved on in the meantime.
  function follow(box, frameOf) {
    const controls = {};
    let drawing = false;
    let moved = false;
    const draw = async () => {
      moved = true;
      if (drawing) return;
      drawing = true;
      while (moved) {
        moved = false;
        await update(box, controls, frameOf);
      }
      drawing = false;
    };
    for (const control of box.querySelectorAll("[data-control]")) {
      controls[control.dataset.control] = control;
      control.addEventListener("input", draw);
    }
    for (const panel of box.querySelectorAll(".book-panel")) {
      panel.dataset.shown = panel.dataset.controls.split(" ").map((name) => startOf(controls[name])).join(" ");
    }
    return { controls, draw };
  }
  window.bookFollow = follow; // for live cells, which draw states in Python

  for (const box of document.querySelectorAll(".book-frames")) {
    const { controls, draw } = follow(box, async (place, positions) => {
      const { controls: names, frames, pieces } = (await load(box))[place];
      const index = names.reduce((sum, name) => sum * steps(controls[name]) + positions[name], 0);
      return frames[index].map((piece) => pieces[piece]).join("");
    });
    // On return to the page a browser may restore moved controls, late and without an event.
    window.addEventListener("pageshow", () => {
      if (Object.values(controls).some((control) => position(control) !== startOf(control))) draw();
    });
    box.addEventListener("pointerenter", () => load(box).catch(() => {}), { once: true });
  }

  // Anything wider than its box must be scrollable by keyboard: tables on a phone, and code that was
  // folded when the page loaded.
  const reach = () => {
    const boxes = '.bd-article pre[tabindex="-1"], .bd-article .pst-scrollable-table-container';
    for (const box of document.querySelectorAll(boxes)) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    }
  };
  document.addEventListener("click", () => setTimeout(reach, 50));
  window.addEventListener("load", reach);
  window.addEventListener("resize", reach);
})();

// Live: the script loads on demand. Python starts to load when the pointer nears the button.
window.bookLive = (() => {
  const here = document.currentScript.src;
  return async (button, version) => {
    button.setAttribute("aria-busy", "true");
    try {
      const { enter } = await import(new URL(`live.js?v=${version}`, here).href);
      await enter();
    } catch (error) {
      window.alert(`This page cannot be made live: ${error.message}. It needs the book on the web, not opened as a file.`);
    } finally {
      button.removeAttribute("aria-busy");
    }
  };
})();

// Download notebooks instead of opening them as JSON in a new tab, as the theme's button would.
for (const link of document.querySelectorAll("a.btn-download-notebook")) {
  link.download = "";
  link.removeAttribute("target");
}
