import { dirname, resolve } from "node:path";
import * as z from "zod";
import type { Command } from "./command.ts";
import { decisionOf } from "./decision.ts";
import { readOptions } from "./options.ts";
import { readValidPolicy } from "./policy-file.ts";
import { readJsonFile, requestOf, User } from "./request.ts";

const help = `Checks a table of requests against the decisions it expects, for CI.

Usage: sallyport policy test FILE [--policy FILE] [--json]

  FILE             the table, JSON with comments
  --policy FILE    another policy than the table names

A table:

  {
    "policy": "bank.jsonc",                      // beside the table
    "users": { "clerk": { "groups": ["staff"], "signedInSecondsAgo": 60 } },
    "cases": [
      { "request": "GET /balances", "expect": "sign-in" },
      { "request": "POST /transfer", "body": "payee=Bob&amount=5", "expect": "step-up transfer",
        "route": "transfer", "attributes": { "payee": "Bob", "amount": 5 } },
      { "request": "GET /admin", "as": "clerk", "expect": "refused not_permitted" }
    ]
  }

A case may have: as (a user of the table; left out, the sign-in is good enough), headers, body
(left out, attributes of the body are not asked for), route, attributes. Expected is nothing,
sign-in, deny, "step-up ACTION", or "refused CODE" with an error code of the README.

Exit code: 0 all as expected, 1 some not, 2 a file cannot be read.`;

const Table = z.strictObject({
  $schema: z.string().optional(),
  policy: z.string().optional(),
  users: z.record(z.string(), User).default({}),
  cases: z
    .array(
      z.strictObject({
        name: z.string().optional(),
        request: z.string().regex(/^[A-Z]+ \S+$/, 'must be a method and a URL, such as "GET /"'),
        as: z.string().optional(),
        headers: z.record(z.string(), z.string()).default({}),
        body: z.string().optional(),
        expect: z.string(),
        route: z.string().optional(),
        attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
      }),
    )
    .min(1),
});
type Table = z.infer<typeof Table>;
type Case = Table["cases"][number];

/** `sallyport policy test`. */
export const test: Command = {
  summary: "a table of requests and the decisions they must meet",
  help,
  async run(args) {
    const { options, positionals } = readOptions(args, { policy: "text" }, ["FILE"]);
    const [file = ""] = positionals;
    const table = await readJsonFile(file, Table);
    const named = table.policy === undefined ? "policy.json" : resolve(dirname(file), table.policy);
    const { policy } = await readValidPolicy(options.policy ?? named);
    const results = table.cases.map((one) => {
      const request = requestOfCase(one);
      const user = one.as === undefined ? null : (table.users[one.as] ?? null);
      const unknown = one.as !== undefined && user === null ? `there is no user ${one.as}` : null;
      const decision = decisionOf(policy, request, user);
      return {
        request: one.request,
        name: one.name,
        problem: unknown ?? difference(one, decision),
        why: decision.why,
      };
    });
    const failed = results.filter(({ problem }) => problem !== null);
    const lines = failed.map(
      ({ request, name, problem, why }) => `${name ?? request}: ${problem}\n    ${why}`,
    );
    return {
      code: failed.length === 0 ? 0 : 1,
      text: [...lines, `${results.length - failed.length} as expected, ${failed.length} not.`].join("\n"),
      json: { passed: results.length - failed.length, failed: failed.length, results },
    };
  },
};

function requestOfCase({ request, headers, body }: Case) {
  const [method = "", url = ""] = request.split(" ");
  return requestOf(method, url, headers, body ?? null);
}

function difference(one: Case, decision: ReturnType<typeof decisionOf>): string | null {
  if (decision.decision !== one.expect) {
    return `expected ${one.expect}, got ${decision.decision}`;
  }
  if (one.route !== undefined && one.route !== decision.route) {
    return `expected route ${one.route}, got ${decision.route ?? "none"}`;
  }
  if (one.attributes === undefined) {
    return null;
  }
  const sorted = (value: object) =>
    JSON.stringify(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const given = decision.attributes ?? {};
  return sorted(given) === sorted(one.attributes)
    ? null
    : `expected attributes ${JSON.stringify(one.attributes)}, got ${JSON.stringify(given)}`;
}

/** The requests of a table, for `policy diff`. */
export async function requestsOfTable(file: string) {
  return (await readJsonFile(file, Table)).cases.map(requestOfCase);
}
