import { once } from "node:events";
import { connect } from "node:net";

/** Long enough for the receiver to read what was sent. */
const READ_MS = 20;

/** Sends as many bytes of a request's body as are given, of the length that it says, and then cuts the connection. */
export async function breakOff(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  sentBytes: number,
): Promise<void> {
  const { hostname, port, host, pathname } = new URL(url);
  const bytes = Buffer.from(body);
  const all = { Host: host, ...headers, "Content-Length": String(bytes.byteLength) };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = connect({ host: hostname, port: Number(port) });
  try {
    await once(socket, "connect");
    socket.on("error", () => undefined); // cut off by a restart before we cut it
    socket.write(`POST ${pathname} HTTP/1.1\r\n${head.join("")}\r\n`);
    socket.write(bytes.subarray(0, sentBytes));
    await new Promise((resolve) => {
      setTimeout(resolve, READ_MS);
    });
  } catch {
    // restarting
  } finally {
    socket.destroy();
  }
}
