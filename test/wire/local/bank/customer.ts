import type { Bank } from "../../../../workers/local/bank/start.ts";

/** What the authenticating proxy in front of the bank sets for a customer. */
export function asCustomer(id: string): Record<string, string> {
  return {
    "X-Forwarded-User": id,
    "X-Forwarded-Preferred-Username": "alice",
    "X-Forwarded-Email": "alice@example.com",
  };
}

/** A request of one customer; redirects are not followed. */
export function requestAs(bank: Bank, id: string): (path: string, init?: RequestInit) => Promise<Response> {
  return (path, init = {}) => {
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(asCustomer(id))) {
      headers.set(name, value);
    }
    return fetch(bank.url + path, { redirect: "manual", ...init, headers });
  };
}

/** A form submission. */
export function form(fields: Record<string, string>, headers: Record<string, string> = {}): RequestInit {
  return { method: "POST", body: new URLSearchParams(fields), headers };
}

/** A JSON submission. */
export function json(fields: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: "POST",
    body: typeof fields === "string" ? fields : JSON.stringify(fields),
    headers: { "Content-Type": "application/json", ...headers },
  };
}
