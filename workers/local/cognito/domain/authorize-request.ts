import type { AppClient } from "../clients.ts";
import type { Pool } from "../pool.ts";
import type { IdentityProvider } from "../settings.ts";

/** What a checked authorize request asks for. */
export interface AuthorizeRequest {
  readonly client: AppClient;
  readonly responseType: "code" | "token";
  readonly redirectUri: string;
  readonly state?: string;
  readonly nonce?: string;
  readonly scopes: readonly string[];
  readonly codeChallenge?: string;
  readonly resource?: string;
  readonly prompt: readonly string[];
  readonly maxAgeSeconds?: number;
  readonly loginHint: string;
  /** The language that the pages were asked for, as it was written. */
  readonly lang: string;
  /** Who is to sign the user in; absent: the pool itself, or whomever the user chooses. */
  readonly provider?: IdentityProvider;
  /** Whether the choice among providers is skipped. */
  readonly isProviderNamed: boolean;
}

/** Errors that go back to the app (reference 2.1). */
export type AuthorizeError =
  | "invalid_request"
  | "unauthorized_client"
  | "invalid_scope"
  | "server_error"
  | "login_required";

/** A request the app must not hear about, because who or where the app is cannot be trusted: shown as a page. */
export interface UnsafeRequest {
  readonly kind: "page";
  readonly error: "invalid_client" | "redirect_mismatch";
}

/** A refusal that the browser carries back to the app. */
export interface RefusedRequest {
  readonly kind: "redirect";
  readonly location: string;
}

/** Every S256 challenge is 32 bytes (RFC 7636 section 4.2). */
const S256_CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

/** Checks the parameters of `/oauth2/authorize` and `/login`. */
export function readAuthorizeRequest(
  pool: Pool,
  params: URLSearchParams,
): AuthorizeRequest | UnsafeRequest | RefusedRequest {
  const redirectUri = params.get("redirect_uri");
  const client = pool.clients.get(params.get("client_id") ?? "");
  if (client === undefined || repeats(params, "client_id")) {
    return { kind: "page", error: "invalid_client" };
  }
  if (redirectUri === null || repeats(params, "redirect_uri") || !client.callbackUrls.includes(redirectUri)) {
    return { kind: "page", error: "redirect_mismatch" };
  }
  const state = params.get("state") ?? undefined;
  const checked = readTrusted(pool, client, params);
  if (typeof checked === "string") {
    return { kind: "redirect", location: errorRedirect({ redirectUri, state }, checked) };
  }
  return { client, redirectUri, ...(state === undefined ? {} : { state }), ...checked };
}

/** The redirect target with the answer's parameters behind whatever query it has. */
export function withQuery(redirectUri: string, answer: URLSearchParams): string {
  return `${redirectUri}${redirectUri.includes("?") ? "&" : "?"}${answer.toString()}`;
}

/** Where the browser takes an error to. */
export function errorRedirect(
  request: { readonly redirectUri: string; readonly state?: string | undefined },
  error: AuthorizeError,
  description?: string,
): string {
  const answer = new URLSearchParams({ error });
  if (description !== undefined) {
    answer.set("error_description", description);
  }
  if (request.state !== undefined) {
    answer.set("state", request.state);
  }
  return withQuery(request.redirectUri, answer);
}

function readTrusted(
  pool: Pool,
  client: AppClient,
  params: URLSearchParams,
): Omit<AuthorizeRequest, "client" | "redirectUri" | "state"> | AuthorizeError {
  if ([...params.keys()].some((name) => repeats(params, name))) {
    return "invalid_request";
  }
  const responseType = params.get("response_type");
  if (responseType !== "code" && responseType !== "token") {
    return "invalid_request";
  }
  if (!client.oauthFlows.includes(responseType === "code" ? "code" : "implicit")) {
    return "unauthorized_client";
  }
  const scopes = words(params.get("scope"));
  if (!scopes.every((scope) => client.scopes.includes(scope))) {
    return "invalid_scope";
  }
  const codeChallenge = params.get("code_challenge");
  const method = params.get("code_challenge_method");
  if (codeChallenge === null ? method !== null : method !== "S256" || !S256_CHALLENGE.test(codeChallenge)) {
    return "invalid_request";
  }
  const prompt = words(params.get("prompt"));
  const maxAge = params.get("max_age");
  const resource = params.get("resource");
  const provider = providerIn(pool, params);
  const malformed =
    provider === "unknown" ||
    (prompt.includes("none") && prompt.length > 1) ||
    (maxAge !== null && !/^\d{1,9}$/.test(maxAge)) ||
    (resource !== null && !isResource(resource));
  if (malformed) {
    return "invalid_request";
  }
  const nonce = params.get("nonce");
  return {
    responseType,
    scopes: scopes.length === 0 ? client.scopes : [...new Set(scopes)],
    prompt,
    lang: params.get("lang") ?? "",
    isProviderNamed: params.has("identity_provider") || params.has("idp_identifier"),
    ...(provider === undefined ? {} : { provider }),
    loginHint: params.get("login_hint") ?? "",
    ...(nonce === null ? {} : { nonce }),
    ...(codeChallenge === null ? {} : { codeChallenge }),
    ...(resource === null ? {} : { resource }),
    ...(maxAge === null ? {} : { maxAgeSeconds: Number(maxAge) }),
  };
}

/** The provider that `identity_provider` or `idp_identifier` selects; the pool itself is `COGNITO` (reference 2.1). */
function providerIn(pool: Pool, params: URLSearchParams): IdentityProvider | "unknown" | undefined {
  const name = params.get("identity_provider");
  const identifier = params.get("idp_identifier");
  if (name === null && identifier === null) {
    return undefined;
  }
  if (name === "COGNITO") {
    return undefined;
  }
  const providers = [...pool.identityProviders.values()];
  const provider =
    name === null
      ? providers.find(({ identifiers }) => identifiers?.includes(identifier ?? ""))
      : pool.identityProviders.get(name);
  return provider ?? "unknown";
}

function words(value: string | null): readonly string[] {
  return (value ?? "").split(" ").filter((word) => word !== "");
}

function repeats(params: URLSearchParams, name: string): boolean {
  return params.getAll(name).length > 1;
}

/** RFC 8707 section 2: an absolute URI without a fragment. */
function isResource(value: string): boolean {
  return URL.canParse(value) && !value.includes("#");
}
