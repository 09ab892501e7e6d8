import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { breakOff } from "../../../soak/break-off.ts";

describe("a delivery that is broken off", () => {
  it("says the whole length, sends so many bytes, and cuts the connection", async () => {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    // A server that listens on TCP has an address object.
    const { port } = server.address() as AddressInfo;
    const received = Promise.withResolvers<string>();
    server.once("connection", (socket) => {
      let text = "";
      socket.on("data", (bytes) => (text += String(bytes)));
      socket.on("error", () => undefined);
      socket.once("close", () => received.resolve(text));
    });
    await breakOff(
      `http://127.0.0.1:${port}/webhooks/authsignal`,
      { "X-Signature-V2": "t=1" },
      "0123456789",
      4,
    );
    const text = await received.promise;
    server.close();
    expect(text).toMatch(/^POST \/webhooks\/authsignal HTTP\/1\.1\r\n/);
    expect(text).toContain("Content-Length: 10\r\n");
    expect(text).toContain("X-Signature-V2: t=1\r\n");
    expect(text.endsWith("\r\n\r\n0123")).toBe(true);
  });
});
