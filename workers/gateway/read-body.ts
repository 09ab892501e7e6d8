import { readArriving, SMALL_BYTES } from "../../src/http/arriving-body.ts";
import { ClientGone } from "../../src/http/body.ts";
import { refuse, type HoldingExchange } from "./exchange.ts";

/** The largest body that can be kept is there by then on a line of one megabit. */
const DEADLINE_MS = 60_000;

/**
 * Reads the body that a decision depends on, within what a route may keep, or refuses it. What arrives shares one room
 * with all others of the isolate, and what is whole another, so that nobody's slow bodies, and nobody's slow app, take
 * the memory of everybody's requests.
 *
 * @throws ClientGone when the request ends before its body does.
 */
export async function readBody({
  request,
  requestId,
  gateway,
  held,
}: HoldingExchange): Promise<Uint8Array<ArrayBuffer> | Response> {
  const limitBytes = gateway.config.keptBodyBytes;
  const body = await readArriving(request, { limitBytes, deadlineMs: DEADLINE_MS, room: gateway.bodies });
  if (body.ok) {
    const bytes = body.value.byteLength;
    if (bytes > SMALL_BYTES) {
      if (!gateway.bodies.hold(bytes)) {
        return refuse(request, requestId, "too_many_bodies");
      }
      held.bytes += bytes;
    }
    return body.value;
  }
  switch (body.error) {
    case "too_large":
      return refuse(request, requestId, "body_too_large", { detail: `The limit is ${limitBytes} bytes.` });
    case "too_slow":
      return refuse(request, requestId, "body_too_slow");
    case "no_room":
      return refuse(request, requestId, "too_many_bodies");
    case "broken":
      throw new ClientGone();
  }
}
