import { describe, expect, it } from "vitest";
import { makeKeyring } from "../../../src/http/keyring.ts";
import { DEVICE_COOKIE, readDevice, signDevice } from "../../../src/stepup/device.ts";

const keyring = await makeKeyring(["s".repeat(32)]);

describe("the device cookie", () => {
  it("names the device that the gateway named", async () => {
    const value = await signDevice(keyring, "device-1");
    expect(await readDevice(keyring, `a=1; ${DEVICE_COOKIE}=${value}`)).toBe("device-1");
  });

  it("is nothing when it was made up, changed, or is another's", async () => {
    const [value, other] = [await signDevice(keyring, "device-1"), await signDevice(keyring, "device-2")];
    const signature = value.split(".")[1];
    for (const wrong of [
      "",
      "device-1",
      "device-1.",
      `device-1.${other.split(".")[1]}`,
      `device-2.${signature}`,
      `${value}.x`,
    ]) {
      expect(await readDevice(keyring, `${DEVICE_COOKIE}=${wrong}`)).toBeUndefined();
    }
    expect(await readDevice(keyring, null)).toBeUndefined();
    expect(
      await readDevice(await makeKeyring(["t".repeat(32)]), `${DEVICE_COOKIE}=${value}`),
    ).toBeUndefined();
  });
});
