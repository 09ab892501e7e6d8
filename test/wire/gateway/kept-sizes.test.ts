import { createHash, randomBytes } from "node:crypto";
import { writeFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startOrigin, type Origin } from "../../support/origin.ts";
import { passChallenge, signInPerson, type Person } from "../../support/person.ts";
import { ALICE } from "../../support/users.ts";
import { resetAuthsignal, startWatchedWorld, type WatchedWorld } from "../../support/watched-world.ts";

/** The most that can be configured. */
const LIMIT_BYTES = 8_388_608;
const BOUNDARY = "----a-boundary-of-this-test";
const POLICY = {
  version: 1,
  default: { require: "sign-in" },
  routes: [
    {
      id: "claim",
      match: { methods: ["POST"], path: "/claims", contentTypes: ["multipart/form-data"] },
      require: "step-up",
      action: "kept",
      attributes: {
        amount: { from: "multipart", name: "amount", type: "number", required: true },
      },
      summary: [{ label: "Claim", attribute: "amount" }],
    },
    { id: "drop", match: { methods: ["POST"], path: "/drop" }, require: "step-up", action: "kept" },
  ],
};

let folder: string;
let origin: Origin;
let world: WatchedWorld;
let alice: Person;
/** What reached the app: the digest of the bytes, and what they are. */
let received: { readonly digest: string; readonly type: string | undefined; readonly length: number }[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-kept-"));
  const policyFile = join(folder, "policy.json");
  await writeFile(policyFile, JSON.stringify(POLICY));
  origin = await startOrigin();
  world = await startWatchedWorld({
    origin: origin.url,
    policyFile,
    vars: { KEPT_BODY_BYTES: String(LIMIT_BYTES) },
  });
  alice = await signInPerson(world, ALICE);
});
beforeEach(async () => {
  received = [];
  origin.clear();
  origin.answerWith((request, response) => {
    const hash = createHash("sha256");
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      hash.update(chunk);
      length += chunk.byteLength;
    });
    request.resume();
    request.on("end", () => {
      received.push({ digest: hash.digest("hex"), type: request.headers["content-type"], length });
      response.end("ok");
    });
  });
  await resetAuthsignal(world);
  await fetch(`${world.authsignal.url}/control/actions/kept`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ defaultOutcome: "CHALLENGE" }),
  });
});
afterAll(async () => {
  await world.close();
  await origin.close();
  await rm(folder, { recursive: true });
  expect(world.leaks()).toEqual([]);
});

const digestOf = (body: Uint8Array) => createHash("sha256").update(body).digest("hex");

/** A form with a file of random bytes, so long that the whole is `bytes` long. */
function multipart(bytes: number): Buffer {
  const head = Buffer.from(
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="amount"\r\n\r\n80\r\n` +
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="letter"; filename="Brief ä.pdf"\r\n` +
      `Content-Type: application/pdf\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${BOUNDARY}--\r\n`);
  // A boundary's first bytes cannot come up by chance in what is drawn here.
  const file = randomBytes(bytes - head.byteLength - tail.byteLength).map((byte) =>
    byte === 45 ? 46 : byte,
  );
  return Buffer.concat([head, file, tail]);
}

/** Sends a form as a browser does, whatever its type. */
function sendForm(path: string, type: string, body: Uint8Array, declaredBytes = body.byteLength) {
  return alice.browser.request(world.gatewayUrl + path, {
    method: "POST",
    headers: {
      "Content-Type": type,
      "Content-Length": String(declaredBytes),
      Accept: "text/html",
      Origin: world.gatewayUrl,
      "Sec-Fetch-Mode": "navigate",
      "Sec-Fetch-Dest": "document",
      "Sec-Fetch-Site": "same-origin",
    },
    body,
  });
}

describe("a form of any type", () => {
  it.each<[string, string, string, Uint8Array]>([
    [
      "with a file, as long as may be",
      "/claims",
      `multipart/form-data; boundary=${BOUNDARY}`,
      multipart(LIMIT_BYTES),
    ],
    ["with a small file", "/claims", `multipart/form-data; boundary=${BOUNDARY}`, multipart(2_000)],
    ["of plain text", "/drop", "text/plain", Buffer.from("a=1\r\nb=ü\r\n")],
    ["of any bytes", "/drop", "application/octet-stream", randomBytes(70_000)],
    ["without a word", "/drop", "application/x-www-form-urlencoded", Buffer.from("")],
    [
      "as long as a ticket",
      "/drop",
      "application/x-www-form-urlencoded",
      Buffer.from("a=".padEnd("sallyport-ticket=".length + 36 + 1 + 43, "x")),
    ],
  ])("%s is kept and sent byte for byte", async (_what, path, type, body) => {
    const answer = await sendForm(path, type, body);
    expect(answer.status).toBe(303);
    const approval = await alice.browser.open(
      new URL(answer.headers.get("location") ?? "", world.gatewayUrl),
      world.gatewayUrl,
    );
    expect(approval.words).toContain("Nothing has been done yet");
    expect(received).toEqual([]);
    const confirmed = await passChallenge(alice, approval);
    const shown = await alice.browser.submit(confirmed, path);
    expect([shown.status, shown.text]).toEqual([200, "ok"]);
    expect(received).toEqual([{ digest: digestOf(body), type, length: body.byteLength }]);
    expect((await alice.browser.submit(confirmed, path)).words).toContain("This is done");
    expect(received).toHaveLength(1);
  });
});

describe("a form that is too large", () => {
  it("above the limit is refused with the limit before anything is asked", async () => {
    const type = `multipart/form-data; boundary=${BOUNDARY}`;
    // The rest is not sent: a client that still sends may lose the answer with its connection (RFC 9112 section 9.6).
    const answer = await sendForm("/claims", type, multipart(2_000), LIMIT_BYTES + 1);
    expect(answer.status).toBe(413);
    expect(answer.text).toContain(`The limit is ${LIMIT_BYTES} bytes.`);
    expect(answer.text).toContain("Nothing was sent to the app.");
    expect(await (await fetch(`${world.authsignal.url}/control/actions`)).json()).toEqual([]);
    expect(received).toEqual([]);
  });
});

it("thirty returns at once send one form, and the others say so, also where the policy reads what was kept", async () => {
  const type = `multipart/form-data; boundary=${BOUNDARY}`;
  const answer = await sendForm("/claims", type, multipart(2_000));
  const location = new URL(answer.headers.get("location") ?? "", world.gatewayUrl);
  const confirmed = await passChallenge(alice, await alice.browser.open(location, world.gatewayUrl));
  const shown = await Promise.all(
    Array.from({ length: 30 }, () => alice.browser.submit(confirmed, "/claims")),
  );
  expect(shown.filter(({ text }) => text === "ok")).toHaveLength(1);
  expect(shown.filter(({ words }) => words.includes("This is done"))).toHaveLength(29);
  expect(received).toHaveLength(1);
});
