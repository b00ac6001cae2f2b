/* The create dialog: Enter in a search box searches, and what was typed survives a reload. All
   else is the server's: every button works as a plain form press too. */
(() => {
  "use strict";

  const form = document.getElementById("dialog-form");
  if (!form) return;
  const key = form.dataset.keep;

  form.addEventListener("keydown", (event) => {
    const button = event.key === "Enter" && event.target.dataset.enter;
    if (!button) return;
    event.preventDefault();
    document.getElementById(button).click();
  });

  const wasPressed = document.querySelector("#dialog [aria-invalid], #dialog .banner--error");
  const isReload = performance.getEntriesByType("navigation").some((entry) => entry.type === "reload");
  const kept = sessionStorage.getItem(key);
  if (kept && isReload && !wasPressed) {
    // "restore" is no action: the server draws the dialog from what was typed.
    const typed = new FormData();
    JSON.parse(kept).forEach(([name, value]) => typed.append(name, value));
    typed.set("action", "restore");
    typed.delete("csrfmiddlewaretoken");
    htmx.ajax("POST", form.action, { source: form, target: "#dialog", swap: "outerHTML", values: typed });
  } else {
    sessionStorage.removeItem(key);
  }

  const keep = () => {
    sessionStorage.setItem(key, JSON.stringify([...new FormData(form)]));
  };
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  form.addEventListener("htmx:afterSettle", keep);
  form.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) sessionStorage.removeItem(key);
  });
})();
