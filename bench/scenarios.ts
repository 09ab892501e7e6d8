import { MAX_REMEMBERED_PROOFS } from "../src/identity/remembered.ts";
import type { Identities, WrongToken } from "./identities.ts";
import { OK_BODY, WHO_PATH } from "./origin.ts";
import { get, requestText, type Header } from "./request.ts";

/** A kind of ordinary request, measured through both Workers. */
export interface Scenario {
  readonly name: "public" | "bearerWarm" | "cookieWarm" | "bearerNew" | "smallBody";
  readonly title: string;
  /** At most this many times the bare Worker's CPU per request, where there is a budget (design, Budgets). */
  readonly cpuBudget: number | undefined;
  /** At least this share of the bare Worker's throughput, where there is a budget. */
  readonly throughputBudget: number | undefined;
  /** The requests that are sent in turn. */
  requests(identities: Identities): Promise<readonly string[]>;
}

/** Public in policy.json. */
const PUBLIC_PATH = "/assets/app.css";
/** Needs a sign-in, and nothing more, in policy.json. */
export const SIGNED_IN_PATH = "/accounts";
/** What no token sent before may still be remembered by when its turn comes again. */
const FRESH_TOKENS = 2 * MAX_REMEMBERED_PROOFS;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "public",
    title: "public route",
    cpuBudget: 1.02,
    throughputBudget: 0.95,
    requests: async () => [requestText("GET", PUBLIC_PATH, [])],
  },
  {
    name: "bearerWarm",
    title: "bearer token, warm",
    cpuBudget: 1.05,
    throughputBudget: 0.95,
    requests: async ({ users }) =>
      users.map(({ token }) => requestText("GET", SIGNED_IN_PATH, [bearer(token)])),
  },
  {
    name: "cookieWarm",
    title: "session cookie, warm",
    cpuBudget: 1.05,
    throughputBudget: 0.95,
    requests: async ({ users }) =>
      users.map(({ cookie }) => requestText("GET", SIGNED_IN_PATH, [["Cookie", cookie]])),
  },
  {
    name: "bearerNew",
    title: "bearer token, every one new",
    cpuBudget: 1.45,
    throughputBudget: undefined,
    requests: async (identities) => {
      const tokens = await identities.freshTokens(FRESH_TOKENS);
      return tokens.map((token) => requestText("GET", SIGNED_IN_PATH, [bearer(token)]));
    },
  },
  {
    name: "smallBody",
    title: "POST of 1 KB, bearer token",
    cpuBudget: undefined,
    throughputBudget: undefined,
    requests: async ({ users }) =>
      users.map(({ token }) =>
        requestText(
          "POST",
          SIGNED_IN_PATH,
          [bearer(token), ["Content-Type", "application/json"]],
          JSON.stringify({ note: "n".repeat(1_000) }),
        ),
      ),
  },
];

/** The header that carries a token. */
export function bearer(token: string): Header {
  return ["Authorization", `Bearer ${token}`];
}

/**
 * Sees for itself that both Workers do what is about to be measured: both forward; the gateway names the user to the
 * origin, and refuses the same proofs tampered with, and nobody.
 *
 * @throws with what was expected when one of them does not.
 */
export async function checkWorkers(
  barePort: number,
  gatewayPort: number,
  { users, wrongTokens }: Identities,
): Promise<void> {
  const [user] = users;
  if (user === undefined) {
    throw new Error("there are no users to measure with");
  }
  await expectAnswer(barePort, SIGNED_IN_PATH, [], 200, OK_BODY);
  await expectAnswer(gatewayPort, PUBLIC_PATH, [], 200, OK_BODY);
  await expectAnswer(gatewayPort, SIGNED_IN_PATH, [], 401);
  const proofs = [
    { good: bearer(user.token), bad: bearer(tampered(user.token)) },
    { good: ["Cookie", user.cookie], bad: ["Cookie", tampered(user.cookie)] },
  ] satisfies readonly { readonly good: Header; readonly bad: Header }[];
  await expectRefusals(gatewayPort, await wrongTokens());
  for (const { good, bad } of proofs) {
    await expectAnswer(gatewayPort, SIGNED_IN_PATH, [bad], 401);
    await expectAnswer(gatewayPort, SIGNED_IN_PATH, [good], 200, OK_BODY);
    await expectAnswer(gatewayPort, WHO_PATH, [good], 200, user.sub);
  }
}

/**
 * Sees that each wrong token is refused.
 *
 * @throws with what is wrong with the one that is not.
 */
export async function expectRefusals(port: number, tokens: readonly WrongToken[]): Promise<void> {
  for (const { wrong, token } of tokens) {
    const { status } = await get(port, SIGNED_IN_PATH, [bearer(token)]);
    if (status !== 401) {
      throw new Error(`a token with ${wrong} was to be refused with 401, but was answered ${status}`);
    }
  }
}

/**
 * Sends one GET and compares its answer.
 *
 * @throws with what was expected when it is another.
 */
export async function expectAnswer(
  port: number,
  path: string,
  headers: readonly Header[],
  status: number,
  body?: string,
): Promise<void> {
  const answer = await get(port, path, headers);
  if (answer.status !== status || (body !== undefined && answer.body !== body)) {
    const expected = body === undefined ? status : `${status} "${body}"`;
    throw new Error(
      `${path} was to answer ${expected}, but answered ${answer.status} "${answer.body.slice(0, 200)}"`,
    );
  }
}

/** The same text with one character of its last part, in which every bit counts, changed. */
export function tampered(text: string): string {
  const at = text.lastIndexOf(".") + 5;
  return text.slice(0, at) + (text.charAt(at) === "A" ? "B" : "A") + text.slice(at + 1);
}
