/**
 * The path of a request's URL, without the cost of parsing it. It is spelled as the client spelled it, since the runtime
 * resolves nothing in it (security.md section d): compare it with fixed paths only, where another spelling is a 404.
 */
export function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const end = url.indexOf("?", start);
  return start < 0 ? "/" : url.slice(start, end < 0 ? undefined : end);
}
