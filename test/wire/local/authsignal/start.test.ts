import { expect, test } from "vitest";
import { startAuthsignal } from "../../../../workers/local/authsignal/start.ts";
import { SEED_USERS } from "../../../../workers/local/seed.ts";
import { SECRET_KEY, startWorld, TENANT_ID } from "./harness.ts";

test("a busy port is refused with the error of listen", async () => {
  const { standIn } = await startWorld();
  const port = Number(new URL(standIn.url).port);
  await expect(
    startAuthsignal({ port, secretKey: SECRET_KEY, tenantId: TENANT_ID, users: SEED_USERS }),
  ).rejects.toMatchObject({ code: "EADDRINUSE", port });
  await standIn.close();
});

test("the API answers under /v1 and without it, on loopback only", async () => {
  const { standIn } = await startWorld();
  const headers = { authorization: `Basic ${btoa(`${SECRET_KEY}:`)}` };
  for (const base of [standIn.url, `${standIn.url}/v1`]) {
    expect((await fetch(`${base}/users/u`, { headers })).status).toBe(200);
  }
  expect(new URL(standIn.publicUrl).host).toBe(`authsignal.localhost:${new URL(standIn.url).port}`);
  await standIn.close();
  await expect(fetch(standIn.url)).rejects.toThrow("fetch failed");
});

test("an empty secret is refused at the start", async () => {
  await expect(
    startAuthsignal({ port: 0, secretKey: "", tenantId: TENANT_ID, users: SEED_USERS }),
  ).rejects.toThrow("secretKey");
});
