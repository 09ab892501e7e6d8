const ID_BYTES = 16;

/** An id for what has none of its own: the same for the same parts, in every Worker and every version. */
export async function stableId(prefix: string, parts: readonly unknown[]): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(parts));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  const hex = Array.from(digest.slice(0, ID_BYTES), (byte) => byte.toString(16).padStart(2, "0"));
  return `${prefix}-${hex.join("")}`;
}
