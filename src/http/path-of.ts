/**
 * The path of a request's URL as it was sent, without the cost of parsing it. The runtime resolves nothing in it
 * (security.md section d), so it is only to be compared with paths that have one spelling: any other is not found.
 */
export function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const end = url.indexOf("?", start);
  return start < 0 ? "/" : url.slice(start, end < 0 ? undefined : end);
}
