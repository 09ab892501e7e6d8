import { createHash, createHmac } from "node:crypto";
import type { CognitoStandIn } from "../../../../workers/local/cognito/start.ts";

const SIGNED_HEADERS = "host;x-amz-date;x-amz-target";

/** A user pool API call that is signed as the administrator's, whatever its body. */
export async function callSigned(
  pool: CognitoStandIn,
  operation: string,
  body: string,
): Promise<{ readonly status: number; readonly type: string }> {
  const target = `AWSCognitoIdentityProviderService.${operation}`;
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const scope = `${date.slice(0, 8)}/us-east-1/cognito-idp/aws4_request`;
  const { host } = new URL(pool.api);
  const request = [
    "POST",
    "/",
    "",
    `host:${host}`,
    `x-amz-date:${date}`,
    `x-amz-target:${target}`,
    "",
    SIGNED_HEADERS,
    sha256(body),
  ].join("\n");
  const [day = "", region = "", service = "", terminator = ""] = scope.split("/");
  const dayKey = hmac(Buffer.from(`AWS4${pool.admin.secretAccessKey}`), day);
  const key = hmac(hmac(hmac(dayKey, region), service), terminator);
  const signature = hmac(key, ["AWS4-HMAC-SHA256", date, scope, sha256(request)].join("\n")).toString("hex");
  const response = await fetch(pool.api, {
    method: "POST",
    headers: {
      "X-Amz-Date": date,
      "X-Amz-Target": target,
      Authorization: `AWS4-HMAC-SHA256 Credential=${pool.admin.accessKeyId}/${scope}, SignedHeaders=${SIGNED_HEADERS}, Signature=${signature}`,
    },
    body,
  });
  const answer: unknown = await response.json();
  return { status: response.status, type: String(Object(answer).__type) };
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

function sha256(data: string): string {
  return createHash("sha256").update(data).digest("hex");
}
