/** The scope that opens the user pool API, the only one an API sign-in gets (reference 1.4). */
export const API_SCOPE = "aws.cognito.signin.user.admin";

/** Every scope the app client may ask for; also the default when it asks for none (reference 2.1). */
export const CLIENT_SCOPES: readonly string[] = ["openid", "email", "phone", "profile", API_SCOPE];

/** Whether tokens with these scopes show the e-mail address. `openid` alone shows everything. */
export function showsEmail(scopes: readonly string[]): boolean {
  return scopes.includes("email") || showsProfile(scopes);
}

/** Whether tokens with these scopes show the profile attributes. */
export function showsProfile(scopes: readonly string[]): boolean {
  const narrowed = scopes.includes("email") || scopes.includes("phone");
  return scopes.includes("profile") || (scopes.includes("openid") && !narrowed);
}
