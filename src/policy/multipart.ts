import { MAX_FIELDS } from "./form.ts";
import type { FormField } from "./form.ts";

/** A `multipart/form-data` body: its fields, and the names of its files. */
export interface Multipart {
  readonly fields: readonly FormField[];
  readonly fileNames: readonly string[];
}

// One parameter, the boundary, of characters that need no thought (RFC 2046 section 5.1.1). A charset is refused:
// RFC 7578 gives it no meaning, and some origins decode the fields by it.
const CONTENT_TYPE =
  /^multipart\/form-data[ \t]*;[ \t]*boundary=(?:"([0-9A-Za-z'()+_,./:=?-]{1,70})"|([0-9A-Za-z'+_.-]{1,70}))[ \t]*$/i;

const DISPOSITION = /^form-data; ?name="([^"\r\n]*)"(?:; ?filename="([^"\r\n]*)")?$/i;
const HEADER_LINE = /^([A-Za-z][A-Za-z0-9-]*):[ \t]*([^\r\n]*?)[ \t]*$/;
const TEXT_TYPE = /^text\/plain(?:; ?charset="?utf-8"?)?$/i;
const PLAIN_TRANSFER_ENCODING = /^(?:7bit|8bit|binary)$/i;
/** What browsers write for a quote and line ends in a name (WHATWG HTML section 4.10.21.8); other escapes are odd. */
const ODD_ESCAPE = /%(?!22|0D|0A)[0-9A-Fa-f]{2}/i;
const MAX_HEAD_CHARACTERS = 8192;
const CRLF = "\r\n";

type Headers = ReadonlyMap<string, string>;

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The headers of a part, by lower-case name; null when one is folded, repeated, or not a header. */
function readHead(head: string): Headers | null {
  const headers = new Map<string, string>();
  for (const line of head.split(CRLF)) {
    const [, name, value] = HEADER_LINE.exec(line) ?? [];
    if (name === undefined || value === undefined || headers.has(name.toLowerCase())) {
      return null;
    }
    headers.set(name.toLowerCase(), value);
  }
  return headers;
}

/** A file with its name, or a field; null when parsers disagree on what the part is. */
function readPart(head: string, content: Uint8Array): { file: string } | FormField | null {
  const headers = readHead(head);
  const disposition = headers?.get("content-disposition") ?? "";
  const encoding = headers?.get("content-transfer-encoding");
  const [, name, filename] = DISPOSITION.exec(disposition) ?? [];
  // A backslash before a quote ends the value for some parsers and continues it for others.
  if (headers === null || name === undefined || name.includes("\\") || disposition.includes('\\"')) {
    return null;
  }
  if (ODD_ESCAPE.test(name) || (encoding !== undefined && !PLAIN_TRANSFER_ENCODING.test(encoding))) {
    return null;
  }
  if (filename !== undefined) {
    return { file: name };
  }
  // A part of another type is a file to some frameworks, even without a file name.
  const type = headers.get("content-type");
  const value = type === undefined || TEXT_TYPE.test(type) ? decodeUtf8(content) : null;
  return { name, value, isBehindSemicolon: false };
}

/** The boundary of a content type that is `multipart/form-data` and nothing odd; null for any other. */
export function boundaryOf(contentType: string | null): string | null {
  const [, quoted, token] = CONTENT_TYPE.exec(contentType ?? "") ?? [];
  return quoted ?? token ?? null;
}

/**
 * Reads `multipart/form-data` (RFC 7578), strictly: no text before the first or after the last boundary, no boundary
 * anywhere else, no bare line ends around one, one `Content-Disposition` with a quoted name and at most a quoted file
 * name, no transfer encoding. Null for anything that parsers are known to read differently, and for more parts than
 * forms have fields. Never throws.
 */
export function readMultipart(bytes: Uint8Array, boundary: string): Multipart | null {
  // One character per byte: offsets in the text are offsets in the bytes.
  const text = new TextDecoder("latin1").decode(bytes);
  const delimiter = `--${boundary}`;
  const fields: FormField[] = [];
  const fileNames: string[] = [];
  let at = text.startsWith(delimiter) ? delimiter.length : -1;
  while (at !== -1) {
    if (text.startsWith("--", at)) {
      const rest = text.slice(at + 2);
      return rest === "" || rest === CRLF ? { fields, fileNames } : null;
    }
    const headEnd = text.indexOf(CRLF + CRLF, at);
    const next = text.indexOf(delimiter, at);
    if (
      !text.startsWith(CRLF, at) ||
      headEnd === -1 ||
      headEnd - at > MAX_HEAD_CHARACTERS ||
      next < headEnd
    ) {
      return null;
    }
    const contentStart = headEnd + 2 * CRLF.length;
    const contentEnd = next - CRLF.length;
    if (contentEnd < contentStart || !text.startsWith(CRLF, contentEnd)) {
      return null;
    }
    const head = decodeUtf8(bytes.subarray(at + CRLF.length, headEnd));
    const part = head === null ? null : readPart(head, bytes.subarray(contentStart, contentEnd));
    if (part === null || fields.length + fileNames.length === MAX_FIELDS) {
      return null;
    }
    if ("file" in part) {
      fileNames.push(part.file);
    } else {
      fields.push(part);
    }
    at = next + delimiter.length;
  }
  return null;
}
