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
};

function decoded(path: string): string {
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"),
  );
}

function withoutSlash(path: string): string {
  return path.replace(/\/+$/, "");
}
