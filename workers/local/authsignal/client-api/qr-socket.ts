import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { ServerType } from "@hono/node-server";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import * as z from "zod";
import type { Context } from "../context.ts";
import { actionCodeSchema, customSchema } from "../server-api/input.ts";
import { readToken } from "./caller.ts";
import type { TokenCaller } from "./caller.ts";
import { approvedToken, beginQrCode } from "./qr-code.ts";

const PATH = "/ws-v1-challenge";
const PROTOCOL = "authsignal-ws";
const TOKEN_PREFIX = "x.authsignal.token.";
const TENANT_PREFIX = "x.authsignal.tenant.";
const MAX_MESSAGE_BYTES = 64 * 1024;
/** Private use (RFC 6455 section 7.4.2). */
const CLOSE_BAD_MESSAGE = 4400;

const messageSchema = z.object({
  type: z.literal("CREATE_CHALLENGE"),
  data: z.object({
    challengeType: z.literal("QR_CODE"),
    actionCode: actionCodeSchema,
    custom: customSchema.optional(),
  }),
});

/** QR codes over a WebSocket (reference 5.3). Open connections keep a server from closing: drop them first. */
export function attachQrSocket(
  server: ServerType,
  context: Context,
): { readonly dropConnections: () => void } {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    void open(request, socket, head);
  });
  return {
    dropConnections() {
      for (const client of sockets.clients) {
        client.terminate();
      }
    },
  };

  async function open(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => socket.destroy());
    if (request.url?.split("?")[0] !== PATH) {
      refuse(socket, "404 Not Found");
      return;
    }
    const caller = await identify(context, request.headers["sec-websocket-protocol"] ?? "");
    if (caller === "refused") {
      refuse(socket, "401 Unauthorized");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (connection) => serve(context, caller, connection));
  }
}

/** Who connects, from the subprotocols: browsers cannot set other headers on a WebSocket. */
async function identify(context: Context, offered: string): Promise<TokenCaller | undefined | "refused"> {
  const protocols = offered.split(",").map((one) => one.trim());
  const token = protocols.find((one) => one.startsWith(TOKEN_PREFIX))?.slice(TOKEN_PREFIX.length);
  if (!protocols.includes(PROTOCOL)) {
    return "refused";
  }
  if (token === undefined) {
    return protocols.includes(TENANT_PREFIX + context.tenantId) ? undefined : "refused";
  }
  const caller = await readToken(context, token);
  return caller === undefined || caller === "expired" ? "refused" : caller;
}

function serve(context: Context, caller: TokenCaller | undefined, connection: WebSocket): void {
  const { approvals } = context.client;
  const endings: (() => void)[] = [];
  connection.on("error", () => connection.terminate());
  connection.on("close", () => endings.forEach((end) => end()));
  connection.on("message", (data: Buffer) => {
    const message = messageSchema.safeParse(parseJson(data.toString("utf8")));
    const begun = message.success
      ? beginQrCode(context, caller, message.data.data.actionCode, message.data.data.custom)
      : undefined;
    if (begun === undefined || begun instanceof Response) {
      connection.close(CLOSE_BAD_MESSAGE, "bad message");
      return;
    }
    const { challengeId, state } = begun;
    endings.push(
      approvals.watch(challengeId, (approval) => {
        void approvedToken(context, approval).then((accessToken) => {
          const news = {
            challengeId,
            state: approval.state,
            ...(accessToken === undefined ? {} : { accessToken }),
          };
          connection.send(JSON.stringify({ type: "STATE_CHANGE", data: news }));
        });
      }),
    );
    const expiresAt = new Date(begun.expiresAtMs).toISOString();
    const created = { challengeId, challengeType: "QR_CODE", expiresAt, state };
    connection.send(JSON.stringify({ type: "CHALLENGE_CREATED", data: created }));
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
