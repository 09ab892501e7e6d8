import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { chromium, type BrowserServer } from "playwright-core";

/** An executable, and what its environment needs besides ours. */
interface Found {
  readonly executablePath: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Keeps Chromium on this machine: no service of its vendor is asked for anything. */
const CHROMIUM_FLAGS = [
  "--no-sandbox", // as root, in CI and in containers there is no other way
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Where Linux distributions keep shared libraries. */
const LIBRARY_FOLDERS = [
  "/lib/x86_64-linux-gnu",
  "/usr/lib/x86_64-linux-gnu",
  "/usr/lib64",
  "/lib64",
  "/usr/lib",
];
const FONT_CONFIGURATION = "/etc/fonts/fonts.conf";

/**
 * Starts a Chromium that tests connect to by its WebSocket address: `CHROME_PATH` if it is set, else the one that
 * comes from npm.
 *
 * @throws with one sentence that says what to do when no browser can be had.
 */
export async function launchBrowser(): Promise<BrowserServer> {
  const { executablePath, environment } = await findChromium();
  try {
    return await chromium.launchServer({
      executablePath,
      args: CHROMIUM_FLAGS,
      host: "127.0.0.1",
      env: { ...process.env, ...environment },
    });
  } catch (cause) {
    throw new Error(
      `The browser ${executablePath} does not start. Set CHROME_PATH to a Chrome or Chromium that does` +
        (process.env["CHROME_PATH"] === undefined
          ? `, or delete ${executablePath} to unpack it again.`
          : "."),
      { cause },
    );
  }
}

async function findChromium(): Promise<Found> {
  const own = process.env["CHROME_PATH"];
  if (own !== undefined && own !== "") {
    if (!existsSync(own)) {
      throw new Error(`There is no browser at CHROME_PATH (${own}). Set it to a Chrome or Chromium.`);
    }
    return { executablePath: own, environment: {} };
  }
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(
      "Set CHROME_PATH to a Chrome or Chromium: the browser that comes from npm is for Linux x64 only.",
    );
  }
  return unpackChromium();
}

/** Unpacks the browser of `@sparticuz/chromium`, with its own NSS libraries and fonts where the system has none. */
async function unpackChromium(): Promise<Found> {
  const { default: packed, inflate } = await import("@sparticuz/chromium");
  const executablePath = await packed.executablePath();
  const environment: Record<string, string> = {};
  if (!["libnss3.so", "libnspr4.so", "libexpat.so.1"].every(hasLibrary)) {
    const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium");
    const libraries = await inflate(join(dirname(entry), "../bin/al2023.tar.br"));
    environment["LD_LIBRARY_PATH"] = join(libraries, "lib");
  }
  if (!existsSync(FONT_CONFIGURATION)) {
    environment["FONTCONFIG_PATH"] = join(tmpdir(), "fonts");
  }
  return { executablePath, environment };
}

function hasLibrary(name: string): boolean {
  return LIBRARY_FOLDERS.some((folder) => existsSync(join(folder, name)));
}
