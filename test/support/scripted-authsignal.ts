import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text as textOf } from "node:stream/consumers";

/** One question to Authsignal's server API. */
export interface Question {
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** How a question is answered. */
export type Reply =
  | { readonly status?: number; readonly json: unknown }
  | { readonly status?: number; readonly type: string; readonly text: string }
  | "hang"
  | "reset";

/** Authsignal's server API with answers that a test writes, wrong ones included. */
export interface ScriptedAuthsignal {
  readonly apiUrl: string;
  readonly questions: () => readonly Question[];
  answerWith(reply: (question: Question, nth: number) => Reply): void;
  clear(): void;
  close(): Promise<void>;
}

/** A whole and right answer to `track`, with changes. */
export function trackedReply(question: Question, changes: Readonly<Record<string, unknown>> = {}): Reply {
  return {
    json: {
      state: "ALLOW",
      isEnrolled: true,
      enrolledVerificationMethods: ["EMAIL_OTP"],
      idempotencyKey: question.body["idempotencyKey"],
      url: "https://mfa.authsignal.com/?token=track-token",
      token: "header.track-token.signature",
      ...changes,
    },
  };
}

/** Starts it on a free port: everything is allowed until a test says otherwise. */
export async function startScriptedAuthsignal(): Promise<ScriptedAuthsignal> {
  let questions: Question[] = [];
  let reply: (question: Question, nth: number) => Reply = (question) => trackedReply(question);
  const server = createServer((request, response) => {
    void (async () => {
      const sent = await textOf(request);
      // The SDK sends JSON objects, or asks without a body.
      const body = sent === "" ? {} : (JSON.parse(sent) as Record<string, unknown>);
      const question = {
        method: request.method ?? "",
        path: request.url ?? "",
        authorization: request.headers.authorization ?? "",
        body,
      };
      questions.push(question);
      const answer = reply(question, questions.length);
      if (answer === "reset") {
        request.socket.resetAndDestroy();
      } else if (answer !== "hang") {
        const [type, text] =
          "json" in answer ? ["application/json", JSON.stringify(answer.json)] : [answer.type, answer.text];
        response.writeHead(answer.status ?? 200, { "Content-Type": type }).end(text);
      }
    })();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  // A server that listens on TCP has an address object.
  const { port } = server.address() as AddressInfo;
  return {
    apiUrl: `http://127.0.0.1:${port}/v1`,
    questions: () => questions,
    answerWith(next) {
      reply = next;
    },
    clear() {
      questions = [];
      reply = (question) => trackedReply(question);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
