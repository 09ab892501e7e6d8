import { get } from "./request.ts";

/** Answered by the wrapper below, in front of the gateway: how many ledger calls there were since it was asked last. */
const COUNT_PATH = "/ledger-calls";

/**
 * A Worker that is the gateway (its bundle is the module `gateway.js`) with every call to a ledger counted. The count is
 * the isolate's own, and `workerd serve` has one. What the gateway records is dropped: the terminal would be measured.
 */
export const COUNTED_GATEWAY = `import gateway from "gateway.js";
export * from "gateway.js";
console.log = () => {};
let calls = 0;
function counted(ledger) {
  return new Proxy(ledger, {
    get(target, name) {
      return (...values) => {
        calls += 1;
        return target[name](...values);
      };
    },
  });
}
export default {
  fetch(request, env, ctx) {
    if (new URL(request.url).pathname === "${COUNT_PATH}") {
      const answer = new Response(String(calls));
      calls = 0;
      return answer;
    }
    const LEDGER = { getByName: (name) => counted(env.LEDGER.getByName(name)) };
    return gateway.fetch(request, { ...env, LEDGER }, ctx);
  },
};
`;

/** How many ledger calls that gateway has made since the last time. */
export async function takeLedgerCalls(port: number): Promise<number> {
  const { body } = await get(port, COUNT_PATH, []);
  return Number(body);
}
