import { once } from "node:events";
import { request as openRequest } from "node:http";
import { join } from "node:path";
import { gzipSync, gunzipSync } from "node:zlib";
import { createLocalJWKSet, decodeJwt, jwtVerify } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { open, send, sendBytes, statusOf } from "../../support/http.ts";
import { startOrigin, type Origin } from "../../support/origin.ts";
import { GATEWAY_HOST, signInPerson, type Person } from "../../support/person.ts";
import { bearer, signInByPassword } from "../../support/sign-in.ts";
import { ALICE } from "../../support/users.ts";
import { startWatchedWorld, type WatchedWorld } from "../../support/watched-world.ts";

let origin: Origin;
let world: WatchedWorld;
let alice: string;
let person: Person;
beforeAll(async () => {
  origin = await startOrigin();
  world = await startWatchedWorld({
    origin: origin.url,
    policyFile: join(import.meta.dirname, "../../support/edge-policy.json"),
  });
  alice = await signInByPassword(world, ALICE);
  person = await signInPerson(world, ALICE);
});
beforeEach(() => origin.clear());
afterAll(async () => {
  await world.close();
  await origin.close();
  expect(world.leaks()).toEqual([]);
});

const get = (path: string, headers: Record<string, string> = {}) =>
  send(world.gatewayUrl + path, { headers: { ...bearer(alice), ...headers } });
const lastArrival = () => origin.arrivals().at(-1);

describe("what the origin is told", () => {
  it("is who the user is, and where the request came from", async () => {
    await get("/a");
    expect(lastArrival()?.headers).toMatchObject({
      "x-forwarded-user": ALICE.sub,
      "x-forwarded-preferred-username": "alice",
      "x-forwarded-host": new URL(world.gatewayUrl).host,
      "x-forwarded-proto": "http",
      authorization: `Bearer ${alice}`,
    });
    const published = await send(`${world.gatewayUrl}/.sallyport/jwks.json`);
    const keys = createLocalJWKSet(JSON.parse(published.text) as { keys: [] });
    const assertion = lastArrival()?.headers["sallyport-assertion"] ?? "";
    const { payload } = await jwtVerify(assertion, keys, { audience: origin.url, issuer: world.gatewayUrl });
    expect(payload).toMatchObject({ sub: ALICE.sub, username: "alice" });
    expect(payload).not.toHaveProperty("step_up");
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(60);
  });

  it("is nothing of a user on a public route", async () => {
    expect((await get("/public/a")).status).toBe(200);
    expect(
      Object.keys(lastArrival()?.headers ?? {}).filter((name) => /user|email|assertion/.test(name)),
    ).toEqual([]);
  });

  it.each([
    "X-Forwarded-User",
    "x_forwarded_user",
    "X_Forwarded-User",
    "x.forwarded.user",
    "X-FORWARDED-EMAIL",
    "X_Forwarded_Groups",
    "X-Forwarded-For",
    "Forwarded",
    "X-Real-IP",
    "X_Real_IP",
    "Sallyport-Assertion",
    "sallyport_assertion",
    "SALLYPORT-ANYTHING",
    "Sallyport_Step_Up",
    "X-Original-URL",
    "X-HTTP-Method-Override",
    "Proxy-Authorization",
  ])("is never the client's own %s", async (name) => {
    for (const path of ["/a", "/public/a"]) {
      await get(path, { [name]: "forged" });
      expect(JSON.stringify(lastArrival()?.headers), path).not.toContain("forged");
    }
  });

  it("is never the client's own copy of a header that the gateway sets, repeated or named in Connection", async () => {
    await sendBytes(
      world.gatewayUrl,
      `GET /a HTTP/1.1\r\nHost: ${new URL(world.gatewayUrl).host}\r\nAuthorization: Bearer ${alice}\r\n` +
        "X-Forwarded-User: forged\r\nx-forwarded-user: forged\r\nX_Forwarded_User: forged\r\n" +
        "Connection: X-Forwarded-User, close\r\n\r\n",
    );
    expect(lastArrival()?.headers["x-forwarded-user"]).toBe(ALICE.sub);
    expect(JSON.stringify(lastArrival()?.headers)).not.toContain("forged");
  });

  it("is never a cookie of Sallyport's own, and always the app's", async () => {
    const own = person.browser.cookieHeader(GATEWAY_HOST);
    for (const line of [
      `app=1; ${own}; other="a, b"`,
      `${own}; app=1; other="a, b"`,
      `app=1; other="a, b"; ${own}`,
    ]) {
      expect((await send(`${world.gatewayUrl}/a`, { headers: { Cookie: line } })).status).toBe(200);
      expect(lastArrival()?.headers["cookie"]).toBe('app=1; other="a, b"');
    }
    expect((await person.browser.request(`${world.gatewayUrl}/a`)).status).toBe(200);
    expect(lastArrival()?.headers["cookie"]).toBeUndefined();
  });

  it("is never a cookie of Sallyport's own in a second line, or in another case", async () => {
    const own = person.browser.cookieHeader(GATEWAY_HOST);
    const host = new URL(world.gatewayUrl).host;
    for (const lines of [
      ["app=1", own],
      [own, "app=1"],
      ["app=1", `b=2; ${own}`, "c=3"],
      [`app=1; ${own.replaceAll("__Host-sallyport", "__host-SALLYPORT")}`],
    ]) {
      await sendBytes(
        world.gatewayUrl,
        `GET /public/a HTTP/1.1\r\nHost: ${host}\r\n${lines.map((line) => `Cookie: ${line}\r\n`).join("")}Connection: close\r\n\r\n`,
      );
      const cookie = lastArrival()?.headers["cookie"] ?? "";
      expect(cookie).toContain("app=1");
      expect(cookie).not.toMatch(/sallyport/i);
    }
  });
});

describe("an answer", () => {
  it("keeps its status, its headers and every Set-Cookie", async () => {
    origin.answerWith((_request, response) => {
      response.writeHead(418, [
        "Set-Cookie",
        "a=1; Path=/",
        "Set-Cookie",
        "b=2; Expires=Wed, 21 Oct 2099 07:28:00 GMT",
        "X-Own",
        "1",
        "Link",
        "</a>; rel=x",
      ]);
      response.end("teapot");
    });
    const answer = await get("/a");
    expect([answer.status, answer.text, answer.headers.get("x-own")]).toEqual([418, "teapot", "1"]);
    expect(answer.headers.getSetCookie()).toEqual([
      "a=1; Path=/",
      "b=2; Expires=Wed, 21 Oct 2099 07:28:00 GMT",
    ]);
  });

  it("that redirects is not followed, and leads back to the public address", async () => {
    for (const [location, expected] of [
      ["/b", "/b"],
      ["https://elsewhere.example/x", "https://elsewhere.example/x"],
      [`${origin.url}/b?c=1`, `${world.gatewayUrl}/b?c=1`],
      [origin.url, world.gatewayUrl],
      [`${origin.url}.evil.example/`, `${origin.url}.evil.example/`],
      [`${origin.url}1/`, `${origin.url}1/`],
    ] as const) {
      origin.clear();
      origin.answerWith((_request, response) => response.writeHead(302, { Location: location }).end());
      const answer = await get("/a");
      expect([answer.status, answer.headers.get("location")]).toEqual([302, expected]);
      expect(origin.arrivals()).toHaveLength(1);
    }
  });

  it("to a known user is private unless it says what it is", async () => {
    expect((await get("/a")).headers.get("cache-control")).toBe("private");
    origin.answerWith((_request, response) => response.setHeader("Cache-Control", "public, max-age=9").end());
    expect((await get("/a")).headers.get("cache-control")).toBe("public, max-age=9");
    origin.clear();
    expect((await send(`${world.gatewayUrl}/public/a`)).headers.get("cache-control")).toBeNull();
  });

  it.each([204, 304])("of %i has no body", async (status) => {
    origin.answerWith((_request, response) => response.writeHead(status, { ETag: '"x"' }).end());
    const answer = await get("/a", { "If-None-Match": '"x"' });
    expect([answer.status, answer.text, answer.headers.get("etag")]).toEqual([status, "", '"x"']);
  });

  it("to HEAD has the headers only", async () => {
    origin.answerWith((_request, response) => response.writeHead(200, { "X-Own": "1" }).end());
    const answer = await send(`${world.gatewayUrl}/a`, { method: "HEAD", headers: bearer(alice) });
    expect([answer.status, answer.text, answer.headers.get("x-own")]).toEqual([200, "", "1"]);
    expect(lastArrival()?.method).toBe("HEAD");
  });

  it("that is compressed unpacks to what the origin packed", async () => {
    const text = "what the app said ".repeat(500);
    origin.answerWith((_request, response) =>
      response
        .writeHead(200, { "Content-Encoding": "gzip", "Content-Type": "text/plain" })
        .end(gzipSync(text)),
    );
    for (const path of ["/a", "/public/a"]) {
      const message = await open(world.gatewayUrl + path, {
        headers: { ...bearer(alice), "Accept-Encoding": "gzip" },
      });
      const chunks = await message.toArray();
      const bytes = Buffer.concat(chunks);
      const plain = message.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes;
      expect(plain.toString()).toBe(text);
    }
  });
});

describe("bodies", () => {
  it("stream down: each piece arrives before the next is sent", async () => {
    let more: (() => void) | undefined;
    origin.answerWith((_request, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
      response.write("data: 1\n\n");
      more = () => response.end("data: 2\n\n");
    });
    const message = await open(`${world.gatewayUrl}/events`, { headers: bearer(alice) });
    const pieces = message[Symbol.asyncIterator]();
    expect(String((await pieces.next()).value)).toBe("data: 1\n\n");
    more?.();
    expect(String((await pieces.next()).value)).toBe("data: 2\n\n");
    expect((await pieces.next()).done).toBe(true);
  });

  it("stream up: each piece arrives before the next is sent", async () => {
    const request = openRequest(`${world.gatewayUrl}/upload`, {
      method: "PUT",
      headers: { ...bearer(alice), "Transfer-Encoding": "chunked" },
    });
    const answered = once(request, "response");
    request.write("first,");
    await expect.poll(() => lastArrival()?.body()).toBe("first,");
    request.end("last");
    await answered;
    expect(lastArrival()?.body()).toBe("first,last");
  });

  it("of megabytes come through whole, both ways", async () => {
    const bytes = Buffer.alloc(8 * 1024 * 1024, "0123456789abcdef");
    origin.answerWith((request, response) => void request.pipe(response));
    const answer = await send(`${world.gatewayUrl}/echo`, {
      method: "POST",
      headers: { ...bearer(alice), "Content-Type": "application/octet-stream" },
      body: bytes,
    });
    expect([answer.status, answer.text === bytes.toString()]).toEqual([200, true]);
  });
});

describe("a WebSocket", () => {
  const socketUrl = () => world.gatewayUrl.replace("http:", "ws:");
  async function refusedWith(socket: WebSocket): Promise<number> {
    const [, response] = (await once(socket, "unexpected-response")) as [unknown, { statusCode: number }];
    socket.on("error", () => undefined); // it was never open
    socket.terminate();
    return response.statusCode;
  }

  it("goes through with its user, echoes, and closes with the app's code", async () => {
    const socket = new WebSocket(`${socketUrl()}/socket`, { headers: bearer(alice) });
    await once(socket, "open");
    expect(lastArrival()?.headers["x-forwarded-user"]).toBe(ALICE.sub);
    socket.send("hello");
    const [text] = (await once(socket, "message")) as [Buffer];
    expect(text.toString()).toBe("hello");
    socket.send(Buffer.from([0, 1, 255]));
    const [bytes, isBinary] = (await once(socket, "message")) as [Buffer, boolean];
    expect([isBinary, [...bytes]]).toEqual([true, [0, 1, 255]]);
    socket.send("close 4321");
    const [code, reason] = (await once(socket, "close")) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([4321, "as asked"]);
  });

  it("with a cookie is opened by the app's own pages only", async () => {
    const Cookie = person.browser.cookieHeader(GATEWAY_HOST);
    const own = new WebSocket(`${socketUrl()}/socket`, { headers: { Cookie }, origin: world.gatewayUrl });
    await once(own, "open");
    own.terminate();
    const before = origin.arrivals().length;
    for (const foreign of [{ origin: "https://evil.example" }, { origin: "null" }, {}]) {
      const socket = new WebSocket(`${socketUrl()}/socket`, { headers: { Cookie }, ...foreign });
      expect(await refusedWith(socket)).toBe(403);
    }
    expect(origin.arrivals()).toHaveLength(before);
  });

  it("of nobody is refused", async () => {
    expect(await refusedWith(new WebSocket(`${socketUrl()}/socket`))).toBe(401);
    expect(origin.arrivals()).toEqual([]);
  });
});

describe("the policy", () => {
  it("denies what it denies, to users and to nobody", async () => {
    expect((await get("/closed/a")).status).toBe(403);
    expect((await send(`${world.gatewayUrl}/closed/a`)).status).toBe(403);
    expect(origin.arrivals()).toEqual([]);
  });

  it("lets a CORS preflight through without a user, but not to what is denied", async () => {
    const headers = { Origin: "https://other.example", "Access-Control-Request-Method": "POST" };
    const preflight = await send(`${world.gatewayUrl}/a`, { method: "OPTIONS", headers });
    expect(preflight.status).toBe(200);
    expect(lastArrival()?.headers["x-forwarded-user"]).toBeUndefined();
    expect((await send(`${world.gatewayUrl}/closed/a`, { method: "OPTIONS", headers })).status).toBe(403);
    expect((await send(`${world.gatewayUrl}/a`, { method: "OPTIONS" })).status).toBe(401);
  });

  it("a garbled request does not spoil the next one", async () => {
    const host = new URL(world.gatewayUrl).host;
    for (const head of [
      "Content-Length: 5\r\nContent-Length: 6",
      "Content-Length: -1",
      "Content-Length: +3",
      "Transfer-Encoding: xchunked",
      "Bad Name: x",
      " folded: x",
    ]) {
      const answer = await sendBytes(
        world.gatewayUrl,
        `POST /public/a HTTP/1.1\r\nHost: ${host}\r\n${head}\r\nConnection: close\r\n\r\nhello`,
      );
      expect([0, 400, 501]).toContain(statusOf(answer));
      expect((await get("/a")).status).toBe(200);
    }
    expect(decodeJwt(alice).sub).toBe(ALICE.sub);
  });
});
