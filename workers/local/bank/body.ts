const BODY_LIMIT_BYTES = 1024 * 1024;

/** The whole body, or `undefined` when it is longer than 1 MiB. Each piece is shown to `onChunk` as it arrives. */
export async function readBody(
  body: ReadableStream<Uint8Array> | null,
  onChunk: (chunk: Uint8Array) => void,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    onChunk(chunk);
    bytes += chunk.byteLength;
    if (bytes > BODY_LIMIT_BYTES) {
      return undefined;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Fields of a submitted form or JSON object. */
export interface Submission {
  readonly kind: "form" | "json";
  /** A field by name; absent and `null` are `undefined`. Forms give strings, JSON gives what it holds. */
  field(name: string): unknown;
}

/** Reads a submission, or says which status refuses it: 415 for another content type, 400 for broken JSON. */
export function parseSubmission(contentType: string | undefined, body: Uint8Array): Submission | 400 | 415 {
  const type = (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase();
  const text = new TextDecoder().decode(body);
  if (type === "application/x-www-form-urlencoded") {
    const fields = new URLSearchParams(text);
    return { kind: "form", field: (name) => fields.get(name) ?? undefined };
  }
  if (type !== "application/json") {
    return 415;
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return 400;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    return 400;
  }
  const fields = new Map<string, unknown>(Object.entries(parsed));
  return { kind: "json", field: (name) => fields.get(name) ?? undefined };
}

/** The field as trimmed text of at most `maxLength` characters, or `undefined` when it is missing, empty or longer. */
export function textField(submission: Submission, name: string, maxLength: number): string | undefined {
  const value = submission.field(name);
  const text = typeof value === "string" ? value.trim() : "";
  return text === "" || text.length > maxLength ? undefined : text;
}
