import { FORGERIES, forgedDelivery, forgersAddress, validDelivery, type Forgery } from "./deliveries.ts";
import { sendAtRate } from "./sending.ts";

/** What a sender is to do. */
export interface SendingOrder {
  readonly port: number;
  readonly secret: string;
  readonly perSecond: number;
  readonly durationMs: number;
  /** Whose events are sent, in turn. Without, forgeries are. */
  readonly subs?: readonly string[];
  /** How many networks the forgeries come from; 0: nobody says from where. */
  readonly networks: number;
}

/** Of a hundred forged deliveries. */
const MIX: Readonly<Record<Forgery, number>> = { signature: 80, stale: 9, header: 5, replay: 5, large: 1 };
const MIXED = 100;
const LEAST = 500;
const MAX_LANES = 256;

/** Made beforehand: making them is no work of the flood's. */
function forgeries(secret: string, networks: number): Buffer[] {
  const kinds = FORGERIES.flatMap((kind) => Array.from({ length: MIX[kind] }, () => kind));
  const count = Math.ceil(Math.max(LEAST, networks) / MIXED) * MIXED;
  const all = Array.from({ length: count }, (_, index) => {
    const from = networks === 0 ? undefined : forgersAddress(index % networks);
    return forgedDelivery(kinds[index % MIXED] ?? "signature", secret, from);
  });
  // Spread, so that not all of one kind come together.
  return all.map((_, index) => all[(index * 197) % all.length] ?? Buffer.alloc(0));
}

/** As a process of its own (child.ts): carries out each order and answers with what came of it. */
if (process.send !== undefined && import.meta.main) {
  process.once("disconnect", () => process.exit());
  const carryOut = async ({ secret, subs, networks, ...order }: SendingOrder): Promise<void> => {
    let index = 0;
    const forged = subs === undefined ? forgeries(secret, networks) : [];
    const next =
      subs === undefined
        ? () => forged[index++ % forged.length] ?? Buffer.alloc(0)
        : () => validDelivery(secret, subs[index++ % subs.length] ?? "");
    const sent = await sendAtRate({ ...order, maxLanes: MAX_LANES, next, timed: true });
    process.send?.({ sent });
  };
  // Only bench/webhooks/run.ts speaks to this process.
  process.on("message", (order: SendingOrder) => void carryOut(order));
}
