import { expect, it } from "vitest";
import { setCookie } from "../../../src/http/cookies.ts";
import { makeKeyring } from "../../../src/http/keyring.ts";
import { startSignIn } from "../../../src/identity/managed-sign-in.ts";

/** Browsers drop a longer one without a word (RFC 6265bis section 5.6). */
const MAX_COOKIE_BYTES = 4096;

const LOGIN = {
  issuer: "https://issuer.example",
  clientId: "client",
  clientSecret: undefined,
  domain: "https://login.example",
  tokenUrl: "https://login.example/oauth2/token",
};

it.each([10, 1_500, 6_000])("keeps its cookie when the way back has %i characters", async (characters) => {
  const keyring = await makeKeyring(["a secret of thirty-two characters"]);
  const { cookie } = await startSignIn(LOGIN, keyring, {
    returnTo: `/${"a".repeat(characters - 1)}`,
    redirectUri: "https://app.example/.sallyport/callback",
    freshly: false,
    attempt: 0,
    nowSeconds: 0,
  });
  expect(setCookie(cookie.name, cookie.value, cookie.maxAgeSeconds).length).toBeLessThan(MAX_COOKIE_BYTES);
});
