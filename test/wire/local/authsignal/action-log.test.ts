import { expect, test } from "vitest";
import { ActionLog } from "../../../../workers/local/authsignal/action-log.ts";
import {
  MAX_REMEMBERED_ACTION_BYTES,
  MAX_REMEMBERED_ACTIONS,
} from "../../../../workers/local/authsignal/choices.ts";
import type { TrackedAction } from "../../../../workers/local/authsignal/model.ts";

function action(number: number, custom: TrackedAction["custom"] = {}, userId = "u"): TrackedAction {
  return {
    userId,
    actionCode: "a",
    idempotencyKey: String(number),
    createdAt: "2026-01-01T00:00:00.000Z",
    state: "ALLOW",
    stateUpdatedAt: "2026-01-01T00:00:00.000Z",
    outcome: "ALLOW",
    rules: [],
    allowedVerificationMethods: [],
    custom,
    scope: "",
  };
}

test("the oldest of too many is forgotten", () => {
  const log = new ActionLog();
  for (let i = 0; i < MAX_REMEMBERED_ACTIONS + 3; i += 1) {
    log.add(action(i));
  }
  expect(log.all()).toHaveLength(MAX_REMEMBERED_ACTIONS);
  expect(log.get(action(2))).toBeUndefined();
  expect(log.get(action(3))).toBeDefined();
});

test("large ones are counted by their size", () => {
  const log = new ActionLog();
  const large = { text: "x".repeat(200_000) };
  for (let i = 0; i < 1_000; i += 1) {
    log.add(action(i, large));
  }
  expect(log.all().length * 200_000 * 4).toBeLessThan(MAX_REMEMBERED_ACTION_BYTES);
  expect(log.get(action(999))).toBeDefined();
});

test("one added again is one, and those of a user can be removed", () => {
  const log = new ActionLog();
  log.add(action(1));
  log.add(action(1));
  log.add(action(2, {}, "other"));
  expect(log.all()).toHaveLength(2);
  log.removeOf("u");
  expect(log.all().map(({ userId }) => userId)).toEqual(["other"]);
});
