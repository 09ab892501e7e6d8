import type { Note } from "./notes.ts";

/** How a call to a binding fails: not made, made and its answer lost, or made late. */
export type CallWay = "refused" | "lost" | "late";

/** Longer than the webhook Worker waits for a ledger at receipt, or for the first read of the policy. */
const LATE_MS = 2_500;

/** Makes a call, or fails in the given way. `note` hears of failures. */
export async function faultyCall<T>(
  of: string,
  way: CallWay | undefined,
  call: () => Promise<T>,
  note: (failed: Extract<Note, { soak: "failed" }>) => void,
): Promise<T> {
  if (way === undefined) {
    return call();
  }
  note({ soak: "failed", of, way });
  if (way === "refused") {
    throw new Error(`${of} fails, by the soak`);
  }
  if (way === "late") {
    await new Promise((resolve) => {
      setTimeout(resolve, LATE_MS);
    });
    return call();
  }
  await call();
  throw new Error(`the answer of ${of} is lost, by the soak`);
}
