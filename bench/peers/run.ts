import { createPublicKey } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CLIENT_ID, ISSUER, type Identities } from "../identities.ts";
import { alternate, requestLoad, type Effort, type Measured, type Server } from "../measure.ts";
import { OK_BODY } from "../origin.ts";
import { aligned, estimateCells } from "../report.ts";
import {
  bearer,
  checkWorkers,
  expectAnswer,
  expectRefusals,
  SCENARIOS,
  SIGNED_IN_PATH,
  tampered,
} from "../scenarios.ts";
import type { BenchWorld } from "../world.ts";
import { APACHE } from "./apache.ts";
import { FASTIFY } from "./fastify.ts";
import { HAPROXY } from "./haproxy.ts";
import { HONO } from "./hono.ts";
import { NGINX } from "./nginx.ts";
import type { Peer } from "./peer.ts";
import { RULES } from "./rules.ts";

const PEERS: readonly Peer[] = [RULES, FASTIFY, HONO, HAPROXY, NGINX, APACHE];

/**
 * Measures the gateway and each peer beside the bare Worker with the same tokens and origin, and gives the table. A
 * peer that is not installed, does not start or does not refuse every wrong token has a line that says so, and no numbers.
 */
export async function measurePeers(
  world: BenchWorld,
  effort: Effort,
  say: (what: string) => void,
): Promise<string> {
  await checkWorkers(world.bare.port, world.gateway.port, world.identities);
  const scenario = SCENARIOS.find(({ name }) => name === "bearerWarm");
  await world.generator.use((await scenario?.requests(world.identities)) ?? []);
  const measured = (server: Server) => alternate(world.bare, server, requestLoad(world, server), effort);
  const rows: string[][] = [["", "CPU to bare", "95 %", "throughput to bare", "95 %", "CPU", "", ""]];
  const skipped: string[] = [];
  say("gateway");
  rows.push(cells("Sallyport's gateway", await measured(world.gateway), "verified tokens remembered"));
  for (const peer of PEERS) {
    say(peer.name);
    try {
      const result = await withPeer(peer, world, measured);
      if (result === "not installed") {
        skipped.push(`${peer.name}: skipped, not installed`);
      } else {
        rows.push(cells(peer.name, result, peer.remark));
      }
    } catch (error) {
      skipped.push(`${peer.name}: skipped, ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return [aligned(rows), ...skipped, "", await overTheRules(world, effort)].join("\n");
}

/** What the gateway's decisions cost: it and the rules alone in alternating rounds, with no third between them. */
async function overTheRules(world: BenchWorld, effort: Effort): Promise<string> {
  const result = await withPeer(RULES, world, (rules) =>
    alternate(rules, world.gateway, requestLoad(world, world.gateway), effort),
  );
  return result === "not installed"
    ? ""
    : `the gateway over ${RULES.name}: CPU ${estimateCells(result.cpuRatio).join(", ")}; throughput ${estimateCells(result.throughputRatio).join(", ")}`;
}

async function withPeer(
  peer: Peer,
  { originUrl, identities }: BenchWorld,
  measured: (server: Server) => Promise<Measured>,
): Promise<Measured | "not installed"> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-peer-"));
  try {
    const running = await peer.start({
      originUrl,
      jwks: identities.jwks,
      publicKeyPem: pemOf(identities.jwks),
      issuer: ISSUER,
      clientId: CLIENT_ID,
      folder,
    });
    if (running === "not installed") {
      return running;
    }
    try {
      await checkPeer(peer, running, identities);
      return await measured(running);
    } finally {
      await running.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The right token passes; tampered, wrong and no tokens are refused before anything is measured. */
async function checkPeer({ verifies }: Peer, { port }: Server, identities: Identities): Promise<void> {
  const refused = verifies ? 401 : 200;
  const token = identities.users[0]?.token ?? "";
  if (verifies) {
    await expectRefusals(port, await identities.wrongTokens());
  }
  await expectAnswer(port, SIGNED_IN_PATH, [bearer(token)], 200, OK_BODY);
  await expectAnswer(port, SIGNED_IN_PATH, [bearer(tampered(token))], refused);
  await expectAnswer(port, SIGNED_IN_PATH, [], refused);
}

function pemOf(jwks: string): string {
  // identities.ts writes one RSA key.
  const [key] = (JSON.parse(jwks) as { keys: [{ kty: "RSA"; n: string; e: string }] }).keys;
  return createPublicKey({ key, format: "jwk" }).export({ type: "spki", format: "pem" }).toString();
}

function cells(name: string, { cpuRatio, throughputRatio, gateway }: Measured, remark: string): string[] {
  return [
    name,
    ...estimateCells(cpuRatio),
    ...estimateCells(throughputRatio),
    `${gateway.cpuMicroseconds.toFixed(0)} µs`,
    `${gateway.perSecond.toFixed(0)}/s`,
    remark,
  ];
}
