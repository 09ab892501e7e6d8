import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { EventOffice } from "../../../src/events/office.ts";

/**
 * Runs a test inside an office of its own. The object is the webhook Worker's, whose bindings are not there in these
 * tests: it stands on the storage of one of the gateway's that has no tables.
 */
export function inOffice<T>(
  test: (office: EventOffice, storage: DurableObjectStorage) => Promise<T>,
): Promise<T> {
  const stub = env.SIGN_IN_LIMITER.getByName(crypto.randomUUID());
  return runInDurableObject(stub, (_, state) => test(new EventOffice(state, env), state.storage));
}
