import * as z from "zod/mini";
import { AttributeName, AttributeRule } from "./attribute-schema.ts";
import { DURATION_GRAMMAR } from "./duration.ts";
import { AnyMethodMatch, ListedMethodMatch } from "./match-schema.ts";
import { Reaction } from "./reaction-schema.ts";
import { SignInRule } from "./sign-in-schema.ts";
import { ActionCode, atLeastOne, Duration, Id, shortText, VerificationMethod } from "./vocabulary.ts";

export { ActionCode };
export type { ReactionEffect } from "./reaction-schema.ts";
export { Reaction };

/** How many routes and reactions one document may hold; matching is a linear scan. */
const MAX_ENTRIES = 1000;

/** Ample for a person, little for a script that wants to flood somebody's phone with prompts. */
const DEFAULT_LIMITS = { challenges: 20, within: "10m" };
/** The ledger holds so many times a route at most. */
const MAX_LIMIT_CHALLENGES = 1000;

/** One line of the page that shows what is about to be approved. */
export const SummaryEntry = z.strictObject({
  label: shortText(80),
  attribute: AttributeName,
  prefix: z.exactOptional(shortText(16)),
  suffix: z.exactOptional(shortText(16)),
  /** Prints a number with thousands set off and at least so many decimals, as money is; no digit is ever hidden. */
  decimals: z.exactOptional(
    z.int().check(z.minimum(0, "must be at least 0"), z.maximum(9, "must be at most 9")),
  ),
});
export type SummaryEntry = z.infer<typeof SummaryEntry>;

const signIn = z.exactOptional(
  SignInRule.check(z.describe("What the sign-in must be like, beyond being one.")),
);

const shadow = z._default(
  z
    .boolean()
    .check(z.describe("true: the route is judged and recorded, and the later routes are what is enforced.")),
  false,
);

const revocable = z._default(
  z
    .boolean()
    .check(
      z.describe(
        "true: WebSockets and event streams of this route are cut when the session ends or the token expires.",
      ),
    ),
  false,
);

const NothingRoute = z.strictObject({
  id: Id,
  match: AnyMethodMatch,
  require: z.literal("nothing"),
  shadow,
});
const SignInRoute = z.strictObject({
  id: Id,
  match: AnyMethodMatch,
  require: z.literal("sign-in"),
  signIn,
  revocable,
  shadow,
});
const DenyRoute = z.strictObject({ id: Id, match: AnyMethodMatch, require: z.literal("deny"), shadow });

/** A route that asks Authsignal. It lists its methods, so that a new method of the app is never let through by surprise. */
export const StepUpRoute = z.strictObject({
  id: Id,
  match: ListedMethodMatch,
  require: z.literal("step-up"),
  signIn,
  revocable,
  action: ActionCode,
  attributes: z._default(
    z
      .record(AttributeName, AttributeRule)
      .check(z.describe("The values of the request that Authsignal's rules see, by the name they see.")),
    {},
  ),
  summary: z._default(
    z.array(SummaryEntry).check(z.describe("What the user is shown before approving, line by line.")),
    [],
  ),
  fresh: z._default(
    z
      .string()
      .check(
        z.regex(
          new RegExp(`^(?:always-ask|once|${DURATION_GRAMMAR})$`),
          'must be always-ask, once, or a duration such as "5m"',
        ),
        z.describe(
          "always-ask: Authsignal decides each time. A duration: a step-up of this session and action this long ago is enough. once: a challenge each time, whatever Authsignal allows.",
        ),
      ),
    "always-ask",
  ),
  acceptsOpenAmount: z._default(
    z
      .boolean()
      .check(
        z.describe(
          "Allows a duration in fresh although the body names what is approved: one approval then covers any amount.",
        ),
      ),
    false,
  ),
  methods: z.exactOptional(
    z
      .array(VerificationMethod)
      .check(
        atLeastOne("verification method"),
        z.describe(
          "The verification methods that count. Left out: all but those that are approved on another device (PUSH, QR_CODE, EMAIL_MAGIC_LINK).",
        ),
      ),
  ),
  factorAge: z.exactOptional(
    Duration.check(
      z.describe("An authenticator that was enrolled less long ago does not count, such as 24h."),
    ),
  ),
  unenrolled: z._default(
    z
      .enum(["enroll", "deny", "allow"])
      .check(z.describe("What happens to a user without an authenticator whom Authsignal would allow.")),
    "enroll",
  ),
  review: z._default(
    z
      .enum(["deny", "wait"])
      .check(
        z.describe("What happens when Authsignal asks for a review: refuse, or keep the request and wait."),
      ),
    "deny",
  ),
  onUnavailable: z._default(
    z.enum(["deny", "allow"]).check(z.describe("What happens when Authsignal does not answer.")),
    "deny",
  ),
  limits: z._default(
    z
      .strictObject({
        challenges: z
          .int()
          .check(
            z.minimum(1, "must be at least 1"),
            z.maximum(MAX_LIMIT_CHALLENGES, `must be at most ${MAX_LIMIT_CHALLENGES}`),
          ),
        within: Duration,
      })
      .check(z.describe("How many challenges one user may start on this route, and within what time.")),
    DEFAULT_LIMITS,
  ),
  shadow: z._default(
    z
      .union([z.boolean(), z.literal("ask")], "must be true, false or ask")
      .check(
        z.describe(
          "true: the route is judged and recorded, and the later routes are what is enforced. ask: Authsignal is asked too, and its answer recorded.",
        ),
      ),
    false,
  ),
});
export type StepUpRoute = z.infer<typeof StepUpRoute>;

/** One entry of the policy: a match and a requirement. */
export const Route = z.discriminatedUnion("require", [NothingRoute, SignInRoute, StepUpRoute, DenyRoute]);
export type Route = z.infer<typeof Route>;

/** What a request must meet, in the order of design decision 1: nothing < sign-in < step-up < deny. */
export type Requirement = Route["require"];

/** The requirement of everything that no route matches; mandatory, and never step-up (it has no action). */
const DefaultRequirement = z
  .discriminatedUnion("require", [
    z.strictObject({ require: z.literal("nothing") }),
    z.strictObject({ require: z.literal("sign-in"), signIn }),
    z.strictObject({ require: z.literal("deny") }),
  ])
  .check(z.describe("What is required where no route matches."));

/** The whole policy, as written in its JSON file (design decision 2). Unknown keys are errors everywhere. */
export const PolicyDocument = z.strictObject({
  $schema: z.exactOptional(z.string()),
  version: z.literal(1).check(z.describe("The version of this format.")),
  shadow: z._default(
    z
      .boolean()
      .check(
        z.describe("true: everything is judged and recorded, and nothing is enforced. For a first look."),
      ),
    false,
  ),
  default: DefaultRequirement,
  routes: z
    .array(Route)
    .check(
      z.maxLength(MAX_ENTRIES, `must hold at most ${MAX_ENTRIES} entries`),
      z.describe("The first that matches decides."),
    ),
  reactions: z._default(
    z
      .array(Reaction)
      .check(
        z.maxLength(MAX_ENTRIES, `must hold at most ${MAX_ENTRIES} entries`),
        z.describe("What is done when Authsignal reports an event."),
      ),
    [],
  ),
});
export type PolicyDocument = z.infer<typeof PolicyDocument>;
