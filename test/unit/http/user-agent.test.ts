import { fc } from "../../support/properties.ts";
import { describe, expect, it } from "vitest";
import { deviceName } from "../../../src/http/user-agent.ts";

const WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)";

describe("the name of a device", () => {
  it.each([
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/142.0.0.0 Safari/537.36`,
      "Chrome on Windows",
    ],
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0`,
      "Edge on Windows",
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
      "Safari on iPhone",
    ],
    [
      `Mozilla/5.0 (Linux; Android 15; SM-S928B) ${WEBKIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile`,
      "Samsung Internet on Android",
    ],
    ["Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"],
    [
      `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${WEBKIT} Chrome/142.0 Safari/537.36 OPR/120.0`,
      "Opera on Mac",
    ],
    ["curl/8.9.1", "curl"],
    ["okhttp/4.12.0", "okhttp"],
    ["Mozilla/5.0 (X11; Linux x86_64)", "A device with Linux"],
    ["", "A device"],
    ["<script>alert(1)</script>", "A device"],
  ])("of %s", (userAgent, name) => {
    expect(deviceName(userAgent)).toBe(name);
  });

  it("is short and plain, whatever a client says", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: "grapheme" })), (userAgent) => {
        expect(deviceName(userAgent)).toMatch(/^[A-Za-z0-9 ._-]{1,48}$/);
      }),
    );
  });
});
