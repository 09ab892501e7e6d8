import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { stepUp, type Challenge, type StepUpOptions } from "../../../src/client/index.ts";

const GATEWAY = "https://app.example.com";
const TRANSFER = `${GATEWAY}/transfer`;

/** A gateway that asks for a step-up of whatever has no completed challenge, and notes what it is sent. */
class FakeGateway {
  readonly sent: { method: string; url: string; headers: Headers; body: string }[] = [];
  readonly states = new Map<string, string>();
  maxAgeSeconds = 0;
  /** Actions that a completed challenge covers for a while. */
  granted = false;
  changes: object = {};
  headers: Record<string, string> = {};
  url: string | undefined;

  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const body = await request.text();
    this.sent.push({ method: request.method, url: request.url, headers: request.headers, body });
    request.signal.throwIfAborted();
    const answer = this.#answer(request, body);
    Object.defineProperty(answer, "url", { value: this.url ?? request.url });
    return answer;
  };

  /** The app's requests that were let through. */
  passed() {
    return this.sent.filter(
      ({ url, headers }) => url.endsWith("/transfer") && (headers.has("sallyport-challenge") || this.granted),
    );
  }

  told(method: string) {
    return this.sent.filter((one) => one.method === method && one.url.includes("/.sallyport/"));
  }

  #answer(request: Request, body: string): Response {
    const { pathname } = new URL(request.url);
    const id = pathname.split("/.sallyport/challenges/")[1];
    if (id !== undefined) {
      if (request.method === "POST") {
        const { token } = JSON.parse(body) as { token: string }; // the client's own shape
        if (token === "start-token") {
          return Response.json({ code: "challenge_pending" }, { status: 409 });
        }
        this.states.set(id, token === "refused" ? "failed" : "succeeded");
        this.granted ||= this.maxAgeSeconds > 0;
      } else if (request.method === "DELETE") {
        this.states.set(id, "cancelled");
      }
      return Response.json({ state: this.states.get(id) });
    }
    const named = request.headers.get("sallyport-challenge");
    if (pathname === "/open" || this.granted || this.states.get(named ?? "") === "succeeded") {
      return new Response("done", { status: 201 });
    }
    const challenge = {
      id: randomUUID(),
      kind: "step-up",
      action: "transfer",
      url: "https://mfa.authsignal.com/?token=start-token",
      token: "start-token",
      expiresAt: "2026-01-01T00:00:00.000Z", // this device's clock is wrong
      expiresIn: 600,
      complete: "https://evil.example/take",
      summary: [],
      ...this.changes,
    };
    this.states.set(challenge.id, "pending");
    return new Response(JSON.stringify({ code: "step_up_required", challenge }), {
      status: 401,
      headers: {
        "content-type": "application/problem+json",
        "www-authenticate": `Bearer error="insufficient_user_authentication", max_age=${this.maxAgeSeconds}`,
        ...this.headers,
      },
    });
  }
}

let gateway: FakeGateway;
let shown: Challenge[];
beforeEach(() => {
  gateway = new FakeGateway();
  shown = [];
});

/** A person who passes every challenge, unless a test has it otherwise. */
function client(open: NonNullable<StepUpOptions["open"]> = async () => "result-token") {
  const show: NonNullable<StepUpOptions["open"]> =
    typeof open === "string"
      ? open
      : (challenge, signal) => {
          shown.push(challenge);
          return open(challenge, signal);
        };
  return stepUp({ open: show, gateway: GATEWAY, fetch: gateway.fetch });
}

const post = (body: BodyInit, more: RequestInit = {}): RequestInit => ({ method: "POST", body, ...more });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "no error",
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : String(error)),
  );

describe("a request that needs a step-up", () => {
  it("is sent once more with the same bytes and the challenge's id, after its token was brought", async () => {
    const form = new FormData();
    form.set("payee", "Marina");
    form.set("file", new Blob([new Uint8Array([0, 255, 13, 10])]), "odd");
    const answer = await client().fetch(TRANSFER, post(form, { headers: { Authorization: "Bearer mine" } }));
    expect(answer.status).toBe(201);
    const [first, brought, second, ...more] = gateway.sent;
    expect(more).toEqual([]);
    const [challenge] = shown;
    expect(brought).toMatchObject({
      method: "POST",
      url: `${GATEWAY}/.sallyport/challenges/${challenge?.id}`,
      body: '{"token":"result-token"}',
    });
    expect(brought?.headers.get("authorization")).toBe("Bearer mine");
    expect([second?.body, second?.headers.get("content-type")]).toEqual([
      first?.body,
      first?.headers.get("content-type"),
    ]);
    expect(second?.headers.get("sallyport-challenge")).toBe(challenge?.id);
    expect(first?.headers.has("sallyport-challenge")).toBe(false);
  });

  it("may be a Request, and keeps its bytes whatever becomes of the buffer they came from", async () => {
    const bytes = new TextEncoder().encode("amount=1");
    const sending = client().fetch(new Request(TRANSFER, post(bytes)));
    bytes.fill(57);
    expect((await sending).status).toBe(201);
    expect(gateway.passed().map(({ body }) => body)).toEqual(["amount=1"]);
  });

  it.each([["401"], ["403"]])("is one by its problem document, not by its status (%s)", async (status) => {
    const plain = stepUp({
      gateway: GATEWAY,
      open: async () => "x",
      fetch: async () => {
        const answer = new Response("{}", {
          status: Number(status),
          headers: { "content-type": "application/json" },
        });
        Object.defineProperty(answer, "url", { value: TRANSFER });
        return answer;
      },
    });
    expect((await plain.fetch(TRANSFER)).status).toBe(Number(status));
  });

  it("of a body that is a stream cannot be repeated, and says so", async () => {
    const body = new Blob(["x"]).stream();
    const sending: RequestInit & { duplex: "half" } = { ...post(body), duplex: "half" };
    expect(await codeOf(client().fetch(TRANSFER, sending))).toBe("not_repeatable");
    expect(shown).toEqual([]);
    expect(gateway.told("DELETE")).toHaveLength(1);
  });

  it("without one passes, streams too", async () => {
    const body = new Blob(["x"]).stream();
    const sending: RequestInit & { duplex: "half" } = { ...post(body), duplex: "half" };
    expect((await client().fetch(`${GATEWAY}/open`, sending)).status).toBe(201);
    expect(gateway.sent).toHaveLength(1);
  });

  it("is put again after an enrolment, which approves nothing", async () => {
    gateway.changes = { kind: "enrolment" };
    const open = async () => {
      gateway.changes = {};
      return "result-token";
    };
    expect((await client(open).fetch(TRANSFER, post("x"))).status).toBe(201);
    expect(shown.map(({ kind }) => kind)).toEqual(["enrolment", "step-up"]);
    expect(gateway.passed().map(({ headers }) => headers.get("sallyport-challenge"))).toEqual([shown[1]?.id]);
  });
});

describe("a challenge that is not completed", () => {
  it.each<[string, () => Promise<string | undefined>]>([
    ["cancelled", async () => undefined],
    ["cancelled", async () => "start-token"],
    ["refused", async () => "refused"],
  ])("is an error with a code: %s", async (code, open) => {
    expect(await codeOf(client(open).fetch(TRANSFER, post("x")))).toBe(code);
    expect(gateway.passed()).toEqual([]);
    expect(gateway.told("DELETE")).toHaveLength(1);
  });

  it("because the app's own page failed is that failure", async () => {
    const failing = client(() => Promise.reject(new TypeError("no camera")));
    await expect(failing.fetch(TRANSFER, post("x"))).rejects.toThrow("no camera");
    expect(gateway.told("DELETE")).toHaveLength(1);
  });

  it("because its time has passed is expired, whatever this device's clock says", async () => {
    gateway.changes = { expiresIn: 0.05 };
    const never = client(() => new Promise(() => undefined));
    expect(await codeOf(never.fetch(TRANSFER, post("x")))).toBe("expired");
  });

  it("because the request was aborted is that abort; the page is told, and the challenge given up", async () => {
    const controller = new AbortController();
    const open = (_: Challenge, signal: AbortSignal) =>
      new Promise<undefined>((resolve) => {
        signal.addEventListener("abort", () => resolve(undefined));
        controller.abort();
      });
    const aborted = client(open).fetch(TRANSFER, post("x", { signal: controller.signal }));
    await expect(aborted).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
    expect(gateway.passed()).toEqual([]);
    await expect.poll(() => gateway.told("DELETE")).toHaveLength(1);
  });
});

describe("several requests at once", () => {
  it("that are bound each have their own challenge, one shown after the other", async () => {
    let open = 0;
    const { fetch } = client(async () => {
      open += 1;
      expect(open).toBe(1);
      await Promise.resolve();
      open -= 1;
      return "result-token";
    });
    const answers = await Promise.all(["a", "b", "c"].map((body) => fetch(TRANSFER, post(body))));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(shown.map(({ id }) => id)).size).toBe(3);
    expect(
      gateway
        .passed()
        .map(({ body }) => body)
        .toSorted(),
    ).toEqual(["a", "b", "c"]);
  });

  it("that are bound do not fall with one that is cancelled", async () => {
    const tokens = [undefined, "result-token"];
    const { fetch } = client(async () => tokens.shift());
    const answers = await Promise.all([codeOf(fetch(TRANSFER, post("a"))), fetch(TRANSFER, post("b"))]);
    expect(answers).toMatchObject(["cancelled", { status: 201 }]);
  });

  it("under a fresh duration share one challenge; the others are given up", async () => {
    gateway.maxAgeSeconds = 300;
    const { fetch } = client();
    const answers = await Promise.all(["a", "b", "c"].map((body) => fetch(TRANSFER, post(body))));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(shown).toHaveLength(1);
    expect(gateway.told("DELETE")).toHaveLength(2);
    expect((await fetch(TRANSFER, post("d"))).status).toBe(201);
    expect(shown).toHaveLength(1);
  });

  it("that share one all fail when it is cancelled, and the next one asks anew", async () => {
    gateway.maxAgeSeconds = 300;
    const tokens = [undefined, "result-token"];
    const { fetch } = client(async () => tokens.shift());
    const codes = await Promise.all(["a", "b"].map((body) => codeOf(fetch(TRANSFER, post(body)))));
    expect(codes).toEqual(["cancelled", "cancelled"]);
    expect((await fetch(TRANSFER, post("c"))).status).toBe(201);
  });

  // Node's `Request.clone()` holds what hands the signal on by a weak reference only: a collection in between, seen once in
  // many runs, loses the abort. Browsers keep it.
  const inNode = { timeout: 5_000, retry: 3 };
  it("that share one ask anew when the one that began it is aborted", inNode, async () => {
    gateway.maxAgeSeconds = 300;
    const controller = new AbortController();
    const { fetch } = client((_, signal) =>
      shown.length > 1
        ? Promise.resolve("result-token")
        : new Promise<undefined>((resolve) => signal.addEventListener("abort", () => resolve(undefined))),
    );
    const first = fetch(TRANSFER, post("a", { signal: controller.signal })).catch(() => "aborted");
    await expect.poll(() => shown).toHaveLength(1);
    const second = fetch(TRANSFER, post("b"));
    await expect.poll(() => gateway.told("DELETE")).toHaveLength(1);
    controller.abort();
    expect(await first).toBe("aborted");
    expect((await second).status).toBe(201);
    expect(gateway.passed().map(({ body }) => body)).toContain("b");
  });

  it("waiting for their turn, end at once when they are aborted", async () => {
    const controller = new AbortController();
    const { fetch } = client(() => new Promise(() => undefined));
    const first = codeOf(fetch(TRANSFER, post("a")));
    await expect.poll(() => shown).toHaveLength(1);
    const second = fetch(TRANSFER, post("b", { signal: controller.signal }));
    await expect.poll(() => gateway.sent).toHaveLength(2);
    controller.abort();
    await expect(second).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
    expect(shown).toHaveLength(1);
    void first;
  });
});

describe("what others answer", () => {
  it("is not looked at: another origin cannot have a window opened or a token sent", async () => {
    const answer = await client().fetch("https://evil.example/transfer", post("x"));
    expect(answer.status).toBe(401);
    expect([shown, gateway.sent.length]).toEqual([[], 1]);
  });

  it("is not looked at when the app redirected there", async () => {
    gateway.url = "https://evil.example/transfer";
    expect((await client().fetch(TRANSFER, post("x"))).status).toBe(401);
    expect(shown).toEqual([]);
  });

  it.each([
    ["a path for an id", { id: "../../transfer" }],
    ["no id", { id: undefined }],
    ["a script", { url: "javascript:alert(1)" }],
    ["no address", { url: "" }],
  ])("is not obeyed with %s", async (_, changes) => {
    gateway.changes = changes;
    expect((await client().fetch(TRANSFER, post("x"))).status).toBe(401);
    expect(shown).toEqual([]);
  });

  it("never decides where a token goes", async () => {
    await client().fetch(TRANSFER, post("x"));
    expect(gateway.sent.map(({ url }) => new URL(url).origin)).toEqual([GATEWAY, GATEWAY, GATEWAY]);
  });

  it.each(["text/html", "application/json", "application/problem+json; charset=utf-8"])(
    "as %s is left alone",
    async (type) => {
      gateway.headers = { "content-type": type };
      expect((await client().fetch(TRANSFER, post("x"))).status).toBe(401);
      expect(shown).toEqual([]);
    },
  );
});
