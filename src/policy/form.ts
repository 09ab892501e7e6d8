/** One `name=value` of a form body or query. `value` is null when it cannot be decoded without guessing. */
export interface FormField {
  readonly name: string;
  readonly value: string | null;
  /** The field stands behind a raw `;`, which only some origins take for a separator. */
  readonly isBehindSemicolon: boolean;
}

/** The most fields a form or query may have; many frameworks drop or refuse what comes after their own limit. */
export const MAX_FIELDS = 1000;

const MALFORMED_ESCAPE = /%(?![0-9a-fA-F]{2})/;

function decode(text: string): string | null {
  if (MALFORMED_ESCAPE.test(text)) {
    return null;
  }
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return null;
  }
}

function splitField(text: string): readonly [string, string] {
  const equals = text.indexOf("=");
  return equals === -1 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
}

/**
 * Reads `application/x-www-form-urlencoded` text (WHATWG URL section 5.1), but decodes strictly: an escape that is
 * malformed or not UTF-8 is not guessed at. A piece with a raw `;` gives its field, without a value, and one more
 * field for each part behind a `;`. Null when a name cannot be decoded, for then nobody knows which field it is,
 * and when there are more than `MAX_FIELDS`.
 */
export function readForm(text: string): readonly FormField[] | null {
  const fields: FormField[] = [];
  for (const piece of text.split("&")) {
    const parts = piece.split(";");
    for (const [index, part] of parts.entries()) {
      if (part === "") {
        continue;
      }
      const [rawName, rawValue] = splitField(part);
      const name = decode(rawName);
      if (name === null || fields.length === MAX_FIELDS) {
        return null;
      }
      fields.push({ name, value: parts.length > 1 ? null : decode(rawValue), isBehindSemicolon: index > 0 });
    }
  }
  return fields;
}
