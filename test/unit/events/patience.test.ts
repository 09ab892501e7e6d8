import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { burialRetrySeconds, misconfiguredRetrySeconds, putOff } from "../../../workers/webhooks/patience.ts";

const CONFIG = readFileSync(new URL("../../../workers/webhooks/wrangler.toml", import.meta.url), "utf8");
const LONGEST_SECONDS = 24 * 3600;
const DAY_SECONDS = 24 * 3600;

/** What wrangler.toml says of a queue's consumer. */
function settingOf(queue: string, name: string): number {
  const consumers = CONFIG.split("[[queues.consumers]]").slice(1);
  const consumer = consumers.find((text) => text.includes(`\nqueue = "${queue}"\n`));
  return Number(new RegExp(`^${name} = (\\d+)$`, "m").exec(consumer ?? "")?.[1]);
}

/** How long a message lives that fails each time. */
function lifeSeconds(queue: string, waitSeconds: (attempts: number) => number): number {
  const waits = Array.from({ length: settingOf(queue, "max_retries") }, (_, index) => waitSeconds(index + 1));
  return waits.reduce((sum, wait) => sum + wait, 0);
}

describe("patience", () => {
  it("leaves half a day to set right a wrong setting before an event is given up", () => {
    expect([1, 2, 3, 4, 5].map(misconfiguredRetrySeconds)).toEqual([1, 15, 225, 3_375, 50_625]);
    expect(lifeSeconds("sallyport-events", misconfiguredRetrySeconds)).toBeGreaterThan(DAY_SECONDS / 2);
  });

  it("does not let the tries of a dead letter end before the queue's longest retention", () => {
    expect([1, 2, 3, 8, 9, 100].map(burialRetrySeconds)).toEqual([60, 120, 240, 7680, 14_400, 14_400]);
    expect(lifeSeconds("sallyport-events-dead", burialRetrySeconds)).toBeGreaterThan(14 * DAY_SECONDS);
  });

  it("outlasts four days even when the consumer breaks off each time", () => {
    const delay = () => settingOf("sallyport-events-dead", "retry_delay");
    expect(lifeSeconds("sallyport-events-dead", delay)).toBeGreaterThan(4 * DAY_SECONDS);
  });

  it.each([misconfiguredRetrySeconds, burialRetrySeconds])(
    "waits whole seconds, never less, and no longer than a queue lets it: %o",
    (waitSeconds) => {
      let before = 0;
      for (let attempts = 1; attempts <= 2_000; attempts += 1) {
        const wait = waitSeconds(attempts);
        expect([attempts, Number.isInteger(wait), wait >= before, wait <= LONGEST_SECONDS]).toEqual([
          attempts,
          true,
          true,
          true,
        ]);
        before = wait;
      }
    },
  );

  it("counts the tries of each message for itself", () => {
    const waits: number[] = [];
    const retry = ({ delaySeconds }: { readonly delaySeconds: number }) => waits.push(delaySeconds);
    putOff(
      [1, 3].map((attempts) => ({ attempts, retry })),
      misconfiguredRetrySeconds,
    );
    expect(waits).toEqual([1, 225]);
  });
});
