/** A bounded memory of what was used lately, by text. */
export interface Recent<Value> {
  get(text: string): Value | undefined;
  set(text: string, value: Value): void;
}

/**
 * Makes a memory of two generations: when the younger one is full it becomes the older one, and what that held is
 * forgotten; what is asked for again moves on to the younger. So whatever is in use stays, and making room costs
 * nothing: removing the oldest entries of a `Map` one by one leaves holes that the next look for the oldest must cross.
 *
 * @param limits how much both generations hold at most. `characters` counts the texts, and a text that alone is more
 * than half of it is not remembered.
 */
export function recent<Value>(limits: {
  readonly entries: number;
  readonly characters?: number;
}): Recent<Value> {
  const maxEntries = Math.max(1, Math.floor(limits.entries / 2));
  const maxCharacters = (limits.characters ?? Number.POSITIVE_INFINITY) / 2;
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();
  let characters = 0;

  function set(text: string, value: Value): void {
    if (text.length > maxCharacters) {
      return;
    }
    if (!young.has(text)) {
      if (young.size >= maxEntries || characters + text.length > maxCharacters) {
        old = young;
        young = new Map();
        characters = 0;
      }
      characters += text.length;
    }
    young.set(ofItsOwn(text), value);
  }

  return {
    set,
    get(text) {
      const value = young.get(text);
      if (value !== undefined) {
        return value;
      }
      const older = old.get(text);
      if (older !== undefined) {
        set(text, older);
      }
      return older;
    },
  };
}

/** A piece that was cut out of a long text (a token of its header) would keep the whole of it in memory. */
function ofItsOwn(text: string): string {
  return ` ${text}`.slice(1);
}
