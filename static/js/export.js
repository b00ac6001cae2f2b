/* The list as a file: how much of it is there is said while it comes, and a file that broke off is
   not taken for a whole one. Without this script the browser saves what it is sent. */
(() => {
  "use strict";

  const form = document.querySelector("form[data-progress]");
  if (!form) return;
  const button = form.querySelector("button");
  const place = form.querySelector("[data-progress-place]");
  const say = (words, count = "", total = "") => {
    place.textContent = words.replace("{count}", count).replace("{total}", total);
  };
  const numbers = new Intl.NumberFormat(document.documentElement.lang);

  // Rows end at a line's end outside of quotes; the first row is the head.
  const counter = () => {
    let ends = 0;
    let isQuoted = false;
    return (text) => {
      for (const sign of text) {
        if (sign === '"') isQuoted = !isQuoted;
        else if (sign === "\n" && !isQuoted) ends += 1;
      }
      return Math.max(0, ends - 1);
    };
  };

  const read = async (answer) => {
    const total = numbers.format(Number(answer.headers.get("X-Invoices")));
    const reader = answer.body.getReader();
    const decoder = new TextDecoder();
    const count = counter();
    const pieces = [];
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return new Blob(pieces, { type: "text/csv" });
      pieces.push(value);
      say(form.dataset.progress, numbers.format(count(decoder.decode(value, { stream: true }))), total);
    }
  };

  const save = async () => {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") || "");
    if (!answer.ok || !name) {
      window.location.assign(answer.url); // the page that says why there is no file
      return;
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await read(answer));
    [, link.download] = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.dataset.waits = "yes"; // app.js stops a second press
    button.setAttribute("aria-disabled", "true");
    say(form.dataset.begin);
    try {
      await save();
    } catch {
      say(form.dataset.broken);
    } finally {
      delete button.dataset.waits;
      button.removeAttribute("aria-disabled");
    }
  });
})();
