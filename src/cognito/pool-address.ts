/** A user pool's id is the end of its issuer, and its region what the id begins with, in both formats (cognito.md 1.1). */
export function poolOf(
  issuer: string,
  apiUrl: string | undefined,
): { readonly apiUrl: string; readonly userPoolId: string } {
  const userPoolId = new URL(issuer).pathname.split("/").at(-1) ?? "";
  return {
    userPoolId,
    apiUrl: apiUrl ?? `https://cognito-idp.${userPoolId.split("_")[0] ?? ""}.amazonaws.com`,
  };
}
