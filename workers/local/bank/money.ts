/** A positive decimal with at most two places, as people and programs write it. No signs, exponents or separators. */
const AMOUNT = /^(\d{1,12})(?:\.(\d{1,2}))?$/;

const POUNDS = new Intl.NumberFormat("en-GB", { style: "currency", currency: "GBP" });

/** The amount in pence, or `undefined` when it is not a positive decimal of at most two places. */
export function parsePence(amount: unknown): number | undefined {
  const text = typeof amount === "number" ? String(amount) : amount;
  if (typeof text !== "string") {
    return undefined;
  }
  const parts = AMOUNT.exec(text.trim());
  if (parts === null) {
    return undefined;
  }
  const pence = Number(parts[1]) * 100 + Number((parts[2] ?? "").padEnd(2, "0"));
  return pence > 0 ? pence : undefined;
}

/** `1248050` as `£12,480.50`. */
export function formatPounds(pence: number): string {
  return POUNDS.format(pence / 100);
}

/** `1248050` as the number `12480.5`, for JSON. */
export function toPounds(pence: number): number {
  return pence / 100;
}
