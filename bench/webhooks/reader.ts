/** The name of the socket of the Worker below. */
export const READS_SOCKET = "reads";

/**
 * A Worker that does with a ledger what a sensitive route and the receipt of an event do: GET reads the standing of a
 * session that signed in at a time (200 while it stands, 401 once it is over), PUT ends every session from before now.
 */
export const READER = `const REACTIONS = [{ reaction: "removed", effects: ["revoke-user"], outside: [] }];
const answer = (status) => new Response(null, { status, headers: { "Content-Length": "0" } });
export default {
  async fetch({ method, url }, { LEDGER }) {
    const [, sub, authTime] = new URL(url).pathname.split("/");
    const ledger = LEDGER.getByName(sub);
    if (method === "GET") {
      const { revoked } = await ledger.standing({ session: "session-" + sub, authTimeSeconds: Number(authTime) });
      return answer(revoked ? 401 : 200);
    }
    const event = { eventId: crypto.randomUUID(), reason: "authenticator.deleted", atMs: Date.now() };
    const [[{ applied }]] = await ledger.react([{ ...event, reactions: REACTIONS }]);
    return answer(applied.length === 1 ? 200 : 500);
  },
};
`;
