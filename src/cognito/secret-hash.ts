/** `SECRET_HASH` of an app client with a secret (cognito.md 3.1): base64 of HMAC-SHA256 over user name and client id. */
export async function secretHash(secret: string, username: string, clientId: string): Promise<string> {
  const encoder = new TextEncoder();
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), hmac, false, ["sign"]);
  const bytes = await crypto.subtle.sign("HMAC", key, encoder.encode(username + clientId));
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}
