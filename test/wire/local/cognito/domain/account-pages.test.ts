import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../../workers/local/cognito/start.ts";
import {
  answerOf,
  authorizeParams,
  Browser,
  CALLBACK,
  callApi,
  CLIENT_ID,
  postToken,
  startPool,
} from "../pool.ts";

import { callSigned } from "../signed.ts";

describe("managed login's other pages", () => {
  let pool: CognitoStandIn;
  beforeAll(async () => {
    pool = await startPool({
      identityProviders: [
        { name: "Google", type: "Google" },
        { name: "CorpSso", type: "SAML", identifiers: ["corp.example"] },
      ],
    });
  });
  afterAll(() => pool.close());

  /** Opens a page's form, fills it in and submits it. */
  const submit = async (browser: Browser, path: string, typed: Record<string, string>, changes = {}) => {
    const address = `${pool.domain}${path}?${authorizeParams(changes).toString()}`;
    const page = await (await browser.request(address)).text();
    const _csrf = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? "";
    return browser.request(address, { method: "POST", body: new URLSearchParams({ ...typed, _csrf }) });
  };
  const newestCode = async (to: string): Promise<string> => {
    const inbox: unknown = await (await fetch(`${pool.domain}/control/inbox?to=${to}`)).json();
    return String(Object(inbox)[0].code);
  };
  const location = (response: Response) => new URL(response.headers.get("Location") ?? "", pool.domain);

  it("sign-up: form, code from the inbox, then the sign-in form, with the app's request all along", async () => {
    const browser = new Browser();
    const typed = {
      username: "hugo",
      email: "hugo@example.com",
      name: "Hugo",
      new_password: "Fresh-Horse-9",
    };
    const weak = await submit(browser, "/signup", { ...typed, new_password: "weak" });
    expect([weak.status, await weak.text()]).toEqual([
      400,
      expect.stringContaining("Password not long enough"),
    ]);
    const registered = await submit(browser, "/signup", typed);
    expect(location(registered).pathname).toBe("/confirmUser");
    expect(location(registered).searchParams.get("state")).toBe("st");

    const early = await browser.login(pool, authorizeParams(), {
      username: "hugo",
      password: "Fresh-Horse-9",
    });
    expect(location(early).pathname).toBe("/confirmUser");

    const inbox = await (
      await fetch(`${pool.publicDomain.replace("cognito.localhost", "127.0.0.1")}/inbox`)
    ).text();
    const code = await newestCode("hugo@example.com");
    expect(inbox).toContain(code);
    const wrong = await submit(browser, "/confirmUser", { username: "hugo", code: "none" });
    expect(wrong.status).toBe(400);
    const confirmed = await submit(browser, "/confirmUser", { username: "hugo", code });
    expect(location(confirmed).pathname).toBe("/login");
    const done = await browser.login(pool, authorizeParams(), {
      username: "hugo",
      password: "Fresh-Horse-9",
    });
    expect(answerOf(done).has("code")).toBe(true);
  });

  it("a forgotten password is set with the code, and an unknown name is told the same", async () => {
    const browser = new Browser();
    for (const username of ["alice", "nobody"]) {
      // oxlint-disable-next-line no-await-in-loop
      const sent = await submit(browser, "/forgotPassword", { username });
      expect(location(sent).pathname).toBe("/confirmForgotPassword");
    }
    const typed = {
      username: "alice",
      code: await newestCode("alice@example.com"),
      new_password: "Other-Horse-1",
    };
    const reset = await submit(browser, "/confirmForgotPassword", typed);
    expect(location(reset).pathname).toBe("/login");
    const done = await browser.login(pool, authorizeParams(), {
      username: "alice",
      password: "Other-Horse-1",
    });
    expect(answerOf(done).has("code")).toBe(true);
  });

  it("makes a user with a temporary password choose another before the app hears of them", async () => {
    const call = {
      UserPoolId: "us-east-1_Sallyport1",
      Username: "bob",
      Password: "Temporary-1",
      Permanent: false,
    };
    await callSigned(pool, "AdminSetUserPassword", JSON.stringify(call));
    const browser = new Browser();
    const first = await browser.login(pool, authorizeParams(), { username: "bob", password: "Temporary-1" });
    expect(location(first).pathname).toBe("/changePassword");
    expect(browser.cookie("cognito")).toBeUndefined();
    const typed = { username: "bob", password: "Temporary-1", new_password: "Lasting-Horse-1" };
    expect((await submit(browser, "/changePassword", { ...typed, password: "wrong" })).status).toBe(400);
    expect(answerOf(await submit(browser, "/changePassword", typed)).has("code")).toBe(true);
  });

  it("offers the providers, and skips the choice when one is named", async () => {
    const open = await (await fetch(`${pool.domain}/login?${authorizeParams().toString()}`)).text();
    expect(open).toContain("identity_provider=CorpSso");
    const closed = await fetch(
      `${pool.domain}/login?${authorizeParams({ identity_provider: "COGNITO" }).toString()}`,
    );
    expect(await closed.text()).not.toContain("identity_provider=CorpSso&");
    for (const changes of [{ identity_provider: "CorpSso" }, { idp_identifier: "corp.example" }]) {
      // oxlint-disable-next-line no-await-in-loop
      const response = await new Browser().authorize(pool, authorizeParams(changes));
      expect(location(response).pathname).toBe("/federate");
    }
    const unknown = await new Browser().authorize(pool, authorizeParams({ idp_identifier: "other.example" }));
    expect(answerOf(unknown).get("error")).toBe("invalid_request");
  });

  it("makes a federated user: its name, its group, its identities, and no API password", async () => {
    const browser = new Browser();
    const changes = { identity_provider: "Google", scope: "openid profile" };
    const typed = { email: "ivy@gmail.example", name: "Ivy" };
    const code = answerOf(await submit(browser, "/federate", typed, changes)).get("code") ?? "";
    const answer = await postToken(pool, { grant_type: "authorization_code", code, redirect_uri: CALLBACK });
    const id = decodeJwt(String(Object(await answer.json()).id_token));
    const username = String(id["cognito:username"]);
    expect(username).toMatch(/^Google_\w+$/);
    expect(id).toMatchObject({
      "cognito:groups": ["us-east-1_Sallyport1_Google"],
      email_verified: false,
      identities: [
        { providerName: "Google", primary: "true", dateCreated: expect.stringMatching(/^\d{13}$/) },
      ],
    });
    const again = answerOf(await browser.authorize(pool, authorizeParams({ ...changes, prompt: "none" })));
    expect(again.has("code")).toBe(true);
    const asPool = { identity_provider: "COGNITO", prompt: "none" };
    expect(answerOf(await browser.authorize(pool, authorizeParams(asPool))).get("error")).toBe(
      "login_required",
    );
    const byPassword = await callApi(pool, "InitiateAuth", {
      AuthFlow: "USER_PASSWORD_AUTH",
      ClientId: CLIENT_ID,
      AuthParameters: { USERNAME: username, PASSWORD: "anything" },
    });
    expect(byPassword.body["__type"]).toBe("NotAuthorizedException");
  });

  it.each([
    ["de", "Anmelden"],
    ["fr-CA", "Se connecter"],
    ["tlh", "Sign in"],
  ])("speaks lang=%s", async (lang, title) => {
    const page = await (await fetch(`${pool.domain}/login?${authorizeParams({ lang }).toString()}`)).text();
    expect(page).toContain(`<title>${title}</title>`);
  });

  it.each([
    "/signup",
    "/confirmUser",
    "/forgotPassword",
    "/confirmForgotPassword",
    "/changePassword",
    "/federate",
  ])("%s wants a good request and its own form's token", async (path) => {
    expect((await fetch(`${pool.domain}${path}`)).status).toBe(400);
    const address = `${pool.domain}${path}?${authorizeParams().toString()}`;
    const page = await fetch(address);
    expect(page.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
    expect(await page.text()).not.toContain("<script");
    expect((await fetch(address, { method: "POST", body: new URLSearchParams({ _csrf: "x" }) })).status).toBe(
      403,
    );
  });

  it("has no sign-up where the pool does not allow it", async () => {
    const set = (selfSignUp: boolean) =>
      fetch(`${pool.domain}/control/settings`, { method: "PATCH", body: JSON.stringify({ selfSignUp }) });
    await set(false);
    const login = await (await fetch(`${pool.domain}/login?${authorizeParams().toString()}`)).text();
    expect(login).not.toContain("/signup");
    const call = { ClientId: CLIENT_ID, Username: "x", Password: "Fresh-Horse-9" };
    expect((await callApi(pool, "SignUp", call)).body["__type"]).toBe("NotAuthorizedException");
    await set(true);
  });

  it("shows /error for what it knows and for what it does not", async () => {
    for (const error of ["redirect_mismatch", "<script>"]) {
      // oxlint-disable-next-line no-await-in-loop
      const response = await fetch(`${pool.domain}/error?error=${encodeURIComponent(error)}`);
      expect(response.status).toBe(400);
      // oxlint-disable-next-line no-await-in-loop
      expect(await response.text()).not.toContain("<script>");
    }
  });
});
