import { judgeWithDestination, MOVING_METHODS } from "./destination.ts";
import type { Judgement } from "./judgement.ts";
import type { Policy } from "./parse.ts";
import { decodePercent } from "./percent.ts";
import { stricter } from "./strictness.ts";
import type { Target } from "./target.ts";

/** What a form of an existing app can turn a POST into: HTML knows no other way to send these. */
const OVERRIDABLE: readonly string[] = ["PUT", "PATCH", "DELETE"];
/** And who sends a `Destination` is no form. */
const OVERRIDABLE_WITH_DESTINATION: readonly string[] = [...OVERRIDABLE, ...MOVING_METHODS];

/**
 * The fields by which frameworks override a method, in a query or a body, whatever their case: `_method` and
 * `_http_method`, which PHP also reads from `.method` (there only as the name of a field), and the names of the headers
 * that do the same. Not `payment_method`.
 */
const FIELD =
  /(?<![a-z0-9])(?:_(?:http[_.]?)?method|\.(?:http[_.]?)?method(?=[="'[\0;\r\n])|x[-_.]?http[-_.]?method(?:[-_.]?override)?|x[-_.]?method[-_.]?override)(?![a-z0-9_-])/gi;

/** What stands between the field and its value in a form, in multipart and in JSON, then the value, whole. */
const VALUE = /^[^a-z0-9]{1,12}([a-z]{1,32})(?=$|[&;"'\s,}\]])/i;

/**
 * Judges a request whose query may override its method: as what it is, and as everything that a field such as `_method`
 * in the query could make of it; the strictest wins. Overriding can only get more protection.
 */
export function judgeWithQuery(policy: Policy, method: string, target: Target, headers: Headers): Judgement {
  const judgement = judgeWithDestination(policy, method, target, headers);
  return target.search === ""
    ? judgement
    : strictestOf(policy, target, headers, judgement, methodsNamed(target.search, overridable(headers)));
}

/**
 * Whether it matters what a body says: a POST for whose path another method requires more. Then its body has to be
 * looked at, and only then.
 */
export function isOverrideSensitive(
  policy: Policy,
  method: string,
  target: Target,
  headers: Headers,
  judgement: Judgement,
): boolean {
  return (
    method === "POST" &&
    differ(strictestOf(policy, target, headers, judgement, overridable(headers)), judgement)
  );
}

/**
 * Judges a POST whose body may override its method. The body is searched, not parsed, because formats and parsers
 * differ: wherever the field's name stands, in any escaping that forms and JSON know, what follows it is the method,
 * and if that cannot be told, every method.
 */
export function judgeWithBody(
  policy: Policy,
  target: Target,
  headers: Headers,
  judgement: Judgement,
  body: Uint8Array,
): Judgement {
  const named = methodsNamed(new TextDecoder("latin1").decode(body), overridable(headers));
  return strictestOf(policy, target, headers, judgement, named);
}

/** Judges a request that was read whole, by everything that could override its method. */
export function judgeKept(
  policy: Policy,
  method: string,
  target: Target,
  headers: Headers,
  body: Uint8Array,
): Judgement {
  const judgement = judgeWithQuery(policy, method, target, headers);
  return method === "POST" ? judgeWithBody(policy, target, headers, judgement, body) : judgement;
}

function strictestOf(
  policy: Policy,
  target: Target,
  headers: Headers,
  judgement: Judgement,
  methods: Iterable<string>,
): Judgement {
  let strictest = judgement;
  for (const method of methods) {
    strictest = stricter(strictest, judgeWithDestination(policy, method, target, headers));
  }
  return strictest;
}

/** Whether two judgements ask for different things. */
function differ(first: Judgement, second: Judgement): boolean {
  if (first.kind === "refused" || second.kind === "refused") {
    return first !== second;
  }
  return first.requirement !== second.requirement || first.signIn?.key !== second.signIn?.key;
}

/** Whether a query names a method, so that more than method and target may decide. */
export function isOverridden({ search }: Target): boolean {
  return search !== "" && methodsNamed(search, OVERRIDABLE).size > 0;
}

/** Every method that could be meant where it cannot be told which is. */
function overridable(headers: Headers): readonly string[] {
  return headers.has("destination") ? OVERRIDABLE_WITH_DESTINATION : OVERRIDABLE;
}

/** The methods that a query or body names, in upper case; `any` for one that cannot be read. */
function methodsNamed(raw: string, any: readonly string[]): ReadonlySet<string> {
  const text = unescaped(raw);
  const named = new Set<string>();
  for (const field of text.matchAll(FIELD)) {
    const end = field.index + field[0].length;
    const value = VALUE.exec(text.slice(end, end + VALUE_CHARACTERS))?.[1];
    for (const method of value === undefined ? any : [value.toUpperCase()]) {
      named.add(method);
    }
  }
  return named;
}

const VALUE_CHARACTERS = 64;

/** Forms write `_` and letters as `%5f`, JSON as `\u005f`; twice, where a server before the app decodes too. */
function unescaped(text: string): string {
  const plain = text.includes("\\u")
    ? text.replace(/\\u00([0-7][0-9a-f])/gi, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      )
    : text;
  return plain.includes("%") ? decodePercent(decodePercent(plain)) : plain;
}
