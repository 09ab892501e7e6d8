import { Authsignal } from "@authsignal/node";
import { fc } from "../../support/properties.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { importSigningKeys, readSignature, verifySignature } from "../../../src/events/signature.ts";
import { headerOf, signatureOf } from "./signing.ts";

const SECRET = "test_secret_key";
const OTHER_SECRET = "another_secret_key";
const NOW = 1_700_000_000;
const BODY =
  '{"version":1,"id":"00000000-0000-4000-8000-000000000001","source":"https://authsignal.com","time":"2023-11-14T22:13:20.000Z","tenantId":"t1","type":"authenticator.created","data":{"userId":"u1"}}';
const SIGNATURE = "0/QyfJmfZpP/QLjYuNBIko0SYcbZMzy8zQttEFDrFZY";

/** The verdict in one word. */
async function verdict(
  header: string | null,
  options: { body?: string | Uint8Array; secrets?: readonly string[]; nowSeconds?: number } = {},
): Promise<string> {
  const { body = BODY, secrets = [SECRET], nowSeconds = NOW } = options;
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const signature = readSignature(header);
  if (signature === undefined) {
    return "malformed";
  }
  const result = await verifySignature({
    header: signature,
    body: bytes,
    keys: await importSigningKeys(secrets),
    nowSeconds,
  });
  return result.ok ? "accepted" : result.error;
}

describe("a signature", () => {
  it("is accepted as the reference's test vector has it", async () => {
    expect(await verdict(`t=${NOW},v2=${SIGNATURE}`)).toBe("accepted");
  });

  it("is accepted from either key while keys are rotated, on either side", async () => {
    const both = headerOf([SECRET, OTHER_SECRET], NOW, BODY);
    expect(await verdict(both, { secrets: [OTHER_SECRET] })).toBe("accepted");
    expect(await verdict(both, { secrets: ["retired", SECRET] })).toBe("accepted");
    expect(await verdict(both, { secrets: ["retired"] })).toBe("mismatch");
  });

  it("covers the bytes, not the text they might stand for", async () => {
    const bytes = Uint8Array.of(0xff, 0xfe, 0x00);
    expect(await verdict(headerOf([SECRET], NOW, bytes), { body: bytes })).toBe("accepted");
    expect(await verdict(headerOf([SECRET], NOW, "\ufffd\ufffd\0"), { body: bytes })).toBe("mismatch");
  });

  it.each([
    ["t after v2", `v2=${SIGNATURE},t=${NOW}`],
    ["a scheme to come", `t=${NOW},v3=abc,v2=${SIGNATURE}`],
    ["a wrong signature before the right one", `t=${NOW},v2=${"A".repeat(43)},v2=${SIGNATURE}`],
  ])("is accepted with %s", async (_, header) => {
    expect(await verdict(header)).toBe("accepted");
  });

  it.each([
    ["another body", headerOf([SECRET], NOW, `${BODY} `)],
    ["another key", headerOf([OTHER_SECRET], NOW, BODY)],
    ["another time", `t=${NOW + 1},v2=${SIGNATURE}`],
    ["another scheme's name", `t=${NOW},v2=${signatureOf(SECRET, "", BODY)}`],
  ])("is a mismatch for %s", async (_, header) => {
    expect(await verdict(header)).toBe("mismatch");
  });

  it.each([
    ["no header", null],
    ["an empty one", ""],
    ["no time", `v2=${SIGNATURE}`],
    ["no signature", `t=${NOW}`],
    ["two times", `t=${NOW},t=${NOW},v2=${SIGNATURE}`],
    ["a time that is no number", `t=abc,v2=${SIGNATURE}`],
    ["an infinite time", `t=Infinity,v2=${SIGNATURE}`],
    ["a time with a sign", `t=+${NOW},v2=${SIGNATURE}`],
    ["a time with a leading zero", `t=0${NOW},v2=${SIGNATURE}`],
    ["a time in hexadecimal", `t=0x${NOW.toString(16)},v2=${SIGNATURE}`],
    ["a time with a fraction", `t=${NOW}.0,v2=${SIGNATURE}`],
    ["white space", `t=${NOW}, v2=${SIGNATURE}`],
    ["base64 with padding", `t=${NOW},v2=${SIGNATURE}=`],
    ["base64 for URLs", `t=${NOW},v2=${SIGNATURE.replaceAll("/", "_")}`],
    ["a signature that is too short", `t=${NOW},v2=${SIGNATURE.slice(1)}`],
    ["a second spelling of the same bytes", `t=${NOW},v2=${SIGNATURE.slice(0, -1)}Z`],
    ["a malformed signature beside the right one", `t=${NOW},v2=x,v2=${SIGNATURE}`],
    ["an empty part", `t=${NOW},,v2=${SIGNATURE}`],
    ["too many parts", `t=${NOW}${`,v2=${SIGNATURE}`.repeat(8)}`],
    ["too long a header", `t=${NOW},v2=${SIGNATURE}${",v9=".padEnd(120, "x").repeat(9)}`],
  ])("is malformed with %s", async (_, header) => {
    expect(await verdict(header)).toBe("malformed");
  });

  it("holds for five minutes, either way, and says which way it is wrong when nothing else is", async () => {
    const header = `t=${NOW},v2=${SIGNATURE}`;
    expect(await verdict(header, { nowSeconds: NOW + 300 })).toBe("accepted");
    expect(await verdict(header, { nowSeconds: NOW + 300.001 })).toBe("stale");
    expect(await verdict(header, { nowSeconds: NOW - 300 })).toBe("accepted");
    expect(await verdict(header, { nowSeconds: NOW - 300.001 })).toBe("early");
    expect(await verdict(header, { nowSeconds: NOW + 1e6, secrets: ["retired"] })).toBe("mismatch");
  });

  it("is never accepted without a key", async () => {
    expect(await verdict(`t=${NOW},v2=${SIGNATURE}`, { secrets: [] })).toBe("mismatch");
  });
});

describe("beside Authsignal's SDK", () => {
  // Half a second past: the SDK rounds its clock, we do not round ours.
  const nowSeconds = NOW + 0.5;
  const { webhook } = new Authsignal({ apiSecretKey: SECRET, apiUrl: "http://127.0.0.1:9/v1", retries: 0 });
  const sdkAccepts = (header: string, body: string): boolean => {
    try {
      webhook.constructEvent(body, header);
      return true;
    } catch {
      return false;
    }
  };

  beforeEach(() => {
    vi.useFakeTimers({ now: nowSeconds * 1000, toFake: ["Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const times = fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: -310, max: 310 }).map((offset) => NOW + offset) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(NOW - 301, NOW - 300, NOW - 299, NOW + 300, NOW + 301, NOW + 1e9, 0, -1),
    },
  );
  const bodies = fc.oneof(fc.constant(BODY), fc.json(), fc.string({ unit: "binary" }));
  /** Pieces that a header may hold beside its right ones. */
  const pieces = (time: number, body: string) =>
    fc.oneof(
      fc.constantFrom(
        `v2=${signatureOf(OTHER_SECRET, time, body)}`,
        `v2=${signatureOf(SECRET, time, body)}=`,
        ` v2=${signatureOf(SECRET, time, body)}`,
        `t=${time}`,
        `t=0${time}`,
        `t=${time}x`,
        "v3=x",
        "",
      ),
      fc.string({ maxLength: 50 }),
    );
  /** A right header with pieces added, put in another order or left out, and sometimes one character changed. */
  const headers = (body: string) =>
    times.chain((time) => {
      const right = [`t=${time}`, `v2=${signatureOf(SECRET, time, body)}`];
      const parts = fc
        .oneof(fc.constant([]), fc.constant(["v3=x"]), fc.array(pieces(time, body), { maxLength: 3 }))
        .chain((extra) =>
          fc.shuffledSubarray([...right, ...extra], {
            minLength: Math.max(1, right.length + extra.length - 1),
          }),
        );
      const edits = fc.oneof(
        { weight: 3, arbitrary: fc.constant(undefined) },
        {
          weight: 1,
          arbitrary: fc.record({
            at: fc.nat(120),
            character: fc.constantFrom("A", "Z", "=", ",", " ", "0", "x"),
          }),
        },
      );
      return fc.tuple(parts, edits).map(([texts, edit]) => {
        const header = texts.join(",");
        return edit === undefined
          ? header
          : header.slice(0, edit.at) + edit.character + header.slice(edit.at + 1);
      });
    });

  it("accepts nothing that the SDK refuses", async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(
        bodies.chain((body) => fc.tuple(fc.constant(body), headers(body))),
        async ([body, header]) => {
          // The SDK also parses the body; here that is the next step's task.
          if (isJson(body) && (await verdict(header, { body, nowSeconds })) === "accepted") {
            accepted += 1;
            expect(sdkAccepts(header, body)).toBe(true);
          }
        },
      ),
      { numRuns: 2_000 },
    );
    expect(accepted).toBeGreaterThan(50);
  });

  it.each([
    [
      "the future has no end for the SDK; a stolen delivery could be kept for later",
      headerOf([SECRET], NOW + 301, BODY),
    ],
    [
      "the SDK reads a time up to what is not a digit; we take one spelling only",
      `t=${NOW}x,v2=${SIGNATURE}`,
    ],
    ["the SDK drops leading zeros of the time", `t=0${NOW},v2=${SIGNATURE}`],
    [
      "of two times the SDK takes the last; a header with two says nothing clear",
      `t=1,t=${NOW},v2=${SIGNATURE}`,
    ],
    ["the SDK drops the padding of base64; Authsignal sends none", `t=${NOW},v2=${SIGNATURE}=`],
    ["the SDK passes over malformed signatures; Authsignal sends none", `t=${NOW},v2=x,v2=${SIGNATURE}`],
    ["the SDK passes over parts without a name", `t=${NOW},,v2=${SIGNATURE}`],
    ["the SDK reads headers of any length", `t=${NOW}${",v9=x".repeat(300)},v2=${SIGNATURE}`],
  ])("refuses what the SDK accepts, on purpose: %s", async (_, header) => {
    expect(sdkAccepts(header, BODY)).toBe(true);
    expect(await verdict(header, { nowSeconds })).not.toBe("accepted");
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
