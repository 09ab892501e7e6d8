import * as z from "zod/mini";
import { fail, ok, type Result } from "../http/result.ts";
import { isHttpUrl, type ConfigProblem } from "../http/settings.ts";
import { ActionCode, atLeastOne, shortText, VerificationMethod } from "../policy/vocabulary.ts";

const MAX_ATTEMPTS = 5;
const DEFAULT_ATTEMPTS = 3;
const CLIENT_ID = /^[\w+]{1,128}$/;

const REDIRECT_FIX =
  "must be where Authsignal returns to, an https URL such as https://app.example.com (http only for local addresses)";
const redirectUrl = z.pipe(
  z.string(REDIRECT_FIX).check(z.refine((text) => isHttpUrl(text), REDIRECT_FIX)),
  z.transform((text: string) => text.replace(/\/$/, "")),
);

const clientSchema = z.strictObject({
  /** Whether Authsignal is all there is, or comes after a password that Cognito checked. */
  flow: z.enum(["passwordless", "password-first"], 'must be "passwordless" or "password-first"'),
  /** The Authsignal action whose rules decide; not one that a policy of the gateway uses. */
  action: z._default(ActionCode, "sign-in" as ActionCode), // it has the shape
  /** Authsignal's own pages (`url`), or an app's with Authsignal's client SDK (`token`). */
  ui: z.enum(["prebuilt", "own"], 'must be "prebuilt" or "own"'),
  /** Where Authsignal's pages return to. */
  redirectUrl: z.optional(redirectUrl),
  /** The methods that count; all that Authsignal accepts when absent. */
  methods: z.optional(z.array(VerificationMethod).check(atLeastOne("verification method"))),
  /** What becomes of a user without an authenticator, whom Authsignal answers with ALLOW (authsignal.md 0.1). */
  unenrolled: z._default(
    z.enum(
      ["deny", "enroll", "verified-address", "allow"],
      'must be "deny", "enroll", "verified-address" or "allow"',
    ),
    "deny",
  ),
  /** Demanded by `"unenrolled": "allow"`: why a password alone is enough. */
  unenrolledReason: z.optional(shortText(500)),
  maxAttempts: z._default(
    z
      .int(`must be a whole number from 1 to ${MAX_ATTEMPTS}`)
      .check(
        z.minimum(1, `must be a whole number from 1 to ${MAX_ATTEMPTS}`),
        z.maximum(MAX_ATTEMPTS, `must be a whole number from 1 to ${MAX_ATTEMPTS}`),
      ),
    DEFAULT_ATTEMPTS,
  ),
  /** `closed` refuses SignUp; users whom an administrator creates are never refused. */
  signUp: z._default(z.enum(["cognito", "closed"], 'must be "cognito" or "closed"'), "cognito"),
  /** Whether PostAuthentication refuses sign-ins that do not show their challenge (another flow of the same client). */
  requireChallenge: z._default(z.boolean("must be true or false"), false),
});

/** The fields of one app client. */
export const CLIENT_FIELDS: readonly string[] = Object.keys(clientSchema.shape);

const CONTRADICTIONS: readonly {
  readonly field: string;
  readonly fix: string;
  readonly is: (client: z.infer<typeof clientSchema>) => boolean;
}[] = [
  {
    field: "redirectUrl",
    fix: 'must be set with "ui": "prebuilt": where Authsignal returns to',
    is: ({ ui, redirectUrl }) => ui === "prebuilt" && redirectUrl === undefined,
  },
  {
    field: "redirectUrl",
    fix: 'must be absent with "ui": "own"',
    is: ({ ui, redirectUrl }) => ui === "own" && redirectUrl !== undefined,
  },
  {
    field: "unenrolled",
    fix: 'must be "deny" or "verified-address" with "flow": "passwordless": nothing else says who is asking',
    is: ({ flow, unenrolled }) => flow === "passwordless" && /^(?:enroll|allow)$/.test(unenrolled),
  },
  {
    field: "unenrolledReason",
    fix: 'must say why a password alone is enough, since "unenrolled" is "allow"',
    is: ({ unenrolled, unenrolledReason }) => unenrolled === "allow" && unenrolledReason === undefined,
  },
];

/** How people sign in to one app client. */
export type SignInClient = Readonly<z.infer<typeof clientSchema>>;
/** By app client id. A client that is not in it is none of the triggers' business. */
export type TriggerClients = ReadonlyMap<string, SignInClient>;

/**
 * Reads the setting `SIGN_IN_CLIENTS`: a JSON object of app client ids. Each problem names the field and the fix,
 * never the value.
 */
export function parseClients(text: string | undefined): Result<TriggerClients, readonly ConfigProblem[]> {
  const given = readObject(text);
  if (given === undefined) {
    return fail([
      {
        setting: "SIGN_IN_CLIENTS",
        fix: 'must be a JSON object of app client ids, such as {"4s4ll...": {"flow": "passwordless", "ui": "own"}}',
      },
    ]);
  }
  const problems: ConfigProblem[] = [];
  const clients = new Map<string, SignInClient>();
  for (const [id, value] of Object.entries(given)) {
    const setting = `SIGN_IN_CLIENTS.${CLIENT_ID.test(id) ? id : "?"}`;
    const parsed = clientSchema.safeParse(value);
    if (!CLIENT_ID.test(id)) {
      problems.push({ setting, fix: "must be the id of an app client" });
    } else if (!parsed.success) {
      problems.push(...parsed.error.issues.map((issue) => problemOf(setting, issue)));
    } else {
      const wrong = CONTRADICTIONS.filter((rule) => rule.is(parsed.data));
      problems.push(...wrong.map(({ field, fix }) => ({ setting: `${setting}.${field}`, fix })));
      clients.set(id, Object.freeze(parsed.data));
    }
  }
  return problems.length > 0 ? fail(problems) : ok(clients);
}

function readObject(text: string | undefined): object | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function problemOf(setting: string, issue: z.core.$ZodIssue): ConfigProblem {
  if (issue.code === "unrecognized_keys") {
    return { setting: `${setting}.${issue.keys[0] ?? ""}`, fix: "is not a setting; take it away" };
  }
  const field = issue.path.map(String).join(".");
  return { setting: field === "" ? setting : `${setting}.${field}`, fix: issue.message };
}
