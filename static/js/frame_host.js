/* Pipedrive around our frame, by its own SDK: size, questions, snackbars, the modal, theme, a newly
   signed token. Without a host around it, as in a tab of its own, each answer is undefined. */
(() => {
  "use strict";

  const LOWEST = 100;
  const HIGHEST = 750;
  const GAP = 8;
  const MODAL = { height: 640, width: 1080 };
  const NARROW = 720;
  const FIRST = { panel: { height: 240 }, modal: MODAL, settings: { height: HIGHEST } };
  const { kind } = document.body.dataset;

  const SDK = window.AppExtensionsSDK;
  const isHeld = Boolean(SDK) && window.parent !== window;

  const dress = (told) => {
    // The SDK gives the settings themselves or wraps them, by its version.
    const theme = told && (told.theme || (told.data && told.data.theme));
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  };

  const start = async () => {
    if (!isHeld) return null;
    try {
      const sdk = new SDK();
      await sdk.initialize({ size: FIRST[kind] });
      dress(sdk.userSettings);
      sdk.listen(SDK.Event.USER_SETTINGS_CHANGE, (news) => dress(news.data || news));
      return sdk;
    } catch {
      return null; // opened by its address alone, without an id
    }
  };
  const ready = start();

  const tell = async (command, args) => {
    const sdk = await ready;
    if (!sdk) return undefined;
    try {
      return await sdk.execute(SDK.Command[command], args);
    } catch {
      return undefined;
    }
  };

  // The address holds a signed token: nobody needs it any more. The id stays, the SDK reads it.
  const address = new URL(window.location.href);
  address.searchParams.delete("token");
  window.history.replaceState(null, "", address);

  /* --- As high as what is in it -------------------------------------------------------------- */
  const place = document.getElementById("frame");
  let told = "";
  const resize = () => {
    // An open menu hangs out of the page: the frame has to be high enough for it as well.
    const parts = [place, ...place.querySelectorAll("details.menu[open] .menu__panel")];
    const lowest = Math.max(...parts.map((part) => part.getBoundingClientRect().bottom));
    const wanted = Math.ceil(lowest + window.scrollY) + (parts.length > 1 ? GAP : 0);
    const height = Math.min(HIGHEST, Math.max(kind === "panel" ? LOWEST : 240, wanted));
    const width = place.querySelector(".page--narrow") ? NARROW : MODAL.width;
    const size = kind === "modal" ? { height, width } : { height };
    if (JSON.stringify(size) === told) return;
    told = JSON.stringify(size);
    tell("RESIZE", size);
  };
  if (isHeld && kind !== "settings") {
    const soon = () => window.requestAnimationFrame(resize);
    new ResizeObserver(soon).observe(place);
    place.addEventListener("toggle", soon, true);
  }

  const listen = async (event, hear) => {
    const sdk = await ready;
    if (sdk) sdk.listen(SDK.Event[event], ({ data }) => hear(data || {}));
  };

  window.frameHost = {
    isHeld,
    listen,
    ask: async (question) => {
      const answer = await tell("SHOW_CONFIRMATION", {
        title: question.title,
        description: question.text,
        okText: question.yes,
        cancelText: document.body.dataset.wordCancel,
        okColor: question.isDestructive ? "negative" : "primary",
      });
      return answer && answer.confirmed;
    },
    say: (message, link) => tell("SHOW_SNACKBAR", link ? { message, link } : { message }),
    openModal: (data) =>
      tell("OPEN_MODAL", { type: "custom_modal", action_id: document.body.dataset.modalId, data }),
    closeModal: () => tell("CLOSE_MODAL"),
    goToDeal: (id) => tell("REDIRECT_TO", { view: "deals", id: Number(id) }),
    getSignedToken: async () => ((await tell("GET_SIGNED_TOKEN")) || {}).token,
  };
})();
