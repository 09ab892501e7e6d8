const SECONDS_PER_UNIT = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
type Unit = keyof typeof SECONDS_PER_UNIT;

/** The grammar of a duration: a whole number and a unit, such as `90s`, `5m`, `12h` or `30d`. */
export const DURATION_GRAMMAR = "[1-9][0-9]{0,4}[smhd]";

/** The seconds of a duration of that grammar. */
export function durationSeconds(text: string): number {
  // The grammar leaves nothing else as its last character.
  const unit = text.slice(-1) as Unit;
  return Number(text.slice(0, -1)) * SECONDS_PER_UNIT[unit];
}
