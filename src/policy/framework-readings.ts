import { fail, ok, type Result } from "../http/result.ts";
import { MAX_READINGS, readingsOfAll, type ReadingProblem } from "./readings.ts";

/** What one family of frameworks would take a path for, beyond what servers do to every path (readings.ts). */
export interface FrameworkReading {
  readonly path: string;
  /** The reading it is made of, where only a route that names the last segment speaks of it; else any but the default does. */
  readonly nameOf: string | undefined;
}

const NONE: readonly FrameworkReading[] = Object.freeze([]);

/** Programs that a server runs for every path below their own: PHP, CGI, ASP.NET and their like. */
const SCRIPT = /^(\/(?:[^/]*\/)*?[^/]*\.(?:php\d?|phtml|f?cgi|pl|aspx?|ashx|asmx|jspx?|cfm))(\/.*)$/is;
/** A name before its first dot, and before its last. */
const NAMES = [/^(.*\/[^/.]+)\.[^/]*$/s, /^(.*\/[^/]*[^/.])\.[^/.]*$/s] as const;

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
  const named: { path: string; nameOf: string }[] = [];
  const rests = new Set<string>();
  for (const reading of all) {
    const [, script, rest] = SCRIPT.exec(reading) ?? [];
    if (script !== undefined && rest !== undefined) {
      named.push({ path: script, nameOf: reading });
      rests.add(rest);
    }
  }
  const routed = readingsOfAll([...rests]); // at once: they have most of theirs in common
  if (!routed.ok) {
    return routed;
  }
  for (const reading of new Set([...all, ...routed.value])) {
    const names = NAMES.map((pattern) => pattern.exec(reading)?.[1]).filter((name) => name !== undefined);
    for (const path of new Set(names)) {
      named.push({ path, nameOf: reading });
    }
  }
  if (named.length + routed.value.length > 2 * MAX_READINGS) {
    return fail("too_many_readings");
  }
  return ok([...named, ...routed.value.map((path) => ({ path, nameOf: undefined }))]);
}
