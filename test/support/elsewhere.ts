import { expect } from "vitest";
import type { SeedUser } from "../../workers/local/seed.ts";
import { send } from "./http.ts";
import type { WatchedWorld } from "./watched-world.ts";

/** The methods that are approved on another device than the one that asks. */
export const ELSEWHERE = ["PUSH", "QR_CODE", "EMAIL_MAGIC_LINK"] as const;
export type Elsewhere = (typeof ELSEWHERE)[number];

/** Makes Authsignal ask for one method at every small transfer, and gives the person the means for it. */
export async function askBy(world: WatchedWorld, user: SeedUser, method: Elsewhere): Promise<void> {
  await control(world, "PUT", "actions/transfer", {
    defaultOutcome: "CHALLENGE",
    verificationMethods: [method],
  });
  if (method === "EMAIL_MAGIC_LINK") {
    await api(world, `/users/${user.sub}/authenticators`, basic(world.authsignalSecret), {
      verificationMethod: method,
      email: user.email,
    });
  } else {
    await control(world, "POST", `phone/${user.sub}/set-up`, { verificationMethod: method });
  }
}

/**
 * Whoever holds the token of a challenge has the person asked on another device, who says yes there; then asks how it
 * went, again with that first token alone.
 *
 * @returns the token that whoever asks is given.
 */
export async function pollForApproval(
  world: WatchedWorld,
  token: string,
  user: SeedUser,
  method: Elsewhere,
): Promise<string> {
  const by = `Bearer ${token}`;
  const given = await (async () => {
    switch (method) {
      case "PUSH": {
        const { challengeId } = await api(world, "/client/challenge/push", by, { action: "transfer" });
        await control(world, "POST", `phone/${user.sub}/${String(challengeId)}`, { answer: "approve" });
        return (await api(world, "/client/verify/push", by, { challengeId }))["accessToken"];
      }
      case "QR_CODE": {
        const { challengeId, deviceCode } = await api(world, "/client/challenge/qr-code", by, {
          action: "transfer",
        });
        for (const answer of ["scan", "approve"]) {
          await control(world, "POST", `phone/${user.sub}/${String(challengeId)}`, { answer });
        }
        return (await api(world, "/client/verify/qr-code", by, { challengeId, deviceCode }))["token"];
      }
      case "EMAIL_MAGIC_LINK": {
        await api(world, "/client/challenge/email-magic-link", by, {});
        const [mail] = JSON.parse((await send(`${world.authsignal.url}/control/inbox`)).text) as {
          url: string; // the stand-in's documented shape
        }[];
        const link = new URL(mail?.url ?? "");
        await fetch(world.authsignal.url + link.pathname, { method: "POST", body: link.searchParams });
        return (await api(world, "/client/verify/email-magic-link/finalize", by, {}))["accessToken"];
      }
    }
  })();
  expect(given).toBeTypeOf("string");
  world.confide(String(given));
  return String(given);
}

function basic(secret: string): string {
  return `Basic ${Buffer.from(`${secret}:`).toString("base64")}`;
}

async function api(
  world: WatchedWorld,
  path: string,
  authorization: string,
  body: unknown,
): Promise<Record<string, unknown>> {
  const answer = await send(`${world.authsignal.url}/v1${path}`, {
    method: "POST",
    headers: { Authorization: authorization, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
  return JSON.parse(answer.text) as Record<string, unknown>; // every answer of it is an object
}

async function control(world: WatchedWorld, method: string, path: string, body: unknown): Promise<void> {
  const answer = await send(`${world.authsignal.url}/control/${path}`, {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(answer.status, `${path} ${answer.text}`).toBeLessThan(300);
}
