import { createHmac } from "node:crypto";
import {
  AdminAddUserToGroupCommand,
  AdminConfirmSignUpCommand,
  AdminDeleteUserAttributesCommand,
  AdminResetUserPasswordCommand,
  DeleteUserCommand,
  GetGroupCommand,
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminEnableUserCommand,
  AdminGetUserCommand,
  AdminInitiateAuthCommand,
  AdminListGroupsForUserCommand,
  AdminListUserAuthEventsCommand,
  AdminRemoveUserFromGroupCommand,
  AdminRespondToAuthChallengeCommand,
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  AdminUserGlobalSignOutCommand,
  CognitoIdentityProviderClient,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  CreateGroupCommand,
  DeleteGroupCommand,
  ForgotPasswordCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  InitiateAuthCommand,
  ListGroupsCommand,
  ListUsersCommand,
  ListUsersInGroupCommand,
  ResendConfirmationCodeCommand,
  RevokeTokenCommand,
  SignUpCommand,
  UpdateUserAttributesCommand,
  VerifyUserAttributeCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../../workers/local/cognito/start.ts";
import { ALICE, CLIENT_ID, startPool } from "../pool.ts";

const UserPoolId = "us-east-1_Sallyport1";
const SECRET_CLIENT = "confidential0client";
const LEGACY_CLIENT = "legacy0client";
const SECRET = "s3cretOfTheServerSideApp";

describe("@aws-sdk/client-cognito-identity-provider", () => {
  let pool: CognitoStandIn;
  let sdk: CognitoIdentityProviderClient;
  const clientWith = (credentials: { accessKeyId: string; secretAccessKey: string }, region = "us-east-1") =>
    new CognitoIdentityProviderClient({ region, endpoint: pool.api, credentials, maxAttempts: 1 });
  beforeAll(async () => {
    pool = await startPool({
      clients: [
        { clientId: SECRET_CLIENT, clientSecret: SECRET },
        { clientId: LEGACY_CLIENT, preventUserExistenceErrors: "LEGACY" },
      ],
    });
    sdk = clientWith(pool.admin);
  });
  afterAll(async () => {
    sdk.destroy();
    await pool.close();
  });

  const passwordSignIn = (USERNAME: string, PASSWORD: string, ClientId = CLIENT_ID, more = {}) =>
    sdk.send(
      new InitiateAuthCommand({
        AuthFlow: "USER_PASSWORD_AUTH",
        ClientId,
        AuthParameters: { USERNAME, PASSWORD, ...more },
      }),
    );
  const messagesTo = async (to: string): Promise<readonly { code: string }[]> =>
    // The stand-in's own list.
    (await (await fetch(`${pool.domain}/control/inbox?to=${to}`)).json()) as { code: string }[];

  describe("AWS Signature Version 4", () => {
    const ask = (client: CognitoIdentityProviderClient) =>
      client.send(new AdminGetUserCommand({ UserPoolId, Username: "alice" }));

    it.each([
      ["UnrecognizedClientException", "another key id", { accessKeyId: "AKIAOTHER00000000000" }, undefined],
      ["InvalidSignatureException", "another secret", { secretAccessKey: "guessed" }, undefined],
      ["InvalidSignatureException", "another Region", {}, "eu-west-1"],
    ])("answers %s to %s", async (name, _what, changes, region) => {
      const other = clientWith({ ...pool.admin, ...changes }, region);
      await expect(ask(other)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
    });

    it("refuses a signed call whose body was changed on the way", async () => {
      const tampering = clientWith(pool.admin);
      tampering.middlewareStack.add(
        (next) => (args) => {
          // The request of this client is an HTTP request whose body is bytes or text.
          const request = args.request as { body: Uint8Array | string };
          request.body = Buffer.from(Buffer.from(request.body).toString().replace("alice", "bobby"));
          return next(args);
        },
        { step: "finalizeRequest", priority: "low" },
      );
      await expect(ask(tampering)).rejects.toMatchObject({ name: "InvalidSignatureException" });
    });

    it("is needed for every Admin, List and Create call, and a clock that agrees", async () => {
      for (const operation of ["AdminGetUser", "ListUsers", "CreateGroup"]) {
        // oxlint-disable-next-line no-await-in-loop
        const response = await fetch(pool.api, {
          method: "POST",
          headers: { "X-Amz-Target": `AWSCognitoIdentityProviderService.${operation}` },
          body: JSON.stringify({ UserPoolId }),
        });
        expect(response.status).toBe(400);
        expect(response.headers.get("x-amzn-ErrorType")).toBe("MissingAuthenticationTokenException");
      }
      const clock = (shiftSeconds: number) =>
        fetch(`${pool.domain}/control/clock`, { method: "PUT", body: JSON.stringify({ shiftSeconds }) });
      await clock(600);
      await expect(ask(clientWith(pool.admin))).rejects.toMatchObject({ name: "InvalidSignatureException" });
      await clock(0);
    });
  });

  it("creates a user with a temporary password, who must choose another at the first sign-in", async () => {
    const { User } = await sdk.send(
      new AdminCreateUserCommand({
        UserPoolId,
        Username: "carol",
        UserAttributes: [
          { Name: "email", Value: "carol@example.com" },
          { Name: "email_verified", Value: "true" },
          { Name: "custom:tier", Value: "gold" },
        ],
      }),
    );
    expect(User).toMatchObject({ Username: "carol", Enabled: true, UserStatus: "FORCE_CHANGE_PASSWORD" });
    expect(User?.UserCreateDate).toBeInstanceOf(Date);
    const [mail] = await messagesTo("carol@example.com");
    const first = await passwordSignIn("carol", mail?.code ?? "");
    expect(first).toMatchObject({ ChallengeName: "NEW_PASSWORD_REQUIRED" });
    const challenge = {
      UserPoolId,
      ClientId: CLIENT_ID,
      ChallengeName: "NEW_PASSWORD_REQUIRED" as const,
      ChallengeResponses: { USERNAME: "carol", NEW_PASSWORD: "Carol-Horse-7" },
    };
    const done = await sdk.send(
      new AdminRespondToAuthChallengeCommand({ ...challenge, Session: first.Session }),
    );
    expect(decodeJwt(done.AuthenticationResult?.IdToken ?? "")).toMatchObject({ "custom:tier": "gold" });
    await expect(
      sdk.send(new AdminRespondToAuthChallengeCommand({ ...challenge, Session: first.Session })),
    ).rejects.toMatchObject({ name: "NotAuthorizedException", message: "Invalid session for the user." });
    await expect(
      sdk.send(new AdminCreateUserCommand({ UserPoolId, Username: "Carol" })),
    ).rejects.toMatchObject({ name: "UsernameExistsException" });
    await sdk.send(new AdminDeleteUserCommand({ UserPoolId, Username: "carol" }));
    await expect(
      sdk.send(new GetUserCommand({ AccessToken: done.AuthenticationResult?.AccessToken })),
    ).rejects.toMatchObject({ name: "NotAuthorizedException" });
  });

  it("disables a user: tokens are revoked and stay so, sign-in and refresh fail until it is enabled", async () => {
    const tokens = (await passwordSignIn("bob", "Correct-Horse-2")).AuthenticationResult;
    const refresh = () =>
      sdk.send(
        new InitiateAuthCommand({
          AuthFlow: "REFRESH_TOKEN_AUTH",
          ClientId: CLIENT_ID,
          AuthParameters: { REFRESH_TOKEN: tokens?.RefreshToken ?? "" },
        }),
      );
    await sdk.send(new AdminDisableUserCommand({ UserPoolId, Username: "bob" }));
    await expect(passwordSignIn("bob", "Correct-Horse-2")).rejects.toMatchObject({
      message: "User is disabled.",
    });
    await expect(refresh()).rejects.toMatchObject({ message: "User is disabled." });
    await sdk.send(new AdminEnableUserCommand({ UserPoolId, Username: "bob" }));
    await expect(refresh()).rejects.toMatchObject({ message: "Refresh Token has been revoked" });
    await expect(sdk.send(new GetUserCommand({ AccessToken: tokens?.AccessToken }))).rejects.toMatchObject({
      message: "Access Token has been revoked",
    });
    expect((await passwordSignIn("bob", "Correct-Horse-2")).AuthenticationResult).toBeDefined();
  });

  it("signs a user out everywhere, by sub too, and says so of an unknown one", async () => {
    const tokens = (await passwordSignIn("alice", ALICE.password)).AuthenticationResult;
    await sdk.send(new AdminUserGlobalSignOutCommand({ UserPoolId, Username: ALICE.sub }));
    await expect(sdk.send(new GetUserCommand({ AccessToken: tokens?.AccessToken }))).rejects.toMatchObject({
      message: "Access Token has been revoked",
    });
    for (const command of [
      new AdminUserGlobalSignOutCommand({ UserPoolId, Username: "nobody" }),
      new AdminGetUserCommand({ UserPoolId, Username: "nobody" }),
    ]) {
      // oxlint-disable-next-line no-await-in-loop
      await expect(sdk.send(command as AdminGetUserCommand)).rejects.toMatchObject({
        name: "UserNotFoundException",
      });
    }
    const elsewhere = new AdminGetUserCommand({ UserPoolId: "us-east-1_Other", Username: "alice" });
    await expect(sdk.send(elsewhere)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("changes attributes and passwords as an administrator", async () => {
    const Username = "newt";
    const attributes = (Value: string, Name = "name") =>
      sdk.send(
        new AdminUpdateUserAttributesCommand({ UserPoolId, Username, UserAttributes: [{ Name, Value }] }),
      );
    await attributes("Newton");
    await expect(attributes("not an address", "email")).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
    await expect(attributes("x", "sub")).rejects.toMatchObject({ name: "InvalidParameterException" });
    await expect(attributes("x", "shoe_size")).rejects.toMatchObject({ name: "InvalidParameterException" });
    await expect(attributes("alice@example.com", "email")).resolves.toBeDefined();
    await expect(attributes("true", "email_verified")).rejects.toMatchObject({
      name: "AliasExistsException",
    });
    const user = await sdk.send(new AdminGetUserCommand({ UserPoolId, Username }));
    expect(user.UserAttributes).toContainEqual({ Name: "name", Value: "Newton" });
    expect(user.UserAttributes).toContainEqual({ Name: "email_verified", Value: "false" });

    const setPassword = (Password: string, Permanent: boolean) =>
      sdk.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password, Permanent }));
    await expect(setPassword("short", true)).rejects.toMatchObject({ name: "InvalidPasswordException" });
    await setPassword("Newton-Horse-1", true);
    expect((await passwordSignIn(Username, "Newton-Horse-1")).AuthenticationResult).toBeDefined();
    await setPassword("Newton-Horse-2", false);
    expect((await passwordSignIn(Username, "Newton-Horse-2")).ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
  });

  it("keeps groups, in order of precedence in tokens, with their roles in the ID token", async () => {
    const RoleArn = "arn:aws:iam::123456789012:role/Auditor";
    for (const group of [
      { GroupName: "late", Precedence: 9 },
      { GroupName: "first", Precedence: 1, RoleArn },
      { GroupName: "loose" },
    ]) {
      // oxlint-disable-next-line no-await-in-loop
      await sdk.send(new CreateGroupCommand({ UserPoolId, ...group }));
      // oxlint-disable-next-line no-await-in-loop
      await sdk.send(
        new AdminAddUserToGroupCommand({ UserPoolId, Username: "bob", GroupName: group.GroupName }),
      );
    }
    await expect(sdk.send(new CreateGroupCommand({ UserPoolId, GroupName: "late" }))).rejects.toMatchObject({
      name: "GroupExistsException",
    });
    const tokens = (await passwordSignIn("bob", "Correct-Horse-2")).AuthenticationResult;
    expect(decodeJwt(tokens?.AccessToken ?? "")["cognito:groups"]).toEqual(["first", "late", "loose"]);
    expect(decodeJwt(tokens?.AccessToken ?? "")).not.toHaveProperty("cognito:roles");
    expect(decodeJwt(tokens?.IdToken ?? "")).toMatchObject({
      "cognito:roles": [RoleArn],
      "cognito:preferred_role": RoleArn,
    });
    await sdk.send(new AdminRemoveUserFromGroupCommand({ UserPoolId, Username: "bob", GroupName: "late" }));
    await sdk.send(new DeleteGroupCommand({ UserPoolId, GroupName: "loose" }));
    const { Groups } = await sdk.send(new AdminListGroupsForUserCommand({ UserPoolId, Username: "bob" }));
    expect(Groups?.map(({ GroupName }) => GroupName)).toEqual(["first"]);
    const members = await sdk.send(new ListUsersInGroupCommand({ UserPoolId, GroupName: "first" }));
    expect(members.Users?.map(({ Username }) => Username)).toEqual(["bob"]);
    expect((await sdk.send(new ListGroupsCommand({ UserPoolId }))).Groups?.length).toBeGreaterThan(1);
    await expect(
      sdk.send(new AdminAddUserToGroupCommand({ UserPoolId, Username: "bob", GroupName: "none" })),
    ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("lists users by filter and by page", async () => {
    const named = await sdk.send(new ListUsersCommand({ UserPoolId, Filter: 'username ^= "AL"' }));
    expect(named.Users?.map(({ Username }) => Username)).toEqual(["alice"]);
    const first = await sdk.send(new ListUsersCommand({ UserPoolId, Limit: 1, AttributesToGet: ["email"] }));
    expect(first.Users?.[0]?.Attributes?.map(({ Name }) => Name)).toEqual(["email"]);
    const { PaginationToken } = first;
    const second = await sdk.send(new ListUsersCommand({ UserPoolId, Limit: 1, PaginationToken }));
    expect(second.Users?.[0]?.Username).not.toBe(first.Users?.[0]?.Username);
    for (const wrong of [{ Filter: "1=1" }, { PaginationToken: "made-up" }]) {
      // oxlint-disable-next-line no-await-in-loop
      await expect(sdk.send(new ListUsersCommand({ UserPoolId, ...wrong }))).rejects.toMatchObject({
        name: "InvalidParameterException",
      });
    }
  });

  it("confirms, resets and trims users as an administrator, and shows a group", async () => {
    const Username = "olga";
    const email = { Name: "email", Value: "olga@example.com" };
    const UserAttributes = [email, { Name: "nickname", Value: "Olly" }];
    await sdk.send(
      new SignUpCommand({ ClientId: CLIENT_ID, Username, Password: "Fresh-Horse-9", UserAttributes }),
    );
    await sdk.send(new AdminConfirmSignUpCommand({ UserPoolId, Username }));
    await expect(sdk.send(new AdminConfirmSignUpCommand({ UserPoolId, Username }))).rejects.toMatchObject({
      name: "NotAuthorizedException",
    });
    const names = { UserPoolId, Username, UserAttributeNames: ["nickname"] };
    await sdk.send(new AdminDeleteUserAttributesCommand(names));
    const user = await sdk.send(new AdminGetUserCommand({ UserPoolId, Username }));
    expect(user.UserStatus).toBe("CONFIRMED");
    expect(user.UserAttributes?.map(({ Name }) => Name)).not.toContain("nickname");

    await sdk.send(new AdminResetUserPasswordCommand({ UserPoolId, Username }));
    await expect(passwordSignIn(Username, "Fresh-Horse-9")).rejects.toMatchObject({
      name: "PasswordResetRequiredException",
    });
    const [mail] = await messagesTo("olga@example.com");
    const reset = { ClientId: CLIENT_ID, Username, ConfirmationCode: mail?.code, Password: "Second-Horse-9" };
    await sdk.send(new ConfirmForgotPasswordCommand(reset));
    const tokens = (await passwordSignIn(Username, "Second-Horse-9")).AuthenticationResult;
    await sdk.send(new DeleteUserCommand({ AccessToken: tokens?.AccessToken }));
    await expect(sdk.send(new AdminGetUserCommand({ UserPoolId, Username }))).rejects.toMatchObject({
      name: "UserNotFoundException",
    });

    const { Group } = await sdk.send(new GetGroupCommand({ UserPoolId, GroupName: "staff" }));
    expect(Group).toMatchObject({ GroupName: "staff", UserPoolId });
    await expect(sdk.send(new GetGroupCommand({ UserPoolId, GroupName: "none" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  it("has no threat protection to list events of", async () => {
    const command = new AdminListUserAuthEventsCommand({ UserPoolId, Username: "alice" });
    await expect(sdk.send(command)).rejects.toMatchObject({ name: "UserPoolAddOnNotEnabledException" });
  });

  it("signs in from a server, which the flow without credentials does not allow", async () => {
    const AuthParameters = { USERNAME: "alice", PASSWORD: ALICE.password };
    const AuthFlow = "ADMIN_USER_PASSWORD_AUTH" as const;
    const call = { AuthFlow, ClientId: CLIENT_ID, AuthParameters };
    const done = await sdk.send(new AdminInitiateAuthCommand({ UserPoolId, ...call }));
    expect(done.AuthenticationResult?.AccessToken).toBeDefined();
    await expect(sdk.send(new InitiateAuthCommand(call))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  });

  it("signs up, resends, confirms once; a forgotten password is set with the newest code", async () => {
    const Username = "erin";
    const Password = "Fresh-Horse-9";
    const UserAttributes = [{ Name: "email", Value: "erin@example.com" }];
    const signUp = (changes = {}) =>
      sdk.send(new SignUpCommand({ ClientId: CLIENT_ID, Username, Password, UserAttributes, ...changes }));
    await expect(signUp({ Password: "weakling" })).rejects.toMatchObject({
      name: "InvalidPasswordException",
    });
    await expect(signUp({ UserAttributes: [] })).rejects.toMatchObject({ name: "InvalidParameterException" });
    const verified = [...UserAttributes, { Name: "email_verified", Value: "true" }];
    await expect(signUp({ UserAttributes: verified })).rejects.toMatchObject({
      name: "NotAuthorizedException",
    });
    const signedUp = await signUp();
    expect(signedUp).toMatchObject({
      UserConfirmed: false,
      CodeDeliveryDetails: { Destination: "e***@e***", DeliveryMedium: "EMAIL", AttributeName: "email" },
    });
    await expect(signUp()).rejects.toMatchObject({ name: "UsernameExistsException" });
    await expect(passwordSignIn(Username, Password)).rejects.toMatchObject({
      name: "UserNotConfirmedException",
    });

    const old = (await messagesTo("erin@example.com"))[0]?.code ?? "";
    await sdk.send(new ResendConfirmationCodeCommand({ ClientId: CLIENT_ID, Username }));
    const confirm = (ConfirmationCode: string) =>
      sdk.send(new ConfirmSignUpCommand({ ClientId: CLIENT_ID, Username, ConfirmationCode }));
    const fresh = (await messagesTo("erin@example.com"))[0]?.code ?? "";
    if (old !== fresh) {
      await expect(confirm(old)).rejects.toMatchObject({ name: "CodeMismatchException" });
    }
    await confirm(fresh);
    await expect(confirm(fresh)).rejects.toMatchObject({ name: "NotAuthorizedException" });

    await sdk.send(new ForgotPasswordCommand({ ClientId: CLIENT_ID, Username }));
    const code = (await messagesTo("erin@example.com"))[0]?.code ?? "";
    const reset = { ClientId: CLIENT_ID, Username, ConfirmationCode: code, Password: "Second-Horse-9" };
    await sdk.send(new ConfirmForgotPasswordCommand(reset));
    await expect(sdk.send(new ConfirmForgotPasswordCommand(reset))).rejects.toMatchObject({
      name: "ExpiredCodeException",
    });
    const tokens = (await passwordSignIn(Username, "Second-Horse-9")).AuthenticationResult;

    const AccessToken = tokens?.AccessToken;
    const moved = await sdk.send(
      new UpdateUserAttributesCommand({
        AccessToken,
        UserAttributes: [{ Name: "email", Value: "e@example.org" }],
      }),
    );
    expect(moved.CodeDeliveryDetailsList).toHaveLength(1);
    const verify = (Code: string) =>
      sdk.send(new VerifyUserAttributeCommand({ AccessToken, AttributeName: "email", Code }));
    await expect(verify("none")).rejects.toMatchObject({ name: "CodeMismatchException" });
    await verify((await messagesTo("e@example.org"))[0]?.code ?? "");
    const { UserAttributes: now } = await sdk.send(new GetUserCommand({ AccessToken }));
    expect(now).toContainEqual({ Name: "email_verified", Value: "true" });
  });

  it("limits wrong codes", async () => {
    await sdk.send(new ForgotPasswordCommand({ ClientId: CLIENT_ID, Username: "mallory" }));
    const guess = (ConfirmationCode: string) =>
      sdk
        .send(
          new ConfirmForgotPasswordCommand({
            ClientId: CLIENT_ID,
            Username: "mallory",
            ConfirmationCode,
            Password: "Second-Horse-9",
          }),
        )
        .then(
          () => "let in",
          (error: Error) => error.name,
        );
    const names: string[] = [];
    for (let attempt = 0; attempt < 6; attempt += 1) {
      // oxlint-disable-next-line no-await-in-loop
      names.push(await guess("wrong"));
    }
    expect(names).toEqual([...Array<string>(5).fill("CodeMismatchException"), "LimitExceededException"]);
  });

  it("hides which users exist, or does not, as the client is set up", async () => {
    const unknown = (ClientId: string) => passwordSignIn("nobody", "Wrong-Horse-1", ClientId);
    await expect(unknown(CLIENT_ID)).rejects.toMatchObject({ name: "NotAuthorizedException" });
    await expect(unknown(LEGACY_CLIENT)).rejects.toMatchObject({ name: "UserNotFoundException" });
    const forgot = (ClientId: string) =>
      sdk.send(new ForgotPasswordCommand({ ClientId, Username: "nobody" }));
    expect((await forgot(CLIENT_ID)).CodeDeliveryDetails?.DeliveryMedium).toBe("EMAIL");
    await expect(forgot(LEGACY_CLIENT)).rejects.toMatchObject({ name: "UserNotFoundException" });
  });

  describe("a client with a secret", () => {
    const hash = (username: string, secret = SECRET) =>
      createHmac("sha256", secret)
        .update(username + SECRET_CLIENT)
        .digest("base64");

    it("must send SECRET_HASH, made with the typed name", async () => {
      const signIn = (more: object) => passwordSignIn("alice", ALICE.password, SECRET_CLIENT, more);
      await expect(signIn({})).rejects.toMatchObject({ message: /secret was not received/ });
      await expect(signIn({ SECRET_HASH: hash("bob") })).rejects.toMatchObject({ message: /does not match/ });
      expect((await signIn({ SECRET_HASH: hash("alice") })).AuthenticationResult).toBeDefined();
      await expect(
        passwordSignIn("alice", ALICE.password, CLIENT_ID, { SECRET_HASH: "x" }),
      ).rejects.toMatchObject({
        name: "NotAuthorizedException",
      });
    });

    it("refreshes with a hash of the user's own name or sub, not of the alias", async () => {
      const email = "alice@example.com";
      const signedIn = await passwordSignIn(email, ALICE.password, SECRET_CLIENT, {
        SECRET_HASH: hash(email),
      });
      const REFRESH_TOKEN = signedIn.AuthenticationResult?.RefreshToken ?? "";
      const refresh = (SECRET_HASH: string) =>
        sdk.send(
          new InitiateAuthCommand({
            AuthFlow: "REFRESH_TOKEN_AUTH",
            ClientId: SECRET_CLIENT,
            AuthParameters: { REFRESH_TOKEN, SECRET_HASH },
          }),
        );
      await expect(refresh(hash(email))).rejects.toMatchObject({ message: /does not match/ });
      expect((await refresh(hash("alice"))).AuthenticationResult?.AccessToken).toBeDefined();
      expect((await refresh(hash(ALICE.sub))).AuthenticationResult?.AccessToken).toBeDefined();

      const plain = { RefreshToken: REFRESH_TOKEN, ClientId: SECRET_CLIENT };
      const bySecret = new GetTokensFromRefreshTokenCommand({ ...plain, ClientSecret: SECRET });
      expect((await sdk.send(bySecret)).AuthenticationResult?.IdToken).toBeDefined();
      await expect(sdk.send(new GetTokensFromRefreshTokenCommand(plain))).rejects.toMatchObject({
        name: "NotAuthorizedException",
      });
      const revoke = { Token: REFRESH_TOKEN, ClientId: SECRET_CLIENT };
      await expect(sdk.send(new RevokeTokenCommand(revoke))).rejects.toMatchObject({
        name: "UnauthorizedException",
      });
      await sdk.send(new RevokeTokenCommand({ ...revoke, ClientSecret: SECRET }));
      await expect(refresh(hash("alice"))).rejects.toMatchObject({
        message: "Refresh Token has been revoked",
      });
    });
  });
});
