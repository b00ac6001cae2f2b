/* The create dialog: Enter in a search box searches, what was typed survives a reload, and what is
   typed while an answer is on its way stays. All else is the server's: every button works as a
   plain form press too. */
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

  /* --- A reload ------------------------------------------------------------------------------- */
  const keep = () => sessionStorage.setItem(key, JSON.stringify([...new FormData(form)]));
  const restore = (kept) => {
    // "restore" is no action: the server draws the dialog from what was typed.
    const values = { action: "restore" };
    kept.forEach(([name, value]) => {
      if (name === "csrfmiddlewaretoken") return;
      values[name] = name in values ? [].concat(values[name], value) : value;
    });
    // The buttons are named "action", so form.action is not the address.
    htmx.ajax("POST", form.getAttribute("action"), { target: "#dialog", swap: "outerHTML", values });
    form.dataset.isChanged = "yes";
  };
  const isReload = performance.getEntriesByType("navigation").some((entry) => entry.type === "reload");
  const kept = sessionStorage.getItem(key);
  sessionStorage.removeItem(key);
  if (kept && isReload) restore(JSON.parse(kept));

  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  form.addEventListener("htmx:afterSettle", keep);
  form.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) sessionStorage.removeItem(key);
  });

  /* --- Typing goes on while the server answers -------------------------------------------------- */
  // By request, because the sums are asked for while another answer is still on its way.
  const sent = new WeakMap();
  let typedSince = [];
  form.addEventListener("htmx:beforeRequest", (event) => {
    sent.set(event.detail.xhr, new Map(new FormData(form)));
  });
  form.addEventListener("htmx:beforeSwap", (event) => {
    const then = sent.get(event.detail.xhr);
    if (event.detail.target.id !== "dialog" || !then) return;
    typedSince = [...new FormData(form)].filter(([name, value]) => then.get(name) !== value);
  });
  form.addEventListener("htmx:afterSettle", () => {
    const again = typedSince.map(([name, value]) => {
      const field = form.elements.namedItem(name);
      const isTyped = field instanceof HTMLElement && /^(text|search|date|textarea)$/.test(field.type);
      if (!isTyped || field.value === value) return null;
      field.value = value;
      return field;
    }).filter(Boolean);
    typedSince = [];
    if (again.length) again[0].dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
