/**
 * Makes a value when it is first asked for, and keeps it for the isolate: what a first request may not need costs a cold
 * start nothing (CONTRIBUTING.md, "What a cold start pays for").
 */
export function onFirstUse<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
