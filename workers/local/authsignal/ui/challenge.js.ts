/** Comfort on the pages of the UI: the popup's messages, passkeys, and going on as soon as there is an answer. */
export const CHALLENGE_SCRIPT = `
const WAIT_MS = 1500;

function popup() {
  const { popupOrigins, popupMessage } = document.body.dataset;
  const around = window.opener ?? (window.parent === window ? null : window.parent);
  if (popupOrigins === undefined || around === null) return;
  const tell = (message) => popupOrigins.split(" ").forEach((origin) => around.postMessage(message, origin));
  const card = document.querySelector(".card");
  const resize = () => tell({ height: Math.ceil(card.getBoundingClientRect().height) });
  resize();
  new ResizeObserver(resize).observe(card);
  tell(JSON.stringify({ event: "AUTHSIGNAL_READY" }));
  if (popupMessage) tell(popupMessage);
}

function wait(form) {
  const look = async () => {
    try {
      const answer = await fetch(form.dataset.wait);
      if ((await answer.json()).hasNews) return form.requestSubmit();
    } catch {}
    setTimeout(look, WAIT_MS);
  };
  setTimeout(look, WAIT_MS);
}

function webauthn(form) {
  const button = form.querySelector("button");
  const failure = form.querySelector("[data-failure]");
  const kind = form.dataset.webauthn;
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
    failure.hidden = false;
    return;
  }
  const json = JSON.parse(form.dataset.options);
  const publicKey =
    kind === "create"
      ? PublicKeyCredential.parseCreationOptionsFromJSON(json)
      : PublicKeyCredential.parseRequestOptionsFromJSON(json);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failure.hidden = true;
    button.disabled = true;
    try {
      const credential = await navigator.credentials[kind]({ publicKey });
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch {
      failure.hidden = false;
      button.disabled = false;
      button.focus();
    }
  });
  button.disabled = false;
  button.focus();
}

popup();
document.querySelectorAll("form[data-wait]").forEach(wait);
document.querySelectorAll("form[data-webauthn]").forEach(webauthn);
`;
