import * as z from "zod/mini";
import { onFirstUse } from "../http/first-use.ts";
import { fail, ok, type Result } from "../http/result.ts";
import { secretHash } from "./secret-hash.ts";
import { srpClient } from "./srp.ts";
import { callPool, type PoolClient, type PoolProblem } from "./user-pool-api.ts";

/** Where a sign-in through the pool's API stands after a step. */
export type SignInStep =
  | {
      readonly kind: "challenge";
      /** One-shot: the answer takes it, whatever comes of it. */
      readonly session: string;
      /** The pool's own name of the user, which answers must carry. */
      readonly username: string;
      /** What CreateAuthChallenge made public. */
      readonly parameters: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: "tokens";
      readonly idToken: string;
      readonly accessToken: string;
      readonly refreshToken: string | undefined;
      readonly expiresInSeconds: number;
    };

/** What a sign-in tells the triggers of the request; it reaches them with answers only (cognito.md 4). */
export type ClientMetadata = Readonly<Record<string, string>>;

interface Ports {
  readonly fetch: typeof fetch;
  readonly nowMs: () => number;
}

const outcomeSchema = onFirstUse(() =>
  z.object({
    ChallengeName: z.optional(z.string()),
    Session: z.optional(z.string()),
    ChallengeParameters: z.optional(z.record(z.string(), z.string())),
    AuthenticationResult: z.optional(
      z.object({
        IdToken: z.string(),
        AccessToken: z.string(),
        RefreshToken: z.optional(z.string()),
        ExpiresIn: z.number(),
      }),
    ),
  }),
);
type Outcome = z.infer<ReturnType<typeof outcomeSchema>>;

const verifierSchema = onFirstUse(() =>
  z.object({
    SALT: z.string(),
    SRP_B: z.string(),
    SECRET_BLOCK: z.string(),
    USER_ID_FOR_SRP: z.string(),
  }),
);

/** A sign-in through the pool's unauthenticated API, with the custom challenge of the pool's triggers. */
export interface PoolSignIn {
  /** `CUSTOM_AUTH` from the first step on. */
  start(username: string): Promise<Result<SignInStep, PoolProblem>>;
  /** `CUSTOM_AUTH` after the password, by SRP: both steps in one. */
  startWithPassword(
    username: string,
    password: string,
    metadata: ClientMetadata,
  ): Promise<Result<SignInStep, PoolProblem>>;
  /** Answers the custom challenge. */
  answer(
    challenge: { readonly session: string; readonly username: string },
    answer: string,
    metadata: ClientMetadata,
  ): Promise<Result<SignInStep, PoolProblem>>;
}

/**
 * Signs people in at a user pool without AWS credentials (cognito.md 3.1, 3.2 and 4). A challenge that the pool's
 * triggers do not make (a new password, Cognito's own MFA) ends here: `user_not_ready` or `misconfigured`.
 */
export function poolSignIn(pool: PoolClient, { fetch, nowMs }: Ports): PoolSignIn {
  const { apiUrl, clientId } = pool;

  async function hashFor(username: string): Promise<Record<string, string>> {
    return pool.clientSecret === undefined
      ? {}
      : { SECRET_HASH: await secretHash(pool.clientSecret, username, clientId) };
  }

  async function initiate(parameters: Record<string, string>): Promise<Result<Outcome, PoolProblem>> {
    const hash = await hashFor(parameters["USERNAME"] ?? "");
    const input = {
      AuthFlow: "CUSTOM_AUTH",
      ClientId: clientId,
      AuthParameters: { ...parameters, ...hash },
    };
    return readOutcome(await callPool(apiUrl, "InitiateAuth", input, fetch));
  }

  async function respond(
    name: "CUSTOM_CHALLENGE" | "PASSWORD_VERIFIER",
    session: string | undefined,
    responses: Record<string, string>,
    metadata: ClientMetadata,
  ): Promise<Result<Outcome, PoolProblem>> {
    const hash = await hashFor(responses["USERNAME"] ?? "");
    const input = {
      ClientId: clientId,
      ChallengeName: name,
      Session: session,
      ChallengeResponses: { ...responses, ...hash },
      ClientMetadata: metadata,
    };
    return readOutcome(await callPool(apiUrl, "RespondToAuthChallenge", input, fetch));
  }

  return {
    async start(username) {
      const started = await initiate({ USERNAME: username });
      return started.ok ? readStep(started.value, username) : started;
    },
    async startWithPassword(username, password, metadata) {
      const srp = srpClient(pool.userPoolId.split("_").at(-1) ?? "");
      const started = await initiate({
        USERNAME: username,
        CHALLENGE_NAME: "SRP_A",
        SRP_A: srp.publicHex,
      });
      if (!started.ok) {
        return started;
      }
      const { ChallengeName, Session, ChallengeParameters } = started.value;
      const asked = verifierSchema().safeParse(ChallengeParameters);
      if (ChallengeName !== "PASSWORD_VERIFIER" || !asked.success) {
        return fail({ reason: "misconfigured", error: "NoPasswordVerifier" });
      }
      const { SALT, SRP_B, SECRET_BLOCK, USER_ID_FOR_SRP } = asked.data;
      const proof = await srp.prove({
        userId: USER_ID_FOR_SRP,
        password,
        salt: SALT,
        serverPublic: SRP_B,
        secretBlock: SECRET_BLOCK,
        nowMs: nowMs(),
      });
      if (proof === undefined) {
        return fail({ reason: "unavailable" });
      }
      const responses = {
        USERNAME: USER_ID_FOR_SRP,
        PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
        PASSWORD_CLAIM_SIGNATURE: proof.signature,
        TIMESTAMP: proof.timestamp,
      };
      const proven = await respond("PASSWORD_VERIFIER", Session, responses, metadata);
      return proven.ok ? readStep(proven.value, USER_ID_FOR_SRP) : proven;
    },
    async answer({ session, username }, answer, metadata) {
      const responses = { USERNAME: username, ANSWER: answer };
      const answered = await respond("CUSTOM_CHALLENGE", session, responses, metadata);
      return answered.ok ? readStep(answered.value, username) : answered;
    },
  };
}

function readOutcome(answer: Result<unknown, PoolProblem>): Result<Outcome, PoolProblem> {
  if (!answer.ok) {
    return answer;
  }
  const parsed = outcomeSchema().safeParse(answer.value);
  return parsed.success ? ok(parsed.data) : fail({ reason: "unavailable" });
}

function readStep(outcome: Outcome, username: string): Result<SignInStep, PoolProblem> {
  const { ChallengeName, Session, ChallengeParameters = {}, AuthenticationResult: result } = outcome;
  if (result !== undefined) {
    return ok({
      kind: "tokens",
      idToken: result.IdToken,
      accessToken: result.AccessToken,
      refreshToken: result.RefreshToken,
      expiresInSeconds: result.ExpiresIn,
    });
  }
  if (ChallengeName === "CUSTOM_CHALLENGE" && Session !== undefined) {
    const named = ChallengeParameters["USERNAME"] ?? username;
    return ok({ kind: "challenge", session: Session, username: named, parameters: ChallengeParameters });
  }
  return fail(
    ChallengeName === "NEW_PASSWORD_REQUIRED"
      ? { reason: "user_not_ready", error: ChallengeName }
      : { reason: "misconfigured", error: (ChallengeName ?? "NoChallenge").slice(0, 64) },
  );
}
