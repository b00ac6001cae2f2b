/* The product's pages inside a frame of Pipedrive: fetched with a token that only this page knows,
   shown in place. What does not belong into a frame opens in a tab of its own. */
(() => {
  "use strict";

  const words = document.body.dataset;
  const host = window.frameHost;
  const place = document.getElementById("frame");
  const isPanel = words.kind === "panel";
  const isModal = words.kind === "modal";

  const meta = document.querySelector('meta[name="frame-token"]');
  let token = meta ? meta.content : ""; // without one, the page says what to press
  if (meta) meta.remove();

  /* --- Who is asking -------------------------------------------------------------------------- */
  const IDLE = 12 * 60 * 1000; // the server forgets an idle session a little later
  const OLD = 60 * 1000;
  let answeredAt = Date.now();
  let renewal = null;
  let isBusy = false;

  const renewNow = async () => {
    const signed = await host.getSignedToken();
    if (!signed) return false;
    const answer = await fetch(words.renew, {
      method: "POST",
      body: new URLSearchParams({ token: signed }),
      credentials: "omit",
    });
    isBusy = answer.status === 429;
    if (!answer.ok) return false;
    ({ token } = await answer.json());
    answeredAt = Date.now();
    return true;
  };
  const renew = () => {
    renewal = renewal || renewNow().finally(() => { renewal = null; });
    return renewal;
  };
  const refusal = () => (isBusy ? words.wordBusy : words.wordEnded);
  const isStale = () => Date.now() - answeredAt > IDLE;

  const send = (address, method, body) =>
    fetch(address, { method, body, credentials: "omit", headers: { Authorization: `Bearer ${token}` } });

  const request = async (address, method, body) => {
    if (isStale()) await renew();
    let answer = await send(address, method, body);
    if (answer.status === 401 && (await renew())) answer = await send(address, method, body);
    if (answer.status !== 401) answeredAt = Date.now();
    return answer;
  };

  /* --- Pages ---------------------------------------------------------------------------------- */
  let here = words.start;
  let shownAt = 0;
  let latest = 0;
  let isAway = false;

  const fail = (text) => {
    const card = document.getElementById("frame-failed").content.cloneNode(true);
    card.querySelector("[data-text]").textContent = text;
    // What is there stays: it may be old, and the words say so.
    place.querySelectorAll(".frame__failed, .frame__waiting").forEach((old) => old.remove());
    place.prepend(card);
  };

  const textOf = (page) =>
    [...page.querySelectorAll("#messages .banner__body")]
      .map((each) => each.textContent.trim().replace(/\s+/g, " "))
      .join(" ");

  const draw = (text, address) => {
    if (address === here) document.dispatchEvent(new CustomEvent("page:redraw"));
    here = address;
    shownAt = Date.now();
    // htmx copies attributes onto what comes, and the content policy refuses an inline style.
    place.querySelectorAll("[style]").forEach((each) => each.removeAttribute("style"));
    htmx.swap(place, text, { swapStyle: "innerHTML", settleDelay: 0 });
    // What had the focus is gone: whoever goes by keyboard or by ear goes on at the new page.
    const content = place.querySelector("#content");
    if (content && document.hasFocus() && document.activeElement === document.body) {
      content.focus({ preventScroll: true });
    }
  };

  const put = async (text, address, isPress) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    if (isModal && page.querySelector("main[data-panel]")) {
      // Back at the deal: that is around us.
      const said = textOf(page) || (isPress ? words.wordHandedOver : "");
      if (said) await host.say(said);
      await host.closeModal();
      return;
    }
    const form = page.querySelector("form[data-ask]");
    if (form && host.isHeld) {
      const isYes = await host.ask({
        title: form.dataset.askTitle,
        text: form.dataset.ask,
        yes: form.dataset.askYes,
        isDestructive: "askDestructive" in form.dataset,
      });
      if (isYes) await go(address, "POST", new URLSearchParams(new FormData(form)));
      if (isYes || (isYes === false && shownAt)) return;
    }
    draw(text, address);
    if (address !== words.start) window.scrollTo(0, 0);
  };

  const save = async (answer, address) => {
    const name = /filename\*=utf-8''([^;]+)/i.exec(answer.headers.get("Content-Disposition") || "");
    const plain = /filename="([^"]+)"/i.exec(answer.headers.get("Content-Disposition") || "");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = name ? decodeURIComponent(name[1]) : plain ? plain[1] : "invoice.pdf";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), OLD);
    // Pipedrive may forbid a frame to save: the same file is on our own site.
    const url = new URL(address.replace(words.app, "/"), window.location.origin).href;
    host.say(words.wordSaved, { url, label: words.wordOpenSite });
  };

  const go = async (address, method = "GET", body = null) => {
    latest += 1;
    const turn = latest;
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await request(address, method, body);
      if (turn !== latest) return;
      const at = new URL(answer.url);
      if (answer.status === 401) fail(refusal());
      else if (answer.status === 503) fail(words.wordOffline);
      else if (!at.pathname.startsWith(words.app)) fail(words.wordFailed);
      else if (/^application\/pdf/.test(answer.headers.get("Content-Type") || "")) await save(answer, address);
      else if (/^text\/html/.test(answer.headers.get("Content-Type") || "")) {
        await put(await answer.text(), at.pathname + at.search, method === "POST");
      } else fail(words.wordFailed);
    } catch {
      // A press may have arrived, though its answer did not.
      if (turn === latest) fail(method === "POST" ? words.wordUnanswered : words.wordOffline);
    } finally {
      if (turn === latest) place.removeAttribute("aria-busy");
    }
  };
  const again = () => go(here);

  const openRoom = async (link, address) => {
    const { room, roomDeal } = link.dataset;
    const data = room ? { page: room, deal: roomDeal } : { page: "address", address };
    if (words.deal && !data.deal) data.deal = words.deal;
    await host.openModal(data);
    again();
  };

  const closeMenus = () => {
    place.querySelectorAll("details.menu[open]").forEach((menu) => {
      const isHere = menu.contains(document.activeElement);
      menu.open = false;
      if (isHere) menu.querySelector("summary").focus();
    });
  };

  const leave = (address) => {
    isAway = true;
    window.open(address, "_blank", "noopener");
  };

  // The dialog keeps what is typed on the server; other forms ask before it is lost.
  const mayLeave = async () => {
    if (!host.isHeld || !place.querySelector("form[data-is-changed]:not([data-keep])")) return true;
    const isYes = await host.ask({
      title: words.wordLeave,
      text: words.wordLost,
      yes: words.wordLeaveYes,
      isDestructive: true,
    });
    return isYes !== false;
  };

  /* --- Links and forms ------------------------------------------------------------------------ */
  document.addEventListener("click", async (event) => {
    if (event.target.closest("[data-again]")) again();
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || link.getAttribute("href").startsWith("#")) return;
    if (link.target === "_blank") {
      isAway = true;
      return;
    }
    if (link.href.startsWith("blob:")) return;
    event.preventDefault();
    const url = new URL(link.getAttribute("href"), new URL(here, window.location.origin));
    const address = url.pathname + url.search;
    if (!(await mayLeave())) return;
    closeMenus();
    if (url.origin !== window.location.origin || !address.startsWith(words.app)) leave(url.href);
    else if (isPanel && host.isHeld && "room" in link.dataset) openRoom(link, address);
    else if (host.isHeld && link.dataset.deal) host.goToDeal(link.dataset.deal);
    else if (isModal && host.isHeld && address === `${words.app}deals/${words.deal}/`) host.closeModal();
    else go(address);
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.getAttribute("method") === "dialog") return;
    event.preventDefault();
    const values = new URLSearchParams(new FormData(form, event.submitter));
    closeMenus();
    const url = new URL(form.getAttribute("action") || here, new URL(here, window.location.origin));
    if (form.getAttribute("method") === "post") await go(url.pathname + url.search, "POST", values);
    else await go(`${url.pathname}?${values}`);
    if (form.isConnected) form.dispatchEvent(new CustomEvent("form:release", { bubbles: true }));
  });

  document.addEventListener("page:ask", (event) => {
    if (!host.isHeld) return;
    event.preventDefault();
    host.ask(event.detail).then(event.detail.onAnswer);
  });

  /* --- Parts that htmx fetches ---------------------------------------------------------------- */
  const retried = new WeakSet();
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers.Authorization = `Bearer ${token}`;
  });
  document.addEventListener("htmx:confirm", (event) => {
    if (event.defaultPrevented || !isStale()) return;
    event.preventDefault();
    renew().finally(() => event.detail.issueRequest(true));
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr, requestConfig } = event.detail;
    const elsewhere = xhr.getResponseHeader("HX-Redirect");
    if (elsewhere) {
      event.preventDefault();
      go(elsewhere);
    } else if (xhr.status !== 401) {
      answeredAt = Date.now();
      retried.delete(requestConfig.triggeringEvent || requestConfig.elt);
    } else {
      event.preventDefault();
      const { elt } = requestConfig;
      if (retried.has(requestConfig.triggeringEvent || elt)) {
        fail(refusal());
        return;
      }
      retried.add(requestConfig.triggeringEvent || elt);
      renew().then((isRenewed) => {
        if (!isRenewed) fail(refusal());
        else if (elt.isConnected) {
          htmx.ajax(requestConfig.verb.toUpperCase(), requestConfig.path, {
            source: elt,
            target: requestConfig.target,
            event: requestConfig.triggeringEvent,
            values: requestConfig.parameters,
          });
        }
      });
    }
  });
  document.addEventListener("page:whole", (event) => {
    event.preventDefault();
    const at = new URL(event.detail.responseURL);
    put(event.detail.responseText, at.pathname + at.search, true);
  });

  /* --- Back in sight: what is old is looked at again -------------------------------------------- */
  const look = () => {
    if (!token) {
      // Whoever went to install or to connect comes back.
      if (isAway) renew().then((isLetIn) => { if (isLetIn) go(words.start); });
      return;
    }
    const isTyping = Boolean(place.querySelector("form[data-is-changed]"));
    // An answer on its way is newer than a look, and says what became of a press.
    const isAsking = place.hasAttribute("aria-busy");
    if (isTyping || isAsking || !shownAt || (!isAway && Date.now() - shownAt < OLD)) return;
    isAway = false;
    again();
  };
  window.addEventListener("focus", look);
  host.listen("VISIBILITY", (data) => { if (data.is_visible) look(); });
  host.listen("PAGE_VISIBILITY_STATE", (data) => { if (data.state === "visible") look(); });

  // The signed token in the address was too old: one that is signed now lets in, or nobody.
  const beginAnew = async () => {
    if (await renew().catch(() => false)) {
      go(words.start);
      return;
    }
    place.replaceChildren(document.getElementById("frame-refused").content.cloneNode(true));
    place.removeAttribute("aria-busy");
  };

  if (token) go(words.start);
  else if ("expired" in words) beginAnew();
})();
