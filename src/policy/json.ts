import { fail, ok } from "../http/result.ts";
import type { Result } from "../http/result.ts";

/** Where and why a text is not strict JSON. Line and column count from 1. */
export interface JsonProblem {
  readonly line: number;
  readonly column: number;
  readonly reason: string;
}

/** A JSON object as read: no prototype, so that `__proto__` and `constructor` are names like any other. */
export type JsonObject = { readonly [name: string]: unknown };

/** Deeper nesting is refused: no policy or form of an app needs it, and recursion must end. */
const MAX_DEPTH = 64;

const FAILED = Symbol("failed");
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const ESCAPE = /["\\/bfnrt]|u[0-9a-fA-F]{4}/y;
const WORDS: readonly (readonly [string, unknown])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

/** Whether a value is an object that `readJson` made. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === null;
}

/** How a text is read. */
interface Reading {
  readonly readNumber: (literal: string) => unknown;
  /** Takes comments, and a comma after the last entry, as people write them in files. */
  readonly isForPeople: boolean;
  /** Told of each value as it begins: its path, and where its name (else itself) stands in the text. */
  readonly onValue: ((path: readonly (string | number)[], at: number) => void) | null;
}

/** Where an offset stands in a text, counted from 1. */
export function placeOf(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at);
  return { line: before.split("\n").length, column: at - before.lastIndexOf("\n") };
}

/** One pass over one text. Methods give `FAILED` once a problem is noted. */
class Reader {
  private at = 0;
  private reason = "";
  private readonly path: (string | number)[] = [];
  private readonly text: string;
  private readonly how: Reading;

  constructor(text: string, how: Reading) {
    this.text = text;
    this.how = how;
  }

  document(): unknown {
    const value = this.value(0);
    if (value === FAILED) {
      return FAILED;
    }
    if (!this.skipSpace()) {
      return FAILED;
    }
    return this.at === this.text.length ? value : this.failed("Nothing may follow the JSON value.");
  }

  problem(): JsonProblem {
    return { ...placeOf(this.text, this.at), reason: this.reason };
  }

  private failed(reason: string): typeof FAILED {
    this.reason ||= reason; // the first is the cause, what comes after it a consequence
    return FAILED;
  }

  /** False when a comment does not end; what follows then fails at its beginning. */
  private skipSpace(): boolean {
    for (;;) {
      while (" \t\n\r".includes(this.text[this.at] ?? "?")) {
        this.at += 1;
      }
      if (!this.how.isForPeople || this.text[this.at] !== "/") {
        return true;
      }
      const isLine = this.text.startsWith("//", this.at);
      if (!isLine && !this.text.startsWith("/*", this.at)) {
        return true;
      }
      const end = this.text.indexOf(isLine ? "\n" : "*/", this.at + 2);
      if (end === -1 && !isLine) {
        this.failed("The comment does not end.");
        return false;
      }
      this.at = end === -1 ? this.text.length : end + (isLine ? 1 : 2);
    }
  }

  private skip(token: string): boolean {
    if (!this.skipSpace() || !this.text.startsWith(token, this.at)) {
      return false;
    }
    this.at += token.length;
    return true;
  }

  private value(depth: number): unknown {
    if (depth > MAX_DEPTH) {
      return this.failed(`JSON may be nested at most ${MAX_DEPTH} levels deep.`);
    }
    if (this.skip("{")) {
      return this.object(depth);
    }
    if (this.skip("[")) {
      return this.array(depth);
    }
    if (this.text[this.at] === '"') {
      return this.string();
    }
    for (const [word, value] of WORDS) {
      if (this.skip(word)) {
        return value;
      }
    }
    NUMBER.lastIndex = this.at;
    const literal = NUMBER.exec(this.text)?.[0];
    if (literal === undefined) {
      return this.failed(
        this.at < this.text.length ? "A JSON value is expected here." : "The JSON text ends too early.",
      );
    }
    this.at += literal.length;
    return this.how.readNumber(literal);
  }

  private object(depth: number): unknown {
    const object: Record<string, unknown> = Object.create(null);
    if (this.skip("}")) {
      return object;
    }
    do {
      if (this.how.isForPeople && this.skip("}")) {
        return object;
      }
      this.skipSpace();
      const nameStart = this.at;
      if (this.text[this.at] !== '"') {
        return this.failed("A name in double quotes is expected here.");
      }
      const name = this.string();
      if (typeof name !== "string") {
        return FAILED;
      }
      if (Object.hasOwn(object, name)) {
        this.at = nameStart;
        return this.failed(`The name ${JSON.stringify(name)} appears twice in one object.`);
      }
      if (!this.skip(":")) {
        return this.failed("A colon is expected here.");
      }
      const value = this.entry(name, nameStart, depth + 1);
      if (value === FAILED) {
        return FAILED;
      }
      object[name] = value;
    } while (this.skip(","));
    return this.skip("}") ? object : this.failed("A comma or } is expected here.");
  }

  /** A value below another one. */
  private entry(name: string | number, at: number, depth: number): unknown {
    if (this.how.onValue === null) {
      return this.value(depth);
    }
    this.path.push(name);
    this.how.onValue(this.path, at);
    const value = this.value(depth);
    this.path.pop();
    return value;
  }

  private array(depth: number): unknown {
    const array: unknown[] = [];
    if (this.skip("]")) {
      return array;
    }
    do {
      if (this.how.isForPeople && this.skip("]")) {
        return array;
      }
      this.skipSpace();
      const value = this.entry(array.length, this.at, depth + 1);
      if (value === FAILED) {
        return FAILED;
      }
      array.push(value);
    } while (this.skip(","));
    return this.skip("]") ? array : this.failed("A comma or ] is expected here.");
  }

  private string(): unknown {
    const start = this.at;
    for (this.at += 1; this.at < this.text.length; this.at += 1) {
      const char = this.text.charAt(this.at);
      if (char === '"') {
        this.at += 1;
        return JSON.parse(this.text.slice(start, this.at));
      }
      if (char < " ") {
        return this.failed("A control character in a string must be escaped.");
      }
      if (char === "\\") {
        ESCAPE.lastIndex = this.at + 1;
        const escape = ESCAPE.exec(this.text)?.[0];
        if (escape === undefined) {
          return this.failed("This escape is unknown in JSON.");
        }
        this.at += escape.length;
      }
    }
    return this.failed("The string does not end.");
  }
}

/**
 * Reads strict JSON (RFC 8259), and refuses what parsers are known to disagree on: a name that appears twice in one
 * object at any level, a byte order mark, deep nesting. Objects have no prototype. `readNumber` turns a number's literal
 * into what the caller wants to keep of it. Never throws.
 */
export function readJson(
  text: string,
  readNumber: (literal: string) => unknown = Number,
): Result<unknown, JsonProblem> {
  return read(text, { readNumber, isForPeople: false, onValue: null });
}

/**
 * Reads JSON as people write it in files: `readJson`, and comments (`//` and block) and a comma after the last entry are
 * taken. A name that appears twice is refused as well: a reader would see one of two, and nobody knows which.
 * `onValue` is told where each value stands. Never throws.
 */
export function readCommentedJson(
  text: string,
  onValue: Reading["onValue"] = null,
): Result<unknown, JsonProblem> {
  return read(text, { readNumber: Number, isForPeople: true, onValue });
}

function read(text: string, how: Reading): Result<unknown, JsonProblem> {
  const reader = new Reader(text, how);
  const value = reader.document();
  return value === FAILED ? fail(reader.problem()) : ok(value);
}
