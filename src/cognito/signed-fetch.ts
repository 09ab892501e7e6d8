import { AwsV4Signer } from "aws4fetch";

/** AWS credentials of somebody who may call the pool's Admin operations. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A `fetch` whose requests to a user pool's API are signed (SigV4, service `cognito-idp`; cognito.md 3.1). */
export function signedFetch(
  credentials: AwsCredentials,
  region: string,
  fetchFunction: typeof fetch,
): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const signer = new AwsV4Signer({
      ...credentials,
      service: "cognito-idp",
      region,
      method: request.method,
      url: request.url,
      headers: request.headers,
      body: await request.text(),
    });
    const { method, url, headers, body } = await signer.sign();
    return fetchFunction(url, { ...init, method, headers, body: body ?? null });
  };
}
