import { describe, expect, it } from "vitest";
import { readUserActions } from "../../../src/authsignal/user-actions.ts";

const CREATED = "2026-11-23T12:00:00.000Z";
const AFTERWARDS = "2026-11-23T12:05:00.000Z";
const ONE = {
  actionCode: "transfer",
  idempotencyKey: "key-1",
  createdAt: CREATED,
  updatedAt: AFTERWARDS,
  state: "CHALLENGE_SUCCEEDED",
  stateUpdatedAt: "2026-11-23T12:03:00.000Z",
  verificationMethod: "PASSKEY",
  verifiedByAuthenticatorId: "a-1",
  ipAddress: "198.51.100.7",
  userAgent: "Firefox",
  countryCode: "NZ",
};

describe("a user's actions as Authsignal lists them", () => {
  it("are read to what is compared: no address and no device", () => {
    expect(readUserActions([ONE], "user-1")).toEqual([
      {
        action: "transfer",
        idempotencyKey: "key-1",
        state: "CHALLENGE_SUCCEEDED",
        stateAtMs: Date.parse("2026-11-23T12:03:00.000Z"),
        verificationMethod: "PASSKEY",
        countryCode: "NZ",
      },
    ]);
    expect(readUserActions([], "user-1")).toEqual([]);
  });

  it("came into their state when that was written, at the latest change or the beginning", () => {
    const atMs = (changes: object) => readUserActions([{ ...ONE, ...changes }], "user-1")?.[0]?.stateAtMs;
    expect(atMs({ stateUpdatedAt: undefined })).toBe(Date.parse(AFTERWARDS));
    expect(atMs({ stateUpdatedAt: undefined, updatedAt: undefined })).toBe(Date.parse(CREATED));
  });

  it.each([
    ["an action code that is none", { actionCode: "../users" }],
    ["no key", { idempotencyKey: undefined }],
    ["an empty key", { idempotencyKey: "" }],
    ["a key without end", { idempotencyKey: "k".repeat(129) }],
    ["no state", { state: undefined }],
    ["a state that is none", { state: "<b>BLOCK</b>" }],
    ["no time", { createdAt: undefined }],
    ["a time that is none", { stateUpdatedAt: "yesterday" }],
  ])("are left out with %s, and hold up no other", (_, changes) => {
    const other = { ...ONE, idempotencyKey: "key-2" };
    const read = readUserActions([{ ...ONE, ...changes }, other], "user-1");
    expect(read?.map(({ idempotencyKey }) => idempotencyKey)).toEqual(["key-2"]);
    expect(readUserActions([{ ...ONE, ...changes }], "user-1")).toBeUndefined();
  });

  it("do without details that nobody decides by", () => {
    const odd = { ...ONE, verificationMethod: 7, countryCode: "new zealand" };
    expect(readUserActions([odd], "user-1")).toMatchObject([
      { verificationMethod: undefined, countryCode: undefined },
    ]);
  });

  it.each([
    ["a page", "<html></html>"],
    ["an object", { actions: [ONE] }],
    ["nothing", undefined],
    ["a list of texts", ["transfer"]],
    ["somebody else's", [ONE, { ...ONE, userId: "user-2" }]],
    ["without end", Array.from({ length: 5_001 }, () => ONE)],
  ])("are refused as a whole when they are %s", (_, answer) => {
    expect(readUserActions(answer, "user-1")).toBeUndefined();
  });

  it("are the latest when there are many", () => {
    const many = Array.from({ length: 700 }, (_, index) => ({
      ...ONE,
      idempotencyKey: `key-${index}`,
      stateUpdatedAt: new Date(Date.parse(CREATED) + ((index * 211) % 700) * 1_000).toISOString(),
    }));
    const read = readUserActions(many, "user-1") ?? [];
    expect(read).toHaveLength(500);
    expect(Math.min(...read.map(({ stateAtMs }) => stateAtMs))).toBe(Date.parse(CREATED) + 200_000);
  });
});
