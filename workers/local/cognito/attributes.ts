import type { JWTPayload } from "jose";
import type { AppClient } from "./clients.ts";
import type { User } from "./users.ts";

/** Standard attributes (OpenID Connect Core 5.1) that people and apps may write. */
const STANDARD: ReadonlySet<string> = new Set([
  "address",
  "birthdate",
  "email",
  "family_name",
  "gender",
  "given_name",
  "locale",
  "middle_name",
  "name",
  "nickname",
  "phone_number",
  "picture",
  "preferred_username",
  "profile",
  "updated_at",
  "website",
  "zoneinfo",
]);
const FLAGS: ReadonlySet<string> = new Set(["email_verified", "phone_number_verified"]);
const CUSTOM = /^custom:[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,20}$/u;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const E164 = /^\+[1-9]\d{1,14}$/;
const MAX_VALUE_LENGTH = 2048;

/** What is wrong with attributes that somebody wants to write. */
export type AttributeProblem =
  | { readonly kind: "invalid"; readonly message: string }
  | { readonly kind: "unauthorized" };

/**
 * Checks attributes against the schema, and against what this client may write. Without a client it is an
 * administrator who writes, who may also set the flags that say an address is verified.
 */
export function attributeProblem(
  attributes: Readonly<Record<string, string>>,
  client: AppClient | undefined,
): AttributeProblem | undefined {
  for (const [name, value] of Object.entries(attributes)) {
    const known = STANDARD.has(name) || FLAGS.has(name) || CUSTOM.test(name);
    if (name === "sub" || !known) {
      return {
        kind: "invalid",
        message:
          name === "sub"
            ? "Cannot modify the non-mutable attribute sub"
            : "Attributes did not conform to the schema: Type for attribute could not be determined",
      };
    }
    const writable = client?.writeAttributes?.includes(name) ?? !FLAGS.has(name);
    if (client !== undefined && !writable) {
      return { kind: "unauthorized" };
    }
    const invalid = valueProblem(name, value);
    if (invalid !== undefined) {
      return { kind: "invalid", message: invalid };
    }
  }
  return undefined;
}

/** Attributes as claims of an ID token: flags are booleans there, the address an object (reference 1.3). */
export function attributeClaims(user: User, shown: (attribute: string) => boolean): JWTPayload {
  const claims: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(user.attributes)) {
    if (shown(name)) {
      claims[name] = claimValue(name, value);
    }
  }
  return claims;
}

/** Attributes as name and value, `sub` among them, as API answers list them. */
export function attributeList(user: User): readonly { readonly Name: string; readonly Value: string }[] {
  return Object.entries({ ...user.attributes, sub: user.sub, ...identitiesAttribute(user) }).map(
    ([Name, Value]) => ({ Name, Value }),
  );
}

/** Attributes as Lambda triggers see them: all text, with the status of the user. */
export function triggerAttributes(user: User): Readonly<Record<string, string>> {
  return {
    sub: user.sub,
    "cognito:user_status": user.status,
    ...user.attributes,
    ...identitiesAttribute(user),
  };
}

function identitiesAttribute({ identities }: User): { identities?: string } {
  return identities === undefined ? {} : { identities: JSON.stringify(identities) };
}

function claimValue(name: string, value: string): unknown {
  if (FLAGS.has(name)) {
    return value === "true";
  }
  if (name === "updated_at") {
    return Number(value);
  }
  return name === "address" ? { formatted: value } : value;
}

function valueProblem(name: string, value: string): string | undefined {
  if (value.length > MAX_VALUE_LENGTH) {
    return `Attributes did not conform to the schema: ${name}: String must be no longer than ${MAX_VALUE_LENGTH} characters`;
  }
  switch (name) {
    case "email":
      return EMAIL.test(value) ? undefined : "Invalid email address format.";
    case "phone_number":
      return E164.test(value) ? undefined : "Invalid phone number format.";
    case "updated_at":
      return /^\d{1,15}$/.test(value)
        ? undefined
        : "Attributes did not conform to the schema: updated_at: must be a number";
    case "email_verified":
    case "phone_number_verified":
      return value === "true" || value === "false"
        ? undefined
        : `Attributes did not conform to the schema: ${name}: must be true or false`;
    default:
      return undefined;
  }
}
