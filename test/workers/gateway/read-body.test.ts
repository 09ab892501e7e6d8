import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { bodyRoom } from "../../../src/http/body-room.ts";
import { ClientGone } from "../../../src/http/body.ts";
import type { HoldingExchange } from "../../../workers/gateway/exchange.ts";
import { readBody } from "../../../workers/gateway/read-body.ts";

const LIMIT_BYTES = 100_000;

/** A request whose body begins with so many bytes and then hangs or breaks off. */
function reading(bytes: number, more: "hangs" | "breaks", roomBytes = LIMIT_BYTES) {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new Uint8Array(bytes));
      if (more === "breaks") {
        controller.error(new Error("connection reset"));
      }
    },
  });
  const init: RequestInit & { readonly duplex: "half" } = { method: "POST", body, duplex: "half" };
  return readBody({
    request: new Request("https://app.example/pay", init),
    requestId: "id",
    gateway: { config: { keptBodyBytes: LIMIT_BYTES }, bodies: bodyRoom(roomBytes) },
    held: { bytes: 0 },
  } as HoldingExchange); // the rest of an exchange is not looked at
}

const refusal = async (read: Promise<Uint8Array | Response>) => {
  const answer = await read;
  return answer instanceof Response && [answer.status, (await answer.json<{ code: string }>()).code];
};

describe("a body that a decision depends on", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    vi.spyOn(console, "log").mockReturnValue();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("has a minute to arrive", async () => {
    const read = reading(10, "hangs");
    let isOver = false;
    void read.finally(() => {
      isOver = true;
    });
    await vi.advanceTimersByTimeAsync(59_999);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await refusal(read)).toEqual([408, "body_too_slow"]);
  });

  it("is refused when it must make way", async () => {
    expect(await refusal(reading(11, "hangs", 10))).toEqual([503, "too_many_bodies"]);
  });

  it("is refused above what can be kept", async () => {
    expect(await refusal(reading(LIMIT_BYTES + 1, "hangs"))).toEqual([413, "body_too_large"]);
  });

  it("that breaks off is nobody's to answer", async () => {
    await expect(reading(10, "breaks")).rejects.toThrow(ClientGone);
  });
});
