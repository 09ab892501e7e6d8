import {
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  type InitiateAuthCommandOutput,
  type RespondToAuthChallengeCommandOutput,
} from "@aws-sdk/client-cognito-identity-provider";
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from "amazon-cognito-identity-js";
import type { CognitoStandIn } from "../../../workers/local/cognito/start.ts";

/** Where a sign-in stands for its client: signed in, asked something, or refused with these words. */
export interface Standing {
  readonly signedIn: boolean;
  readonly asked: Readonly<Record<string, string>>;
  readonly refused: string | undefined;
  readonly accessToken: string | undefined;
}

/** A passwordless sign-in by the AWS SDK, one answer at a time. */
export class Attempt {
  readonly #api: CognitoIdentityProviderClient;
  readonly #clientId: string;
  #session: string | undefined;
  #username: string;

  constructor(cognito: CognitoStandIn, clientId: string, username: string) {
    this.#api = new CognitoIdentityProviderClient({
      region: "us-east-1",
      endpoint: cognito.api,
      credentials: { accessKeyId: "none", secretAccessKey: "none" },
      maxAttempts: 1,
    });
    this.#clientId = clientId;
    this.#username = username;
  }

  start(): Promise<Standing> {
    return this.#standing(() =>
      this.#api.send(
        new InitiateAuthCommand({
          AuthFlow: "CUSTOM_AUTH",
          ClientId: this.#clientId,
          AuthParameters: { USERNAME: this.#username },
        }),
      ),
    );
  }

  answer(answer: string, metadata: Readonly<Record<string, string>> = {}): Promise<Standing> {
    return this.#standing(() =>
      this.#api.send(
        new RespondToAuthChallengeCommand({
          ClientId: this.#clientId,
          ChallengeName: "CUSTOM_CHALLENGE",
          Session: this.#session,
          ChallengeResponses: { USERNAME: this.#username, ANSWER: answer },
          ClientMetadata: { ...metadata },
        }),
      ),
    );
  }

  /** Starts, and answers the preparation when there is one. */
  async begin(metadata: Readonly<Record<string, string>> = {}): Promise<Standing> {
    const first = await this.start();
    return first.asked["step"] === "prepare" ? this.answer("ready", metadata) : first;
  }

  async #standing(
    send: () => Promise<InitiateAuthCommandOutput | RespondToAuthChallengeCommandOutput>,
  ): Promise<Standing> {
    try {
      const { AuthenticationResult, ChallengeParameters, Session } = await send();
      this.#session = Session;
      this.#username = ChallengeParameters?.["USERNAME"] ?? this.#username;
      return {
        signedIn: AuthenticationResult?.AccessToken !== undefined,
        asked: ChallengeParameters ?? {},
        refused: undefined,
        accessToken: AuthenticationResult?.AccessToken,
      };
    } catch (error) {
      const refused = error instanceof Error ? error.message : String(error);
      return { signedIn: false, asked: {}, refused, accessToken: undefined };
    }
  }
}

/** A sign-in with a password first by `amazon-cognito-identity-js`; `answerOf` gives each challenge's answer. */
export function signInWithPassword(
  cognito: CognitoStandIn,
  clientId: string,
  { username, password }: { readonly username: string; readonly password: string },
  answerOf: (
    asked: Readonly<Record<string, string>>,
  ) => Promise<{ readonly answer: string; readonly metadata?: Record<string, string> } | undefined>,
): Promise<Standing> {
  const storage = new Map<string, string>();
  const Storage = {
    getItem: (key: string) => storage.get(key) ?? null,
    setItem: (key: string, value: string) => void storage.set(key, value),
    removeItem: (key: string) => void storage.delete(key),
    clear: () => storage.clear(),
  };
  const Pool = new CognitoUserPool({
    UserPoolId: new URL(cognito.issuer).pathname.slice(1),
    ClientId: clientId,
    endpoint: cognito.api,
    Storage,
  });
  const user = new CognitoUser({ Username: username, Pool, Storage });
  user.setAuthenticationFlowType("CUSTOM_AUTH");
  return new Promise((resolve) => {
    const end = (standing: Partial<Standing>): void =>
      resolve({ signedIn: false, asked: {}, refused: undefined, accessToken: undefined, ...standing });
    const callbacks = {
      onSuccess: (session: { getAccessToken(): { getJwtToken(): string } }) =>
        end({ signedIn: true, accessToken: session.getAccessToken().getJwtToken() }),
      onFailure: (error: Error) => end({ refused: error.message }),
      customChallenge: (asked: Record<string, string>) => {
        void answerOf(asked).then((reply) =>
          reply === undefined
            ? end({ asked })
            : user.sendCustomChallengeAnswer(reply.answer, callbacks, reply.metadata ?? {}),
        );
      },
    };
    user.authenticateUser(new AuthenticationDetails({ Username: username, Password: password }), callbacks);
  });
}
