/** How a connection is ended by the gateway: a close code of RFC 6455 section 7.4 and words that any app may show. */
export interface Cut {
  readonly code: number;
  readonly reason: string;
}

/** The other side's connection broke without a close frame (what an endpoint sees as 1006, and may not send). */
const LOST: Cut = { code: 1011, reason: "the connection was lost" };
/** No status was given: `close` without arguments says the same. */
const NO_STATUS = 1005;
const ABNORMAL = 1006;

/**
 * Puts the gateway between the two ends of a WebSocket, so that it can be cut: messages, close codes and reasons pass
 * as they are, until `cut` resolves.
 *
 * Nothing that arrives after the cut is passed on, in either direction, even if an end does not answer the close frame.
 *
 * @param answer the origin's 101, with its socket.
 * @param cut resolves with how to end it, or `undefined` when `gone` aborted: both ends have closed by themselves.
 */
export function relaySocket(
  answer: Response,
  cut: (gone: AbortSignal) => Promise<Cut | undefined>,
): Response {
  const origin = answer.webSocket;
  if (origin === null) {
    return answer;
  }
  const { 0: client, 1: server } = new WebSocketPair();
  const gone = new AbortController();
  let isCut = false;

  function carry(from: WebSocket, to: WebSocket): void {
    from.binaryType = "arraybuffer";
    // Half open: a close is answered by the other end, not by the gateway in its stead (workers.md 1.3).
    from.accept({ allowHalfOpen: true });
    from.addEventListener("message", ({ data }) => {
      if (!isCut) {
        quietly(() => to.send(data));
      }
    });
    from.addEventListener("close", ({ code, reason }) => {
      gone.abort();
      if (!isCut) {
        close(to, code === ABNORMAL ? LOST : { code, reason });
      }
    });
    from.addEventListener("error", () => {
      gone.abort();
      if (!isCut) {
        close(to, LOST);
      }
    });
  }

  carry(origin, server);
  carry(server, origin);
  void cut(gone.signal).then((end) => {
    if (end !== undefined) {
      isCut = true;
      close(server, end);
      close(origin, end);
    }
  });
  return new Response(null, { status: 101, headers: answer.headers, webSocket: client });
}

function close(socket: WebSocket, { code, reason }: Cut): void {
  quietly(() => (code === NO_STATUS ? socket.close() : socket.close(code, reason)));
}

/** An end that has closed in the same moment takes nothing any more; that is no failure. */
function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // closed already
  }
}
