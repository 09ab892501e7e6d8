import { describe, expect, it } from "vitest";
import { readDeliveryBody } from "../../../src/events/body.ts";
import { floodBrake } from "../../../src/events/brake.ts";

const MIB = 1_048_576;
const streamOf = (chunks: readonly number[], more: "ends" | "hangs" = "ends") =>
  new Request("https://hooks.example/", {
    method: "POST",
    duplex: "half",
    body: new ReadableStream<Uint8Array>({
      start(controller) {
        for (const bytes of chunks) {
          controller.enqueue(new Uint8Array(bytes));
        }
        if (more === "ends") {
          controller.close();
        }
      },
    }),
  } as RequestInit & { duplex: "half" }); // the type of `duplex` is missing in the DOM's

describe("the brake on a flood", () => {
  it("tells a flood from a few, by the second", () => {
    let nowMs = 0;
    const brake = floodBrake(() => nowMs);
    const answers = Array.from({ length: 30 }, () => brake.forged());
    expect(answers.filter(({ flood }) => flood)).toHaveLength(10);
    expect(answers.filter(({ record }) => record)).toHaveLength(21);
    nowMs = 1_000;
    expect(brake.forged()).toEqual({ flood: false, record: true });
  });

  it("alerts of a wrong time at most once in ten minutes", () => {
    let nowMs = 1;
    const brake = floodBrake(() => nowMs);
    expect([brake.mayAlertOfTime(), brake.mayAlertOfTime()]).toEqual([true, false]);
    nowMs += 600_000;
    expect(brake.mayAlertOfTime()).toBe(true);
  });
});

describe("the body of a delivery", () => {
  it("is read whole up to 1 MiB, whatever its length says", async () => {
    const brake = floodBrake(() => 0);
    const read = await readDeliveryBody(streamOf([1000, MIB - 1000]), brake);
    expect(read.ok && read.value.byteLength).toBe(MIB);
    expect(await readDeliveryBody(streamOf([MIB, 1]), brake)).toEqual({ ok: false, error: "too_large" });
  });

  it("finds no room beside 32 large ones, and small ones always do", async () => {
    const brake = floodBrake(() => 0);
    const rooms = Array.from({ length: 32 }, () => brake.roomForLarge());
    expect(await readDeliveryBody(streamOf([65_537]), brake)).toEqual({ ok: false, error: "no_room" });
    expect((await readDeliveryBody(streamOf([65_536]), brake)).ok).toBe(true);
    rooms[0]?.();
    expect((await readDeliveryBody(streamOf([65_537]), brake)).ok).toBe(true);
    // The room was given back.
    expect((await readDeliveryBody(streamOf([65_537]), brake)).ok).toBe(true);
  });

  it("is waited for no longer than five seconds", { timeout: 10_000 }, async () => {
    const brake = floodBrake(() => 0);
    expect(await readDeliveryBody(streamOf([10], "hangs"), brake)).toEqual({ ok: false, error: "too_slow" });
  });
});
