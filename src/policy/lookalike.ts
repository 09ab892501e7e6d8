/** Words that change how a framework reads a request, wherever it finds them: method overrides and the form charset. */
const RESERVED_NAMES: ReadonlySet<string> = new Set([
  "_charset_",
  "_method",
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
]);

/** Whether a field of this name would make the origin see another method or charset than the gateway. */
export function isReservedName(name: string): boolean {
  return RESERVED_NAMES.has(name.trim().toLowerCase());
}

/** No form has longer names; folding one of a megabyte takes a second, and other users wait for it. */
const MAX_NAME_CHARACTERS = 256;

/** A name as the most liberal framework hears it: nested parts apart, case and everything but letters and digits gone. */
function words(name: string): readonly string[] {
  return name
    .normalize("NFKC")
    .toLowerCase()
    .split(/[[\].]/)
    .map((part) => part.replace(/[^\p{L}\p{N}]/gu, ""))
    .filter((word) => word !== "");
}

/**
 * Gives a test for names that some framework folds onto `wanted` although they are not it: `Amount` (ASP.NET, Go),
 * `amount[]`, `amount[0]` and `[amount]` (PHP, Rails, qs), ` amount`, `amount.` and `pay.ee` for `pay_ee` (PHP),
 * `_amount` and `!amount` (Spring). A name that holds a control character is always one: parsers cut there. So is one that is too long to be compared.
 */
export function lookalikeOf(wanted: string): (name: string) => boolean {
  const wantedWords = words(wanted);
  const joined = wantedWords.join("");
  return (name) => {
    if (name === wanted) {
      return false;
    }
    if (name.length > MAX_NAME_CHARACTERS || /\p{Cc}/u.test(name)) {
      return true;
    }
    const found = words(name);
    if (found.length === 0) {
      return false;
    }
    const shared = Math.min(found.length, wantedWords.length);
    const isNested = shared > 0 && found.slice(0, shared).every((word, index) => word === wantedWords[index]);
    return isNested || found.join("") === joined;
  };
}
