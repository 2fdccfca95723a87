// Notes: shows a link's title, the definition of a term or the text of a citation, next to the link
// on hover and focus, and at the first tap; Escape or moving away closes it. Without this script, or
// in a browser without popovers, the title remains an ordinary tooltip.
(() => {
  "use strict";
  const links = document.querySelectorAll(".bd-article a.reference[title]");
  if (!links.length || !("popover" in HTMLElement.prototype)) return;

  const note = document.createElement("div");
  note.id = "book-note";
  note.className = "book-note";
  note.popover = "manual";
  note.setAttribute("role", "note");
  document.body.append(note);
  let owner = null;
  let timer = 0;

  // Plain text with URLs as links, so that a source is one click away.
  function fill(link, text) {
    const parts = text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/);
    note.replaceChildren(...parts.map((part, place) => {
      if (place % 2 === 0) return part;
      const out = document.createElement("a");
      out.href = part;
      out.textContent = part;
      return out;
    }));
    const more = document.createElement("a");
    more.href = link.href;
    more.className = "book-note-more";
    more.textContent = link.hash.startsWith("#term-") ? "See it in the list of terms" : "See it among the sources";
    note.append(more);
  }

  function show(link) {
    clearTimeout(timer);
    if (owner === link) return;
    hide();
    owner = link;
    fill(link, link.dataset.note);
    link.setAttribute("aria-describedby", note.id);
    note.showPopover();
    place();
  }

  // Below the link, above it where there is no room below; never wider than the window.
  function place() {
    const edge = 8;
    const link = owner;
    const line = link.getClientRects()[0];
    const left = Math.min(line.left, document.documentElement.clientWidth - note.offsetWidth - edge);
    const below = line.bottom + 4;
    const fits = below + note.offsetHeight + edge <= window.innerHeight || line.top < note.offsetHeight + edge;
    note.style.left = `${Math.max(edge, left)}px`;
    note.style.top = `${fits ? below : line.top - note.offsetHeight - 4}px`;
  }

  function hide() {
    clearTimeout(timer);
    if (!owner) return;
    owner.removeAttribute("aria-describedby");
    owner = null;
    note.hidePopover();
  }

  const soon = (act, delay) => { clearTimeout(timer); timer = setTimeout(act, delay); };

  for (const link of links) {
    link.dataset.note = link.title;
    link.removeAttribute("title"); // otherwise the browser would show it as well
    link.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") soon(() => show(link), 150); });
    link.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") soon(hide, 250); });
    link.addEventListener("focus", () => { if (link.matches(":focus-visible")) show(link); });
    link.addEventListener("blur", (event) => { if (!note.contains(event.relatedTarget)) hide(); });
    // Touch has no hover: the first tap shows the note, and the note contains the link.
    link.addEventListener("click", (event) => {
      if (event.pointerType !== "touch" || owner === link) return;
      event.preventDefault();
      show(link);
    });
  }
  note.addEventListener("pointerenter", () => clearTimeout(timer));
  note.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") soon(hide, 250); });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  document.addEventListener("pointerdown", (event) => { if (owner && !note.contains(event.target) && event.target.closest("a") !== owner) hide(); });
  // A link that takes the focus may scroll into view; keep its note next to it.
  window.addEventListener("scroll", () => {
    if (!owner) return;
    const line = owner.getClientRects()[0];
    const gone = line.bottom < 0 || line.top > window.innerHeight;
    if (gone && owner !== document.activeElement) hide();
    else place();
  }, { passive: true });
})();
