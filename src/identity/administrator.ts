import type { ErrorCode } from "../http/codes.ts";
import { fail, ok, type Result } from "../http/result.ts";
import type { Principal } from "./principal.ts";
import type { ServiceKeys } from "./service-keys.ts";
import type { TokenProblem } from "./verify.ts";

/** Who may use an admin endpoint: a program with a service key, or a person of the configured group. */
export type Administrator =
  | { readonly by: "service-key"; readonly slot: "current" | "previous" }
  | { readonly by: "user"; readonly principal: Principal };

/**
 * Why a request is not an administrator's.
 * - `off`: the configuration names neither a key nor a group, so there are no administrators.
 * - `nobody`: no bearer credential came.
 * - `refused`: a credential came that is no key and no good token.
 * - `not_in_group`: a good token of somebody else.
 * - `revoked`: the token's session was ended.
 * - `unavailable`: Cognito's keys or the ledger could not be read; nothing is said about the credential.
 */
export type AdministratorProblem =
  | { readonly reason: "off" }
  | { readonly reason: "nobody" }
  | { readonly reason: "refused" }
  | { readonly reason: "not_in_group" }
  | { readonly reason: "revoked" }
  | { readonly reason: "unavailable" };

/** What the outside is told: without administrators there is no admin endpoint either. */
export const ADMINISTRATOR_CODES = {
  off: "not_found",
  nobody: "administrator_required",
  refused: "administrator_required",
  not_in_group: "not_permitted",
  revoked: "session_revoked",
  unavailable: "sign_in_unavailable",
} as const satisfies Record<AdministratorProblem["reason"], ErrorCode>;

/** What administrators are recognised by. */
export interface AdministratorPorts {
  /** `undefined` when no key is configured. */
  readonly keys: ServiceKeys | undefined;
  /** `undefined` when no group is configured: then no token counts, and `verify` is not called. */
  readonly people:
    | {
        readonly group: string;
        readonly verify: (token: string) => Promise<Result<Principal, TokenProblem>>;
        /** Reads the ledger itself, never a memory of it: administration is always sensitive. */
        readonly isRevoked: (principal: Principal) => Promise<boolean>;
      }
    | undefined;
}

/**
 * Who asks an admin endpoint. The one credential that counts is `Authorization: Bearer`: a cookie never does, so no
 * page of another site can act with a browser's sign-in, and no CSRF protection is needed.
 */
export async function administratorOf(
  headers: Headers,
  ports: AdministratorPorts,
): Promise<Result<Administrator, AdministratorProblem>> {
  const { keys, people } = ports;
  if (keys === undefined && people === undefined) {
    return fail({ reason: "off" });
  }
  const credential = bearerOf(headers.get("authorization"));
  if (credential === undefined) {
    return fail({ reason: "nobody" });
  }
  const slot = await keys?.find(credential);
  if (slot !== undefined) {
    return ok({ by: "service-key", slot });
  }
  return people === undefined ? fail({ reason: "refused" }) : personOf(credential, people);
}

async function personOf(
  token: string,
  people: NonNullable<AdministratorPorts["people"]>,
): Promise<Result<Administrator, AdministratorProblem>> {
  const principal = await people.verify(token);
  if (!principal.ok) {
    return fail({ reason: principal.error.reason === "keys_unavailable" ? "unavailable" : "refused" });
  }
  if (!principal.value.groups.includes(people.group)) {
    return fail({ reason: "not_in_group" });
  }
  try {
    return (await people.isRevoked(principal.value))
      ? fail({ reason: "revoked" })
      : ok({ by: "user", principal: principal.value });
  } catch {
    return fail({ reason: "unavailable" });
  }
}

/** The credential of RFC 6750 section 2.1; two of them joined by a proxy (`Bearer a, Bearer b`) are none. */
function bearerOf(authorization: string | null): string | undefined {
  return /^bearer +([\x21-\x2b\x2d-\x7e]+)$/i.exec(authorization?.trim() ?? "")?.[1];
}
