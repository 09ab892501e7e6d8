import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { alertSender, type Alert } from "../../../src/events/alert.ts";
import { EVENT_ID, EVENT_TIME, readOne, wireEvent } from "./fixtures.ts";

const ID = `${EVENT_ID}/removed`;

async function oneAlert(eventId = EVENT_ID): Promise<Alert> {
  const { type, sub } = await readOne(wireEvent({ id: eventId }));
  const at = EVENT_TIME;
  return { id: `${eventId}/removed`, type, sub, reaction: "removed", at, summary: "It was removed." };
}

const nowMs = () => 0;

describe("sending an alert", () => {
  let server: Server;
  let url: string;
  let status: number;
  let received: { path: string; headers: Record<string, unknown>; body: unknown }[];

  beforeEach(async () => {
    status = 200;
    received = [];
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk) => (text += String(chunk)));
      request.on("end", () => {
        received.push({ path: request.url ?? "", headers: request.headers, body: JSON.parse(text) });
        response.writeHead(status, status === 307 ? { Location: "/elsewhere" } : {}).end("some words");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts?channel=fraud`; // a TCP server's address
  });
  afterEach(() => {
    server.close();
  });

  it("posts it as JSON, with its id as idempotency key and the token as bearer", async () => {
    const alert = await oneAlert();
    await alertSender({ url, token: "secret-token", fetch, nowMs })(alert);
    expect(received).toEqual([
      {
        path: "/alerts?channel=fraud",
        headers: expect.objectContaining({
          "content-type": "application/json",
          "idempotency-key": ID,
          authorization: "Bearer secret-token",
        }),
        body: { ...alert },
      },
    ]);
  });

  it("sends no authorization without a token", async () => {
    await alertSender({ url, token: undefined, fetch, nowMs })(await oneAlert());
    expect(received[0]?.headers).not.toHaveProperty("authorization");
  });

  it.each([307, 400, 429, 500])("fails on %i, follows nothing, and may be tried again", async (bad) => {
    const send = alertSender({ url, token: undefined, fetch, nowMs });
    status = bad;
    await expect(send(await oneAlert())).rejects.toThrow(`the alert URL answered ${bad}`);
    status = 204;
    await send(await oneAlert());
    expect(received.map(({ path }) => path)).toEqual(["/alerts?channel=fraud", "/alerts?channel=fraud"]);
  });

  it("posts an alert that arrived once only, but every other one", async () => {
    const send = alertSender({ url, token: undefined, fetch, nowMs });
    await send(await oneAlert());
    await send(await oneAlert());
    await send(await oneAlert("another-event"));
    expect(received.map(({ headers }) => headers["idempotency-key"])).toEqual([ID, "another-event/removed"]);
  });

  it("fails at once for half a minute after one that took too long, and not after one that was refused", async () => {
    const clock = { nowMs: 0 };
    let asked = 0;
    const hanging: typeof fetch = () => {
      asked += 1;
      return Promise.reject(new DOMException("The operation timed out.", "TimeoutError"));
    };
    const send = alertSender({ url, token: undefined, fetch: hanging, nowMs: () => clock.nowMs });
    await expect(send(await oneAlert())).rejects.toThrow("timed out");
    clock.nowMs = 29_999;
    await expect(send(await oneAlert())).rejects.toThrow("did not answer a moment ago");
    expect(asked).toBe(1);
    clock.nowMs = 30_000;
    await expect(send(await oneAlert())).rejects.toThrow("timed out");
    expect(asked).toBe(2);
  });

  it("waits five seconds at most", async () => {
    let signal: AbortSignal | null | undefined;
    const hanging: typeof fetch = (_input, init) => {
      signal = init?.signal;
      return Promise.reject(new DOMException("The operation timed out.", "TimeoutError"));
    };
    const timeouts: number[] = [];
    const original = AbortSignal.timeout.bind(AbortSignal);
    AbortSignal.timeout = (milliseconds) => {
      timeouts.push(milliseconds);
      return original(milliseconds);
    };
    try {
      await expect(
        alertSender({ url, token: undefined, fetch: hanging, nowMs })(await oneAlert()),
      ).rejects.toThrow();
    } finally {
      AbortSignal.timeout = original;
    }
    expect(timeouts).toEqual([5_000]);
    expect(signal).toBeInstanceOf(AbortSignal);
  });
});
