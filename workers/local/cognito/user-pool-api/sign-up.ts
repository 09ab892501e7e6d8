import * as z from "zod";
import { confirmForgotPassword, confirmSignUp, forgotPassword, resendCode } from "../accounts/confirm.ts";
import { register } from "../accounts/register.ts";
import type { CodeDelivery } from "../accounts/codes.ts";
import type { AppClient } from "../clients.ts";
import type { Pool } from "../pool.ts";
import type { ApiError, ApiOutcome } from "./errors.ts";
import { asRecord, attributeTypes, clientByHash, textMap } from "./input.ts";
import { openOperation, type Operation } from "./operation.ts";

const base = {
  ClientId: z.string(),
  Username: z.string().min(1).max(128),
  SecretHash: z.string().optional(),
  ClientMetadata: textMap.optional(),
};
const code = z.string().min(1).max(2048);
const password = z.string().max(256);

const signUpInput = z.object({
  ...base,
  Password: password,
  UserAttributes: attributeTypes.default([]),
  ValidationData: attributeTypes.optional(),
});
const confirmInput = z.object({ ...base, ConfirmationCode: code });
const newPasswordInput = z.object({ ...base, ConfirmationCode: code, Password: password });

/** Calls of people who are not signed in yet. */
export const SIGN_UP_OPERATIONS: Readonly<Record<string, Operation>> = {
  SignUp: openOperation(signUpInput, (pool, input) =>
    withClient(pool, input, (client) => signUp(pool, client, input)),
  ),
  ConfirmSignUp: openOperation(confirmInput, (pool, input) =>
    withClient(pool, input, async (client) => {
      const { Username: username, ConfirmationCode, ClientMetadata: clientMetadata } = input;
      return done(await confirmSignUp(pool, client, { username, code: ConfirmationCode, clientMetadata }));
    }),
  ),
  ResendConfirmationCode: openOperation(z.object(base), (pool, input) =>
    withClient(pool, input, (client) => delivered(resendCode(pool, client, input.Username))),
  ),
  ForgotPassword: openOperation(z.object(base), (pool, input) =>
    withClient(pool, input, (client) => delivered(forgotPassword(pool, client, input.Username))),
  ),
  ConfirmForgotPassword: openOperation(newPasswordInput, (pool, input) =>
    withClient(pool, input, async (client) => {
      const { Username: username, ConfirmationCode, Password, ClientMetadata: clientMetadata } = input;
      const from = { username, code: ConfirmationCode, password: Password, clientMetadata };
      return done(await confirmForgotPassword(pool, client, from));
    }),
  ),
};

async function signUp(
  pool: Pool,
  client: AppClient,
  input: z.output<typeof signUpInput>,
): Promise<ApiOutcome> {
  const registered = await register(pool, client, {
    username: input.Username,
    password: input.Password,
    attributes: asRecord(input.UserAttributes),
    validationData: input.ValidationData === undefined ? undefined : asRecord(input.ValidationData),
    clientMetadata: input.ClientMetadata,
  });
  if ("error" in registered) {
    return registered;
  }
  const { user, delivery } = registered;
  return {
    body: {
      UserConfirmed: user.status === "CONFIRMED",
      UserSub: user.sub,
      ...(delivery === undefined ? {} : { CodeDeliveryDetails: delivery }),
    },
  };
}

function withClient(
  pool: Pool,
  input: { readonly ClientId: string; readonly Username: string; readonly SecretHash?: string | undefined },
  run: (client: AppClient) => Promise<ApiOutcome> | ApiOutcome,
): Promise<ApiOutcome> | ApiOutcome {
  const client = clientByHash(pool, input.ClientId, [input.Username], input.SecretHash);
  return "error" in client ? client : run(client);
}

function delivered(outcome: CodeDelivery | ApiError): ApiOutcome {
  return "error" in outcome ? outcome : { body: { CodeDeliveryDetails: outcome } };
}

function done(outcome: object | ApiError): ApiOutcome {
  return "error" in outcome ? outcome : { body: {} };
}
