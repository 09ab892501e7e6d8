import { getRequestListener } from "@hono/node-server";
import { createBankApp } from "./app.ts";
import { listen } from "./listen.ts";
import { type BankRequest, RequestLog } from "./request-log.ts";

/** The running demo bank. */
export interface Bank {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Every request received so far, oldest first, except those for the log itself. */
  requests(): readonly BankRequest[];
  close(): Promise<void>;
}

/** Starts Harbour Bank, the app that is protected. Rejects with Node's `EADDRINUSE` when the port is taken. */
export async function startBank(options: { readonly port: number }): Promise<Bank> {
  const log = new RequestLog();
  const answer = getRequestListener(createBankApp(log, Date.now).fetch);
  const { port, close } = await listen(options.port, (incoming, outgoing) => {
    if (incoming.url !== "/_log") {
      log.arrived(incoming, Date.now());
    }
    void answer(incoming, outgoing);
  });
  return { url: `http://127.0.0.1:${port}`, requests: () => log.entries(), close };
}
