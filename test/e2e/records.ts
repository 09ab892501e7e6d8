import { expect } from "vitest";
import { scene } from "./stage.ts";

/** A request as the bank received it. */
export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly bodyText: string;
}

/** An action as Authsignal's log has it. */
export interface LoggedAction {
  readonly userId: string;
  readonly actionCode: string;
  readonly state: string;
  readonly custom: Readonly<Record<string, unknown>>;
}

/** The transfers with this reference that reached the bank, as the fields of their bodies. */
export async function transfersAtBank(reference: string): Promise<Record<string, string>[]> {
  const received = await bankRequests();
  return received
    .filter(({ method, url }) => method === "POST" && url === "/transfer")
    .map(({ bodyText }) => Object.fromEntries(new URLSearchParams(bodyText)))
    .filter((fields) => fields["reference"] === reference);
}

/** Everything the bank received, oldest first. */
export async function bankRequests(): Promise<ReceivedRequest[]> {
  return readJson<ReceivedRequest[]>(`${scene.bankUrl}/_log`);
}

/** Everything Authsignal was asked about since the test began, newest first. */
export async function actionsAtAuthsignal(): Promise<LoggedAction[]> {
  return readJson<LoggedAction[]>(`${scene.authsignalApi}/control/actions`);
}

/** The alerts that have arrived, newest first. */
export async function alertsReceived(): Promise<{ readonly body: Record<string, unknown> }[]> {
  return readJson<{ body: Record<string, unknown> }[]>(scene.alertsUrl);
}

async function readJson<T>(url: string): Promise<T> {
  const answer = await fetch(url, { headers: { accept: "application/json" } });
  expect(answer.status).toBe(200);
  return (await answer.json()) as T; // the local world's own documented shapes
}
