/* What every page needs: the CSRF header for htmx, questions before the irreversible, one press
   at a time, a warning before typed work is lost. All words come from the page (data-*). */
(() => {
  "use strict";

  const words = document.body.dataset;

  /* --- One press at a time. The server still decides: this only spares a second request. ------ */
  const release = (form) => {
    delete form.dataset.isSending;
    form.querySelectorAll("[data-idle-words]").forEach((button) => {
      button.disabled = false;
      const label = button.querySelector("[data-label]") || button;
      label.textContent = button.dataset.idleWords;
      delete button.dataset.idleWords;
    });
  };

  const hold = (form, button) => {
    form.dataset.isSending = "yes";
    if (!button) return;
    const label = button.querySelector("[data-label]") || button;
    button.dataset.idleWords = label.textContent;
    button.style.minInlineSize = `${button.offsetWidth}px`;
    label.textContent = button.dataset.busy || words.wordSending;
    // After the browser has read the form, or the button's own value would not be sent.
    setTimeout(() => { button.disabled = true; });
  };

  // htmx copies the old element's attributes onto the new one while it settles; a style attribute
  // among them would be an inline style, which the content security policy refuses.
  document.addEventListener("htmx:beforeSwap", () => {
    document.querySelectorAll("button[style]").forEach((button) => button.removeAttribute("style"));
  });

  /* --- Questions ------------------------------------------------------------------------------ */
  const dialog = document.getElementById("confirm-dialog");
  const ask = (source, onYes) => {
    dialog.querySelector("[data-confirm-title]").textContent =
      source.dataset.confirmTitle || source.textContent.trim();
    dialog.querySelector("[data-confirm-text]").textContent = source.dataset.confirm;
    const yes = dialog.querySelector("[data-confirm-yes]");
    yes.textContent = source.dataset.confirmYes || source.textContent.trim();
    const isDestructive = "confirmDestructive" in source.dataset;
    yes.classList.toggle("button--danger", isDestructive);
    yes.classList.toggle("button--primary", !isDestructive);
    dialog.returnValue = "";
    dialog.addEventListener("close", () => {
      if (dialog.returnValue === "yes") onYes();
    }, { once: true });
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
      if (event.detail.xhr.status < 400) window.location.reload();
    }
  });

  const live = document.getElementById("messages");
  const say = (text) => {
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
  document.addEventListener("htmx:sendError", () => say(words.wordOffline));
  document.addEventListener("htmx:responseError", () => say(words.wordFailed));
  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.xhr.status < 400) {
      document.querySelectorAll("#messages [data-from-script]").forEach((old) => old.remove());
    }
  });
})();
