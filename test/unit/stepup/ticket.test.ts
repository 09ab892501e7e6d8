import { describe, expect, it } from "vitest";
import { makeKeyring } from "../../../src/http/keyring.ts";
import { parseSessionId, parseSub } from "../../../src/identity/principal.ts";
import {
  hasMarker,
  isTicket,
  readTicket,
  RESUME_COOKIE,
  TICKET_BODY_BYTES,
  TICKET_FIELD,
  ticketOf,
} from "../../../src/stepup/ticket.ts";
import { principalOf } from "../identity/fixtures.ts";
import { challengeId } from "./fixtures.ts";

const keyring = await makeKeyring(["s".repeat(32)]);
const me = principalOf();
const body = (text: string) => new TextEncoder().encode(text);

describe("a ticket", () => {
  it("is read back out of the form that carries it, which always has the same length", async () => {
    const form = `${TICKET_FIELD}=${await ticketOf(keyring, me, challengeId())}`;
    expect(form).toHaveLength(TICKET_BODY_BYTES);
    const ticket = readTicket(body(form));
    expect(ticket).toMatchObject({ id: challengeId() });
    expect(ticket !== undefined && (await isTicket(keyring, me, ticket))).toBe(true);
  });

  it("is worth something for one user, session and challenge only", async () => {
    const ticket = readTicket(body(`${TICKET_FIELD}=${await ticketOf(keyring, me, challengeId())}`));
    const sub = parseSub("b0b00000-5a11-4b0f-8000-000000000002");
    const session = parseSessionId("another-session");
    if (ticket === undefined || sub === undefined || session === undefined) {
      throw new Error("all have the accepted shape");
    }
    expect(await isTicket(keyring, { ...me, sub }, ticket)).toBe(false);
    expect(await isTicket(keyring, { ...me, session }, ticket)).toBe(false);
    const other = challengeId("0c0ffee0-0000-4000-8000-000000000002");
    expect(await isTicket(keyring, me, { ...ticket, id: other })).toBe(false);
    expect(await isTicket(await makeKeyring(["t".repeat(32)]), me, ticket)).toBe(false);
  });

  it.each([
    ["nothing", ""],
    ["another field", `sallyport-tickeT=${"a".repeat(80)}`],
    ["no id", `${TICKET_FIELD}=${"g".repeat(36)}.${"A".repeat(43)}`],
    ["one field more", `${TICKET_FIELD}=${challengeId()}.${"A".repeat(39)}&a=1`],
    ["a letter too many", `${TICKET_FIELD}=${challengeId()}.${"A".repeat(44)}`],
    ["an escape", `${TICKET_FIELD}=${challengeId()}.${"A".repeat(40)}%41`],
  ])("is not in a form with %s", (_, form) => {
    expect(readTicket(body(form))).toBeUndefined();
  });
});

describe("the marker of a return", () => {
  const marked = (changes: { method?: string; headers?: Record<string, string> } = {}) =>
    hasMarker(
      new Request("https://app.example.com/transfer", {
        method: changes.method ?? "POST",
        headers: {
          Cookie: `${RESUME_COOKIE}=x`,
          "Content-Type": "application/x-www-form-urlencoded",
          "Content-Length": String(TICKET_BODY_BYTES),
          ...changes.headers,
        },
      }),
    );

  it("is cookie, content type and exact length together", () => {
    expect(marked()).toBe(true);
    expect(marked({ method: "PUT" })).toBe(false);
    expect(marked({ headers: { Cookie: "a=1" } })).toBe(false);
    expect(marked({ headers: { Cookie: `x${RESUME_COOKIE}=x` } })).toBe(false);
    expect(marked({ headers: { "Content-Type": "application/json" } })).toBe(false);
    expect(marked({ headers: { "Content-Type": "application/x-www-form-urlencoded; charset=utf-8" } })).toBe(
      false,
    );
    expect(marked({ headers: { "Content-Length": String(TICKET_BODY_BYTES + 1) } })).toBe(false);
  });
});
