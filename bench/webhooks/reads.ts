import { randomUUID } from "node:crypto";
import { at } from "./report.ts";
import type { Effort } from "./rounds.ts";
import { median } from "../stats.ts";
import { sendAtRate, type Sent } from "./sending.ts";
import type { WebhookWorld } from "./world.ts";

/** What reads of the standing of a session come to, alone and beside revocations of other users: medians of the rounds. */
export interface ReadNumbers {
  readonly aloneP50Ms: number;
  readonly aloneP99Ms: number;
  readonly besideP50Ms: number;
  readonly besideP99Ms: number;
  /** The lowest of the rounds: less than was to be means that the machine could not. */
  readonly revocationsPerSecond: number;
  /** CPU of workerd, of one core, in the dearest round with revocations. */
  readonly cpuShare: number;
}

/** Ten thousand a minute. */
export const REVOCATIONS_PER_SECOND = 170;
const READS_PER_SECOND = 50;
const READERS = 50;
/** A ledger that is made takes longer than one that is there. */
const MAKING_PER_SECOND = 20;
const MAX_LANES = 64;
const STANDS = 200;
const REVOKED = 401;

/**
 * Reads standings as a sensitive route does at each request, of users about whom nothing happens, alone and while each
 * of so many other users is revoked once a second; each write as durable as workerd makes it.
 *
 * @throws when a user is let in after a revocation, or not let in without one.
 */
export async function measureReads(
  { readsPort: port, workerd }: WebhookWorld,
  { rounds, seconds }: Pick<Effort, "rounds" | "seconds">,
  say: (what: string) => void,
): Promise<ReadNumbers> {
  const [readers, revoked] = [uuids(READERS), uuids(REVOCATIONS_PER_SECOND)];
  const durationMs = seconds * 1000;
  const tookMs = { alone: [] as (readonly number[])[], beside: [] as (readonly number[])[] };
  const rates: number[] = [];
  const shares: number[] = [];

  async function send(
    subs: readonly string[],
    method: "GET" | "PUT",
    { perSecond, forMs, authTime = 0, status = STANDS }: Sending,
  ): Promise<Sent> {
    let index = 0;
    const next = () => requestOf(method, subs[index++ % subs.length] ?? "", authTime);
    const sent = await sendAtRate({
      port,
      perSecond,
      durationMs: forMs,
      maxLanes: MAX_LANES,
      next,
      timed: true,
    });
    if (sent.statuses[status] !== sent.sent) {
      throw new Error(
        `${method} was to be answered ${status} ${sent.sent} times: ${JSON.stringify(sent.statuses)}`,
      );
    }
    return sent;
  }

  const all = [...readers, ...revoked];
  say(`making the ledgers of ${all.length} users`);
  await send(all, "PUT", { perSecond: MAKING_PER_SECOND, forMs: (all.length * 1000) / MAKING_PER_SECOND });
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed()) {
      say(`round ${round + 1} of ${rounds}, ${kind}`);
      const [beganAt, cpuBefore] = [nowSeconds(), await workerd.cpuMicroseconds()];
      const [read, revoking] = await Promise.all([
        send(readers, "GET", { perSecond: READS_PER_SECOND, forMs: durationMs, authTime: beganAt + 1 }),
        kind === "alone"
          ? undefined
          : send(revoked, "PUT", { perSecond: REVOCATIONS_PER_SECOND, forMs: durationMs }),
      ]);
      tookMs[kind].push(read.tookMs);
      if (revoking !== undefined) {
        rates.push((revoking.sent * 1000) / revoking.elapsedMs);
        shares.push(((await workerd.cpuMicroseconds()) - cpuBefore) / 1000 / revoking.elapsedMs);
        const before = { authTime: beganAt - 1, status: REVOKED };
        await send(revoked, "GET", { perSecond: REVOCATIONS_PER_SECOND, forMs: 1_000, ...before });
      }
    }
  }
  return {
    aloneP50Ms: medianOf(tookMs.alone, 0.5),
    aloneP99Ms: medianOf(tookMs.alone, 0.99),
    besideP50Ms: medianOf(tookMs.beside, 0.5),
    besideP99Ms: medianOf(tookMs.beside, 0.99),
    revocationsPerSecond: Math.round(Math.min(...rates)),
    cpuShare: Math.round(Math.max(...shares) * 100) / 100,
  };
}

/** The numbers for people. */
export function tableOfReads(numbers: ReadNumbers): string {
  const { aloneP50Ms, aloneP99Ms, besideP50Ms, besideP99Ms, revocationsPerSecond, cpuShare } = numbers;
  return [
    `read of a standing, alone:        p50 ${aloneP50Ms} ms, p99 ${aloneP99Ms} ms`,
    `beside revocations of others:     p50 ${besideP50Ms} ms, p99 ${besideP99Ms} ms`,
    `revocations reached:              ${revocationsPerSecond}/s of ${REVOCATIONS_PER_SECOND}, workerd's CPU ${Math.round(cpuShare * 100)} % of one core`,
  ].join("\n");
}

const KINDS = ["alone", "beside"] as const;

interface Sending {
  readonly perSecond: number;
  readonly forMs: number;
  /** When the session signed in. */
  readonly authTime?: number;
  /** That every answer must have. */
  readonly status?: number;
}

function requestOf(method: "GET" | "PUT", sub: string, authTime: number): Buffer {
  const length = method === "PUT" ? "Content-Length: 0\r\n" : "";
  return Buffer.from(`${method} /${sub}/${authTime} HTTP/1.1\r\nHost: reads.example.com\r\n${length}\r\n`);
}

function medianOf(rounds: readonly (readonly number[])[], share: number): number {
  return median(rounds.map((tookMs) => at(tookMs, share)));
}

function uuids(count: number): string[] {
  return Array.from({ length: count }, () => randomUUID());
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
