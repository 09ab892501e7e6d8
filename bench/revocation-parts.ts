import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { SEED_USERS } from "../workers/local/seed.ts";
import type { World } from "../workers/local/world.ts";

/** A demo user, in turn; none whom the rules block. */
export function userOf(round: number): (typeof SEED_USERS)[number] {
  const all = SEED_USERS.filter(({ username }) => username !== "mallory"); // blocked by the rules
  const user = all[round % all.length];
  if (user === undefined) {
    throw new Error("the local world has no users");
  }
  return user;
}

/** A token of a sign-in after any revocation so far: one in the same second would not count. */
export async function freshToken(world: World, user: (typeof SEED_USERS)[number]): Promise<string> {
  const second = Math.floor(Date.now() / 1000);
  while (Math.floor(Date.now() / 1000) === second) {
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
  const answer = await fetch(world.cognito.api, {
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
  // The documented shape of the answer (cognito.md 3.2).
  const { AuthenticationResult: result } = (await answer.json()) as {
    AuthenticationResult: { AccessToken: string };
  };
  return result.AccessToken;
}

/** The status that the gateway answers with. */
export async function statusOf(world: World, token: string, method: string, path: string): Promise<number> {
  const answer = await fetch(world.gatewayUrl + path, {
    method,
    headers: { Authorization: `Bearer ${token}` },
    redirect: "manual",
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** Delivers a signed `authenticator.deleted` of this moment; resolves when it is accepted. */
export async function deliver(world: World, sub: string): Promise<void> {
  const body = JSON.stringify({
    version: 1,
    id: randomUUID(),
    source: "https://authsignal.com",
    time: new Date().toISOString(),
    tenantId: "sallyport-local",
    type: "authenticator.deleted",
    data: { userId: sub, userAuthenticatorId: randomUUID(), verificationMethod: "EMAIL_OTP" },
  });
  const t = Math.floor(Date.now() / 1000);
  const mac = createHmac("sha256", world.authsignalSecret).update(`${t}.${body}`).digest("base64");
  const answer = await fetch(world.webhooksUrl, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Signature-V2": `t=${t},v2=${mac.replace("=", "")}` },
    body,
  });
  await answer.arrayBuffer();
  if (answer.status !== 200) {
    throw new Error(`a webhook was answered ${answer.status}`);
  }
}

/** A WebSocket through the gateway, open. */
export async function openSocket(world: World, token: string, path: string): Promise<WebSocket> {
  const socket = new WebSocket(world.gatewayUrl.replace("http", "ws") + path, {
    headers: { Authorization: `Bearer ${token}` },
  });
  await once(socket, "open");
  return socket;
}

/** The app: `ok`, and WebSockets that echo. */
export async function startApp(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    request.resume();
    response.end("ok");
  });
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => {
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on TCP has an address object.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      for (const socket of sockets.clients) {
        socket.terminate();
      }
      server.close();
      server.closeAllConnections();
    },
  };
}
