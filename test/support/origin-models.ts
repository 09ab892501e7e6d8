import { posix } from "node:path";

/**
 * What origins are known to make of a request path, each as a chain of what its layers do. Written without a look at
 * how the gateway reads paths.
 */
export const ORIGIN_MODELS: Readonly<Record<string, (path: string) => string>> = {
  "takes it as it is": (path) => path,
  "decodes once": decoded,
  "decodes twice, as behind a proxy that decodes": (path) => decoded(decoded(path)),
  "is a file server on Windows": (path) =>
    posix
      .normalize(decoded(path).replaceAll("\\", "/"))
      .split("/")
      .map((name) => name.replace(/[. ]+$/, ""))
      .join("/")
      .toLowerCase(),
  "is a servlet container": (path) => posix.normalize(decoded(path.replace(/;[^/]*/g, ""))),
  "decodes, then strips parameters": (path) => posix.normalize(decoded(path).replace(/;[^/]*/g, "")),
  "routes like Express": (path) => withoutSlash(decoded(path)).toLowerCase(),
  "merges slashes like nginx": (path) => posix.normalize(decoded(path)),
  "cuts the path at an encoded query": (path) => decoded(path).split(/[?#]/)[0] ?? "",
  "parses the target as a URL": (path) => new URL(path.replace(/^\/+/, "/"), "http://localhost").pathname,
  "drops what is not a word at the end": (path) => decoded(path).replace(/[\s./;]+$/, ""),
  "normalises Unicode": (path) => decoded(path).normalize("NFKC").toLowerCase(),
  "routes like Rails, with a format": (path) => withoutSlash(decoded(path)).replace(/\.[^/.]+$/, ""),
  "matches suffixes like Spring": (path) =>
    decoded(path.replace(/;[^/]*/g, "")).replace(/^(.*\/[^/.]+)\.[^/]*$/, "$1"),
  "is PHP behind index.php": (path) => decoded(path).replace(/^\/[^/]+\.php(?=\/)/i, ""),
  "is old IIS": (path) =>
    posix
      .normalize(
        decoded(path)
          .replace(/%u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
          .replaceAll("\\", "/"),
      )
      .toLowerCase(),
  "decodes UTF-8 without a check": (path) =>
    posix.normalize(
      decoded(
        path.replace(/%c([01])%([89ab][0-9a-f])/gi, (_, first: string, second: string) =>
          String.fromCharCode((Number(first) << 6) | (Number.parseInt(second, 16) & 63)),
        ),
      ),
    ),
};

function decoded(path: string): string {
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"),
  );
}

function withoutSlash(path: string): string {
  return path.replace(/\/+$/, "");
}
