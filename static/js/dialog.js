/* The create dialog: Enter in a search box searches, keys with Ctrl, ⌘ or Alt do the rest, lines move
   and go without a question to the server, and nothing that was typed is lost. All else is the server's: every button works as a
   plain form press too. */
(() => {
  "use strict";

  const form = document.getElementById("dialog-form");
  if (!form) return;
  const key = form.dataset.keep;

  form.addEventListener("keydown", (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const button = isPlain && event.key === "Enter" && event.target.dataset.enter;
    if (!button) return;
    event.preventDefault();
    document.getElementById(button).click();
  });

  /* --- Shortcuts: never a letter alone, which somebody may be typing ------------------------------ */
  const searchItems = () => {
    const here = document.activeElement && document.activeElement.closest(".line");
    const boxes = [...form.querySelectorAll(".line__search input")];
    const next = boxes.find((box) => box.closest(".line") === here) || boxes[0];
    if (next) next.focus();
    else document.getElementById("add-line").click();
  };
  const create = () => {
    const button = form.querySelector("#dialog-footer .button--primary");
    if (!button.disabled) return button.click();
    // Nothing is said to be missing while the first press is on its way.
    const missing = document.getElementById("missing");
    if (missing) missing.focus();
  };
  // On a Mac, Ctrl + K deletes the rest of what is typed.
  const command = /^Mac/.test(navigator.platform) ? "metaKey" : "ctrlKey";
  const shortcut = (event) => {
    const held = ["ctrlKey", "metaKey", "altKey", "shiftKey"].filter((name) => event[name]).join();
    if (held === command && event.key === "Enter") return create;
    if (held === command && /^k$/i.test(event.key)) return searchItems;
    if (held === "altKey" && event.key === "Enter") return () => document.getElementById("add-line").click();
    return null;
  };
  const press = (event) => {
    if (!form.isConnected) {
      document.removeEventListener("keydown", press);
      return;
    }
    const act = !event.repeat && !document.querySelector("dialog[open]") && shortcut(event);
    if (!act) return;
    event.preventDefault();
    act();
  };
  document.addEventListener("keydown", press);

  /* --- Lines ------------------------------------------------------------------------------------ */
  const news = (name, values = {}) => {
    const place = document.getElementById("dialog-news");
    place.textContent = place.dataset[name].replace(/\{(\w+)\}/g, (_all, word) => values[word]);
  };
  // The sums, what is missing and the draft are the server's, as after typing.
  const changed = () => form.dispatchEvent(new Event("change", { bubbles: true }));

  const move = (line, isUp) => {
    const other = isUp ? line.previousElementSibling : line.nextElementSibling;
    if (!other) return;
    const focused = document.activeElement;
    if (isUp) other.before(line);
    else other.after(line);
    const lines = [...line.parentElement.children];
    // The arrow that leads nowhere is hidden: its neighbour takes the focus.
    const isEnd = isUp ? line === lines[0] : line === lines[lines.length - 1];
    const arrow = focused.closest("[data-line]");
    const next = arrow && isEnd ? line.querySelector(`[data-line="${isUp ? "down" : "up"}"]`) : focused;
    if (line.contains(next)) next.focus();
    line.scrollIntoView({ block: "nearest" });
    news("moved", { place: lines.indexOf(line) + 1, count: lines.length });
    changed();
  };

  const remove = (line) => {
    const neighbour = line.nextElementSibling || line.previousElementSibling;
    line.remove();
    const next = neighbour ? neighbour.querySelector('[data-line="remove"]') : document.getElementById("add-line");
    next.focus();
    news("removed");
    changed();
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-line]");
    if (!button) return;
    event.preventDefault();
    const line = button.closest(".line");
    if (button.dataset.line === "remove") remove(line);
    else move(line, button.dataset.line === "up");
  });

  form.addEventListener("keydown", (event) => {
    const line = event.altKey && event.target.closest(".line");
    if (!line || !/^Arrow(Up|Down)$/.test(event.key)) return;
    event.preventDefault();
    move(line, event.key === "ArrowUp");
  });

  // A long invoice says its accounts and tax rates once; a line takes them when it is gone to.
  const fill = (event) => {
    const list = event.target.closest("select[data-options]");
    if (!list) return;
    const chosen = list.value;
    const source = document.getElementById(`options-${list.dataset.options}`).content.cloneNode(true);
    const own = [...list.options].find((option) => option.value === chosen);
    if (![...source.children].some((option) => option.value === chosen)) source.append(own.cloneNode(true));
    list.replaceChildren(source);
    list.value = chosen;
    delete list.dataset.options;
  };
  form.addEventListener("pointerdown", fill);
  form.addEventListener("focusin", fill);

  // The sums that come after another currency was chosen bring no lines: these name it, too.
  form.addEventListener("change", (event) => {
    if (event.target.name !== "currency") return;
    const amounts = form.querySelectorAll('select[name$="-discount_kind"] option[value="amount"]');
    amounts.forEach((option) => { option.textContent = event.target.value; });
  });

  /* --- Nothing typed is lost -------------------------------------------------------------------- */
  // The server keeps a draft at every answer. What it has not answered yet is kept here, for the
  // case that it never will: signed out, or away. What was pressed it does not take back again.
  let typedAt = 0;
  const forget = () => {
    try {
      sessionStorage.removeItem(key);
    } catch {
      // A frame in Pipedrive may keep nothing: the server's draft remains.
    }
  };
  const keep = () => {
    typedAt += 1;
    try {
      sessionStorage.setItem(key, JSON.stringify([...new FormData(form)]));
    } catch {
      forget(); // no room: the server's draft remains
    }
  };
  const recall = () => {
    try {
      return sessionStorage.getItem(key);
    } catch {
      return null;
    }
  };
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    // What is thrown away is not to come back, answered or not.
    if (event.submitter.value === "start_over") forget();
    else keep();
  });

  // Signed out, or signed in anew: the page is asked for again, and brings all of it back.
  let isAnswered = false; // never was: asking again would not help
  const leave = () => { form.dataset.isSending = "yes"; };
  form.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status !== 403 || !isAnswered) return;
    leave();
    // No reload: of the answer to a press, that would be the press again, with its old token.
    window.location.replace(window.location.pathname + window.location.search);
  });

  /* --- Typing goes on while the server answers -------------------------------------------------- */
  // By request, because the sums are asked for while another answer is still on its way.
  const sent = new WeakMap();
  let typedSince = [];
  const isPreview = (event) => event.detail.elt.id === "dialog-preview";
  const outdated = new WeakSet();
  const presses = new Set(); // on their way
  let preview = null;
  const depart = (event) => {
    // Sums that are asked for before a press or while it is on its way know nothing of it. They are
    // left to come, and not shown: an aborted request is an error in the browser's console.
    if (isPreview(event)) preview = event.detail.xhr;
    else presses.add(event.detail.xhr);
    if (preview && presses.size) outdated.add(preview);
    sent.set(event.detail.xhr, { values: new Map(new FormData(form)), typedAt });
  };
  form.addEventListener("htmx:beforeRequest", depart);
  // Not before the swap: what the sums would replace may be gone, and then nobody hears of that.
  form.addEventListener("htmx:beforeOnLoad", (event) => {
    if (outdated.has(event.detail.xhr)) event.preventDefault();
  });
  const isElsewhere = (xhr) => xhr.status < 400 && /^\s*<!doctype html/i.test(xhr.responseText || "");
  form.addEventListener("htmx:beforeSwap", (event) => {
    const then = sent.get(event.detail.xhr);
    if (isElsewhere(event.detail.xhr)) {
      leave(); // to the sign-in, say: that is no answer to what was typed
      return;
    }
    if (!then || !event.detail.shouldSwap) return;
    isAnswered = true;
    if (then.typedAt === typedAt && event.detail.xhr.status === 200) forget();
    if (event.detail.requestConfig.elt.closest("#dialog")) form.dataset.isChanged = "yes";
    typedSince = [...new FormData(form)].filter(([name, value]) => then.values.get(name) !== value);
  });
  // At once after the swap: until it settles, a person may have typed on.
  form.addEventListener("htmx:afterSwap", () => {
    const again = typedSince.map(([name, value]) => {
      const field = form.elements.namedItem(name);
      const isTyped = field instanceof HTMLElement && /^(text|search|date|textarea|select-one)$/.test(field.type);
      if (!isTyped || field.value === value) return null;
      if (field.options && ![...field.options].some((option) => option.value === value)) return null;
      field.value = value;
      return field;
    }).filter(Boolean);
    typedSince = [];
    if (again.length) again[0].dispatchEvent(new Event("input", { bubbles: true }));
  });
  // What the server did last may be an older question of the page: ask once more how it stands.
  form.addEventListener("htmx:afterRequest", (event) => {
    if (isPreview(event)) return;
    presses.delete(event.detail.xhr);
    changed();
  });

  /* --- What was kept here comes back ------------------------------------------------------------ */
  const restore = (kept) => {
    // "restore" is no action: the server draws the dialog from what was typed.
    const values = { action: "restore" };
    kept.forEach(([name, value]) => {
      if (name === "csrfmiddlewaretoken") return;
      values[name] = name in values ? [].concat(values[name], value) : value;
    });
    // Asked for beside the form: inside, what stands in it now would go along.
    const place = document.createElement("div");
    place.hidden = true;
    form.after(place);
    place.addEventListener("htmx:beforeRequest", depart);
    place.addEventListener("htmx:afterRequest", ({ detail: { xhr } }) => {
      presses.delete(xhr);
      if (sent.get(xhr).typedAt !== typedAt) changed();
      // Drawn, pressed already, or nothing to draw: else it stays, for the next time.
      else if ([200, 204, 400, 404, 409].includes(xhr.status) && !isElsewhere(xhr)) forget();
    });
    place.addEventListener("htmx:responseError", (event) => {
      if (event.detail.xhr.status === 404) event.stopPropagation(); // somebody else's, who is not here
    });
    // The buttons are named "action", so form.action is not the address.
    htmx.ajax("POST", form.getAttribute("action"), { source: place, target: "#dialog", swap: "outerHTML", values });
  };
  const kept = recall();
  // The answer to a press of the whole form has what was typed in it, and what the press did.
  if ("isAnswer" in form.dataset) forget();
  else if (kept) restore(JSON.parse(kept));
})();
