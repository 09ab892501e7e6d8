import * as z from "zod";
import { attributeList } from "../attributes.ts";
import type { User } from "../users.ts";
import { onPool, userSummary } from "./admin-input.ts";
import type { ApiOutcome } from "./errors.ts";
import type { Operation } from "./operation.ts";

const MAX_PAGE = 60;
/** Such as `email = "alice@example.com"` or `username ^= "al"`. */
const FILTER = /^\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*$/;
const FILTERABLE: ReadonlySet<string> = new Set([
  "username",
  "email",
  "phone_number",
  "name",
  "given_name",
  "family_name",
  "preferred_username",
  "cognito:user_status",
  "status",
  "sub",
]);

/** A page of a list, and where the next one begins. */
export const pageInput = {
  Limit: z.int().min(0).max(MAX_PAGE).optional(),
  NextToken: z.string().min(1).optional(),
};

const invalid = (message: string): ApiOutcome => ({ error: "InvalidParameterException", message });

/** Cuts one page out of a list; `undefined` when the token is not one that the stand-in gave. */
export function pageOf<Item>(
  items: readonly Item[],
  limit: number | undefined,
  token: string | undefined,
): { readonly page: readonly Item[]; readonly next?: string } | undefined {
  const start = token === undefined ? 0 : Number(/^page-(\d{1,9})$/.exec(token)?.[1]);
  if (Number.isNaN(start)) {
    return undefined;
  }
  const end = start + (limit === undefined || limit === 0 ? MAX_PAGE : limit);
  const page = items.slice(start, end);
  return end < items.length ? { page, next: `page-${end}` } : { page };
}

/** `ListUsers`: a filter on one attribute, pages of at most 60. */
export function listUsers(poolInput: { readonly UserPoolId: z.ZodString }): Operation {
  const schema = z.object({
    ...poolInput,
    Limit: pageInput.Limit,
    PaginationToken: z.string().min(1).optional(),
    Filter: z.string().max(256).optional(),
    AttributesToGet: z.array(z.string()).optional(),
  });
  return onPool(schema, (pool, input) => {
    const accepts = filterOf(input.Filter);
    if (accepts === undefined) {
      return invalid("One or more of the parameters are invalid: Filter.");
    }
    const found = [...pool.store.users.values()].filter(accepts);
    const paged = pageOf(found, input.Limit, input.PaginationToken);
    if (paged === undefined) {
      return invalid("Invalid pagination token.");
    }
    const wanted = input.AttributesToGet;
    return {
      body: {
        Users: paged.page.map((user) => ({
          ...userSummary(user),
          Attributes: attributeList(user).filter(({ Name }) => wanted?.includes(Name) ?? true),
        })),
        ...(paged.next === undefined ? {} : { PaginationToken: paged.next }),
      },
    };
  });
}

function filterOf(filter: string | undefined): ((user: User) => boolean) | undefined {
  if (filter === undefined || filter === "") {
    return () => true;
  }
  const [, attribute = "", operator, quoted = ""] = FILTER.exec(filter) ?? [];
  if (!FILTERABLE.has(attribute)) {
    return undefined;
  }
  const value = quoted.replaceAll(/\\(.)/g, "$1").toLowerCase();
  return (user) => {
    const own = valueOf(user, attribute)?.toLowerCase();
    return own !== undefined && (operator === "=" ? own === value : own.startsWith(value));
  };
}

function valueOf(user: User, attribute: string): string | undefined {
  switch (attribute) {
    case "username":
      return user.username;
    case "sub":
      return user.sub;
    case "status":
      return user.enabled ? "Enabled" : "Disabled";
    case "cognito:user_status":
      return user.status;
    default:
      return user.attributes[attribute];
  }
}
