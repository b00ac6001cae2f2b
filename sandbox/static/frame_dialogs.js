// What Pipedrive draws itself when an app asks for it: snackbar, confirmation, the modal's overlay.

const SNACKBAR_MS = 6000;
const COLORS = { primary: "go", negative: "go go--bad", secondary: "" };

// Shows a copy of the dialog in a template and returns it. What is behind it cannot be reached.
export function openDialog(template) {
  const dialog = document.getElementById(template).content.cloneNode(true).firstElementChild;
  document.body.append(dialog);
  for (const button of dialog.querySelectorAll("[data-close]")) {
    button.addEventListener("click", () => dialog.close(button.value));
  }
  // Past its last control focus would leave for the browser, and past the first likewise.
  for (const edge of dialog.querySelectorAll("[data-loop]")) {
    edge.addEventListener("focus", () => {
      dialog.querySelector(edge.dataset.loop === "start" ? "[data-close]" : "iframe")?.focus();
    });
  }
  dialog.showModal();
  dialog.querySelector("[data-close]").focus();
  return dialog;
}

export function showSnackbar({ message, link } = {}) {
  if (!message) throw new Error("A snackbar needs a message");
  for (const old of document.querySelectorAll(".snackbar")) old.remove();
  const bar = document.createElement("p");
  bar.className = "snackbar";
  bar.setAttribute("role", "status");
  bar.append(message);
  if (link?.url) {
    const anchor = document.createElement("a");
    const url = new URL(link.url, location.href);
    if (!["http:", "https:"].includes(url.protocol)) throw new Error("Invalid link");
    anchor.href = url.href;
    anchor.target = "_blank";
    anchor.rel = "noopener";
    anchor.textContent = link.label || link.url;
    bar.append(" ", anchor);
  }
  // An open dialog lies above everything that is not inside it.
  const open = [...document.querySelectorAll("dialog[open]")];
  (open.at(-1) ?? document.body).append(bar);
  setTimeout(() => bar.remove(), SNACKBAR_MS);
}

export function askForConfirmation({ title, description, okText, cancelText, okColor } = {}) {
  if (!title) throw new Error("A confirmation needs a title");
  const dialog = openDialog("frame-confirmation");
  const [ok, cancel] = [dialog.querySelector("[value=ok]"), dialog.querySelector("[value=cancel]")];
  dialog.querySelector("h2").textContent = title;
  dialog.querySelector("p").textContent = description ?? "";
  ok.textContent = okText || "OK";
  cancel.textContent = cancelText || "Cancel";
  ok.className = COLORS[okColor] ?? COLORS.primary;
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve({ confirmed: dialog.returnValue === "ok" });
    });
  });
}
