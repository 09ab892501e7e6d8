import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { userApi, type UserApi } from "../../../src/authsignal/user-api.ts";
import { UserId } from "../../../src/events/event.ts";

const sub = UserId.parse("a11ce000-5a11-4b0f-8000-000000000001");
let server: Server;
let api: UserApi;
let url: string;
let status = 200;
let body = "{}";
let isSilent = false;
const asked: string[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => {
      asked.push(`${request.method} ${request.url} ${text}`);
      if (!isSilent) {
        response.writeHead(status, { "content-type": "application/json" }).end(body);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // a TCP server's address
  url = `http://127.0.0.1:${port}/v1`;
  api = userApi({ apiUrl: url, secrets: ["the-secret"], deadlineMs: 20_000 });
});
beforeEach(() => {
  status = 200;
  body = "{}";
  isSilent = false;
  asked.length = 0;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe("Authsignal's sessions of a user", () => {
  it("are ended by the SDK; what Authsignal refuses is tried again, with no secret in the reason", async () => {
    expect(await api.revokeSessions(sub)).toBeUndefined();
    expect(asked).toEqual([`POST /v1/sessions/user/revoke {"userId":"${sub}"}`]);
    status = 400;
    expect(await api.revokeSessions(sub)).toBe("Authsignal: refused");
  });
});

describe("a user's actions", () => {
  const AT = "2026-11-23T12:00:00.000Z";
  const sinceMs = Date.parse(AT);
  const one = { actionCode: "transfer", idempotencyKey: "key-1", createdAt: AT, state: "BLOCK" };

  it("are asked for once, from a time on", async () => {
    body = JSON.stringify([one]);
    expect(await api.actions(sub, sinceMs)).toMatchObject({ ok: true, value: [{ state: "BLOCK" }] });
    const fromDate = encodeURIComponent(AT);
    expect(asked).toEqual([`GET /v1/users/${sub}/actions?fromDate=${fromDate} `]);
  });

  it.each([
    ["a page", "<html></html>"],
    ["somebody else's", JSON.stringify([{ ...one, userId: "b0b00000-5a11-4b0f-8000-000000000002" }])],
  ])("are a bad answer when they are %s", async (_, answer) => {
    body = answer;
    expect(await api.actions(sub, sinceMs)).toEqual({ ok: false, error: { reason: "bad_answer" } });
  });

  it("are not known when Authsignal refuses, says nothing in time, or does not come to an end", async () => {
    status = 429;
    expect(await api.actions(sub, sinceMs)).toEqual({ ok: false, error: { reason: "refused", status: 429 } });
    status = 200;
    body = JSON.stringify([{ ...one, userAgent: "x".repeat(4_000_000) }]);
    expect(await api.actions(sub, sinceMs)).toEqual({ ok: false, error: { reason: "unreachable" } });
    isSilent = true;
    const hasty = userApi({ apiUrl: url, secrets: ["the-secret"], deadlineMs: 100 });
    expect(await hasty.actions(sub, sinceMs)).toEqual({ ok: false, error: { reason: "timeout" } });
  });
});
