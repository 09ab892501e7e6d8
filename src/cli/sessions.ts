import * as z from "zod/mini";
import { ADMIN_HELP, ADMIN_KEY_VARIABLE, adminClient, type AskAdmin } from "./admin-client.ts";
import { UsageProblem, type Command } from "./command.ts";
import { readOptions } from "./options.ts";

const Session = z.object({
  id: z.string(),
  device: z.string(),
  userAgent: z.string(),
  place: z.string(),
  carrier: z.enum(["cookie", "bearer"]),
  signedInAt: z.string(),
  lastUsedAt: z.string(),
  endsAt: z.string(),
});
const Listed = z.object({ user: z.string(), sessions: z.array(Session) });
const Ended = z.object({ signInsEndedBefore: z.string() });

const COMMON = `  USER            the sub of the user's tokens, which is Authsignal's userId
  --gateway URL   the gateway's public address, such as https://app.example.com
  --json          for programs

${ADMIN_HELP}`;

/** Where the sessions of a user are. */
export function usersPath(user: string): string {
  return `/.sallyport/admin/users/${encodeURIComponent(user)}`;
}

/** The client of the gateway that `--gateway` names. */
export function gatewayOf(url: string | undefined): AskAdmin {
  if (url === undefined) {
    throw new UsageProblem("--gateway is missing: the gateway's public address");
  }
  return adminClient(url, process.env[ADMIN_KEY_VARIABLE]);
}

/** Reads an answer of an admin endpoint. */
export function understood<T>(
  schema: z.ZodMiniType<T>,
  { status, json }: { readonly status: number; readonly json: unknown },
): T {
  const parsed = schema.safeParse(json);
  if (status === 404 || !parsed.success) {
    throw new UsageProblem(
      "there is no admin endpoint: the Worker has neither ADMIN_KEY nor ADMIN_GROUP, or is another version",
    );
  }
  return parsed.data;
}

/** `sallyport sessions list`. */
export const list: Command = {
  summary: "shows where a user is signed in",
  help: `Shows where a user is signed in.

Usage: sallyport sessions list USER --gateway URL [--json]

${COMMON}

Exit code: 0, 2 it was not possible.`,
  async run(args) {
    const { options, positionals } = readOptions(args, { gateway: "text" }, ["USER"]);
    const [user = ""] = positionals;
    const answer = await gatewayOf(options.gateway)("GET", `${usersPath(user)}/sessions`);
    const listed = understood(Listed, answer);
    return { code: 0, text: tableOf(listed), json: listed };
  },
};

/** `sallyport sessions revoke`. */
export const revoke: Command = {
  summary: "ends the sessions of a user, or one of them",
  help: `Ends every session that a user signed in up to now, or one. The user's next sign-in works at once.

Usage: sallyport sessions revoke USER --gateway URL [--session ID] [--json]

  --session ID    only this one, as "sessions list" names it
${COMMON}

Exit code: 0 ended, 2 it was not possible.`,
  async run(args) {
    const kinds = { gateway: "text", session: "text" } as const;
    const { options, positionals } = readOptions(args, kinds, ["USER"]);
    const [user = ""] = positionals;
    const ask = gatewayOf(options.gateway);
    if (options.session !== undefined) {
      const path = `${usersPath(user)}/sessions/${encodeURIComponent(options.session)}`;
      const { session } = understood(z.object({ session: z.string() }), await ask("DELETE", path));
      return { code: 0, text: `Ended session ${session} of ${user}.`, json: { user, session } };
    }
    const { signInsEndedBefore } = understood(Ended, await ask("DELETE", `${usersPath(user)}/sessions`));
    return {
      code: 0,
      text: `Ended every session of ${user} from a sign-in up to ${signInsEndedBefore}.`,
      json: { user, signInsEndedBefore },
    };
  },
};

function tableOf({ user, sessions }: z.infer<typeof Listed>): string {
  if (sessions.length === 0) {
    return `${user} has no session.`;
  }
  const rows = [
    ["session", "device", "place", "signed in", "last used"],
    ...sessions.map(({ id, device, place, signedInAt, lastUsedAt }) => [
      id,
      device,
      place === "" ? "not known" : place,
      toMinute(signedInAt),
      toMinute(lastUsedAt),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => plain(cell).padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function toMinute(iso: string): string {
  return iso.slice(0, 16).replace("T", " ");
}

/** A client chose its name: no control character of it reaches a terminal. */
function plain(text: string): string {
  return text.replace(/[^\x20-\x7e\u00a1-\uffff]/g, "?");
}
