const ESCAPE_RUN = /(?:%[0-9a-fA-F]{2})+/g;

/** How many bytes the UTF-8 sequence that starts with this byte holds; 0 when no sequence starts so (RFC 3629 section 4). */
function sequenceLength(leadByte: number): number {
  if (leadByte < 0x80) {
    return 1;
  }
  if (leadByte >= 0xc2 && leadByte <= 0xdf) {
    return 2;
  }
  if (leadByte >= 0xe0 && leadByte <= 0xef) {
    return 3;
  }
  return leadByte >= 0xf0 && leadByte <= 0xf4 ? 4 : 0;
}

function tryDecode(escapes: string): string | null {
  try {
    return decodeURIComponent(escapes);
  } catch {
    return null;
  }
}

/** Decodes a run sequence by sequence, and leaves the escapes that are not UTF-8 as they are. */
function decodeRun(run: string): string {
  const whole = tryDecode(run);
  if (whole !== null) {
    return whole;
  }
  let text = "";
  for (let at = 0; at < run.length;) {
    const escapes = run.slice(at, at + 3 * sequenceLength(Number.parseInt(run.slice(at + 1, at + 3), 16)));
    const decoded = escapes === "" ? null : tryDecode(escapes);
    text += decoded ?? run.slice(at, at + 3);
    at += decoded === null ? 3 : escapes.length;
  }
  return text;
}

/**
 * Decodes percent escapes once. Malformed escapes (`%zz`) and bytes that are not UTF-8 (overlong forms, lone
 * surrogates) stay as they are written, so the result says exactly what could be decoded. Never throws.
 */
export function decodePercent(text: string): string {
  return text.includes("%") ? text.replace(ESCAPE_RUN, decodeRun) : text;
}
