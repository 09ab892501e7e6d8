import type { SeedUser } from "../../workers/local/seed.ts";
import { send } from "./http.ts";
import type { WatchedWorld } from "./watched-world.ts";

/** What a program gets for a password. */
export interface Tokens {
  readonly accessToken: string;
  readonly idToken: string;
}

/** Signs a program in: InitiateAuth with USER_PASSWORD_AUTH. */
export async function tokensByPassword(world: WatchedWorld, user: SeedUser): Promise<Tokens> {
  const answer = await send(world.cognito.api, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
    },
    body: JSON.stringify({
      AuthFlow: "USER_PASSWORD_AUTH",
      ClientId: world.clientId,
      AuthParameters: { USERNAME: user.username, PASSWORD: user.password },
    }),
  });
  // The documented shape of the answer (cognito.md).
  const { AuthenticationResult: result } = JSON.parse(answer.text) as {
    AuthenticationResult: { AccessToken: string; IdToken: string };
  };
  world.confide(result.AccessToken, result.IdToken, user.password);
  return { accessToken: result.AccessToken, idToken: result.IdToken };
}

/** Signs a program in and gives its access token. */
export async function signInByPassword(world: WatchedWorld, user: SeedUser): Promise<string> {
  return (await tokensByPassword(world, user)).accessToken;
}

/** The header that carries a token. */
export function bearer(token: string): { readonly Authorization: string } {
  return { Authorization: `Bearer ${token}` };
}
