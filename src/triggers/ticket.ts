import * as z from "zod/mini";
import { onFirstUse } from "../http/first-use.ts";
import type { Keyring } from "../http/keyring.ts";
import type { Sub } from "../identity/principal.ts";

/** How long PostAuthentication and PreTokenGeneration take a ticket. */
export const TICKET_SECONDS = 15 * 60;

const ticketSchema = onFirstUse(() =>
  z.object({
    sub: z.string(),
    clientId: z.string(),
    action: z.string(),
    key: z.string(),
    /** `allowed`: the rules asked for nothing after a password. */
    kind: z.enum(["challenge", "allowed"]),
    /** `tokenDigest` of the token that the round began with. */
    starter: z.string(),
    expiresAtSeconds: z.number(),
  }),
);

/**
 * What Create gives the client to show at the end: later triggers are not told what the custom challenge was
 * (cognito.md section 4), and must not believe a client that says so.
 */
export type Ticket = Omit<z.infer<ReturnType<typeof ticketSchema>>, "expiresAtSeconds">;

/** Seals a ticket for one round of one user's sign-in at one client: it tells its bearer nothing, not even who exists. */
export function sealTicket(keyring: Keyring, ticket: Ticket, nowSeconds: number): Promise<string> {
  const payload = JSON.stringify({ ...ticket, expiresAtSeconds: nowSeconds + TICKET_SECONDS });
  return keyring.seal("sign-in-ticket", new TextEncoder().encode(payload), "sign-in-ticket");
}

/** The ticket, if it is one of ours for this user at this client and still good. */
export async function openTicket(
  keyring: Keyring,
  sealed: string,
  expected: { readonly sub: Sub; readonly clientId: string },
  nowSeconds: number,
): Promise<Ticket | undefined> {
  const opened = await keyring.open("sign-in-ticket", sealed, "sign-in-ticket");
  const parsed =
    opened === undefined
      ? undefined
      : ticketSchema().safeParse(JSON.parse(new TextDecoder().decode(opened))).data;
  if (parsed === undefined) {
    return undefined;
  }
  const { expiresAtSeconds, ...ticket } = parsed;
  const holds =
    ticket.sub === expected.sub && ticket.clientId === expected.clientId && expiresAtSeconds > nowSeconds;
  return holds ? ticket : undefined;
}
