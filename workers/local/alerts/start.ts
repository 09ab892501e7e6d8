import { getRequestListener } from "@hono/node-server";
import { listen } from "../bank/listen.ts";
import { createAlertsApp } from "./app.ts";

/** The running alerts sink. */
export interface Alerts {
  /** `http://127.0.0.1:PORT/alerts`: post alerts here, open it in a browser to read them. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the place where alerts arrive in the local world. Rejects with Node's `EADDRINUSE` when the port is taken. */
export async function startAlerts(options: { readonly port: number }): Promise<Alerts> {
  const answer = getRequestListener(createAlertsApp(Date.now).fetch);
  const { port, close } = await listen(options.port, (incoming, outgoing) => {
    void answer(incoming, outgoing);
  });
  return { url: `http://127.0.0.1:${port}/alerts`, close };
}
