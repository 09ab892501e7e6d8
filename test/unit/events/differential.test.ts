import { Authsignal } from "@authsignal/node";
import { fc } from "../../support/properties.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { bodyRoom } from "../../../src/http/body-room.ts";
import { floodBrake } from "../../../src/events/brake.ts";
import { senders } from "../../../src/events/senders.ts";
import { importSigningKeys } from "../../../src/events/signature.ts";
import { accept } from "../../../workers/webhooks/accept.ts";
import type { Receiver } from "../../../workers/webhooks/receiver.ts";
import { EVENT_TIME_MS, TENANT_ID, wireEvent, wireRecord } from "./fixtures.ts";
import { headerOf } from "./signing.ts";

const SECRET = "test_secret_key";
const NOW_SECONDS = EVENT_TIME_MS / 1000;
const { webhook } = new Authsignal({ apiSecretKey: SECRET, apiUrl: "http://127.0.0.1:9/v1", retries: 0 });

type Body = string | Uint8Array<ArrayBuffer>;

/** The SDK takes a text: what an app has read from the request, as UTF-8. */
function sdkAccepts(header: string, body: Body): boolean {
  try {
    webhook.constructEvent(typeof body === "string" ? body : new TextDecoder().decode(body), header);
    return true;
  } catch {
    return false;
  }
}

async function weAccept(header: string, body: Body): Promise<boolean> {
  const request = new Request("https://hooks.example/webhooks/authsignal", {
    method: "POST",
    headers: { "content-type": "application/json", "x-signature-v2": header },
    body,
  });
  // The parts of a receiver that accepting needs.
  const receiver = {
    signingKeys: await importSigningKeys([SECRET]),
    rules: { tenantId: TENANT_ID },
    brake: floodBrake(() => 0),
    adminBrake: floodBrake(() => 0),
    senders: senders(
      () => 0,
      () => 0.5,
    ),
    room: bodyRoom(),
    nowMs: () => EVENT_TIME_MS,
  } as unknown as Receiver;
  return (await accept(request, receiver, () => undefined)).ok;
}

beforeEach(() => {
  vi.useFakeTimers({ now: EVENT_TIME_MS, toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a whole delivery, beside the SDK's constructEvent", () => {
  const right = fc.constantFrom(
    JSON.stringify(wireEvent()),
    JSON.stringify(wireEvent({ type: "something.new", data: { userId: "é😀" } })),
    JSON.stringify({ records: [wireRecord(), wireRecord({ id: "record-2" })] }),
  );
  /** A right body as it is, with a few characters changed, or something else. */
  const bodies = fc.oneof(
    right,
    fc
      .tuple(right, fc.nat(400), fc.constantFrom("", " ", '"', "}", "\\", "\u0000", "😀", '"id":1,'))
      .map(([text, at, piece]) => text.slice(0, at) + piece + text.slice(at + piece.length)),
    fc.json(),
    fc.string({ unit: "binary" }),
  );
  const headers = (body: string) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constant(headerOf([SECRET], NOW_SECONDS, body)) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          headerOf([SECRET], NOW_SECONDS - 301, body),
          headerOf(["another"], NOW_SECONDS, body),
          headerOf([SECRET], NOW_SECONDS, `${body} `),
        ),
      },
    );

  it("is accepted only where the SDK accepts it", { timeout: 30_000 }, async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(
        bodies.chain((body) => fc.tuple(fc.constant(body), headers(body))),
        async ([body, header]) => {
          if (await weAccept(header, body)) {
            accepted += 1;
            expect(sdkAccepts(header, body)).toBe(true);
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(50);
  });

  it.each([
    ["an event of another tenant", JSON.stringify(wireEvent({ tenantId: "tenant-2" }))],
    ["another source", JSON.stringify(wireEvent({ source: "https://example.com" }))],
    ["a version to come", JSON.stringify(wireEvent({ version: 2 }))],
    [
      "an event without an id, which could not be told from its repetition",
      JSON.stringify(wireEvent({ id: undefined })),
    ],
    ["a time that is none", JSON.stringify(wireEvent({ time: "yesterday" }))],
    ["a known type without its user", JSON.stringify(wireEvent({ data: {} }))],
    ["a batch of nothing but bad records", JSON.stringify({ records: [{}] })],
    [
      "a name twice, of which each reader takes another",
      JSON.stringify(wireEvent()).replace("{", '{"id":"x",'),
    ],
    ["JSON that is no event", '"text"'],
  ])("is refused although the SDK accepts it, on purpose: %s", async (_, body) => {
    const header = headerOf([SECRET], NOW_SECONDS, body);
    expect(sdkAccepts(header, body)).toBe(true);
    expect(await weAccept(header, body)).toBe(false);
  });
});
