/** The scope that opens the user pool API, the only one an API sign-in gets (reference 1.4). */
export const API_SCOPE = "aws.cognito.signin.user.admin";

/** The built-in scopes, which an app client may ask for unless it is set up with fewer or others. */
export const CLIENT_SCOPES: readonly string[] = ["openid", "email", "phone", "profile", API_SCOPE];

/** Whether tokens with these scopes show the attribute; `openid` without a narrower scope shows everything. */
export function shows(scopes: readonly string[], attribute: string): boolean {
  if (attribute === "email" || attribute === "email_verified") {
    return scopes.includes("email") || showsProfile(scopes);
  }
  if (attribute === "phone_number" || attribute === "phone_number_verified") {
    return scopes.includes("phone") || showsProfile(scopes);
  }
  return showsProfile(scopes);
}

function showsProfile(scopes: readonly string[]): boolean {
  const narrowed = scopes.includes("email") || scopes.includes("phone");
  return scopes.includes("profile") || (scopes.includes("openid") && !narrowed);
}
