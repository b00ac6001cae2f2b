// Says in words that the browser's passkey dialog was closed or refused.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  for (const banner of document.querySelectorAll("[data-passkey-failed]")) {
    banner.hidden = false;
  }
});
