import { serveBundled } from "./bundled.ts";
import type { Peer } from "./peer.ts";

/** The floor: what the gateway's own rules cost on this runtime before anything is decided. */
export const RULES: Peer = {
  name: "the rules of docs/http.md alone, workerd",
  verifies: false,
  remark: "decides nothing: what no gateway with these rules can be below",
  start: ({ originUrl, folder }) => serveBundled("rules", { ORIGIN: originUrl }, folder),
};
