import { describe, expect, it } from "vitest";
import { forward, type Forwarded } from "../../../src/proxy/forward.ts";

const ORIGIN = "https://origin.example.com";
const PUBLIC = "https://app.example.com";
const TIMEOUT_MS = 1_000;

/** Forwards a request to an origin that answers so; `sent` is what reached it. */
async function send(
  answer: () => Response | Promise<Response>,
  changes: Partial<Forwarded> & { readonly init?: RequestInit } = {},
) {
  const { init: made, ...rest } = changes;
  let sent: Request | undefined;
  const outcome = await forward(
    {
      request: new Request(`${PUBLIC}/raw`, { redirect: "manual", ...made }),
      target: "/judged?x=1",
      publicOrigin: PUBLIC,
      clientIp: undefined,
      set: [],
      authenticated: false,
      ...rest,
    },
    {
      url: ORIGIN,
      isBehindCache: true,
      timeoutMs: TIMEOUT_MS,
      after: () => undefined,
      fetch: async (input, init) => {
        sent = new Request(input, init);
        return answer();
      },
    },
  );
  return { outcome, sent };
}

describe("a forwarded request", () => {
  it("goes to the judged target, with the method, headers and body it came with", async () => {
    const { sent } = await send(() => new Response("ok"), {
      init: { method: "POST", body: "hello", headers: { "Content-Type": "text/plain", "X-Own": "1" } },
    });
    expect([sent?.url, sent?.method, sent?.redirect, await sent?.text()]).toEqual([
      `${ORIGIN}/judged?x=1`,
      "POST",
      "manual",
      "hello",
    ]);
    expect(sent?.headers.get("x-own")).toBe("1");
  });

  it("says where it came from, and what the gateway sets wins over the client", async () => {
    const { sent } = await send(() => new Response("ok"), {
      clientIp: "203.0.113.7",
      set: [["X-Forwarded-User", "me"]],
      init: {
        headers: { "X-Forwarded-User": "forged", "X-Forwarded-For": "1.1.1.1", "X-Forwarded-Host": "evil" },
      },
    });
    expect(Object.fromEntries(sent?.headers ?? [])).toEqual({
      "x-forwarded-user": "me",
      "x-forwarded-for": "203.0.113.7",
      "x-forwarded-host": "app.example.com",
      "x-forwarded-proto": "https",
    });
  });

  it("claims no address when none is known", async () => {
    const { sent } = await send(() => new Response("ok"), {
      init: { headers: { "X-Forwarded-For": "1.1.1.1" } },
    });
    expect(sent?.headers.has("x-forwarded-for")).toBe(false);
  });
});

describe("its answer", () => {
  it.each([
    [`${ORIGIN}/b?c`, `${PUBLIC}/b?c`],
    [`${ORIGIN}?c`, `${PUBLIC}?c`],
    [`${ORIGIN}#c`, `${PUBLIC}#c`],
    [ORIGIN, PUBLIC],
    ["/b", "/b"],
    [`${ORIGIN}.evil.example/b`, `${ORIGIN}.evil.example/b`],
    [`${ORIGIN}@evil.example/`, `${ORIGIN}@evil.example/`],
    [`${ORIGIN}:444/`, `${ORIGIN}:444/`],
    ["https://elsewhere.example/", "https://elsewhere.example/"],
  ])("with Location %s leads to %s", async (location, expected) => {
    const { outcome } = await send(
      () => new Response(null, { status: 302, headers: { Location: location } }),
    );
    expect(outcome.ok && [outcome.value.status, outcome.value.headers.get("location")]).toEqual([
      302,
      expected,
    ]);
  });

  it("is private to a known user when it does not say, and keeps every Set-Cookie", async () => {
    const headers = new Headers({ "Set-Cookie": "a=1" });
    headers.append("Set-Cookie", "b=2");
    const known = await send(() => new Response("x", { headers }), { authenticated: true });
    expect(known.outcome.ok && known.outcome.value.headers.get("cache-control")).toBe("private");
    expect(known.outcome.ok && known.outcome.value.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    const said = await send(() => new Response("x", { headers: { "Cache-Control": "public" } }), {
      authenticated: true,
    });
    expect(said.outcome.ok && said.outcome.value.headers.get("cache-control")).toBe("public");
    const nobody = await send(() => new Response("x"));
    expect(nobody.outcome.ok && nobody.outcome.value.headers.has("cache-control")).toBe(false);
  });
});

describe("what an answer says to the gateway only", () => {
  const headersOf = async (answer: Response) => {
    const { outcome } = await send(() => answer);
    return outcome.ok ? Object.fromEntries(outcome.value.headers) : undefined;
  };

  it("is what its Connection nominates", async () => {
    const headers = {
      Connection: "X-Hop, Cache-Control",
      "X-Hop": "1",
      "X-Own": "1",
      "Cache-Control": "no-cache",
    };
    expect(await headersOf(new Response(null, { headers }))).toEqual({
      connection: "X-Hop, Cache-Control",
      "x-own": "1",
      "cache-control": "no-cache",
    });
  });

  it("is how to authenticate to it, in a 407 and nothing else", async () => {
    const headers = { "Proxy-Authenticate": "Basic" };
    expect(await headersOf(new Response(null, { status: 407, headers }))).toEqual({});
    expect(await headersOf(new Response(null, { status: 401, headers }))).toEqual({
      "proxy-authenticate": "Basic",
    });
  });

  it("leaves an answer that says none of it the very same object", async () => {
    const answer = new Response("x", { headers: { "X-Own": "1", Location: "/b" } });
    expect((await send(() => answer)).outcome).toEqual({ ok: true, value: answer });
  });
});

describe("an origin that does not answer", () => {
  it("is unreachable when the connection breaks", async () => {
    const { outcome } = await send(() => Promise.reject(new Error("Network connection lost.")));
    expect(outcome).toEqual({ ok: false, error: { reason: "origin_unreachable" } });
  });

  /** Sends a request that is never answered, under a clock that the test moves. */
  function hanging(whenClientLeaves?: (left: () => void) => void) {
    const timers: { readonly milliseconds: number; readonly due: () => void }[] = [];
    const outcome = forward(
      {
        request: new Request(PUBLIC, { redirect: "manual" }),
        target: "/",
        publicOrigin: PUBLIC,
        clientIp: undefined,
        set: [],
        authenticated: false,
      },
      {
        url: ORIGIN,
        isBehindCache: true,
        timeoutMs: TIMEOUT_MS,
        after: (milliseconds, due) => void timers.push({ milliseconds, due }),
        whenClientLeaves,
        fetch: () => new Promise(() => undefined),
      },
    );
    return { outcome, timers };
  }

  it("is late after its time, which the answer's headers alone must meet", async () => {
    const { outcome, timers } = hanging();
    for (const { due } of timers) {
      due(); // the second timer is set by the first
    }
    expect(timers.reduce((sum, { milliseconds }) => sum + milliseconds, 0)).toBe(TIMEOUT_MS);
    expect(await outcome).toEqual({ ok: false, error: { reason: "origin_timeout" } });
  });

  it("is not waited for when the client has left", async () => {
    const { outcome, timers } = hanging((left) => left());
    timers[0]?.due();
    expect(await outcome).toEqual({ ok: false, error: { reason: "client_gone" } });
  });
});
