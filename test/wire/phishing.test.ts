import { afterAll, beforeAll, expect, it } from "vitest";
import { request } from "node:http";
import { startWorld, type World } from "../../workers/local/world.ts";

/** A jar and plain requests: Node's own `fetch` would say `Sec-Fetch-Mode: cors`. */
class Visitor {
  readonly cookies = new Map<string, string>();

  async go(url: string, form?: Readonly<Record<string, string>>): Promise<Answer> {
    const target = new URL(url);
    target.hostname = "127.0.0.1"; // what resolves without DNS
    const body = form === undefined ? undefined : new URLSearchParams(form).toString();
    const headers: Record<string, string> = {
      Accept: "text/html",
      Cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
    };
    if (body !== undefined) {
      headers["Content-Type"] = "application/x-www-form-urlencoded";
      headers["Content-Length"] = String(body.length);
    }
    const answer = await send(target, body, headers);
    for (const line of answer.setCookies) {
      const [pair = ""] = line.split(";");
      this.cookies.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
    }
    return answer;
  }

  async follow(url: string, form?: Readonly<Record<string, string>>): Promise<{ url: string; text: string }> {
    let at = url;
    let answer = await this.go(at, form);
    while (answer.location !== undefined) {
      at = new URL(answer.location, at).href;
      answer = await this.go(at);
    }
    return { url: at, text: answer.text };
  }
}

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly setCookies: readonly string[];
  readonly text: string;
}

function send(url: URL, body: string | undefined, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? "GET" : "POST";
    const sent = request(url, { method, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (text += part));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          location: response.headers.location,
          setCookies: response.headers["set-cookie"] ?? [],
          text,
        }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function found(pattern: RegExp, text: string): string {
  const match = pattern.exec(text)?.[1];
  expect(match, String(pattern)).toBeDefined();
  return (match ?? "").replaceAll("&amp;", "&");
}

let world: World;
beforeAll(async () => {
  world = await startWorld({ port: 0 });
});
afterAll(() => world.close());

async function signedIn(): Promise<Visitor> {
  const visitor = new Visitor();
  const { url, text } = await visitor.follow(`${world.gatewayUrl}/.sallyport/sign-in`);
  const csrf = found(/name="_csrf" value="([^"]+)"/, text);
  await visitor.follow(url, { _csrf: csrf, username: "alice", password: "Correct-Horse-1" });
  return visitor;
}

async function startTransfer(visitor: Visitor, payee: string): Promise<{ page: string; wayOut: string }> {
  const started = await visitor.go(`${world.gatewayUrl}/transfer`, { amount: "1500", payee });
  const page = new URL(started.location ?? "", world.gatewayUrl).href;
  return { page, wayOut: found(/href="(http[^"]*)"/, (await visitor.go(page)).text) };
}

/** Enters the code of the inbox at Authsignal, and comes back. */
async function approve(visitor: Visitor, wayOut: string): Promise<string> {
  const { url, text } = await visitor.follow(wayOut);
  const fields = {
    token: new URL(url).searchParams.get("token") ?? "",
    authenticator: found(/name="authenticator"\s+value="([^"]+)"/, text),
  };
  await visitor.go(`${world.authsignal.url}/challenge/send`, fields);
  const inbox = await (await fetch(`${world.authsignal.url}/control/inbox`)).text();
  const code = found(/"code":"(\d+)"/, inbox);
  const verified = await visitor.go(`${world.authsignal.url}/challenge/verify`, { ...fields, code });
  return (await visitor.follow(verified.location ?? "")).text;
}

it("completes a challenge in the browser that started it", async () => {
  const person = await signedIn();
  const { wayOut } = await startTransfer(person, "Bob");
  expect(await approve(person, wayOut)).toContain("sallyport-ticket");
});

it("does not complete what a thief of the session cookie started and the victim approves", async () => {
  const victim = await signedIn();
  const thief = new Visitor();
  for (const [name, value] of victim.cookies) {
    thief.cookies.set(name, value);
  }
  const { page, wayOut } = await startTransfer(thief, "Thief");
  expect(await approve(victim, wayOut)).not.toContain("sallyport-ticket");
  expect((await thief.go(page)).text).not.toContain("sallyport-ticket");
});
