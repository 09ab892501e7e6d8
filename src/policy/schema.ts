import * as z from "zod/mini";

/** The longest text an attribute may hold when its rule names no `maxLength`. */
export const DEFAULT_MAX_LENGTH_CHARACTERS = 256;

/** The longest `maxLength` a rule may ask for: what goes to Authsignal stays small. */
const MAX_LENGTH_LIMIT_CHARACTERS = 4096;

/** How many routes and reactions one document may hold; matching is a linear scan. */
const MAX_ENTRIES = 1000;

const atLeastOne = (what: string) => z.minLength(1, `must list at least one ${what}`);
const shortText = (max: number) =>
  z
    .string()
    .check(z.minLength(1, "must not be empty"), z.maxLength(max, `must be at most ${max} characters long`));

const Id = z
  .string()
  .check(
    z.regex(
      /^[a-z0-9][a-z0-9-]{0,63}$/,
      "must be 1 to 64 lower-case letters, digits and hyphens, starting with a letter or digit",
    ),
    z.describe("A unique name, used in records and messages."),
  );

/** An Authsignal action code (reference/authsignal.md): checked here, so that no later step has to. */
export const ActionCode = z
  .string()
  .check(
    z.regex(/^[a-zA-Z0-9_-]{1,64}$/, "must be 1 to 64 letters, digits, underscores and hyphens"),
    z.describe("The Authsignal action whose rules decide."),
  )
  .brand<"ActionCode">();
export type ActionCode = z.infer<typeof ActionCode>;

const Method = z
  .string()
  .check(
    z.regex(/^[A-Z][A-Z0-9!#$%&'*+.^_`|~-]{0,31}$/, "must be an HTTP method in upper case, such as POST"),
  );

/** Its grammar lives in pattern.ts; a document that parses holds only patterns that compile. */
const PathPattern = z
  .string()
  .check(
    z.regex(/^\//, "must start with /"),
    z.maxLength(1024, "must be at most 1024 characters long"),
    z.describe("Segments are literal, :name (one segment) or, last, * (any number of segments)."),
  );

const AnyMethodMatch = z.strictObject({
  methods: z.exactOptional(
    z.array(Method).check(atLeastOne("method"), z.describe("Left out: every method. HEAD counts as GET.")),
  ),
  path: PathPattern,
});
const ListedMethodMatch = z.strictObject({
  methods: z
    .array(Method)
    .check(
      atLeastOne("method"),
      z.describe(
        "Other methods are refused with 405, except GET, HEAD and OPTIONS, which go to the later routes.",
      ),
    ),
  path: PathPattern,
});

const AttributeName = z
  .string()
  .check(
    z.regex(
      /^[a-zA-Z][a-zA-Z0-9_]{0,63}$/,
      "must be a letter, then at most 63 letters, digits and underscores",
    ),
  );

const attributeSource = {
  from: z
    .enum(["body", "query", "header", "claim", "path"])
    .check(z.describe("Where it is read: body (form field or JSON), query, header, token claim, or path.")),
  name: shortText(256).check(
    z.describe("Its name there. In a JSON body, a name that starts with / is a JSON Pointer."),
  ),
  required: z._default(z.boolean(), false),
};

const StringRule = z.strictObject({
  ...attributeSource,
  type: z.literal("string"),
  maxLength: z._default(
    z
      .int()
      .check(
        z.minimum(1, "must be at least 1"),
        z.maximum(MAX_LENGTH_LIMIT_CHARACTERS, `must be at most ${MAX_LENGTH_LIMIT_CHARACTERS}`),
      ),
    DEFAULT_MAX_LENGTH_CHARACTERS,
  ),
});
const NumberRule = z.strictObject({
  ...attributeSource,
  type: z.literal("number"),
  min: z.exactOptional(z.number()),
  max: z.exactOptional(z.number()),
});
const BooleanRule = z.strictObject({ ...attributeSource, type: z.literal("boolean") });

/** How one value of the request is read for Authsignal's rules. */
export const AttributeRule = z.discriminatedUnion("type", [StringRule, NumberRule, BooleanRule]);
export type AttributeRule = z.infer<typeof AttributeRule>;

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

const VerificationMethod = z
  .string()
  .check(z.regex(/^[A-Z][A-Z0-9_]{0,63}$/, "must be a verification method in upper case, such as EMAIL_OTP"));

const NothingRoute = z.strictObject({ id: Id, match: AnyMethodMatch, require: z.literal("nothing") });
const SignInRoute = z.strictObject({ id: Id, match: AnyMethodMatch, require: z.literal("sign-in") });
const DenyRoute = z.strictObject({ id: Id, match: AnyMethodMatch, require: z.literal("deny") });

/** A route that asks Authsignal. It lists its methods, so that a new method of the app is never let through by surprise. */
export const StepUpRoute = z.strictObject({
  id: Id,
  match: ListedMethodMatch,
  require: z.literal("step-up"),
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
  methods: z.exactOptional(
    z
      .array(VerificationMethod)
      .check(
        atLeastOne("verification method"),
        z.describe("The verification methods that count. Left out: every method."),
      ),
  ),
  unenrolled: z._default(
    z
      .enum(["enroll", "deny", "allow"])
      .check(z.describe("What happens to a user without an authenticator whom Authsignal would allow.")),
    "enroll",
  ),
  onUnavailable: z._default(
    z.enum(["deny", "allow"]).check(z.describe("What happens when Authsignal does not answer.")),
    "deny",
  ),
});
export type StepUpRoute = z.infer<typeof StepUpRoute>;

/** One entry of the policy: a match and a requirement. */
export const Route = z.discriminatedUnion("require", [NothingRoute, SignInRoute, StepUpRoute, DenyRoute]);
export type Route = z.infer<typeof Route>;

/** What a request must meet, in the order of design decision 1: nothing < sign-in < step-up < deny. */
export type Requirement = Route["require"];

/** What the policy does with a verified Authsignal event. */
export const Reaction = z.strictObject({
  id: Id,
  on: z
    .array(shortText(128))
    .check(atLeastOne("event type"), z.describe("Authsignal event types, such as authenticator.deleted.")),
  do: z.array(z.enum(["revoke-user", "end-grants", "alert", "record"])).check(atLeastOne("effect")),
});
export type Reaction = z.infer<typeof Reaction>;
export type ReactionEffect = Reaction["do"][number];

/** The requirement of everything that no route matches; mandatory, and never step-up (it has no action). */
const DefaultRequirement = z
  .strictObject({ require: z.enum(["nothing", "sign-in", "deny"]) })
  .check(z.describe("What is required where no route matches."));

/** The whole policy, as written in its JSON file (design decision 2). Unknown keys are errors everywhere. */
export const PolicyDocument = z.strictObject({
  $schema: z.exactOptional(z.string()),
  version: z.literal(1).check(z.describe("The version of this format.")),
  default: DefaultRequirement,
  routes: z
    .array(Route)
    .check(
      z.maxLength(MAX_ENTRIES, `must hold at most ${MAX_ENTRIES} entries`),
      z.describe("The first that matches method and path decides."),
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
