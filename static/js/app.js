/* What every page needs: the CSRF header for htmx, questions before the irreversible, one press
   at a time, a warning before typed work is lost. All words come from the page (data-*). */
(() => {
  "use strict";

  const words = document.body.dataset;

  /* --- One press at a time. The server still decides: this only spares a second request. ------ */
  const labelOf = (button) => button.querySelector("[data-label]") || button;
  const showBusy = (button, busy) => {
    button.dataset.idleWords = labelOf(button).textContent;
    button.style.minInlineSize = `${button.offsetWidth}px`;
    labelOf(button).textContent = busy;
  };
  const showIdle = (button) => {
    labelOf(button).textContent = button.dataset.idleWords;
    delete button.dataset.idleWords;
  };

  const release = (form) => {
    delete form.dataset.isSending;
    form.querySelectorAll("[data-idle-words]").forEach((button) => {
      button.disabled = false;
      showIdle(button);
    });
  };

  const hold = (form, button) => {
    form.dataset.isSending = "yes";
    if (!button) return;
    showBusy(button, button.dataset.busy || words.wordSending);
    // After the browser has read the form, or the button's own value would not be sent.
    setTimeout(() => { button.disabled = true; });
  };

  // A button of htmx keeps the focus while it waits, so it is not disabled: a second press of it is
  // stopped here. It is given back whatever the answer was, and also when none came.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-waits]");
    if (!button) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  document.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => {
    if (elt.tagName !== "BUTTON") return;
    elt.dataset.waits = "yes";
    elt.setAttribute("aria-disabled", "true");
    if (elt.dataset.busy) showBusy(elt, elt.dataset.busy);
  });
  document.addEventListener("htmx:afterRequest", ({ detail: { elt } }) => {
    if (!("waits" in elt.dataset)) return;
    delete elt.dataset.waits;
    elt.removeAttribute("aria-disabled");
    if ("idleWords" in elt.dataset) showIdle(elt);
  });

  // htmx copies the old element's attributes onto the new one while it settles; a style attribute
  // among them would be an inline style, which the content security policy refuses. Ours is on
  // buttons; a browser's extensions put theirs on fields.
  document.addEventListener("htmx:beforeSwap", () => {
    const styled = document.querySelectorAll(":is(button, input, select, textarea)[style]");
    styled.forEach((element) => element.removeAttribute("style"));
  });

  /* --- Questions ------------------------------------------------------------------------------ */
  const dialog = document.getElementById("confirm-dialog");
  let isAsking = false;
  const ask = (source, onYes) => {
    isAsking = true;
    // In a frame its host may ask: the frame is smaller than a question.
    const question = {
      title: source.dataset.confirmTitle || source.textContent.trim(),
      text: source.dataset.confirm,
      yes: source.dataset.confirmYes || source.textContent.trim(),
      isDestructive: "confirmDestructive" in source.dataset,
      onAnswer: (isYes) => {
        isAsking = false;
        if (isYes) onYes();
      },
    };
    if (!document.dispatchEvent(new CustomEvent("page:ask", { detail: question, cancelable: true }))) return;
    dialog.querySelector("[data-confirm-title]").textContent = question.title;
    dialog.querySelector("[data-confirm-text]").textContent = question.text;
    const yes = dialog.querySelector("[data-confirm-yes]");
    yes.textContent = question.yes;
    yes.classList.toggle("button--danger", question.isDestructive);
    yes.classList.toggle("button--primary", !question.isDestructive);
    dialog.returnValue = "";
    dialog.addEventListener("close", () => question.onAnswer(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    if (form.method === "dialog" || form.getAttribute("method") === "dialog") return;
    if (form.dataset.isSending) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    const asking = [button, form].find((element) => element && element.dataset.confirm);
    if (asking && dialog && !form.dataset.isConfirmed) {
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(asking, () => {
        form.dataset.isConfirmed = "yes";
        form.requestSubmit(button || undefined);
        delete form.dataset.isConfirmed;
      });
    }
  }, true);

  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    // A file comes beside the page, which stays as it is: nothing would give the button back.
    const isHeld = event.target.method === "post" && !("download" in event.target.dataset);
    if (isHeld) hold(event.target, event.submitter);
  });

  // What was sent by script is answered, or will not be.
  document.addEventListener("form:release", (event) => release(event.target));

  // Back button: the page comes out of the browser's memory as it was left.
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-is-sending]").forEach(release);
  });

  /* --- Typed work is not lost without a question ---------------------------------------------- */
  const markChanged = (event) => {
    const form = event.target.closest && event.target.closest("form[data-warn-unsaved]");
    if (form) form.dataset.isChanged = "yes";
  };
  document.addEventListener("input", markChanged);
  document.addEventListener("change", markChanged);
  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-is-changed]:not([data-is-sending])")) event.preventDefault();
  });

  /* --- Copying: offered where the browser has a clipboard to write to ------------------------- */
  if (navigator.clipboard) {
    document.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    if ("idleWords" in button.dataset) return;
    const news = document.getElementById("status-news");
    showBusy(button, button.dataset.copied);
    news.textContent = button.dataset.copied;
    setTimeout(() => {
      showIdle(button);
      news.textContent = "";
    }, 2000);
  });

  /* --- Menus (<details class="menu">) close like menus ---------------------------------------- */
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) dismiss.closest(".banner").remove();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  // What is drawn anew while a menu is open has it open again. A menu has no name: the place that
  // holds it has one.
  let openMenus = [];
  const noteMenus = () => {
    openMenus = [...document.querySelectorAll("details.menu[open]")].map((menu) => {
      const place = menu.closest("[id]");
      return {
        id: place.id,
        at: [...place.querySelectorAll("details.menu")].indexOf(menu),
        isFocused: menu.contains(document.activeElement),
      };
    });
  };
  document.addEventListener("htmx:beforeSwap", noteMenus);
  document.addEventListener("page:redraw", noteMenus);
  document.addEventListener("htmx:afterSwap", () => {
    openMenus.forEach(({ id, at, isFocused }) => {
      const place = document.getElementById(id);
      const menu = place && place.querySelectorAll("details.menu")[at];
      if (!menu || menu.open) return;
      menu.open = true;
      if (isFocused) menu.querySelector("summary").focus();
    });
    openMenus = [];
  });

  /* --- What changes by itself ------------------------------------------------------------------ */
  // A status that changes by itself is read out here: a region that is exchanged along with its
  // card is not. What says the status is marked data-status.
  let statuses = new Map();
  const readStatus = (card) =>
    [...card.querySelectorAll("[data-status]")]
      .map((part) => part.textContent.trim().replace(/\s+/g, " "))
      .join(", ");
  const noteStatuses = () => {
    const found = [...document.querySelectorAll("article[id]")];
    statuses = new Map(found.map((card) => [card.id, readStatus(card)]));
  };
  document.addEventListener("htmx:beforeSwap", noteStatuses);
  document.addEventListener("page:redraw", noteStatuses);
  document.addEventListener("htmx:afterSwap", () => {
    const changed = [...statuses.keys()]
      .map((id) => document.getElementById(id))
      .filter((card) => card && readStatus(card) !== statuses.get(card.id));
    if (changed.length) {
      document.getElementById("status-news").textContent = changed.map(readStatus).join("; ");
    }
    noteStatuses();
  });

  /* --- News of a page that stays open: not while nobody sees it or somebody is typing ---------- */
  document.addEventListener("htmx:beforeRequest", (event) => {
    const isNews = "news" in event.detail.elt.dataset;
    if (isNews && (document.hidden || document.querySelector("form[data-is-changed]"))) {
      event.preventDefault();
    }
  });
  // A part that asks for itself again and again would take away what somebody fills in there, or is
  // asked about: its next turn comes.
  const touch = (event) => {
    const field = event.target.closest && event.target.closest("input, select, textarea");
    if (field && field.form && event.key !== "Tab") field.form.dataset.isTouched = "yes";
  };
  // A date that is typed in part is no input yet.
  ["input", "change", "keydown"].forEach((kind) => document.addEventListener(kind, touch));
  document.addEventListener("htmx:beforeRequest", (event) => {
    const part = event.detail.elt;
    if (!(part.getAttribute("hx-trigger") || "").startsWith("every")) return;
    const isInUse = part.querySelector("form[data-is-touched], select:focus");
    if (isAsking || isInUse) event.preventDefault();
  });
  // In sight again: at once, not at the next turn.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    document.querySelectorAll("[data-news]").forEach((place) => htmx.trigger(place, "news"));
  });

  /* --- htmx ----------------------------------------------------------------------------------- */
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector('meta[name="csrf-token"]');
    if (token) event.detail.headers["X-CSRFToken"] = token.content;
  });

  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question || !dialog) return;
    event.preventDefault();
    const source = event.detail.elt;
    source.dataset.confirm = event.detail.question;
    ask(source, () => event.detail.issueRequest(true));
  });

  // A whole page where a part was expected: signed out meanwhile. Let the browser go there.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (/^\s*<!doctype html/i.test(event.detail.xhr.responseText || "")) {
      event.detail.shouldSwap = false;
      const news = new CustomEvent("page:whole", { detail: event.detail.xhr, cancelable: true });
      if (event.detail.xhr.status < 400 && document.dispatchEvent(news)) {
        // No reload: of a page that answered a press, that would be the press again.
        window.location.replace(window.location.pathname + window.location.search);
      }
    }
  });

  const say = (text) => {
    const live = document.getElementById("messages");
    if (!live || !text || [...live.querySelectorAll("[data-from-script]")].length) return;
    const banner = document.createElement("div");
    banner.className = "banner banner--error";
    banner.dataset.fromScript = "";
    const body = document.createElement("p");
    body.className = "banner__body";
    body.textContent = text;
    banner.append(body);
    live.append(banner);
  };
  // A press may have arrived, though its answer did not; in the create dialog only Create, which is
  // a press of the whole form, changes anything.
  document.addEventListener("htmx:sendError", ({ detail: { elt, requestConfig } }) => {
    const isPress = requestConfig.verb === "post" && elt.matches("form");
    say(isPress ? words.wordUnanswered : words.wordOffline);
  });
  document.addEventListener("htmx:responseError", (event) => {
    say(event.detail.xhr.status === 503 ? words.wordOffline : words.wordFailed);
  });
  // A part says where to go on. Not by autofocus: a browser refuses that in a frame, and says so.
  // Once each: htmx gives an attribute that was taken off back when the part settles.
  const ledTo = new WeakSet();
  document.addEventListener("htmx:afterSwap", () => {
    const next = [...document.querySelectorAll("[data-focus]")].find((each) => !ledTo.has(each));
    if (!next) return;
    ledTo.add(next);
    next.focus();
  });
  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.xhr.status < 400) {
      document.querySelectorAll("#messages [data-from-script]").forEach((old) => old.remove());
    }
  });
})();
