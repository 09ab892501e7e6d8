import { isLocalHost } from "../http/settings.ts";

/** A challenge URL leaves for a configured host only: an answer that was tampered with must not become a redirect. */
export function isChallengeUrl(text: string, hosts: readonly string[]): boolean {
  if (!URL.canParse(text)) {
    return false;
  }
  const url = new URL(text);
  const secure = url.protocol === "https:" || (url.protocol === "http:" && isLocalHost(url.hostname));
  return secure && url.username === "" && url.password === "" && hosts.includes(url.host);
}
