import { describe, expect, it } from "vitest";
import type { Tracked } from "../../../src/authsignal/port.ts";
import { fail, ok } from "../../../src/http/result.ts";
import { beginStepUp, type Attempt, type BeginPorts } from "../../../src/stepup/begin.ts";

const ALLOWED: Tracked = {
  state: "ALLOW",
  isEnrolled: true,
  url: "",
  token: "t",
  ruleIds: [],
};

/** What a step-up without attributes needs of an attempt; the rest is not read. */
function attemptWith(onUnavailable: "allow" | "deny"): Attempt {
  return {
    requestId: "r",
    principal: { sub: "a-user-of-the-pool", session: "s", authTimeSeconds: 1 },
    client: {},
    route: { id: "transfer", action: "transfer", unenrolled: "deny", onUnavailable },
    summary: [],
    attributes: {},
  } as unknown as Attempt; // the parts that this decision reads
}

function portsWith(isRevokedMeanwhile: boolean, track: BeginPorts["authsignal"]["track"]): BeginPorts {
  return {
    ledger: {
      open: async () => ({ ok: true, lastGrant: undefined }),
      drop: async () => !isRevokedMeanwhile,
    },
    authsignal: { track },
    record: () => undefined,
    nowMs: () => 2_000,
    newId: () => "id",
    challengeSeconds: 600,
    later: () => undefined,
  } as unknown as BeginPorts; // the parts that this decision calls
}

describe("beginStepUp, when Authsignal lets the request through", () => {
  it("forwards it", async () => {
    const outcome = await beginStepUp(
      attemptWith("deny"),
      portsWith(false, async () => ok(ALLOWED)),
    );
    expect(outcome).toEqual(ok({ kind: "forward" }));
  });

  it("refuses it when the session was revoked while Authsignal was being asked", async () => {
    const outcome = await beginStepUp(
      attemptWith("deny"),
      portsWith(true, async () => ok(ALLOWED)),
    );
    expect(outcome).toEqual(fail("session_revoked"));
  });

  it("refuses it also where an unreachable Authsignal would be passed over", async () => {
    const outcome = await beginStepUp(
      attemptWith("allow"),
      portsWith(true, async () => fail({ reason: "timeout" })),
    );
    expect(outcome).toEqual(fail("session_revoked"));
  });
});

describe("beginStepUp, while a reaction demands a step-up", () => {
  const demanding = (track: BeginPorts["authsignal"]["track"]) => {
    const ports = portsWith(false, track);
    const forced: unknown[] = [];
    const ledger = {
      ...ports.ledger,
      open: async () => ({ ok: true, lastGrant: undefined, stepUpDemanded: true }) as const,
    };
    const force = async (key: unknown) => {
      forced.push(key);
      return ok(false);
    };
    return { forced, ports: { ...ports, ledger, authsignal: { ...ports.authsignal, force } } };
  };

  it("does not forward what Authsignal allows, but makes it a challenge", async () => {
    const { ports, forced } = demanding(async () => ok({ ...ALLOWED, url: "https://mfa.example/x" }));
    expect((await beginStepUp(attemptWith("allow"), ports)).ok).toBe(false);
    expect(forced).toHaveLength(1);
  });

  it("does not pass over an Authsignal that does not answer", async () => {
    const { ports } = demanding(async () => fail({ reason: "timeout" }));
    expect(await beginStepUp(attemptWith("allow"), ports)).toEqual(fail("step_up_unavailable"));
  });
});
