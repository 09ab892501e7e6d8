import { readFile, writeFile } from "node:fs/promises";

/**
 * `npm run lock`: npm writes only the platform packages it could see into the lock file, and then refuses to install
 * from it where another one is wanted. This adds an entry for each that is missing, so that `npm ci` works on every
 * platform. Run it after adding or updating a package.
 */
interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const OPERATING_SYSTEMS = ["darwin", "win32", "windows", "linux", "android", "freebsd", "openharmony"];
const PROCESSORS: Readonly<Record<string, string>> = { "64": "x64", x64: "x64", arm64: "arm64", arm: "arm" };
const file = new URL("../package-lock.json", import.meta.url);

const lock = JSON.parse(await readFile(file, "utf8")) as { packages: Record<string, LockedPackage> };
const before = Object.keys(lock.packages).length;
for (const [path, locked] of Object.entries({ ...lock.packages })) {
  for (const [name, version] of Object.entries(locked.optionalDependencies ?? {})) {
    if (!isLocked(path, name)) {
      lock.packages[`node_modules/${name}`] = entryOf(name, version, locked.dev ?? false);
    }
  }
}
const sorted = Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1));
await writeFile(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
console.log(`${sorted.length - before} platform packages added to package-lock.json`);

/** Whether a package finds another from where it stands, as Node would look for it. */
function isLocked(from: string, name: string): boolean {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf("/node_modules/"), 0))) {
    if (`${folder}${folder === "" ? "" : "/"}node_modules/${name}` in lock.packages) {
      return true;
    }
    if (folder === "") {
      return false;
    }
  }
}

/** What such a package is for stands in its name: `@oxfmt/binding-linux-x64-musl`. */
function entryOf(name: string, version: string, dev: boolean) {
  const words = name.slice(name.lastIndexOf("/") + 1).split("-");
  const system = words.find((word) => OPERATING_SYSTEMS.includes(word));
  const processor = words.map((word) => PROCESSORS[word] ?? word).at(words.indexOf(system ?? "") + 1);
  if (system === undefined || processor === undefined) {
    throw new Error(`${name} does not say which platform it is for`);
  }
  const musl = words.some((word) => word.startsWith("musl"));
  return {
    version,
    cpu: [processor],
    ...(dev ? { dev } : {}),
    ...(system === "linux" ? { libc: [musl ? "musl" : "glibc"] } : {}),
    optional: true,
    os: [system === "windows" ? "win32" : system],
  };
}
