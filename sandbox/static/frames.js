// Pipedrive's side of the app extensions: the wire of SDK 0.15.1 (fact sheet §7.5).
//
// A frame posts {payload, id} with a port. A command is answered once on that port, {data} or
// {error}; a listener's port stays open and is pushed to. Whoever does not initialize within ten
// seconds is replaced by an error card. `window.pipedriveHost` is for scripts: calls, emit, look.

import { askForConfirmation, openDialog, showSnackbar } from "./frame_dialogs.js";

const PATIENCE_MS = 10_000;
const PANEL = { least: 100, most: 750 };
const MODAL = { leastHeight: 120, leastWidth: 320 };
const VIEWS = {
  deals: (id) => (id ? `/deal/${id}` : "/"),
  organizations: (id) => (id ? `/organization/${id}` : "/"),
  contacts: (id) => (id ? `/person/${id}` : "/"),
  settings: () => "/settings/marketplace",
};

const config = JSON.parse(document.getElementById("frame-host").textContent);
const calls = [];
const hosted = new Set();
let theme = config.theme;

function host(made, box) {
  const frame = document.createElement("iframe");
  const one = { ...made, frame, box, ports: new Map(), isReady: false };
  frame.className = `frame frame--${made.kind}`;
  frame.title = box.dataset.title;
  box.replaceChildren(frame);
  hosted.add(one);
  one.timer = setTimeout(() => fail(one), PATIENCE_MS);
  frame.src = made.url;
  return one;
}

function fail(one) {
  const card = document.getElementById("frame-error").content.cloneNode(true);
  card.querySelector("button").addEventListener("click", () => location.reload());
  drop(one);
  one.box.replaceChildren(card);
}

function drop(one) {
  clearTimeout(one.timer);
  hosted.delete(one);
}

function push(one, event, data) {
  for (const port of one.ports.get(event) ?? []) port.postMessage(data === undefined ? {} : { data });
}

function emit(event, data) {
  for (const one of hosted) push(one, event, data);
}

function clamp(value, least, most) {
  return Math.min(most, Math.max(least, value));
}

function size(one, asked) {
  const { height, width } = asked ?? {};
  if (one.kind === "modal") {
    const most = { height: innerHeight - 96, width: innerWidth - 32 };
    if (Number.isFinite(height)) one.frame.style.height = `${clamp(height, MODAL.leastHeight, most.height)}px`;
    if (Number.isFinite(width)) one.frame.style.width = `${clamp(width, MODAL.leastWidth, most.width)}px`;
  } else if (Number.isFinite(height)) {
    const most = one.kind === "panel" ? PANEL.most : Infinity;
    one.frame.style.height = `${clamp(height, PANEL.least, most)}px`;
  }
}

async function fetchJson(path, options) {
  const answer = await fetch(`${path}?${config.look}`, options);
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error ?? "Pipedrive could not do this.");
  return body;
}

async function openModal(one, asked) {
  if (asked?.type !== "custom_modal" || !asked.action_id) throw new Error("Invalid modal");
  if ([...hosted].some((each) => each.kind === "modal")) throw new Error("A modal is open already");
  const form = new URLSearchParams({ data: JSON.stringify(asked.data ?? {}) });
  if (config.deal !== null) form.set("deal", config.deal);
  const made = await fetchJson("/frames/modal", { method: "POST", body: form });
  const dialog = openDialog("frame-modal");
  const modal = host(made, dialog.querySelector("[data-frame]"));
  modal.close = (status) => dialog.close(status);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      emit("close_custom_modal");
      drop(modal);
      dialog.remove();
      resolve({ status: dialog.returnValue === "submitted" ? "submitted" : "closed" });
    });
  });
}

const commands = {
  initialize(one, asked) {
    one.isReady = true;
    clearTimeout(one.timer);
    size(one, asked?.size);
  },
  resize: size,
  show_snackbar: (one, asked) => showSnackbar(asked),
  show_confirmation: (one, asked) => askForConfirmation(asked),
  open_modal: openModal,
  close_modal(one, asked) {
    if (!one.close) throw new Error("There is no modal to close");
    one.close(asked?.status);
  },
  get_signed_token: () => fetchJson("/frames/token"),
  redirect_to(one, asked) {
    const view = VIEWS[asked?.view];
    if (!view) throw new Error("Invalid view");
    // After the answer has left on its port.
    setTimeout(() => location.assign(view(asked.id)), 0);
  },
  get_metadata: () => ({ windowHeight: innerHeight, windowWidth: innerWidth }),
};

async function carryOut(one, { command, args }, port) {
  try {
    if (!Object.hasOwn(commands, command)) throw new Error("Invalid command");
    if (!one.isReady && command !== "initialize") throw new Error("SDK is not initialized");
    port.postMessage({ data: await commands[command](one, args) });
  } catch (problem) {
    port.postMessage({ error: String(problem.message ?? problem) });
  }
}

function note(one, payload) {
  calls.push({ kind: one.kind, ...payload });
  const list = document.getElementById("frame-calls");
  if (!list) return;
  const line = document.createElement("li");
  const what = payload.command ?? payload.event;
  line.textContent = `${one.kind}: ${payload.type} ${what} ${JSON.stringify(payload.args ?? "")}`;
  list.append(line);
}

addEventListener("message", (message) => {
  const one = [...hosted].find((each) => each.frame.contentWindow === message.source);
  const payload = message.data?.payload;
  if (!one || !payload || message.data.id !== one.id) return;
  note(one, payload);
  const [port] = message.ports;
  if (!port) return;
  if (payload.type === "listener") {
    if (!one.ports.has(payload.event)) one.ports.set(payload.event, new Set());
    one.ports.get(payload.event).add(port);
  } else if (payload.type === "command") {
    carryOut(one, payload, port);
  }
});

function look(wanted) {
  theme = wanted;
  document.documentElement.dataset.theme = theme;
  emit("user_settings_change", { theme });
}

function watchSwitches() {
  const form = document.querySelector("[data-look]");
  if (!form) return;
  form.addEventListener("change", async ({ target }) => {
    // An address that names the look must not win over the switch when the page is loaded again.
    const back = new URL(location.href);
    for (const name of ["theme", "width", "token"]) back.searchParams.delete(name);
    form.elements.back.value = back.pathname + back.search;
    if (target.name === "pipedrive_token") return form.requestSubmit();
    if (target.name === "pipedrive_theme") look(target.value);
    else document.documentElement.dataset.width = target.value;
    config.look = back.search.slice(1);
    history.replaceState(null, "", back);
    await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  });
  form.querySelector("button").hidden = true;
}

for (const details of document.querySelectorAll("[data-panel]")) {
  details.addEventListener("toggle", () => {
    for (const one of hosted) {
      if (one.kind !== "panel") continue;
      push(one, "visibility", { is_visible: details.open, context: { invoker: "user" } });
    }
  });
}
document.addEventListener("visibilitychange", () => {
  emit("page_visibility_state", { state: document.visibilityState });
});
for (const made of config.frames) host(made, document.querySelector(`[data-frame="${made.kind}"]`));
watchSwitches();
window.pipedriveHost = { calls, emit, look, hosted };
