import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { AdminCredentials } from "./pool.ts";
import type { ApiError } from "./user-pool-api/errors.ts";

const ALGORITHM = "AWS4-HMAC-SHA256";
const SERVICE = "cognito-idp";
const CLOCK_TOLERANCE_MS = 5 * 60 * 1000;
const AMZ_DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** A request as it is signed. */
export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  header(name: string): string | undefined;
  readonly body: string;
}

/** Who may sign, for where, and when it is. */
export interface Signer {
  readonly credentials: AdminCredentials;
  readonly region: string;
  readonly nowMs: number;
}

/** Checks an AWS Signature Version 4 in the `Authorization` header; `undefined` is a good one. */
export function signatureProblem(request: SignedRequest, signer: Signer): ApiError | undefined {
  const authorization = request.header("Authorization");
  if (authorization === undefined) {
    return { error: "MissingAuthenticationTokenException", message: "Missing Authentication Token" };
  }
  const parts = readAuthorization(authorization);
  const date = request.header("X-Amz-Date");
  const signedAtMs = date === undefined ? undefined : timeOf(date);
  if (parts === undefined || date === undefined || signedAtMs === undefined) {
    return {
      error: "IncompleteSignatureException",
      message:
        "Authorization header requires 'Credential', 'Signature', 'SignedHeaders' and a 'X-Amz-Date' header.",
    };
  }
  const [accessKeyId, day, region, service, terminator] = parts.credential;
  if (accessKeyId !== signer.credentials.accessKeyId) {
    return {
      error: "UnrecognizedClientException",
      message: "The security token included in the request is invalid.",
    };
  }
  const scope = `${date.slice(0, 8)}/${signer.region}/${SERVICE}/aws4_request`;
  if ([day, region, service, terminator].join("/") !== scope) {
    return invalid(`Credential should be scoped to ${scope}.`);
  }
  if (Math.abs(signer.nowMs - signedAtMs) > CLOCK_TOLERANCE_MS) {
    return invalid(`Signature expired: ${date} is not within 5 min. of the time of this service.`);
  }
  const unsigned = ["host", "x-amz-date", "x-amz-target"].find((name) => !parts.signedHeaders.includes(name));
  if (unsigned !== undefined) {
    return invalid(`'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`);
  }
  const key = [date.slice(0, 8), signer.region, SERVICE, "aws4_request"].reduce<Buffer>(
    (secret, part) => hmac(secret, part),
    Buffer.from(`AWS4${signer.credentials.secretAccessKey}`),
  );
  const canonical = canonicalRequest(request, parts.signedHeaders);
  const expected = hmac(key, [ALGORITHM, date, scope, sha256(canonical)].join("\n"));
  const given = Buffer.from(parts.signature, "hex");
  return given.length === expected.length && timingSafeEqual(given, expected)
    ? undefined
    : invalid(
        "The request signature we calculated does not match the signature you provided. " +
          "Check your AWS Secret Access Key and signing method.",
      );
}

interface AuthorizationParts {
  readonly credential: readonly string[];
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

function readAuthorization(value: string): AuthorizationParts | undefined {
  if (!value.startsWith(`${ALGORITHM} `)) {
    return undefined;
  }
  const members = new Map(
    value
      .slice(ALGORITHM.length + 1)
      .split(",")
      .map((member) => member.trim())
      .map((member) => [member.slice(0, member.indexOf("=")), member.slice(member.indexOf("=") + 1)]),
  );
  const [credential, signedHeaders, signature] = ["Credential", "SignedHeaders", "Signature"].map((name) =>
    members.get(name),
  );
  const isComplete = credential !== undefined && signedHeaders !== undefined && signature !== undefined;
  const scope = credential?.split("/") ?? [];
  return isComplete && scope.length === 5 && /^[0-9a-f]{64}$/.test(signature)
    ? { credential: scope, signedHeaders: signedHeaders.split(";"), signature }
    : undefined;
}

function canonicalRequest({ method, url, header, body }: SignedRequest, names: readonly string[]): string {
  const { pathname, searchParams } = new URL(url);
  const query = [...searchParams]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .toSorted()
    .join("&");
  const headers = names.map((name) => `${name}:${(header(name) ?? "").trim().replaceAll(/ +/g, " ")}\n`);
  return [method, pathname, query, headers.join(""), names.join(";"), sha256(body)].join("\n");
}

function timeOf(date: string): number | undefined {
  const [, year, month, day, hour, minute, second] = AMZ_DATE.exec(date) ?? [];
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

function invalid(message: string): ApiError {
  return { error: "InvalidSignatureException", message };
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

function sha256(data: string): string {
  return createHash("sha256").update(data).digest("hex");
}
