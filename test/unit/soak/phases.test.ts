import { describe, expect, it } from "vitest";
import { inTurn } from "../../../soak/phases.ts";

describe("phases", () => {
  it("begin once, each when the one before is over", async () => {
    const said: string[] = [];
    const first = Promise.withResolvers<void>();
    const phases = inTurn([
      async () => {
        said.push("first");
        await first.promise;
      },
      async () => {
        said.push("second");
      },
    ]);
    await Promise.all([phases.reach(0), phases.reach(0)]);
    const second = phases.reach(1);
    await Promise.resolve();
    expect(said).toEqual(["first"]);
    first.resolve();
    await second;
    await phases.over();
    expect(said).toEqual(["first", "second"]);
  });
});
