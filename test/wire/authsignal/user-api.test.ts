import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { userApi } from "../../../src/authsignal/user-api.ts";
import { parseSub } from "../../../src/identity/principal.ts";

describe("Authsignal's sessions of a user", () => {
  let server: Server;
  let url: string;
  let status = 200;
  const asked: string[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk) => (text += String(chunk)));
      request.on("end", () => {
        asked.push(`${request.method} ${request.url} ${text}`);
        response.writeHead(status, { "content-type": "application/json" }).end("{}");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`; // a TCP server's address
  });
  afterAll(() => server.close());

  it("are ended by the SDK; what Authsignal refuses is tried again, with no secret in the reason", async () => {
    const sub = parseSub("a11ce000-5a11-4b0f-8000-000000000001");
    if (sub === undefined) {
      throw new Error("that is a sub");
    }
    const api = userApi({ apiUrl: url, secrets: ["the-secret"], deadlineMs: 5_000 });
    expect(await api.revokeSessions(sub)).toBeUndefined();
    expect(asked).toEqual([`POST /v1/sessions/user/revoke {"userId":"${sub}"}`]);
    status = 400;
    expect(await api.revokeSessions(sub)).toBe("Authsignal: refused");
  });
});
