/** Longer than the wait before a fifth try, with its jitter (consume.ts): after so long without any, none will come. */
const QUIET_MS = 390_000;
const LOOK_MS = 250;

/** Waits until everything is there, or nothing more has come for a long time. */
export async function settled(count: () => number, isDone: () => Promise<boolean>): Promise<void> {
  let seen = count();
  for (let changedAtMs = Date.now(); !(await isDone()) && Date.now() - changedAtMs < QUIET_MS;) {
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_MS);
    });
    if (count() !== seen) {
      seen = count();
      changedAtMs = Date.now();
    }
  }
}
