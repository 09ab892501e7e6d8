/** Most telling first: Edge, Opera and Samsung's browser say that they are Chrome, and Chrome says that it is Safari. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\b(?:Headless)?(?:Chrome|CriOS)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "Mac"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

const MAX_NAME_CHARACTERS = 40;

/**
 * What a person calls the device behind a `User-Agent`: `Chrome on Windows`, `curl`, `A device`. Only a hint for whoever
 * reads it: clients say what they like.
 */
export function deviceName(userAgent: string): string {
  const browser = BROWSERS.find(([pattern]) => pattern.test(userAgent))?.[1];
  const system = SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1];
  if (browser !== undefined && system !== undefined) {
    return `${browser} on ${system}`;
  }
  const product = /^[A-Za-z][A-Za-z0-9 ._-]*(?=\/|$)/.exec(userAgent)?.[0].slice(0, MAX_NAME_CHARACTERS);
  const program = product === "Mozilla" ? undefined : product;
  return browser ?? program ?? (system === undefined ? "A device" : `A device with ${system}`);
}
