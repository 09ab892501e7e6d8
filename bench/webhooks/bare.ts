/** The least that a receiver can do, and nothing with what it receives: what is left is the runtime and the machine. */
export const BARE = `let key;
export default {
  async fetch(request, env) {
    key ??= await crypto.subtle.importKey(
      "raw", new TextEncoder().encode(env.AUTHSIGNAL_SECRET), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
    const [, time = "", mac = ""] = /^t=(\\d+),v2=(.+)$/.exec(request.headers.get("x-signature-v2") ?? "") ?? [];
    const body = new Uint8Array(await request.arrayBuffer());
    const message = new Uint8Array(time.length + 1 + body.length);
    message.set(new TextEncoder().encode(time + "."));
    message.set(body, time.length + 1);
    const signature = Uint8Array.from(atob(mac), (one) => one.charCodeAt(0));
    const isRight = await crypto.subtle.verify("HMAC", key, signature, message);
    const isNow = Math.abs(Date.now() / 1000 - Number(time)) < 300;
    return new Response("{}", { status: isRight && isNow ? 200 : 401 });
  },
};
`;
