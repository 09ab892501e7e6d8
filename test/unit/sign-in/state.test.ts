import { expect, test } from "vitest";
import { makeKeyring } from "../../../src/http/keyring.ts";
import { openTransaction, startSignIn } from "../../../src/identity/managed-sign-in.ts";
import { openCheck, openForm, sealCheck, sealForm } from "../../../src/sign-in/state.ts";

const keyring = await makeKeyring(["a".repeat(32)]);
const NOW = 1_800_000_000;
const FORM = { kind: "form", id: "form-one-form-one-", returnTo: "/x?y=1", startedAtSeconds: NOW } as const;
const CHECK = {
  kind: "check",
  round: "challenge",
  session: "s".repeat(900),
  username: "alice",
  ticket: "t".repeat(420),
  returnTo: "/transfer",
  startedAtSeconds: NOW,
} as const;

test("a form comes back to the browser and the form that it belongs to, for ten minutes", async () => {
  const sealed = await sealForm(keyring, FORM);
  expect(await openForm(keyring, FORM.id, sealed, NOW + 600)).toMatchObject({ returnTo: "/x?y=1" });
  expect(await openForm(keyring, FORM.id, sealed, NOW + 601)).toBeUndefined();
  expect(await openForm(keyring, "form-two-form-two-", sealed, NOW)).toBeUndefined();
  // The first characters name the cookie; the rest must be the same too.
  expect(await openForm(keyring, "form-one-form-onX-", sealed, NOW)).toBeUndefined();
  expect(await openForm(keyring, FORM.id, undefined, NOW)).toBeUndefined();
});

test("a check is told to be late, and none is made of anything else", async () => {
  const sealed = await sealCheck(keyring, CHECK);
  expect(await openCheck(keyring, sealed, 180, NOW + 180)).toMatchObject({ isLate: false, state: CHECK });
  expect(await openCheck(keyring, sealed, 180, NOW + 181)).toMatchObject({ isLate: true });
  expect(await openCheck(keyring, `${sealed ?? ""}x`, 180, NOW)).toBeUndefined();
  expect(await openCheck(keyring, await sealForm(keyring, FORM), 180, NOW)).toBeUndefined();
  const other = await makeKeyring(["b".repeat(32)]);
  expect(await openCheck(other, sealed, 180, NOW)).toBeUndefined();
});

test("a cookie that browsers would drop is never made: the way back is given up first", async () => {
  const long = await sealCheck(keyring, {
    ...CHECK,
    returnTo: `/${"r".repeat(1_400)}`,
    session: "s".repeat(1_800),
  });
  expect(long?.length).toBeLessThanOrEqual(3_800);
  expect(await openCheck(keyring, long, 180, NOW)).toMatchObject({ state: { returnTo: "/" } });
  expect(await sealCheck(keyring, { ...CHECK, session: "s".repeat(5_000) })).toBeUndefined();
  const form = await sealForm(keyring, { ...FORM, returnTo: `/${"r".repeat(5_000)}` });
  expect(form.length).toBeLessThan(1_000);
});

test("the state of a managed sign-in is no form, and a form is no managed sign-in", async () => {
  const login = {
    issuer: "https://issuer.example",
    clientId: "client",
    clientSecret: undefined,
    domain: "https://login.example",
    tokenUrl: "https://login.example/oauth2/token",
  };
  const options = { returnTo: "/", redirectUri: "https://a/b", freshly: false, attempt: 0, nowSeconds: NOW };
  const { location, cookie } = await startSignIn(login, keyring, options);
  const state = new URL(location).searchParams.get("state") ?? "";
  expect(await openForm(keyring, state, cookie.value, NOW)).toBeUndefined();
  expect(await openTransaction(keyring, FORM.id, await sealForm(keyring, FORM), NOW)).toBeUndefined();
});
