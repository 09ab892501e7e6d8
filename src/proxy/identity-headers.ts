import type { Principal } from "../identity/principal.ts";

type HeaderPairs = readonly (readonly [string, string])[];

/** A remembered proof gives the same principal again (identity/remembered.ts), whose headers are made once. */
const made = new WeakMap<Principal, HeaderPairs>();

/**
 * What an existing app behind an authenticating proxy already reads. Apps that check for themselves use the assertion.
 */
export function identityHeaders(principal: Principal): HeaderPairs {
  let pairs = made.get(principal);
  if (pairs === undefined) {
    pairs = pairsOf(principal);
    made.set(principal, pairs);
  }
  return pairs;
}

function pairsOf(principal: Principal): HeaderPairs {
  const pairs: [string, string][] = [
    ["X-Forwarded-User", principal.sub],
    ["X-Forwarded-Preferred-Username", headerText(principal.username)],
  ];
  if (principal.email !== undefined) {
    pairs.push(["X-Forwarded-Email", headerText(principal.email)]);
  }
  if (principal.groups.length > 0) {
    pairs.push(["X-Forwarded-Groups", principal.groups.map(headerText).join(",")]);
  }
  return pairs;
}

/** Cognito user names may hold any letter or symbol; what a header cannot carry is percent-encoded. */
function headerText(text: string): string {
  return text.replace(/[^\u0021-\u0024\u0026-\u002b\u002d-\u007e]/gu, (character) =>
    character.isWellFormed() ? encodeURIComponent(character) : "%EF%BF%BD",
  );
}
