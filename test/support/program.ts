import * as z from "zod";
import { expect } from "vitest";
import { completeInUi } from "./authsignal-ui.ts";
import { send, type Answer } from "./http.ts";
import { bearer } from "./sign-in.ts";
import type { SeedUser } from "../../workers/local/seed.ts";
import type { WatchedWorld } from "./watched-world.ts";

/** A problem document (RFC 9457) as the gateway writes it. */
const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.string(),
  detail: z.string().optional(),
  instance: z.string(),
  challenge: z
    .object({
      id: z.uuid(),
      kind: z.enum(["step-up", "enrolment"]),
      action: z.string(),
      url: z.url(),
      token: z.string(),
      expiresAt: z.iso.datetime(),
      expiresIn: z.int(),
      complete: z.url(),
      methods: z.array(z.string()).optional(),
      summary: z.array(z.object({ label: z.string(), value: z.string() })),
    })
    .optional(),
});
export type Problem = z.infer<typeof problemSchema>;
export type OfferedChallenge = NonNullable<Problem["challenge"]>;

/** What a transfer says. */
export interface TransferOrder {
  readonly payee: string;
  readonly amount: number;
}

export const LARGE: TransferOrder = { payee: "Marina", amount: 1500 };
export const SMALL: TransferOrder = { payee: "Marina", amount: 50 };

/** `POST /transfer` as JSON, as a program of the user's sends it. */
export function transferBy(
  world: WatchedWorld,
  token: string,
  order: TransferOrder,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return send(`${world.gatewayUrl}/transfer`, {
    method: "POST",
    headers: { ...bearer(token), "Content-Type": "application/json", ...headers },
    body: JSON.stringify(order),
  });
}

/** Reads a problem document, and fails when the answer is anything else. */
export function problemOf(answer: Answer): Problem {
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  const problem = problemSchema.parse(JSON.parse(answer.text));
  expect(problem.status).toBe(answer.status);
  return problem;
}

/** The status and code of a refusal. */
export function refusalOf(answer: Answer): readonly [number, string] {
  return [answer.status, problemOf(answer).code];
}

/** Starts a challenge with a transfer that is too large to go through unasked. */
export async function startChallenge(
  world: WatchedWorld,
  token: string,
  order: TransferOrder = LARGE,
): Promise<OfferedChallenge> {
  const { challenge } = problemOf(await transferBy(world, token, order));
  if (challenge === undefined) {
    throw new Error("the refusal offers no challenge");
  }
  world.confide(challenge.token, challenge.url);
  return challenge;
}

/** Brings a result token to the challenge's own endpoint. */
export function bringToken(challenge: OfferedChallenge, token: string, result: string): Promise<Answer> {
  return send(challenge.complete, {
    method: "POST",
    headers: { ...bearer(token), "Content-Type": "application/json" },
    body: JSON.stringify({ token: result }),
  });
}

/** Starts a challenge and passes it: what is left is to repeat the request with its id. */
export async function passedChallenge(
  world: WatchedWorld,
  token: string,
  user: SeedUser,
  order: TransferOrder = LARGE,
): Promise<OfferedChallenge> {
  const challenge = await startChallenge(world, token, order);
  const result = await completeInUi(world, challenge.url, user);
  const brought = await bringToken(challenge, token, result.token);
  expect([brought.status, (JSON.parse(brought.text) as { state: string }).state]).toEqual([200, "succeeded"]);
  return challenge;
}

/** The header by which a request is repeated with a completed challenge. */
export function repeated(challenge: { readonly id: string }): Readonly<Record<string, string>> {
  return { "Sallyport-Challenge": challenge.id };
}
