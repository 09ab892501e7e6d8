import { connect, type Socket } from "node:net";
import { DOWNLOAD_PATH, TRANSFER_BYTES, UPLOAD_PATH } from "./origin.ts";
import { requestText } from "./request.ts";
import { bearer } from "./scenarios.ts";
import { estimateMedian, median, type Estimate } from "./stats.ts";
import type { Workerd } from "./workerd.ts";
import type { BenchWorld } from "./world.ts";

/** 100 MB in one direction, with a bearer token. */
export type Direction = "upload" | "download";

export interface MeasuredTransfer {
  readonly throughputRatio: Estimate;
  /** Medians, for orientation. */
  readonly bareMiBPerSecond: number;
  readonly gatewayMiBPerSecond: number;
  /** How far the gateway's highest memory use rose during all transfers: a body that were kept would show. */
  readonly gatewayGrowthMiB: number;
}

const MIB = 1024 * 1024;
const CHUNK = Buffer.alloc(256 * 1024, "sallyport ");
const STALLED_MS = 20_000;

/** Measures whole transfers through both Workers, in alternating rounds whose halves change places. */
export async function measureTransfer(
  direction: Direction,
  { bare, gateway, identities }: BenchWorld,
  rounds: number,
): Promise<MeasuredTransfer> {
  const proof = identities.users.slice(0, 1).map(({ token }) => bearer(token));
  const head =
    direction === "upload"
      ? requestText("POST", UPLOAD_PATH, [...proof, ["Content-Length", String(TRANSFER_BYTES)]])
      : requestText("GET", DOWNLOAD_PATH, proof);

  async function speed(server: Workerd): Promise<number> {
    const tookMs = await transfer(server.port, head, direction === "upload" ? TRANSFER_BYTES : 0);
    return TRANSFER_BYTES / MIB / (tookMs / 1000);
  }

  await speed(bare);
  await speed(gateway);
  await gateway.resetPeakMemory();
  const before = await gateway.peakMemoryMiB();
  const bares: number[] = [];
  const gateways: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const bareFirst = round % 2 === 0;
    for (const isBare of [bareFirst, !bareFirst]) {
      (isBare ? bares : gateways).push(await speed(isBare ? bare : gateway));
    }
  }
  const ratios = gateways.map((value, round) => value / (bares[round] ?? Number.NaN));
  return {
    throughputRatio: estimateMedian(ratios, Math.random),
    bareMiBPerSecond: median(bares),
    gatewayMiBPerSecond: median(gateways),
    gatewayGrowthMiB: (await gateway.peakMemoryMiB()) - before,
  };
}

/** Sends a request and `bodyBytes` of body, and reads the whole answer; gives the milliseconds it took. */
function transfer(port: number, head: string, bodyBytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const beganAtMs = performance.now();
    const answer = answerReader((whole) => {
      socket.destroy();
      const tookMs = performance.now() - beganAtMs;
      return whole.problem === undefined ? resolve(tookMs) : reject(new Error(whole.problem));
    }, bodyBytes);
    const socket = connect({
      port,
      host: "127.0.0.1",
      onread: {
        buffer: Buffer.alloc(CHUNK.length),
        callback(bytes, buffer) {
          answer(buffer.subarray(0, bytes));
          return true;
        },
      },
    });
    socket.setTimeout(STALLED_MS, () => socket.destroy(new Error("a transfer stalled")));
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.write(head, "latin1");
      sendBody(socket, bodyBytes);
    });
  });
}

function sendBody(socket: Socket, bytes: number): void {
  let left = bytes;
  while (left > 0 && !socket.destroyed) {
    const chunk = CHUNK.subarray(0, Math.min(left, CHUNK.length));
    left -= chunk.length;
    if (!socket.write(chunk) && left > 0) {
      const rest = left;
      socket.once("drain", () => sendBody(socket, rest));
      return;
    }
  }
}

/** Reads an answer that arrives in pieces: 200, and either the number of bytes sent or as many bytes as promised. */
function answerReader(
  done: (whole: { readonly problem: string | undefined }) => void,
  sentBytes: number,
): (piece: Uint8Array) => void {
  let head = Buffer.alloc(0);
  let inHead = true;
  let expected = 0;
  let received = 0;
  let tail = "";
  return (piece) => {
    let body = piece;
    if (inHead) {
      head = Buffer.concat([head, piece]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) {
        return;
      }
      const text = head.toString("latin1", 0, end);
      expected = Number(/^content-length: (\d+)$/im.exec(text)?.[1] ?? Number.NaN);
      if (!text.startsWith("HTTP/1.1 200") || Number.isNaN(expected)) {
        done({ problem: `a transfer was answered: ${text.slice(0, 200)}` });
        return;
      }
      body = head.subarray(end + "\r\n\r\n".length);
      inHead = false;
    }
    received += body.length;
    if (sentBytes > 0) {
      tail += Buffer.from(body).toString("latin1");
    }
    if (received >= expected) {
      const right = sentBytes > 0 ? tail === String(sentBytes) : received === TRANSFER_BYTES;
      done({ problem: right ? undefined : `a transfer was not whole: ${received} bytes ${tail}` });
    }
  };
}
