import { fail, ok, type Result } from "../http/result.ts";
import { MAX_READINGS, readings, type ReadingProblem } from "./readings.ts";

/** What one family of frameworks would take a path for, beyond what servers do to every path (readings.ts). */
export interface FrameworkReading {
  readonly path: string;
  /** Whether only a route that names the last segment speaks of it; else any route but the default does. */
  readonly byName: boolean;
}

const NONE: readonly FrameworkReading[] = Object.freeze([]);

/** Programs that a server runs for every path below their own: PHP, CGI, ASP.NET and their like. */
const SCRIPT = /^(\/(?:[^/]*\/)*?[^/]*\.(?:php\d?|phtml|f?cgi|pl|aspx?|ashx|asmx|jspx?|cfm))(\/.*)$/i;
/** A name before its first dot, and before its last. */
const NAMES = [/^(.*\/[^/.]+)\.[^/]*$/, /^(.*\/[^/]*[^/.])\.[^/.]*$/] as const;

/**
 * What frameworks make of a path's readings:
 * `/transfer.json` is `/transfer` where routes take a format (Rails, Symfony, Spring's suffix patterns);
 * `/pay.php/x` runs `/pay.php`, and `/index.php/transfer` is `/transfer` to an app behind that front controller.
 *
 * These count only where a route speaks of them: `/app.css` must not need what the default asks of `/app`.
 */
export function frameworkReadings(
  all: readonly string[],
): Result<readonly FrameworkReading[], ReadingProblem> {
  if (!all.some((reading) => reading.includes("."))) {
    return ok(NONE);
  }
  const named = new Set<string>();
  const routed = new Set<string>();
  for (const reading of all) {
    const [, script, rest] = SCRIPT.exec(reading) ?? [];
    if (script === undefined || rest === undefined) {
      continue;
    }
    named.add(script);
    const further = readings(rest);
    if (!further.ok) {
      return further;
    }
    for (const path of further.value) {
      routed.add(path);
    }
  }
  for (const reading of [...all, ...routed]) {
    for (const pattern of NAMES) {
      const name = pattern.exec(reading)?.[1];
      if (name !== undefined) {
        named.add(name);
      }
    }
  }
  if (named.size + routed.size > 2 * MAX_READINGS) {
    return fail("too_many_readings");
  }
  return ok([
    ...[...named].map((path) => ({ path, byName: true })),
    ...[...routed].map((path) => ({ path, byName: false })),
  ]);
}
