// Checks the answers of a page's quiz. The pages work without it: answers are in <details>.
// Nothing is stored or sent; the score lasts as long as the page is open.
(() => {
  "use strict";

  const toNumber = (text) => {
    let t = text.replace(/[\s\u00a0\u202f_']/g, "").replace(/\u2212/g, "-");
    // 12,096 is twelve thousand; 0,15 is a decimal comma.
    t = /^[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?([^\d,].*)?$/.test(t) ? t.replace(/,/g, "") : t.replace(",", ".");
    const found = t.match(/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?/i);
    return found ? parseFloat(found[0]) : NaN;
  };

  const plain = (text) => text.trim().toLowerCase().replace(/\s+/g, " ");

  // Feedback is in the page once, inside <details>; the live region gets a copy without ids.
  const copyOf = (item) => {
    const copy = item.querySelector(".quiz-feedback").cloneNode(true);
    copy.querySelectorAll("[id]").forEach((node) => node.removeAttribute("id"));
    return copy;
  };

  const showFeedback = (status, right, notes) => {
    const word = document.createElement("strong");
    word.textContent = right === null ? "" : right ? "✓ Right. " : "✗ Not yet. ";
    status.classList.toggle("quiz-right", right === true);
    status.classList.toggle("quiz-wrong", right === false);
    status.replaceChildren(word, ...notes.flatMap((note) => [note, " "]));
  };

  const judgeChoices = (inputs, items) => {
    const picked = items.filter((_, i) => inputs[i].checked);
    if (!picked.length) return null;
    const right = items.every((item, i) => inputs[i].checked === (item.dataset.correct === "true"));
    const notes = picked.map((item) => {
      const note = copyOf(item);
      if (picked.length > 1) note.prepend(`${inputs[items.indexOf(item)].value}: `);
      return note;
    });
    const partial = !right && picked.every((item) => item.dataset.correct === "true");
    return { right, notes: partial ? [...notes, "Something is still missing."] : notes };
  };

  const judgeTyped = (text, items, type) => {
    if (!text.trim()) return null;
    const value = toNumber(text);
    if (type === "number" && Number.isNaN(value)) return null;
    const fits = ({ dataset }) => {
      if (dataset.other) return true;
      if (dataset.accept) return JSON.parse(dataset.accept).some((a) => plain(a) === plain(text));
      const target = Number(dataset.value);
      const slack = Number(dataset.tolerance) + 1e-9 * Math.max(1, Math.abs(target));
      return Math.abs(value - target) <= slack;
    };
    const item = items.find(fits);
    return { right: item.dataset.correct === "true", notes: [copyOf(item)] };
  };

  document.querySelectorAll(".quiz").forEach((quiz) => {
    const forms = [...quiz.querySelectorAll(".quiz-question")];
    const firstTries = new Map();

    forms.forEach((form) => {
      const status = form.querySelector(".quiz-status");
      const items = [...form.querySelectorAll(".quiz-answers li")];
      const inputs = [...form.querySelectorAll("input")];
      const { type } = form.dataset;
      const typed = type === "number" || type === "text";
      form.querySelector("button").hidden = false;

      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const result = typed ? judgeTyped(inputs[0].value, items, type) : judgeChoices(inputs, items);
        if (!result) {
          const what = type === "number" ? "Type a number" : typed ? "Type an answer" : "Choose an answer";
          showFeedback(status, null, [`${what} first.`]);
          return;
        }
        showFeedback(status, result.right, result.notes);
        if (!firstTries.has(form)) firstTries.set(form, result.right);
        const right = [...firstTries.values()].filter(Boolean).length;
        const open = forms.length - firstTries.size;
        quiz.querySelector(".quiz-score").textContent =
          `${right} of ${forms.length} right at first try` + (open ? `, ${open} still open.` : ".");
      });
    });
  });
})();
