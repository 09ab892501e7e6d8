import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { exportJWK, generateKeyPair } from "jose";
import type { AuditEntry } from "../../../src/audit/record.ts";
import type { ActionKey, ChallengeApi, TrackRequest, Tracked } from "../../../src/authsignal/port.ts";
import { ok } from "../../../src/http/result.ts";
import { parseSessionId, parseSub, type Principal } from "../../../src/identity/principal.ts";
import { sealSession, SESSION_COOKIE } from "../../../src/identity/session-cookie.ts";
import type { Ledger } from "../../../src/ledger/object.ts";
import { parsePolicy, type Policy } from "../../../src/policy/parse.ts";
import { parseConfig } from "../../../workers/gateway/config.ts";
import { composeGateway, type Gateway } from "../../../workers/gateway/gateway.ts";
import { handle } from "../../../workers/gateway/handle.ts";

export const APP = "https://app.example.com";
/** A site of the same owner, whose pages may read what the gateway answers. */
export const GRANTED = "https://www.example.com";
const AUTHSIGNAL_PAGES = "https://mfa.authsignal.com";

/** The gateway inside workerd with real ledgers, and everything else in the hands of the test. */
export interface Stage {
  /** What Authsignal says of the next action that is tracked. */
  state: Tracked["state"];
  /** Happens after Authsignal was asked and before it answers. */
  whileAsked: () => Promise<void>;
  /** What Authsignal says of an action from now on. */
  settle(key: string, state: string, verificationMethod?: string): void;
  readonly asked: readonly TrackRequest[];
  /** What reached the app. */
  readonly arrivals: { readonly method: string; readonly path: string; readonly body: string }[];
  /** How the app answers; by default 200 `ok`. */
  answer: () => Promise<Response>;
  readonly recorded: AuditEntry[];
  /** What the gateway asked of ledgers, by name. */
  readonly ledgerCalls: string[];
  usePolicy(document: object): void;
  newPerson(): Promise<Person>;
}

/** What a browser shows. */
export interface Shown {
  readonly status: number;
  readonly url: URL;
  readonly title: string;
  readonly text: string;
  readonly headers: Headers;
}

/** How a script calls. */
interface CallOptions {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Somebody with a session of their own, at a browser or a program. */
export interface Person {
  readonly principal: Principal;
  /** Opens or posts a page and follows where it leads inside the app. */
  navigate(path: string, options?: { readonly form?: string; readonly site?: string }): Promise<Shown>;
  /** Calls as a script of the app's pages does. */
  call(path: string, init?: CallOptions): Promise<Response>;
  /** Moves what happened to the user's challenges into the past. */
  passTime(ms: number): Promise<void>;
  revoke(): Promise<void>;
  /** How many challenges of theirs were begun and came to nothing. */
  openings(): Promise<number>;
}

const DOCUMENT = {
  version: 1,
  default: { require: "sign-in" },
  routes: [
    {
      id: "transfer",
      match: { methods: ["POST"], path: "/transfer" },
      require: "step-up",
      action: "transfer",
      attributes: { amount: { from: "body", name: "amount", type: "number", required: true } },
      summary: [{ label: "Amount", attribute: "amount" }],
      review: "wait",
    },
  ],
};

/** The usual policy, with changes of its one sensitive route. */
export function policyWith(changes: object): object {
  return { ...DOCUMENT, routes: [{ ...DOCUMENT.routes[0], ...changes }] };
}

export async function newStage(): Promise<Stage> {
  const states = new Map<string, { state: string; verificationMethod?: string | undefined }>();
  const asked: TrackRequest[] = [];
  const recorded: AuditEntry[] = [];
  const ledgerCalls: string[] = [];
  const arrivals: Stage["arrivals"] = [];
  let policy = compiled(DOCUMENT);
  const stage = {
    state: "CHALLENGE_REQUIRED" as Tracked["state"],
    answer: async () => new Response("ok"),
    whileAsked: async (): Promise<void> => undefined,
    asked,
    recorded,
    ledgerCalls,
    arrivals,
    settle(key: string, state: string, verificationMethod?: string) {
      states.set(key, { state, verificationMethod });
    },
    usePolicy(document: object) {
      policy = compiled(document);
    },
    newPerson: async () => personOf(gateway, await newPrincipal(), ledgerCalls),
  };
  const authsignal: ChallengeApi = {
    async track(request) {
      asked.push(request);
      await stage.whileAsked();
      states.set(request.idempotencyKey, { state: stage.state });
      const url = `${AUTHSIGNAL_PAGES}/?token=start-${request.idempotencyKey}`;
      const token = `head.start-${request.idempotencyKey}.signature`;
      return ok({ state: stage.state, isEnrolled: true, url, token, ruleIds: [] });
    },
    async validate(token, userId, action) {
      const idempotencyKey = token.replace("head.result-", "").replace(".signature", "");
      const known = states.get(idempotencyKey);
      return ok({
        userId,
        action,
        idempotencyKey,
        state: known?.state,
        verificationMethod: known?.verificationMethod,
      });
    },
    force: async () => ok(true),
    stateOf: async ({ idempotencyKey }: ActionKey) => ok(states.get(idempotencyKey)?.state ?? ""),
    factorOf: async () => ok({ sinceMs: undefined }),
  };
  const composed = await composeGateway(await newConfig(), env.POLICY, undefined);
  const gateway: Gateway = {
    ...composed,
    authsignal,
    policies: { current: () => policy },
    record: (entry) => recorded.push(entry),
    originFetch: async (input) => {
      const request = new Request(input);
      const body = new TextDecoder().decode(await request.arrayBuffer());
      arrivals.push({ method: request.method, path: new URL(request.url).pathname, body });
      return stage.answer();
    },
  };
  return stage;
}

/** The URL by which Authsignal leads back, with a token that came of the approval. */
export function wayBack(id: string): string {
  return `/.sallyport/challenges/${id}/return?token=head.result-${id}.signature`;
}

/** The id of the challenge whose page is shown. */
export function challengeOn(shown: Shown): string {
  return shown.url.pathname.split("/")[3] ?? "";
}

/** The ticket on a page that goes on by itself. */
export function ticketOn(shown: Shown): string {
  return /value="([0-9a-f-]{36}\.[\w-]{43})"/.exec(shown.text)?.[1] ?? "";
}

async function newConfig() {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const config = parseConfig({
    PUBLIC_ORIGINS: APP,
    CORS_ORIGINS: GRANTED,
    ORIGIN_URL: "https://origin.example.com",
    COGNITO_ISSUER: "https://cognito.example.com",
    COGNITO_CLIENT_ID: "client",
    COGNITO_DOMAIN: "https://login.example.com",
    AUTHSIGNAL_URL: "https://authsignal.example.com/v1",
    AUTHSIGNAL_SECRET: "a-secret-of-this-test",
    SESSION_SECRET: crypto.randomUUID() + crypto.randomUUID(),
    ASSERTION_KEY: JSON.stringify(await exportJWK(privateKey)),
  });
  if (!config.ok) {
    throw new Error(JSON.stringify(config.error));
  }
  return config.value;
}

async function newPrincipal(): Promise<Principal> {
  const [sub, session] = [parseSub(crypto.randomUUID()), parseSessionId(crypto.randomUUID())];
  if (sub === undefined || session === undefined) {
    throw new Error("a UUID names both");
  }
  const nowSeconds = Math.floor(Date.now() / 1000);
  return {
    sub,
    session,
    username: "ada",
    email: undefined,
    groups: [],
    scopes: [],
    claims: {},
    authTimeSeconds: nowSeconds - 60,
    expiresAtSeconds: nowSeconds + 3600,
  };
}

function compiled(document: object): Policy {
  const policy = parsePolicy(JSON.stringify(document));
  if (!policy.ok) {
    throw new Error(JSON.stringify(policy.error));
  }
  return policy.value;
}

/** A ledger that notes what it is asked. */
function noting<T extends object>(ledger: T, calls: string[]): T {
  return new Proxy(ledger, {
    get(target, name) {
      calls.push(String(name));
      return (...facts: unknown[]): unknown => {
        const method: unknown = Reflect.get(target, name);
        return typeof method === "function" ? Reflect.apply(method, target, facts) : undefined;
      };
    },
  });
}

async function personOf(gateway: Gateway, principal: Principal, ledgerCalls: string[]): Promise<Person> {
  const session = await sealSession(gateway.keyring, principal);
  const cookies = new Map([[SESSION_COOKIE, session ?? ""]]);
  const ledger = env.LEDGER.getByName(principal.sub);

  async function ask(url: URL, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("Cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    const work: Promise<unknown>[] = [];
    const answer = await handle(new Request(url, { ...init, headers, redirect: "manual" }), gateway, {
      ledgerOf: (sub) => noting(env.LEDGER.getByName(sub), ledgerCalls),
      limiterOf: (name) => env.SIGN_IN_LIMITER.getByName(name),
      later: (later) => work.push(later),
      whenClientLeaves: () => undefined,
    });
    await Promise.all(work);
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const equals = pair.indexOf("=");
      cookies.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
    return answer;
  }

  return {
    principal,
    call: (path, init = {}) =>
      ask(new URL(path, APP), {
        ...init,
        headers: { "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin", ...init.headers },
      }),
    async navigate(path, { form, site = "same-origin" } = {}) {
      let url = new URL(path, APP);
      let body: string | null = form ?? null;
      for (;;) {
        const answer = await ask(url, {
          method: body === null ? "GET" : "POST",
          body,
          headers: {
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document",
            "Sec-Fetch-Site": site,
            ...(body === null
              ? {}
              : {
                  "Content-Type": "application/x-www-form-urlencoded",
                  "Content-Length": String(body.length),
                  Origin: APP,
                }),
          },
        });
        const location = answer.headers.get("location");
        if (location === null || !new URL(location, url).href.startsWith(APP)) {
          const text = await answer.text();
          const title = /<h1>([^<]*)<\/h1>/.exec(text)?.[1]?.trim() ?? "";
          return { status: answer.status, url, title, text, headers: answer.headers };
        }
        url = new URL(location, url);
        body = null;
      }
    },
    async passTime(ms) {
      await runInDurableObject(ledger, (_: Ledger, { storage: { sql } }) => {
        sql.exec(
          `UPDATE challenge SET created_at_ms = created_at_ms - ?1, expires_at_ms = expires_at_ms - ?1,
             consumed_at_ms = consumed_at_ms - ?1, asked_at_ms = asked_at_ms - ?1`,
          ms,
        );
      });
    },
    openings: () =>
      runInDurableObject(
        ledger,
        (_: Ledger, { storage: { sql } }) =>
          sql.exec<{ n: number }>(`SELECT count(*) AS n FROM challenge WHERE state = 'opening'`).one().n,
      ),
    async revoke() {
      await ledger.revoke({
        id: crypto.randomUUID(),
        scope: "user",
        beforeMs: Date.now(),
        reason: "test",
      });
    },
  };
}
