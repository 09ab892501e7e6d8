// Made of src/client by `npm run client`.
// src/client/api.ts
var StepUpError = class extends Error {
  name = "StepUpError";
  code;
  challenge;
  constructor(code, challenge) {
    super(`The step-up was not completed: ${code}`);
    this.code = code;
    this.challenge = challenge;
  }
};

// src/client/offer.ts
var MS_PER_SECOND = 1e3;
var ID = /^[\da-f-]{36}$/;
async function offerOf(answer, gateway) {
  const { status, headers, url } = answer;
  if (status !== 401 && status !== 403 || headers.get("content-type") !== "application/problem+json" || new URL(url).origin !== gateway) {
    return void 0;
  }
  try {
    const { code, challenge } = await answer.clone().json();
    if (code !== "step_up_required" || challenge === void 0 || !ID.test(challenge.id)) {
      return void 0;
    }
    if (!/^https?:/.test(new URL(challenge.url).protocol)) {
      return void 0;
    }
    const maxAge = /\bmax_age=(\d+)/.exec(headers.get("www-authenticate") ?? "")?.[1];
    const expiry = AbortSignal.timeout(challenge.expiresIn * MS_PER_SECOND);
    return { challenge, expiry, isShared: challenge.kind === "step-up" && Number(maxAge ?? 0) > 0 };
  } catch {
    return void 0;
  }
}

// src/client/parked.ts
var KEY = "sallyport";
async function park(request, challenge) {
  const { url, method, headers } = request;
  const parked = {
    page: location.pathname + location.search + location.hash,
    challenge,
    url,
    method,
    headers: [...headers],
    body: request.body === null ? null : base64Of(await request.bytes())
  };
  sessionStorage.setItem(KEY, JSON.stringify(parked));
}
function unpark() {
  const text = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (text === null) {
    return void 0;
  }
  const { challenge, url, method, headers, body } = JSON.parse(text);
  const request = new Request(url, {
    method,
    headers: headers.map(([name, value]) => [name, value]),
    body: body === null ? null : Uint8Array.from(atob(body), (character) => character.charCodeAt(0))
  });
  return { challenge, request };
}
function base64Of(bytes) {
  let text = "";
  for (const byte of bytes) {
    text += String.fromCharCode(byte);
  }
  return btoa(text);
}

// src/client/popup.ts
var FEATURES = "popup,width=420,height=680";
var LOOK_MS = 300;
function openInPopup(challenge, signal, onBlocked) {
  const url = new URL(challenge.url);
  url.searchParams.set("mode", "popup");
  return new Promise((resolve, reject) => {
    let popup = null;
    let timer;
    const over = new AbortController();
    const end = () => {
      over.abort();
      clearInterval(timer);
      popup?.close();
    };
    const listening = { signal: over.signal };
    signal.addEventListener(
      "abort",
      () => {
        end();
        reject(signal.reason);
      },
      listening
    );
    addEventListener(
      "message",
      ({ source, origin, data }) => {
        if (popup === null || source !== popup || origin !== url.origin) {
          return;
        }
        const { event, token, errorCode } = messageOf(data);
        if (event === "AUTHSIGNAL_CLOSE_POPUP") {
          end();
          resolve(token);
        } else if (event === "AUTHSIGNAL_API_ERROR" && errorCode === "expired_token") {
          end();
          reject(new StepUpError("expired", challenge));
        }
      },
      listening
    );
    const open = () => {
      if (over.signal.aborted || popup !== null) {
        return;
      }
      popup = window.open(url, "_blank", FEATURES);
      timer = setInterval(() => {
        if (popup?.closed === true) {
          end();
          resolve(void 0);
        }
      }, LOOK_MS);
    };
    open();
    if (popup === null) {
      if (onBlocked === void 0) {
        end();
        reject(new StepUpError("popup_blocked", challenge));
      } else {
        onBlocked(open, challenge);
      }
    }
  });
}
function messageOf(data) {
  try {
    return Object(typeof data === "string" ? JSON.parse(data) : {});
  } catch {
    return {};
  }
}

// src/client/index.ts
function stepUp(options = {}) {
  const { open = "popup", gateway = location.origin } = options;
  const send = options.fetch ?? ((input, init) => fetch(input, init));
  let shown = Promise.resolve();
  const shared = /* @__PURE__ */ new Map();
  async function fetchOrAsk(input, init) {
    const request = new Request(input, init);
    if (new URL(request.url).origin !== gateway) {
      return send(request);
    }
    const spare = init?.body instanceof ReadableStream ? void 0 : request.clone();
    const answer = await send(request);
    const offer = await offerOf(answer, gateway);
    if (offer === void 0) {
      return answer;
    }
    if (spare === void 0) {
      giveUp(offer.challenge, request);
      throw new StepUpError("not_repeatable", offer.challenge);
    }
    return pass(offer, spare);
  }
  async function pass(offer, request) {
    const { challenge, isShared } = offer;
    const { action } = challenge;
    const other = isShared ? shared.get(action) : void 0;
    if (other !== void 0) {
      giveUp(challenge, request);
      await abortable(other, request.signal).catch((error) => {
        if (error instanceof StepUpError || request.signal.aborted) {
          throw error;
        }
      });
      return fetchOrAsk(request);
    }
    const completed = shown.then(() => complete(offer, request));
    shown = completed.catch(() => void 0);
    if (isShared) {
      shared.set(action, completed);
      const forget = () => shared.delete(action);
      void completed.then(forget, forget);
    }
    await abortable(completed, request.signal);
    return repeat(challenge, request);
  }
  async function repeat({ id, kind }, request) {
    if (kind === "enrolment") {
      return fetchOrAsk(request);
    }
    const headers = new Headers(request.headers);
    headers.set("Sallyport-Challenge", id);
    return send(new Request(request, { headers }));
  }
  async function complete({ challenge, expiry }, request) {
    const signal = AbortSignal.any([request.signal, expiry]);
    try {
      const token = await abortable(show(challenge, request, signal), signal);
      await bring(token, challenge, request);
    } catch (error) {
      giveUp(challenge, request);
      throw expiry.aborted && !request.signal.aborted ? new StepUpError("expired", challenge) : error;
    }
  }
  async function show(challenge, request, signal) {
    signal.throwIfAborted();
    if (open === "popup") {
      return openInPopup(challenge, signal, options.onBlocked);
    }
    return open === "redirect" ? leave(challenge, request) : open(challenge, signal);
  }
  async function bring(token, challenge, request) {
    if (token === void 0) {
      throw new StepUpError("cancelled", challenge);
    }
    const answer = await tell("POST", challenge, request, JSON.stringify({ token }));
    const { state, code } = await answer.json();
    settle(state ?? code, challenge);
  }
  async function leave(challenge, request) {
    if (gateway !== location.origin || request.headers.has("authorization")) {
      throw new StepUpError("not_repeatable", challenge);
    }
    try {
      await park(request.clone(), challenge);
    } catch {
      throw new StepUpError("not_repeatable", challenge);
    }
    return new Promise((_, reject) => {
      addEventListener("pageshow", ({ persisted }) => {
        if (persisted) {
          reject(new StepUpError("cancelled", challenge));
        }
      });
      location.assign(challenge.url);
    });
  }
  async function resume() {
    const parked = unpark();
    if (parked === void 0) {
      return void 0;
    }
    const { challenge, request } = parked;
    const answer = await tell("GET", challenge, request);
    const { state, code } = await answer.json();
    try {
      settle(state ?? code, challenge);
    } catch (error) {
      giveUp(challenge, request);
      throw error;
    }
    return repeat(challenge, request);
  }
  function giveUp(challenge, request) {
    tell("DELETE", challenge, request).catch(() => void 0);
  }
  function tell(method, { id }, request, body) {
    const authorization = request.headers.get("authorization");
    return send(`${gateway}/.sallyport/challenges/${id}`, {
      method,
      credentials: request.credentials,
      keepalive: method === "DELETE",
      headers: {
        Accept: "application/json",
        ...authorization === null ? {} : { Authorization: authorization },
        ...body === void 0 ? {} : { "Content-Type": "application/json" }
      },
      ...body === void 0 ? {} : { body }
    });
  }
  return { fetch: fetchOrAsk, resume };
}
function settle(standing, challenge) {
  switch (standing) {
    case "succeeded":
      return;
    case "pending":
    case "cancelled":
    case "challenge_pending":
      throw new StepUpError("cancelled", challenge);
    case "expired":
    case "superseded":
    case "challenge_ended":
    case "challenge_not_found":
      throw new StepUpError("expired", challenge);
    default:
      throw new StepUpError("refused", challenge);
  }
}
function abortable(work, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) {
      abort();
    }
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject);
  });
}
export {
  StepUpError,
  stepUp
};
