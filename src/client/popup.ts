import { StepUpError, type Challenge, type StepUpOptions } from "./api.ts";

const FEATURES = "popup,width=420,height=680";
/** Nothing tells when a person closes a window. */
const LOOK_MS = 300;

/**
 * Shows a challenge in a window of its own, by the messages that Authsignal's pages send in popup mode, as
 * `@authsignal/browser` reads them.
 *
 * @returns the token that the window hands over, or nothing when it was closed.
 */
export function openInPopup(
  challenge: Challenge,
  signal: AbortSignal,
  onBlocked: StepUpOptions["onBlocked"],
): Promise<string | undefined> {
  const url = new URL(challenge.url);
  url.searchParams.set("mode", "popup");
  return new Promise((resolve, reject) => {
    let popup: Window | null = null;
    let timer: ReturnType<typeof setInterval> | undefined;
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
      listening,
    );
    addEventListener(
      "message",
      ({ source, origin, data }: MessageEvent) => {
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
      listening,
    );

    const open = () => {
      if (over.signal.aborted || popup !== null) {
        return;
      }
      popup = window.open(url, "_blank", FEATURES);
      timer = setInterval(() => {
        if (popup?.closed === true) {
          end();
          resolve(undefined);
        }
      }, LOOK_MS);
    };
    open();
    if (popup === null) {
      if (onBlocked === undefined) {
        end();
        reject(new StepUpError("popup_blocked", challenge));
      } else {
        onBlocked(open, challenge);
      }
    }
  });
}

/** A message of Authsignal's pages is JSON as text; theirs about sizes is not, and means nothing here. */
function messageOf(data: unknown): { event?: string; token?: string; errorCode?: string } {
  try {
    // What is not as documented has none of these members, or wrong ones, which the gateway refuses.
    return Object(typeof data === "string" ? JSON.parse(data) : {}) as { event?: string };
  } catch {
    return {};
  }
}
