import { once } from "node:events";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startEdge, type Edge } from "../../support/edge.ts";
import { openRaw, readAnswer, sendRaw, statusOf } from "../../support/raw-client.ts";
import { startRawOrigin, type RawOrigin } from "../../support/raw-origin.ts";

/** The most that can be configured to be kept. */
const KEPT_BYTES = 8_388_608;
/** Five of them are more than the room of 32 MiB that all share. */
const SENT_BYTES = 8_000_000;
const DRIP_MS = 20;
const ROOM_BYTES = 32 * 1_048_576;
const POLICY = {
  version: 1,
  default: { require: "sign-in" },
  routes: [
    { id: "drop", match: { methods: ["POST"], path: "/drop" }, require: "step-up", action: "drop" },
    // A POST that could be made a DELETE is read whole; nobody needs to sign in for it.
    { id: "comment", match: { methods: ["POST"], path: "/comment" }, require: "nothing" },
    { id: "remove", match: { methods: ["DELETE"], path: "/comment" }, require: "step-up", action: "remove" },
  ],
};

let origin: RawOrigin;
let edge: Edge;
let signed: string;
beforeAll(async () => {
  origin = await startRawOrigin();
  edge = await startEdge({
    origin: origin.url,
    policy: POLICY,
    settings: { KEPT_BODY_BYTES: String(KEPT_BYTES) },
  });
  signed = `Host: ${new URL(edge.url).host}\r\nAuthorization: Bearer ${await edge.issuer.token()}\r\n`;
});
afterAll(async () => {
  await edge.stop();
  await origin.close();
});

const post = (fields: string) => `POST /drop HTTP/1.1\r\n${signed}${fields}\r\n\r\n`;
/** Authsignal does not answer here: whoever gets this far was read whole. */
const READ = [503, "step_up_unavailable"];

async function answerTo(reading: ReturnType<typeof readAnswer>) {
  const { final } = await reading;
  return [statusOf(final), /"code":"(\w+)"/.exec(final?.body.toString() ?? "")?.[1]];
}

it("bodies that never end make way for those that come later, and their memory is bounded", async () => {
  await edge.forgetPeak();
  const before = await edge.peakBytes();
  const slow = await Promise.all(Array.from({ length: 12 }, () => openRaw(edge.port)));
  const logged = edge.log().length;
  const drips = slow.map(({ socket, reader }) => {
    socket.write(post(`Content-Length: ${KEPT_BYTES}`));
    socket.write(Buffer.alloc(SENT_BYTES, "x"));
    const drip = setInterval(() => socket.write("x"), DRIP_MS);
    void readAnswer(reader, false).finally(() => clearInterval(drip));
    return drip;
  });
  // Twelve times eight megabytes: all but what fits give way. A client that still sends may lose the answer (RFC 9112
  // section 9.6); the log has it.
  const gaveWay = slow.length - Math.floor(ROOM_BYTES / SENT_BYTES);
  const refusals = () =>
    edge
      .log()
      .slice(logged)
      .map((line) => /"reason":"(\w+)"/.exec(line)?.[1]);
  await expect
    .poll(refusals, { timeout: 20_000 })
    .toEqual(Array.from({ length: gaveWay }, () => "too_many_bodies"));

  const honest = `${(100_000).toString(16)}\r\n${"x".repeat(100_000)}\r\n0\r\n\r\n`;
  const chunked = sendRaw(edge.port, post("Transfer-Encoding: chunked") + honest);
  expect(await answerTo(chunked)).toEqual(READ);
  expect(await answerTo(sendRaw(edge.port, `${post("Content-Length: 3")}a=1`))).toEqual(READ);
  expect((await edge.peakBytes()) - before).toBeLessThan(6 * ROOM_BYTES);
  for (const [index, { socket }] of slow.entries()) {
    clearInterval(drips[index]);
    socket.destroy();
  }
  expect(origin.arrivals).toEqual([]);
});

it("bodies that wait for the app are bounded too, and counted no longer than they wait", async () => {
  const megabyte = 1_000_000;
  const comment = (bytes: number) =>
    `POST /comment HTTP/1.1\r\n${signed}Content-Length: ${bytes}\r\n\r\n${"x".repeat(bytes)}`;
  origin.script({ take: (socket) => once(socket, "close").then(() => undefined) });
  const fitting = Math.floor(ROOM_BYTES / megabyte);
  const waiting = await Promise.all(Array.from({ length: fitting }, () => openRaw(edge.port)));
  for (const { socket } of waiting) {
    socket.write(comment(megabyte));
  }
  await expect.poll(() => origin.arrivals.length, { timeout: 20_000 }).toBe(fitting);

  expect(await answerTo(sendRaw(edge.port, comment(megabyte)))).toEqual([503, "too_many_bodies"]);
  const small = await openRaw(edge.port);
  small.socket.write(comment(100));
  await expect.poll(() => origin.arrivals.length).toBe(fitting + 1);

  for (const { socket } of [...waiting, small]) {
    socket.resetAndDestroy();
  }
  origin.script({ answer: () => Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") });
  const status = async () => statusOf((await sendRaw(edge.port, comment(megabyte))).final);
  await expect.poll(status, { timeout: 10_000 }).toBe(200);
});

it("a length beside a transfer coding does not bring a body past the limit", async () => {
  const { socket, reader } = await openRaw(edge.port);
  socket.write(post("Content-Length: 3\r\nTransfer-Encoding: chunked"));
  const answer = answerTo(readAnswer(reader, false));
  const piece = `${(1_048_576).toString(16)}\r\n${"x".repeat(1_048_576)}\r\n`;
  for (let sent = 0; sent < KEPT_BYTES / 1_048_576; sent += 1) {
    socket.write(piece);
  }
  socket.write("1\r\nx\r\n"); // and no more: a client that still sends may lose the answer (RFC 9112 section 9.6)
  expect(await answer).toEqual([413, "body_too_large"]);
  socket.destroy();
});
