import { connect, type Socket } from "node:net";

/** One connection at a time to a server: sends whole requests, one after the other, and reads the status of each answer. */
export interface Lane {
  /** Sends one; resolves with the status once the answer is whole, or 0 when the connection broke before. */
  send(request: Buffer): Promise<number>;
  close(): void;
}

const HEAD_END = "\r\n\r\n";
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;
const LAST_CHUNK = "0\r\n\r\n";
const STATUS_AT = "HTTP/1.1 ".length;

/** Makes a lane. It connects when it first sends, and again whenever the server has ended the connection. */
export function laneTo(port: number): Lane {
  let socket: Socket | undefined;
  let answer = "";
  let done: ((status: number) => void) | undefined;

  function finish(status: number): void {
    answer = "";
    done?.(status);
    done = undefined;
  }

  function open(): Socket {
    const opened = connect({ port, host: "127.0.0.1", noDelay: true });
    opened.setEncoding("latin1");
    opened.on("data", (text: string) => {
      answer += text;
      if (isWhole(answer)) {
        finish(Number(answer.slice(STATUS_AT, STATUS_AT + 3)));
      }
    });
    opened.on("error", () => opened.destroy());
    opened.on("close", () => {
      if (socket === opened) {
        socket = undefined;
        finish(0);
      }
    });
    return opened;
  }

  return {
    send(request) {
      socket = socket?.writable === true ? socket : open();
      return new Promise((resolve) => {
        done = resolve;
        socket?.write(request);
      });
    },
    close: () => void socket?.destroy(),
  };
}

function isWhole(answer: string): boolean {
  const headEnd = answer.indexOf(HEAD_END);
  if (headEnd < 0) {
    return false;
  }
  const length = CONTENT_LENGTH.exec(answer.slice(0, headEnd))?.[1];
  return length === undefined
    ? answer.endsWith(LAST_CHUNK)
    : answer.length >= headEnd + HEAD_END.length + Number(length);
}
