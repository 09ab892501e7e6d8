import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileStore } from "@tus/file-store";
import { Server } from "@tus/server";
import { Upload, type UploadOptions } from "tus-js-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEdge, type Edge } from "../../support/edge.ts";

const MEBIBYTE = 1_048_576;

/** The reference server of resumable uploads (tus), with its own client. */
let directory: string;
let server: HttpServer;
let edge: Edge;
let token: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sallyport-uploads-"));
  const app = new Server({ path: "/files", datastore: new FileStore({ directory }) });
  server = await new Promise<HttpServer>((resolve) => {
    const listening = app.listen({ host: "127.0.0.1", port: 0 }, () => resolve(listening));
  });
  // A server that listens on TCP has an address object.
  const { port } = server.address() as AddressInfo;
  edge = await startEdge({
    origin: `http://127.0.0.1:${port}`,
    policy: { version: 1, default: { require: "sign-in" }, routes: [] },
  });
  token = await edge.issuer.token();
});

afterAll(async () => {
  await edge.stop();
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});

/** Uploads and gives the URL it was stored under. */
function upload(content: Buffer, options: Partial<UploadOptions>): Promise<string> {
  return new Promise((resolve, reject) => {
    const running = new Upload(content, {
      endpoint: `${edge.url}/files`,
      headers: { Authorization: `Bearer ${token}` },
      retryDelays: null,
      metadata: { filename: "r\u00e9port.pdf" },
      ...options,
      onSuccess: () => resolve(running.url ?? ""),
      onError: reject,
    });
    running.start();
  });
}

const digest = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const stored = (url: string) => readFile(join(directory, url.slice(url.lastIndexOf("/") + 1)));

describe("an app with large uploads", () => {
  it.each([
    ["100 MB in one request", 100 * MEBIBYTE, Number.POSITIVE_INFINITY],
    ["20 MB in pieces", 20 * MEBIBYTE, 3 * MEBIBYTE],
    ["nothing", 0, Number.POSITIVE_INFINITY],
  ])(
    "stores %s as it was sent, under a public address",
    async (_, size, chunkSize) => {
      const content = Buffer.alloc(size, randomBytes(Math.min(size, MEBIBYTE)));
      const url = await upload(content, { chunkSize });
      expect(url.startsWith(`${edge.url}/files/`)).toBe(true);
      expect(digest(await stored(url))).toBe(digest(content));
    },
    60_000,
  );

  it("resumes where it was broken off", async () => {
    const content = randomBytes(6 * MEBIBYTE);
    const half = await new Promise<string>((resolve, reject) => {
      const running = new Upload(content, {
        endpoint: `${edge.url}/files`,
        headers: { Authorization: `Bearer ${token}` },
        chunkSize: 2 * MEBIBYTE,
        retryDelays: null,
        onError: reject,
        onChunkComplete: () => {
          running.abort().then(() => resolve(running.url ?? ""), reject);
        },
      });
      running.start();
    });
    const url = await upload(content, { uploadUrl: half, chunkSize: 2 * MEBIBYTE });
    expect(url).toBe(half);
    expect(digest(await stored(url))).toBe(digest(content));
  });

  it("tells a client what it can do, and who is not signed in nothing", async () => {
    const options = await fetch(`${edge.url}/files`, {
      method: "OPTIONS",
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(options.headers.get("tus-resumable")).toBe("1.0.0");
    const refused = await fetch(`${edge.url}/files`, { method: "POST", headers: { "Upload-Length": "1" } });
    expect(refused.status).toBe(401);
  });
});
