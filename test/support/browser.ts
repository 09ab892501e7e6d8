import { send, type Answer, type Sending } from "./http.ts";
import { formsOf, refreshOf, textOf, type Form } from "./markup.ts";

/** A page that a person looks at. */
export interface BrowserPage extends Answer {
  readonly url: URL;
  readonly forms: readonly Form[];
  /** Where it goes on to by itself. */
  readonly refresh: string | undefined;
  /** What a person reads. */
  readonly words: string;
  /** Every URL that redirected here, first to last. */
  readonly hops: readonly URL[];
}

const MAX_HOPS = 20;

/**
 * A browser without scripts: a cookie jar, redirects, forms, Fetch Metadata and SameSite=Lax. It holds
 * http://127.0.0.1 for secure, as browsers do, and knows hosts by name whatever their port.
 */
export class Browser {
  readonly #jars = new Map<string, Map<string, string>>();

  /** Opens an address that a person typed, or followed from `from`. */
  open(url: string | URL, from?: string | URL): Promise<BrowserPage> {
    return this.#navigate(new URL(url), { method: "GET" }, from === undefined ? undefined : new URL(from));
  }

  /** Submits the form of a page that posts to `action` (its path), with what was typed. */
  submit(
    page: BrowserPage,
    action: string,
    typed: Readonly<Record<string, string>> = {},
  ): Promise<BrowserPage> {
    const form = page.forms.find((one) => new URL(one.action, page.url).pathname === action);
    if (form === undefined) {
      throw new Error(`no form to ${action} on ${page.url.href}: ${page.status} ${page.words}`);
    }
    return this.post(new URL(form.action, page.url), { ...form.fields, ...typed }, page.url);
  }

  /** Posts a form that a page of `from` holds. */
  post(
    url: string | URL,
    fields: Readonly<Record<string, string>>,
    from: string | URL,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<BrowserPage> {
    const sending = {
      method: "POST",
      body: new URLSearchParams(fields).toString(),
      headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
    };
    return this.#navigate(new URL(url), sending, new URL(from));
  }

  /** One request with this browser's cookies and nothing else of a browser; no redirect is followed. */
  async request(url: string | URL, sending: Sending = {}): Promise<Answer> {
    const target = new URL(url);
    const cookie = this.cookieHeader(target.hostname);
    const answer = await send(target, {
      ...sending,
      headers: { ...(cookie === "" ? {} : { Cookie: cookie }), ...sending.headers },
    });
    this.#store(target, answer);
    return answer;
  }

  /** The `Cookie` header for a host; empty when there is nothing to send. */
  cookieHeader(host: string): string {
    return [...this.#jar(host)].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  cookie(host: string, name: string): string | undefined {
    return this.#jar(host).get(name);
  }

  setCookie(host: string, name: string, value: string): void {
    this.#jar(host).set(name, value);
  }

  deleteCookie(host: string, name: string): void {
    this.#jar(host).delete(name);
  }

  async #navigate(url: URL, first: Sending, from: URL | undefined): Promise<BrowserPage> {
    const hops: URL[] = [];
    let target = url;
    let sending = first;
    let isForeign = false;
    for (let hop = 0; hop < MAX_HOPS; hop += 1) {
      isForeign ||= from !== undefined && from.hostname !== target.hostname;
      const site = from === undefined ? "none" : siteOf(from, target, isForeign);
      const mayCarryCookies = !isForeign || sending.method === "GET";
      const cookie = mayCarryCookies ? this.cookieHeader(target.hostname) : "";
      const answer = await send(target, {
        ...sending,
        headers: {
          Accept: "text/html,application/xhtml+xml,*/*;q=0.8",
          "Sec-Fetch-Mode": "navigate",
          "Sec-Fetch-Dest": "document",
          "Sec-Fetch-Site": site,
          ...(sending.method === "POST" && from !== undefined
            ? { Origin: isForeign && hop > 0 ? "null" : from.origin }
            : {}),
          ...(cookie === "" ? {} : { Cookie: cookie }),
          ...sending.headers,
        },
      });
      this.#store(target, answer);
      const location = answer.headers.get("location");
      if (answer.status < 300 || answer.status > 399 || location === null) {
        return pageOf(target, answer, hops);
      }
      hops.push(target);
      target = new URL(location, target);
      if (answer.status !== 307 && answer.status !== 308) {
        sending = { method: "GET" };
      }
    }
    throw new Error(`too many redirects: ${hops.map((hop) => hop.href).join(" ")}`);
  }

  #store(url: URL, answer: Answer): void {
    const jar = this.#jar(url.hostname);
    for (const line of answer.headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split(/; */);
      const equals = pair.indexOf("=");
      const [name, value] = [pair.slice(0, equals), pair.slice(equals + 1)];
      const has = (attribute: string) => attributes.some((one) => one.toLowerCase() === attribute);
      if (
        name.startsWith("__Host-") &&
        !(has("secure") && has("path=/") && !/;\s*domain=/i.test(line) && line.length <= 4096)
      ) {
        continue; // what a browser does with it
      }
      if (has("max-age=0")) {
        jar.delete(name);
      } else {
        jar.set(name, value);
      }
    }
  }

  #jar(host: string): Map<string, string> {
    const known = this.#jars.get(host);
    const jar = known ?? new Map<string, string>();
    if (known === undefined) {
      this.#jars.set(host, jar);
    }
    return jar;
  }
}

function siteOf(from: URL, target: URL, isForeign: boolean): string {
  if (isForeign) {
    return "cross-site";
  }
  return from.origin === target.origin ? "same-origin" : "same-site";
}

function pageOf(url: URL, answer: Answer, hops: readonly URL[]): BrowserPage {
  return {
    ...answer,
    url,
    hops,
    forms: formsOf(answer.text),
    refresh: refreshOf(answer.text),
    words: textOf(answer.text),
  };
}
